// A value that is read again when it has aged. Concurrent readers share one read, and a source that is slow or away does not
// take away what was read before, for a bounded time.
import type { Clock } from '../clock.ts'
import { withFallback } from './deadline.ts'

export type RefreshPolicy = {
  /** Milliseconds for which a value is fresh. After a failed read, also those until the next attempt. */
  readonly refreshMs: number
  /** Milliseconds after which a value is no longer answered, if it cannot be read again. */
  readonly staleMs: number
  /** Milliseconds that a reader waits for a new value while it could have the old one. */
  readonly patienceMs: number
}

export function staleWhileRevalidate<T>(
  clock: Clock,
  policy: RefreshPolicy,
  read: () => Promise<T>,
): () => Promise<T> {
  let held: { value: T; readAt: number } | undefined
  let reading: Promise<T> | undefined
  let failedAt = -Infinity

  const readShared = async (): Promise<T> => {
    reading ??= read()
      .then((value) => {
        held = { value, readAt: clock.monotonic() }
        return value
      })
      .catch((error: unknown) => {
        failedAt = clock.monotonic()
        throw error
      })
      .finally(() => {
        reading = undefined
      })
    return reading
  }

  return async () => {
    const now = clock.monotonic()
    if (held === undefined || now - held.readAt >= policy.staleMs) return readShared()
    const { value, readAt } = held
    if (now - readAt < policy.refreshMs || now - failedAt < policy.refreshMs) return value
    const read = readShared().catch(() => value)
    return withFallback({ clock, timeoutMs: policy.patienceMs }, read, () => value)
  }
}
