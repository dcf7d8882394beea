// A cached value that is read again when it is no longer fresh. Concurrent callers share one read. While the source is slow or
// unreachable, callers get the last value, for a bounded time.
import type { Clock } from '../clock.ts'
import { withFallback } from './deadline.ts'

export type RefreshPolicy = {
  /** Milliseconds for which a value is fresh; also those between a failed read and the next attempt. */
  readonly refreshMs: number
  /** Milliseconds after which the last value is no longer returned. */
  readonly staleMs: number
  /** Milliseconds that a caller waits for a new value before it gets the last one. */
  readonly patienceMs: number
}

export function staleWhileRevalidate<T>(
  clock: Clock,
  policy: RefreshPolicy,
  read: () => Promise<T>,
): () => Promise<T> {
  let last: { value: T; readAt: number } | undefined
  let reading: Promise<T> | undefined
  let failedAt = -Infinity

  const readShared = async (): Promise<T> => {
    reading ??= read()
      .then((value) => {
        last = { value, readAt: clock.monotonic() }
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
    if (last === undefined || now - last.readAt >= policy.staleMs) return readShared()
    const { value, readAt } = last
    if (now - readAt < policy.refreshMs || now - failedAt < policy.refreshMs) return value
    const read = readShared().catch(() => value)
    return withFallback({ clock, timeoutMs: policy.patienceMs }, read, () => value)
  }
}
