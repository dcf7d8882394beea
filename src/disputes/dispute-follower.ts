// Following disputes from as long ago as matters, with the time that L1 counts in: deadlines are of block timestamps.
import type { ChainStore, Finality, Follower } from '../l1/chain.ts'
import { firstThat } from '../l1/deployment.ts'
import { createFollower } from '../l1/follower.ts'
import { type L1, l1Unavailable } from '../l1/rpc.ts'
import type { Hex } from '../protocol/bytes.ts'
import { FloeError } from '../protocol/errors.ts'
import type { Domain } from '../protocol/header.ts'

export type WatchOptions = {
  readonly l1: L1
  readonly domain: Domain
  readonly disputes: Hex
  readonly finality: Finality
  readonly store: ChainStore
  /** Blocks of that many seconds before the first look are read. */
  readonly lookbackSeconds: number
}

/** A tip that was followed to. */
export type FollowedTip = { readonly tip: number; readonly timestamp: number }

export type DisputeFollower = {
  /** Follows to the tip that L1 has now, and gives its timestamp. @throws FloeError `unavailable` */
  sync(signal?: AbortSignal): Promise<FollowedTip>
  /** The same up to this block at least, for a sender's fence. @throws FloeError `unavailable` */
  syncTo(blockNumber: number): Promise<FollowedTip>
}

export function createWatch(options: WatchOptions): DisputeFollower {
  const { l1 } = options
  let starting: Promise<Follower> | undefined
  const start = async (): Promise<Follower> => {
    starting ??= createFrom(options)
    return starting.catch((error: unknown) => {
      starting = undefined
      throw error
    })
  }
  const sync: DisputeFollower['sync'] = async (signal) => {
    const { tip } = await (await start()).sync(signal)
    return { tip: tip.number, timestamp: await timestampOf(l1, tip.number) }
  }
  return {
    sync,
    syncTo: async (blockNumber) => {
      const seen = await sync()
      if (seen.tip >= blockNumber) return seen
      throw new FloeError('unavailable', `Followed L1 to block ${seen.tip}, expected ${blockNumber}.`, {
        retryAfterSeconds: 1,
      })
    },
  }
}

/** A follower that begins with the first block that is young enough. */
async function createFrom(options: WatchOptions): Promise<Follower> {
  const { l1, lookbackSeconds } = options
  const newest = Number(
    await l1.client.getBlockNumber().catch((error: unknown) => {
      throw l1Unavailable(error, 'read the height of L1')
    }),
  )
  const since = (await timestampOf(l1, newest)) - lookbackSeconds
  const startBlock = await firstThat(async (number) => (await timestampOf(l1, number)) >= since, 0, newest)
  return createFollower({ ...options, startBlock })
}

async function timestampOf(l1: L1, number: number): Promise<number> {
  const block = await l1.client.getBlock({ blockNumber: BigInt(number) }).catch((error: unknown) => {
    throw l1Unavailable(error, `read block ${number} of L1`)
  })
  return Number(block.timestamp)
}
