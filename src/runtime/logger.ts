// Structured logs: a constant lower-case message, data as fields, one line a state change. `info` is what an operator reads
// on a quiet day, `warn` is a degradation that the system copes with, `error` is one that needs somebody.
import { type Logger, pino } from 'pino'

export type { Logger }

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

export function createLogger(component: string, level: LogLevel): Logger {
  return pino({ level, base: { component }, timestamp: pino.stdTimeFunctions.isoTime })
}
