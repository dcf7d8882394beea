// The checks of a service that is about to start, and what their results mean for the start.
import { combineProblems } from '../config/combined-error.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import { type Check, type Problem, runChecks } from './check.ts'

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
  const errors = results.filter((result): result is Problem => result.status === 'error')
  if (errors.length > 0) {
    const code = errors.every(({ transient }) => transient === true) ? 'unavailable' : 'configuration'
    throw combineProblems(errors.map(errorText), 'floe doctor with the same options shows all checks.', code)
  }
  const warnings = results.filter((result) => result.status === 'warning')
  for (const warning of warnings) {
    const { check, found, expected, remedy } = warning
    logger.warn({ check, found, expected, remedy }, 'warning found by a check')
  }
  const unmade = results.filter(({ status }) => status === 'not checked')
  for (const { check, found } of unmade) logger.warn({ check, found }, 'check not made')
  const milliseconds = Math.round(clock.monotonic() - startedAt)
  logger.info({ checks: results.length, warnings: warnings.length, milliseconds }, 'checks passed')
}

function errorText({ check, found, expected, remedy }: Problem): string {
  return `${check}: ${found}. Expected ${expected}. ${remedy}`
}
