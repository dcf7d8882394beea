// A clock that stands still until it is told: sleeps end when it is advanced past them, so tests wait for nothing.
import type { Clock } from '../../src/runtime/clock.ts'

export type ManualClock = Clock & {
  /** Moves time on and ends the sleeps that are over. */
  advance(ms: number): void
  /** Number of sleeps under way. */
  sleeping(): number
}

export function manualClock(startSeconds: number): ManualClock {
  let nowMs = startSeconds * 1000
  const sleeps = new Set<{ endMs: number; wake: () => void }>()
  return {
    now: () => nowMs,
    monotonic: () => nowMs,
    sleep: async (ms, signal) => {
      signal?.throwIfAborted()
      await new Promise<void>((resolve, reject) => {
        const abort = (): void => {
          sleeps.delete(sleep)
          reject(signal?.reason as Error)
        }
        const sleep = {
          endMs: nowMs + ms,
          wake: () => {
            sleeps.delete(sleep)
            signal?.removeEventListener('abort', abort)
            resolve()
          },
        }
        sleeps.add(sleep)
        signal?.addEventListener('abort', abort, { once: true })
      })
    },
    advance: (ms) => {
      nowMs += ms
      const over = Array.from(sleeps).filter((sleep) => sleep.endMs <= nowMs)
      for (const sleep of over) sleep.wake()
    },
    sleeping: () => sleeps.size,
  }
}
