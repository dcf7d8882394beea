// A clock that moves only when a test says so. A sleep ends when the clock is advanced to its end, so no test waits for real time.
import type { Clock } from '../../src/runtime/clock.ts'

export type ManualClock = Clock & {
  /** Moves time on by `ms` and ends the sleeps that are due. */
  advance(ms: number): void
  /** Number of sleeps in progress. */
  sleeping(): number
  /** Resolves when a loop under test sleeps between two steps. */
  asleep(): Promise<void>
  /** Waits until a loop under test sleeps, moves time on by `ms`, and waits until a loop sleeps again. */
  tick(ms: number): Promise<void>
}

type Sleep = { readonly endMs: number; readonly betweenSteps: boolean; readonly wake: () => void }

/**
 * @param startSeconds unix time at which the clock stands
 * @param pauseMsMax a longer sleep is the timeout of work in flight, not a loop's pause between two steps
 */
export function manualClock(startSeconds: number, pauseMsMax: number = Infinity): ManualClock {
  let nowMs = startSeconds * 1000
  const sleeps = new Set<Sleep>()
  let watchers: (() => void)[] = []
  const advance = (ms: number): void => {
    nowMs += ms
    for (const sleep of Array.from(sleeps)) if (sleep.endMs <= nowMs) sleep.wake()
  }
  const asleep = async (): Promise<void> => {
    while (!Array.from(sleeps).some(({ betweenSteps }) => betweenSteps))
      await new Promise<void>((resolve) => watchers.push(resolve))
  }
  const sleepAborted = (): Error => new Error('the sleep was aborted')
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
        const abort = (): void => end(() => reject(sleepAborted()))
        const sleep = { endMs: nowMs + ms, betweenSteps: ms <= pauseMsMax, wake: () => end(resolve) }
        if (signal?.aborted === true) return reject(sleepAborted())
        signal?.addEventListener('abort', abort, { once: true })
        sleeps.add(sleep)
        const watching = watchers
        watchers = []
        for (const watcher of watching) watcher()
      }),
    advance,
    sleeping: () => sleeps.size,
    asleep,
    tick: async (ms) => {
      await asleep()
      advance(ms)
      await asleep()
    },
  }
}
