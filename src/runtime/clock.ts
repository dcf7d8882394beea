// Time, behind an interface so that decisions can be replayed. Unix time is for the protocol, monotonic time for durations.
import { setTimeout as delay } from 'node:timers/promises'

export type Clock = {
  /** Unix time in milliseconds. */
  now(): number
  /** Milliseconds since some fixed moment; never goes back. */
  monotonic(): number
  /** Resolves after `ms`; rejects with the signal's reason when it aborts. Keeps the process alive. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: async (ms, signal) => {
    await delay(ms, undefined, signal === undefined ? {} : { signal })
  },
}

/** Unix seconds, as headers count. */
export function unixSeconds(clock: Clock): number {
  return Math.floor(clock.now() / 1000)
}
