// Finds the block that deployed a contract by binary search, in as many requests as the chain's length has bits.
import { getCode } from 'viem/actions'
import type { Client } from 'viem'
import type { Hex } from '../protocol/bytes.ts'
import { isRefusal, l1Unavailable } from './rpc.ts'

/**
 * The first block up to `newest` that has code at `address`; `newest` + 1 if none has it. An endpoint without old state gives 0:
 * reading from the start is slower and gives the same result.
 * @throws FloeError `unavailable`
 */
export async function deploymentBlock(endpoint: Client, address: Hex, newest: number): Promise<number> {
  const hasCode = async (number: number): Promise<boolean> =>
    (await getCode(endpoint, { address, blockNumber: BigInt(number) })) !== undefined
  try {
    return await firstNumberWhere(hasCode, 0, newest + 1)
  } catch (error) {
    if (isRefusal(error)) return 0
    throw l1Unavailable(error, 'find the block that deployed the Ledger')
  }
}

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
