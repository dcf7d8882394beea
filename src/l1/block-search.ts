// Finds a block by a property that all later blocks have: in as many requests as the chain's length has bits.
import { BaseError, BlockNotFoundError, type Client } from 'viem'
import { getBlock } from 'viem/actions'
import { faultOf } from './endpoints/fault.ts'

/** The first number from `low` for which `holds` is true, given that it is true for all later ones; `end` if there is none before. */
export async function firstNumberWhere(
  holds: (number: number) => Promise<boolean>,
  low: number,
  end: number,
): Promise<number> {
  let [from, to] = [low, end]
  while (from < to) {
    const middle = Math.floor((from + to) / 2)
    if (await holds(middle)) to = middle
    else from = middle + 1
  }
  return from
}

export type BlockSince = {
  readonly number: number
  /** Whether blocks of that time may be missing before it, because no endpoint has them. */
  readonly isCut: boolean
}

/**
 * The first block up to `newest` of a time or later; `newest` when all are older. A block that no endpoint has counts as older.
 * @param time unix seconds
 */
export async function firstBlockSince(
  endpoints: readonly Client[],
  time: number,
  newest: number,
): Promise<BlockSince> {
  let newestMissing = -1
  const isSince = async (number: number): Promise<boolean> => {
    const timestamp = await timestampOf(endpoints, number)
    if (timestamp === undefined) newestMissing = Math.max(newestMissing, number)
    return timestamp !== undefined && timestamp >= time
  }
  const number = await firstNumberWhere(isSince, 0, newest)
  return { number, isCut: newestMissing === number - 1 && newestMissing >= 0 }
}

/** From the first endpoint that has the block; undefined when those that answer have deleted it. */
async function timestampOf(endpoints: readonly Client[], number: number): Promise<number | undefined> {
  let failure: Error | undefined
  for (const endpoint of endpoints) {
    try {
      return Number((await getBlock(endpoint, { blockNumber: BigInt(number) })).timestamp)
    } catch (error) {
      if (!(error instanceof Error)) throw error
      if (!isPruned(error)) failure ??= error
    }
  }
  if (failure !== undefined) throw failure
  return undefined
}

/** An endpoint without an old block answers with null, or with an error. */
function isPruned(error: unknown): boolean {
  const isNull =
    error instanceof BaseError && error.walk((cause) => cause instanceof BlockNotFoundError) !== null
  return isNull || faultOf(error) === 'no-history'
}
