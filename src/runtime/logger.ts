// Structured logs: a constant lower-case message, data as fields, one line for each change of state. `info` is normal operation,
// `warn` a degradation that the system handles itself, `error` one that needs the operator.
import { type Logger, pino } from 'pino'

import { Redactor } from './redaction.ts'

export type { Logger }

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

/** @param urls whose secrets must not be in a line; undefined ones are left out */
export function createLogger(
  component: string,
  level: LogLevel,
  urls: readonly (string | undefined)[] = [],
): Logger {
  const redactor = new Redactor(urls.filter((url) => url !== undefined))
  return pino({
    level,
    base: { component },
    timestamp: pino.stdTimeFunctions.isoTime,
    hooks: { streamWrite: (line) => redactor.text(line) },
  })
}
