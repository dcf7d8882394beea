// The handlers that are under way in this process, so that closing can wait for them, and not for ever.
import { asFloeError } from '../protocol/errors.ts'
import type { Clock } from '../runtime/clock.ts'
import { ABORTED_MS, queueClosed } from './work.ts'

export type InHand = {
  /** Aborts when handlers are to end because the queue closes. */
  readonly closing: AbortSignal
  /** Runs `work` and counts it until it settles. Never rejects. */
  track(work: () => Promise<void>): void
  /** Waits for what is under way for `graceMs`, aborts `closing`, and waits a last moment. */
  finish(graceMs: number): Promise<void>
}

export function createInHand(clock: Clock, onDefect: (reason: string) => void): InHand {
  const closing = new AbortController()
  const under = new Set<Promise<void>>()
  const ended = async (ms: number): Promise<void> => {
    const done = new AbortController()
    const all = Promise.all(under).then(() => done.abort())
    await Promise.race([all, clock.sleep(ms, done.signal).catch(() => undefined)])
  }
  return {
    closing: closing.signal,
    track: (work) => {
      const run = Promise.resolve()
        .then(work)
        .catch((error: unknown) => onDefect(asFloeError(error).message))
        .finally(() => under.delete(run))
      under.add(run)
    },
    finish: async (graceMs) => {
      await ended(graceMs)
      closing.abort(queueClosed())
      await ended(ABORTED_MS)
    },
  }
}
