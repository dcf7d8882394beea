// Follows the events of disputes on L1 from a bounded time ago, and reports the timestamp of the block that it reached: the
// contract's deadlines are block timestamps.
import { getBlock, getBlockNumber } from 'viem/actions'
import type { ChainStore, Follower } from '../l1/chain.ts'
import type { Finality } from '../l1/finality-rule.ts'
import { firstBlockSince } from '../l1/block-search.ts'
import { L1Follower } from '../l1/follower.ts'
import { type L1, l1Unavailable } from '../l1/rpc.ts'
import type { Hex } from '../protocol/bytes.ts'
import { FloeError } from '../protocol/errors.ts'
import type { Domain } from '../protocol/header.ts'

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
}

/** The newest block whose events the store has. */
export type FollowedTip = {
  readonly blockNumber: number
  /** Unix seconds. */
  readonly timestamp: number
}

export class DisputeFollower {
  readonly #options: DisputeFollowerOptions
  #follower: Promise<Follower> | undefined

  constructor(options: DisputeFollowerOptions) {
    this.#options = options
  }

  /** Follows to the current tip of L1. @throws FloeError `unavailable` */
  async sync(signal?: AbortSignal): Promise<FollowedTip> {
    const follower = await this.#started()
    const { tip, timestamp } = await follower.sync(signal)
    this.#options.onTip?.(timestamp)
    return { blockNumber: tip.number, timestamp }
  }

  /** As `sync`, at least to this block: the precondition of a transaction asks for it. @throws FloeError `unavailable` */
  async syncTo(blockNumber: number): Promise<FollowedTip> {
    const tip = await this.sync()
    if (tip.blockNumber >= blockNumber) return tip
    throw new FloeError(
      'unavailable',
      `Expected L1 up to block ${blockNumber}, got it up to ${tip.blockNumber}.`,
      {
        retryAfterSeconds: 1,
      },
    )
  }

  async #started(): Promise<Follower> {
    this.#follower ??= followerFrom(this.#options)
    try {
      return await this.#follower
    } catch (error) {
      this.#follower = undefined
      throw error
    }
  }
}

/** A follower that starts at the first block within the lookback. */
async function followerFrom({
  l1,
  domain,
  disputes,
  finality,
  store,
  lookbackSeconds,
}: DisputeFollowerOptions): Promise<Follower> {
  const newest = Number(
    await getBlockNumber(l1.client).catch((error: unknown) => {
      throw l1Unavailable(error, 'read the height of L1')
    }),
  )
  const since = (await timestampOf(l1, newest)) - lookbackSeconds
  const first = await firstBlockSince(l1.client, since, newest).catch((error: unknown) => {
    throw l1Unavailable(error, 'find the first block of the disputes that may be open')
  })
  const startBlock = Math.max(first, l1.logs.deploymentBlock ?? 0)
  return new L1Follower({ l1, domain, disputes, finality, store, startBlock })
}

async function timestampOf(l1: L1, number: number): Promise<number> {
  const block = await getBlock(l1.client, { blockNumber: BigInt(number) }).catch((error: unknown) => {
    throw l1Unavailable(error, `read block ${number} of L1`)
  })
  return Number(block.timestamp)
}
