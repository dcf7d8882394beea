// Follows the events of disputes on L1 from a bounded time ago, and reports the timestamp of the block that it reached: the
// contract's deadlines are block timestamps.
import type { ChainProgress, ChainStore } from '../l1/chain.ts'
import type { Finality } from '../l1/finality-rule.ts'
import { L1Follower } from '../l1/follower.ts'
import type { HeadFeed } from '../l1/head-feed.ts'
import type { L1 } from '../l1/rpc.ts'
import type { Hex } from '../protocol/bytes.ts'
import { FloeError } from '../protocol/errors.ts'
import type { Domain } from '../protocol/header.ts'
import type { Logger } from '../runtime/logger.ts'

export type DisputeFollowerOptions = {
  readonly l1: L1
  readonly domain: Domain
  /** Address of the Disputes contract. */
  readonly disputes: Hex
  readonly finality: Finality
  readonly store: ChainStore
  /** The first sync reads the blocks of so many seconds. */
  readonly lookbackSeconds: number
  /** Called with the timestamp of every tip that was followed to, in unix seconds. */
  readonly onTip?: (timestamp: number) => void
  readonly logger?: Logger
  /** Shared by the followers of a service, which then ask for no block before it can be there; left out, each `sync` asks. */
  readonly heads?: HeadFeed | undefined
}

/** The newest block whose events the store has. */
export type FollowedTip = {
  readonly blockNumber: number
  /** Unix seconds. */
  readonly timestamp: number
}

export class DisputeFollower {
  readonly #follower: L1Follower
  readonly #isPaced: boolean
  readonly #onTip: DisputeFollowerOptions['onTip']

  constructor(options: DisputeFollowerOptions) {
    this.#onTip = options.onTip
    this.#isPaced = options.heads !== undefined
    // A start that is late misses challenges that are still open. Without it none would be seen, so the log says it and an operator
    // adds an endpoint.
    this.#follower = new L1Follower({ ...options, mayStartLate: true })
  }

  /** Follows to the tip of L1, as the head feed has it where there is one. @throws FloeError `unavailable` */
  async sync(signal?: AbortSignal): Promise<FollowedTip> {
    return this.#tipOf(this.#isPaced ? this.#follower.follow(signal) : this.#follower.sync(signal))
  }

  /** As `sync`, at least to this block: the precondition of a transaction asks for it. @throws FloeError `unavailable` */
  async syncTo(blockNumber: number): Promise<FollowedTip> {
    const tip = await this.sync()
    if (tip.blockNumber >= blockNumber) return tip
    const newest = this.#isPaced ? await this.#tipOf(this.#follower.sync()) : tip
    if (newest.blockNumber >= blockNumber) return newest
    throw new FloeError(
      'unavailable',
      `Expected L1 up to block ${blockNumber}, got it up to ${newest.blockNumber}.`,
      {
        retryAfterSeconds: 1,
      },
    )
  }
  async #tipOf(progress: Promise<ChainProgress>): Promise<FollowedTip> {
    const { tip, timestamp } = await progress
    this.#onTip?.(timestamp)
    return { blockNumber: tip.number, timestamp }
  }
}
