// Structured logs: a constant lower-case message, data as fields, one line for each change of state. `info` is normal operation,
// `warn` a degradation that the system handles itself, `error` one that needs the operator.
import { type Logger, pino } from 'pino'

export type { Logger }

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

export function createLogger(component: string, level: LogLevel): Logger {
  return pino({ level, base: { component }, timestamp: pino.stdTimeFunctions.isoTime })
}
