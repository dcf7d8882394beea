// The checks of a service that is about to start, and what their results mean for the start.
import { combineProblems } from '../config/combined-error.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import { type Check, type Result, runChecks } from './check.ts'

/**
 * Runs the checks and logs their warnings.
 * @throws FloeError with every error: `unavailable` when all of them are transient, `configuration` otherwise
 */
export async function checkBeforeStart(
  checks: readonly Check[],
  logger: Logger,
  clock: Clock,
): Promise<void> {
  const startedAt = clock.monotonic()
  const results = await runChecks(checks, clock)
  const errors = results.filter(({ status }) => status === 'error')
  if (errors.length > 0) {
    const code = errors.every(({ transient }) => transient === true) ? 'unavailable' : 'configuration'
    throw combineProblems(errors.map(errorText), 'floe doctor with the same options shows all checks.', code)
  }
  const warnings = results.filter(({ status }) => status === 'warning')
  for (const { check, found, expected, remedy } of warnings) {
    logger.warn({ check, found, expected, remedy }, 'warning found by a check')
  }
  const milliseconds = Math.round(clock.monotonic() - startedAt)
  logger.info({ checks: results.length, warnings: warnings.length, milliseconds }, 'checks passed')
}

function errorText({ check, found, expected, remedy }: Result): string {
  const sentences = [
    `${check}: ${found}.`,
    expected === undefined ? '' : `Expected ${expected}.`,
    remedy ?? '',
  ]
  return sentences.filter((sentence) => sentence !== '').join(' ')
}
