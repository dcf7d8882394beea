// The slowest that a peer may send or receive. Without a bound, a peer that stops keeps the memory of its transfer.
import { FloeError } from '../protocol/errors.ts'
import type { Clock } from './clock.ts'

/** Milliseconds for which a transfer may stand still, also at its start. */
export const STALL_MS_MAX = 10_000
/** A megabyte in four seconds, 2 Mbit/s: slower than any network that a committee or a rollup runs on. */
export const BYTES_PER_MS_MIN = 256

/** The longest that a transfer of `bytes` can take. */
export function transferMsMax(bytes: number): number {
  return STALL_MS_MAX + Math.ceil(bytes / BYTES_PER_MS_MIN)
}

/** Tells how many more bytes were transferred. */
export type OnProgress = (bytes: number) => void

/** One object, so that ending a transfer builds no stack. */
const FINISHED = new Error('the transfer has ended')

/**
 * Runs `transfer` with a signal that aborts when the peer is slower than the minimum. Every byte that moves buys its time at the
 * minimum rate, and at most the longest stall is saved up, so that a fast start does not pay for a later stall.
 * @throws FloeError `too-slow` then
 */
export async function withMinimumPace<T>(
  clock: Clock,
  transfer: (signal: AbortSignal, onProgress: OnProgress) => Promise<T>,
): Promise<T> {
  const [stop, finished] = [new AbortController(), new AbortController()]
  let endMs = clock.monotonic() + STALL_MS_MAX
  const onProgress = (bytes: number): void => {
    endMs = Math.min(endMs + bytes / BYTES_PER_MS_MIN, clock.monotonic() + STALL_MS_MAX)
  }
  void abortWhenLate(clock, () => endMs, stop, finished.signal)
  try {
    return await transfer(stop.signal, onProgress)
  } finally {
    finished.abort(FINISHED)
  }
}

/** A fast transfer starts one timer only: it looks again when the time is over that was left when it last looked. */
async function abortWhenLate(
  clock: Clock,
  endMs: () => number,
  stop: AbortController,
  finished: AbortSignal,
): Promise<void> {
  while (!finished.aborted) {
    const leftMs = endMs() - clock.monotonic()
    if (leftMs <= 0) {
      stop.abort(tooSlow())
      return
    }
    try {
      await clock.sleep(leftMs, finished)
    } catch {
      return
    }
  }
}

function tooSlow(): FloeError {
  const seconds = STALL_MS_MAX / 1000
  return new FloeError(
    'too-slow',
    `Expected at least ${BYTES_PER_MS_MIN * 1000} bytes a second, and no stall of over ${seconds} s, got less.`,
    {
      facts: { bytesPerSecondMin: BYTES_PER_MS_MIN * 1000, stallSecondsMax: seconds },
      remedy: 'Send it again over a faster connection.',
    },
  )
}
