// L1 as the follower last saw it, for components that only need to know how far the sidecar has followed.
import type { ChainHead, Follower } from '../l1/chain.ts'
import type { L1Follower } from '../l1/follower.ts'
import type { HeadWatch } from '../l1/head-watch.ts'
import type { Clock } from '../runtime/clock.ts'

export type ChainViewProgress = {
  readonly tip: ChainHead
  /** Number of the newest final block. */
  readonly final: number
  /** When L1 was last followed without an error, in milliseconds of this process's monotonic clock. */
  readonly at: number
  readonly secondsAgo: number
}

export type ChainViewOptions = {
  readonly follower: Pick<L1Follower, 'sync' | 'follow'>
  readonly headWatch: Pick<HeadWatch, 'observe'>
  readonly clock: Clock
}

export class ChainView implements Follower {
  readonly #follower: ChainViewOptions['follower']
  readonly #headWatch: ChainViewOptions['headWatch']
  readonly #clock: Clock
  #last: Omit<ChainViewProgress, 'secondsAgo'> | undefined
  #lastSync: Promise<unknown> = Promise.resolve()

  constructor({ follower, headWatch, clock }: ChainViewOptions) {
    this.#follower = follower
    this.#headWatch = headWatch
    this.#clock = clock
  }

  /** As `Follower.sync`. */
  async sync(signal?: AbortSignal): ReturnType<Follower['sync']> {
    return this.#observed(this.#follower.sync(signal))
  }

  /** As `L1Follower.follow`. */
  async follow(signal?: AbortSignal): ReturnType<Follower['sync']> {
    return this.#observed(this.#follower.follow(signal))
  }

  async #observed(syncing: ReturnType<Follower['sync']>): ReturnType<Follower['sync']> {
    // Without a value: each result would keep the one before it, and so all of them.
    this.#lastSync = Promise.allSettled([this.#lastSync, syncing]).then(() => undefined)
    const reached = await syncing
    const { tip, timestamp, final } = reached
    this.#last = { tip, final, at: this.#clock.monotonic() }
    this.#headWatch.observe(timestamp)
    return reached
  }

  /** Undefined until L1 has been followed once. */
  progress(): ChainViewProgress | undefined {
    if (this.#last === undefined) return undefined
    return { ...this.#last, secondsAgo: (this.#clock.monotonic() - this.#last.at) / 1000 }
  }

  /** Resolves when no `sync` is in flight. */
  async idle(): Promise<void> {
    await this.#lastSync
  }
}
