// A clock for a loop that works and sleeps in turn: it stands still, and tells when the loop sleeps, so that a test moves time
// on only when everything that was due is done.
import type { Clock } from '../../src/runtime/clock.ts'

export type StillClock = Clock & {
  /** Resolves when somebody sleeps, at once if somebody does. */
  asleep(): Promise<void>
  /** Waits until somebody sleeps, moves time on by `ms`, and waits until somebody sleeps again. */
  tick(ms: number): Promise<void>
}

/** @param napMs sleeps that are longer are timeouts of something under way, not a loop's */
export function stillClock(napMs: number): StillClock {
  let nowMs = 1_700_000_000_000
  const sleeps = new Set<{ endMs: number; nap: boolean; wake: () => void }>()
  let watchers: (() => void)[] = []
  const napping = (): boolean => [...sleeps].some(({ nap }) => nap)
  const asleep = async (): Promise<void> => {
    while (!napping()) await new Promise<void>((resolve) => watchers.push(resolve))
  }
  return {
    now: () => nowMs,
    monotonic: () => nowMs,
    sleep: async (ms, signal) =>
      new Promise<void>((resolve, reject) => {
        const end = (settle: () => void): void => {
          sleeps.delete(sleep)
          signal?.removeEventListener('abort', abort)
          settle()
        }
        const abort = (): void => end(() => reject(new Error('the sleep was aborted')))
        const sleep = { endMs: nowMs + ms, nap: ms <= napMs, wake: () => end(resolve) }
        if (signal?.aborted === true) return reject(new Error('the sleep was aborted'))
        signal?.addEventListener('abort', abort, { once: true })
        sleeps.add(sleep)
        const watching = watchers
        watchers = []
        for (const watcher of watching) watcher()
      }),
    asleep,
    tick: async (ms) => {
      await asleep()
      nowMs += ms
      for (const sleep of sleeps) if (sleep.endMs <= nowMs) sleep.wake()
      await asleep()
    },
  }
}
