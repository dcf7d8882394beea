// Waits for a fact that nothing announces: a function looks for it at every interval, until a deadline.
import { type DeadlineOptions, withDeadline } from './deadline.ts'

export type PollOptions = DeadlineOptions & {
  /** Milliseconds between the end of a look and the begin of the next. */
  readonly intervalMs: number
}

/**
 * The first result of `look` that is not undefined.
 * @throws the reason of the deadline, or of the signal that aborts first, once the look that is running has ended
 */
export async function poll<T>(
  options: PollOptions,
  look: (signal: AbortSignal) => Promise<T | undefined> | T | undefined,
): Promise<T> {
  const { clock, intervalMs } = options
  return withDeadline(options, async (signal) => {
    for (;;) {
      signal.throwIfAborted()
      const found = await look(signal)
      if (found !== undefined) return found
      await clock.sleep(intervalMs, signal).catch(() => undefined)
    }
  })
}
