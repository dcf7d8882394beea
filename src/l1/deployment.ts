// The block that deployed a contract: what the operator says, or a binary search in as many requests as the chain's length has bits.
import { getCode } from 'viem/actions'
import type { Hex } from '../protocol/bytes.ts'
import { firstNumberWhere } from './block-search.ts'
import { type L1, isRefusal, l1Unavailable } from './rpc.ts'

/**
 * The block from which the contract at `address` can have events: the configured one, else the first block in `oldest`…`newest` that
 * has its code; `newest` + 1 if none has it. Without old state on any endpoint it is `oldest`: reading from there is slower and gives
 * the same result.
 * @throws FloeError `unavailable`
 */
export async function deploymentBlock(
  { client, logs }: L1,
  address: Hex,
  newest: number,
  oldest = 0,
): Promise<number> {
  if (logs.deploymentBlock !== undefined) return logs.deploymentBlock
  const hasCode = async (number: number): Promise<boolean> =>
    (await getCode(client, { address, blockNumber: BigInt(number) })) !== undefined
  try {
    return await firstNumberWhere(hasCode, Math.min(oldest, newest), newest + 1)
  } catch (error) {
    if (isRefusal(error)) return oldest
    throw l1Unavailable(error, 'find the block that deployed the Ledger')
  }
}
