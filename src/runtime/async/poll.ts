// Waits for a result that no event announces: a function checks for it at every interval, until a deadline.
import { type DeadlineOptions, withDeadline } from './deadline.ts'

export type PollOptions = DeadlineOptions & {
  /** Milliseconds between the end of one check and the start of the next. */
  readonly intervalMs: number
}

/**
 * The first result of `check` that is not undefined.
 * @throws the reason of the deadline, or of the signal that aborts first, after the running check has ended
 */
export async function poll<T>(
  options: PollOptions,
  check: (signal: AbortSignal) => Promise<T | undefined> | T | undefined,
): Promise<T> {
  const { clock, intervalMs } = options
  return withDeadline(options, async (signal) => {
    for (;;) {
      signal.throwIfAborted()
      const found = await check(signal)
      if (found !== undefined) return found
      await clock.sleep(intervalMs, signal).catch(() => undefined)
    }
  })
}
