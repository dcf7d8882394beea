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

/**
 * The first block up to `newest` of a time or later; `newest` when all are older. A block that the endpoint has pruned counts as older,
 * so the result is one that it has.
 * @param time unix seconds
 */
export async function firstBlockSince(endpoint: Client, time: number, newest: number): Promise<number> {
  const isSince = async (number: number): Promise<boolean> => {
    const block = await getBlock(endpoint, { blockNumber: BigInt(number) }).catch((error: unknown) => {
      if (isPruned(error)) return undefined
      throw error
    })
    return block !== undefined && Number(block.timestamp) >= time
  }
  return firstNumberWhere(isSince, 0, newest)
}

/** An endpoint without an old block answers with null, or with an error. */
function isPruned(error: unknown): boolean {
  const isNull =
    error instanceof BaseError && error.walk((cause) => cause instanceof BlockNotFoundError) !== null
  return isNull || faultOf(error) === 'no-history'
}
