// How long a peer may take to send or to receive a number of bytes. Without it, whoever stops in the middle keeps the memory
// that was set aside for it.
import type { Clock } from '../runtime/clock.ts'
import { FloeError } from '../protocol/errors.ts'

const GRACE_MS = 10_000
/** A reason of its own spares every request the making of a DOMException. */
const FINISHED = new Error('the transfer has finished')
/** A megabyte in four seconds: slower than any committee would be run on. */
const BYTES_PER_MS_MIN = 256

function transferMs(bytes: number): number {
  return GRACE_MS + Math.ceil(bytes / BYTES_PER_MS_MIN)
}

/** Runs `transfer` with a signal that aborts when it takes too long for `bytes`. @throws FloeError `unavailable` then */
export async function inTime<T>(
  clock: Clock,
  bytes: number,
  transfer: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const done = new AbortController()
  const late = new AbortController()
  const timeoutMs = transferMs(bytes)
  clock.sleep(timeoutMs, done.signal).then(
    () =>
      late.abort(
        new FloeError('unavailable', `Expected ${bytes} bytes within ${timeoutMs} ms.`, {
          facts: { bytes, timeoutMs },
          remedy: 'Send it again, faster.',
        }),
      ),
    () => undefined,
  )
  try {
    return await transfer(late.signal)
  } finally {
    done.abort(FINISHED)
  }
}
