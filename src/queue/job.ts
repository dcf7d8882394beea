// Rules that both queues apply to jobs, whether a job comes from a caller or from Redis: ids, sizes, and what follows a failed
// attempt.
import { FloeError, asFloeError, assert } from '../protocol/errors.ts'
import type { Clock } from '../runtime/clock.ts'
import { ConditionLog } from '../runtime/condition-log.ts'
import type { Logger } from '../runtime/logger.ts'
import type { JobKind, JobPolicy } from './queue.ts'

/** Most bytes of a job's data as JSON. */
export const JOB_DATA_BYTES_MAX: number = 64 * 1024
/** Most jobs of a kind that wait, are delayed or are in flight; further ones are refused. */
export const JOBS_MAX = 10_000
/** Failed jobs of a kind that are kept for inspection. */
export const FAILED_KEPT = 100
/** Most jobs in the result of `JobQueue.waiting`. */
export const LISTED_MAX = 1_000
/** Milliseconds that handlers have to end after their signals aborted on close. */
export const ABORTED_MS = 1_000

const DELAY_MS_MAX = 7 * 86_400_000

/** Not only digits: BullMQ reserves those ids. */
export const JOB_ID: RegExp = /^(?!\d+$)[A-Za-z0-9._-]{1,128}$/

/** The data of a job as JSON. A queue stores text, so that no caller changes a queued job and every handler gets its own copy. */
export function jobText(id: string, data: unknown, delayMs: number): string {
  assert(JOB_ID.test(id), `an id is 1 to 128 of [A-Za-z0-9._-] and not a number, got ${id.slice(0, 200)}`)
  assert(
    Number.isInteger(delayMs) && delayMs >= 0 && delayMs <= DELAY_MS_MAX,
    `a delay is up to 7 days, got ${delayMs} ms`,
  )
  const text = JSON.stringify(data) as string | undefined
  const bytes = Buffer.byteLength(text ?? '')
  if (text !== undefined && bytes <= JOB_DATA_BYTES_MAX) return text
  throw new FloeError(
    'too-large',
    `Expected the data of a job to be 1 to ${JOB_DATA_BYTES_MAX} bytes of JSON, got ${bytes}.`,
    { facts: { bytes } },
  )
}

export type FailedAttempt = {
  readonly kind: JobKind
  readonly id: string
  /** Number of the attempt, from 1 on. */
  readonly attempt: number
  readonly policy: JobPolicy
  readonly logger: Logger
  readonly failures: ConditionLog
  /** What the handler threw. */
  readonly thrown: unknown
}

/** Logs when jobs of a kind begin to fail, and when one succeeds again: what fails one of them, such as L1, often fails them all. */
export function jobFailures({
  logger,
  clock,
}: {
  readonly logger: Logger
  readonly clock: Clock
}): ConditionLog {
  return new ConditionLog({
    logger,
    clock,
    began: 'jobs failed',
    ended: 'jobs succeed again',
    level: 'error',
  })
}

/** Logs a failed attempt and decides whether another one follows. */
export function judgeFailure(failed: FailedAttempt): { readonly retry: boolean; readonly error: FloeError } {
  const { kind, id, attempt, policy, logger, failures, thrown } = failed
  const error = asFloeError(thrown)
  const facts = { kind, id, attempt, reason: error.message }
  const retry = error.retryable && attempt < policy.attemptsMax
  logger.debug(facts, retry ? 'attempt failed, job delayed' : 'job failed')
  if (!retry) failures.failed(kind, error.code === 'internal' ? { ...facts, err: thrown } : facts)
  return { retry, error }
}

/** Milliseconds from attempt number `attempt` to the next: doubling up to a bound, less a random part of at most half. */
export function backoffMs(policy: JobPolicy, attempt: number, random: () => number): number {
  const withoutJitter = Math.min(policy.backoffMs * 2 ** (attempt - 1), policy.backoffMsMax)
  return Math.round(withoutJitter * (1 - random() / 2))
}

export function queueFull(kind: JobKind, jobs: number): FloeError {
  return new FloeError('overloaded', `Expected room for one more ${kind} job, got a queue of ${jobs} jobs.`, {
    facts: { kind, jobs },
    remedy: 'Try again when some of them are done.',
    retryAfterSeconds: 1,
  })
}

export function queueClosed(): FloeError {
  return new FloeError('unavailable', 'The job queue is shutting down.', {
    remedy: 'Try again after the restart.',
    retryAfterSeconds: 1,
  })
}
