// Waiting for an event that a test cannot cause itself. Each wait has a bound, so that a test that hangs says what it waited for.
// The bound is a guard and not an assertion: it is far above what a busy machine needs.
import { withFallback } from '../../src/runtime/async/deadline.ts'
import { poll } from '../../src/runtime/async/poll.ts'
import { systemClock } from '../../src/runtime/clock.ts'

const POLL_MS = 20
const GUARD_MS = 100_000

/** The first result of `look` that is not undefined. Fails when there is none within `guardMs`. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined> | T | undefined,
  guardMs: number = GUARD_MS,
): Promise<T> {
  const reason = (): Error => new Error(`waited ${guardMs} ms for this: ${what}`)
  return poll({ clock: systemClock, timeoutMs: guardMs, intervalMs: POLL_MS, reason }, look)
}

/** The result of `promise`, or a failure with the text of `late` after `guardMs`. */
export async function within<T>(promise: Promise<T>, guardMs: number, late: () => string): Promise<T> {
  return withFallback({ clock: systemClock, timeoutMs: guardMs }, promise, () => {
    throw new Error(`waited ${guardMs} ms for this: ${late()}`)
  })
}
