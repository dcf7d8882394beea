// Which block can no longer go away, as all reachable endpoints say it: the lowest answer counts, because whoever acts on
// finality gives something up that he could not get back.
import { BlockNotFoundError, type PublicClient } from 'viem'
import type { Finality } from './chain.ts'
import { type L1, askAll, rpcReason } from './rpc.ts'

/**
 * Number of the newest block that every reachable endpoint takes for final. A chain without one yet has its genesis.
 * @throws FloeError `unavailable` when no endpoint answers
 */
export async function finalBlock(l1: L1, finality: Finality): Promise<number> {
  const numbers = await askAll(l1, 'read the final block of L1', async (endpoint) =>
    finalOn(endpoint, finality),
  )
  return Math.min(...numbers)
}

async function finalOn(endpoint: PublicClient, finality: Finality): Promise<number> {
  if (typeof finality === 'number') return Math.max(0, Number(await endpoint.getBlockNumber()) - finality)
  try {
    return Number((await endpoint.getBlock({ blockTag: finality })).number)
  } catch (error) {
    // Before the first epochs of a chain are final geth answers with an error, others with null.
    if (error instanceof BlockNotFoundError || /block not found/i.test(rpcReason(error))) return 0
    throw error
  }
}
