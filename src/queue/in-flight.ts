// The handlers that are under way in this process, so that closing can wait for them, and not for ever.
import type { Clock } from '../runtime/clock.ts'
import { ABORTED_MS, queueClosed } from './work.ts'

export type InHand = {
  /** Aborts when handlers are to end because the queue closes. */
  readonly closing: AbortSignal
  /** Counts what is under way until it settles, and leaves its outcome to the caller. */
  track(run: Promise<void>): void
  /** Waits for what is under way for `graceMs`, aborts `closing`, and waits a last moment. */
  finish(graceMs: number): Promise<void>
}

export function createInHand(clock: Clock): InHand {
  const closing = new AbortController()
  const under = new Set<Promise<void>>()
  const ended = async (ms: number): Promise<void> => {
    const done = new AbortController()
    const all = Promise.allSettled(under).then(() => done.abort())
    await Promise.race([all, clock.sleep(ms, done.signal).catch(() => undefined)])
  }
  return {
    closing: closing.signal,
    track: (run) => {
      const forget = (): void => void under.delete(run)
      under.add(run)
      run.then(forget, forget)
    },
    finish: async (graceMs) => {
      await ended(graceMs)
      if (under.size === 0) return
      closing.abort(queueClosed())
      await ended(ABORTED_MS)
    },
  }
}
