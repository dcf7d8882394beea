// L1 as the follower last saw it, for those who only want to know how far it is.
import type { ChainHead, Follower } from '../l1/chain.ts'
import type { Clock } from '../runtime/clock.ts'

export type ChainView = Follower & {
  /** As of the last time that L1 could be followed; undefined: not yet. */
  seen(): { readonly tip: ChainHead; readonly final: number; readonly secondsAgo: number } | undefined
  /** Resolves when nobody follows. */
  idle(): Promise<void>
}

export function createChainView(follower: Follower, clock: Clock): ChainView {
  let seen: { tip: ChainHead; final: number; at: number } | undefined
  let last: Promise<unknown> = Promise.resolve()
  return {
    sync: async (signal) => {
      const syncing = follower.sync(signal)
      last = Promise.allSettled([last, syncing])
      const reached = await syncing
      seen = { ...reached, at: clock.monotonic() }
      return reached
    },
    seen: () => seen && { ...seen, secondsAgo: (clock.monotonic() - seen.at) / 1000 },
    idle: async () => void (await last),
  }
}
