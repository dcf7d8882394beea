// The time that a peer may take to send or to receive a number of bytes. Without this bound, a peer that stops in the middle
// would keep the memory that was reserved for its transfer.
import { FloeError } from '../protocol/errors.ts'
import { withDeadline } from '../runtime/async/deadline.ts'
import type { Clock } from '../runtime/clock.ts'

const GRACE_MS = 10_000
/** A megabyte in four seconds: slower than any network that a committee runs on. */
const BYTES_PER_MS_MIN = 256

/** Runs `transfer` with a signal that aborts when it takes too long for `bytes`. @throws FloeError `unavailable` then */
export async function withTransferDeadline<T>(
  clock: Clock,
  bytes: number,
  transfer: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const timeoutMs = GRACE_MS + Math.ceil(bytes / BYTES_PER_MS_MIN)
  const reason = (): FloeError =>
    new FloeError('unavailable', `Expected ${bytes} bytes within ${timeoutMs} ms.`, {
      facts: { bytes, timeoutMs },
      remedy: 'Send it again over a faster connection.',
    })
  return withDeadline({ clock, timeoutMs, reason }, transfer)
}
