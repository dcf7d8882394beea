// What both queues hold work to, whether it comes from a caller or out of Redis: names and sizes; and when it is tried again.
import { FloeError, assert } from '../protocol/errors.ts'
import type { WorkKind, WorkPolicy } from './queue.ts'

export const WORK_DATA_BYTES_MAX: number = 64 * 1024
/** Units of a kind that wait, are delayed or are in hand; more are refused. */
export const UNITS_MAX = 10_000
/** Failed units of a kind that are kept to be looked at. */
export const FAILED_KEPT = 100
/** Units that a list answers with at most. */
export const LISTED_MAX = 1_000
/** Milliseconds that handlers have to end after their signals aborted on close. */
export const ABORTED_MS = 1_000

const DELAY_MS_MAX = 7 * 86_400_000

/** Not only digits: BullMQ keeps those names for itself. */
export const WORK_ID: RegExp = /^(?!\d+$)[A-Za-z0-9._-]{1,128}$/

/** Work as it is queued: its data as text, so that nobody changes what is queued, and every handler gets its own. */
export function workText(id: string, data: unknown, delayMs: number): string {
  assert(WORK_ID.test(id), `an id is 1 to 128 of [A-Za-z0-9._-] and not a number, got ${id.slice(0, 200)}`)
  assert(
    Number.isInteger(delayMs) && delayMs >= 0 && delayMs <= DELAY_MS_MAX,
    `a delay is up to 7 days, got ${delayMs} ms`,
  )
  const text = JSON.stringify(data) as string | undefined
  const bytes = Buffer.byteLength(text ?? '')
  if (text !== undefined && bytes <= WORK_DATA_BYTES_MAX) return text
  throw new FloeError(
    'too-large',
    `Expected data of JSON of 1 to ${WORK_DATA_BYTES_MAX} bytes, got ${bytes}.`,
    {
      facts: { bytes },
    },
  )
}

/** Milliseconds until the attempt after number `attempt`: doubling, up to a bound, less a random part of up to a half. */
export function backoffMs(policy: WorkPolicy, attempt: number, random: () => number): number {
  const whole = Math.min(policy.backoffMs * 2 ** (attempt - 1), policy.backoffMsMax)
  return Math.round(whole * (1 - random() / 2))
}

export function queueFull(kind: WorkKind, units: number): FloeError {
  return new FloeError('overloaded', `${units} units of ${kind} are queued.`, {
    facts: { kind, units },
    remedy: 'Try again when some of them are done.',
    retryAfterSeconds: 1,
  })
}

export function queueClosed(): FloeError {
  return new FloeError('unavailable', 'The work queue is shutting down.', {
    remedy: 'Try again when it is up again.',
    retryAfterSeconds: 1,
  })
}
