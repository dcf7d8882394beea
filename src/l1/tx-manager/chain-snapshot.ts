// What the endpoints say about the account and its transactions. Each question goes to all of them: a fact that makes the
// poster act takes the endpoint that is furthest, a fact that makes it give something up takes all that answer.
import {
  estimateMaxPriorityFeePerGas,
  getBalance,
  getBlock,
  getTransactionCount,
  getTransactionReceipt,
} from 'viem/actions'
import { BlockNotFoundError, type Client, TransactionReceiptNotFoundError } from 'viem'
import type { Hex } from '../../protocol/bytes.ts'
import type { Finality } from '../chain.ts'
import { finalBlock } from '../finality.ts'
import { type L1, askAll } from '../rpc.ts'
import type { FeeMarket } from './fees.ts'

export type Head = {
  readonly number: number
  readonly hash: Hex
  readonly baseFee: bigint
  /** Of the account, in the state of this block. */
  readonly count: number
  readonly balance: bigint
}

export type Sight = {
  /** The highest that an endpoint has. */
  readonly head: Head
  /** The most transactions of the account that an endpoint has mined. */
  readonly count: number
  readonly final: number
}

/** @throws FloeError `unavailable` when no endpoint answers */
export async function lookAt(l1: L1, account: Hex, finality: Finality): Promise<Sight> {
  const [heads, final] = await Promise.all([
    askAll(l1, 'look at the head of L1', async (endpoint) => headOn(endpoint, account)),
    finalBlock(l1, finality),
  ])
  const head = heads.reduce((best, other) => (other.number > best.number ? other : best))
  return { head, count: Math.max(...heads.map(({ count }) => count)), final }
}

async function headOn(endpoint: Client, address: Hex): Promise<Head> {
  const { number: blockNumber, hash, baseFeePerGas } = await getBlock(endpoint, { blockTag: 'latest' })
  const [count, balance] = await Promise.all([
    getTransactionCount(endpoint, { address, blockNumber }),
    getBalance(endpoint, { address, blockNumber }),
  ])
  return { number: Number(blockNumber), hash, baseFee: baseFeePerGas ?? 0n, count, balance }
}

/** Whether every endpoint that has a block of this number has this one. */
export async function agreeOn(l1: L1, head: Head): Promise<boolean> {
  const hashes = await askAll(l1, 'check a block of L1', async (endpoint) =>
    getBlock(endpoint, { blockNumber: BigInt(head.number) }).then(
      ({ hash }) => hash,
      (error: unknown) => orUndefined(error, BlockNotFoundError),
    ),
  )
  return hashes.every((hash) => hash === undefined || hash === head.hash)
}

export type Receipt = {
  readonly hash: Hex
  readonly to: Hex
  readonly success: boolean
  readonly blockNumber: number
  readonly blockHash: Hex
  readonly gasUsed: number
}

/** A receipt of any of these transactions, of which one at most can have one, and whether all that answer have the same. */
export async function receiptOf(
  l1: L1,
  hashes: readonly Hex[],
): Promise<{ receipt: Receipt | undefined; unanimous: boolean }> {
  const seen = await askAll(l1, 'look for a receipt', async (endpoint) => {
    const receipts = await Promise.all(hashes.map(async (hash) => receiptOn(endpoint, hash)))
    return receipts.find((receipt) => receipt !== undefined)
  })
  const receipt = seen.find((other) => other !== undefined)
  return { receipt, unanimous: seen.every((other) => other?.blockHash === receipt?.blockHash) }
}

async function receiptOn(endpoint: Client, hash: Hex): Promise<Receipt | undefined> {
  try {
    const { to, status, blockNumber, blockHash, gasUsed } = await getTransactionReceipt(endpoint, { hash })
    return {
      hash,
      to: (to ?? '0x').toLowerCase() as Hex,
      success: status === 'success',
      blockNumber: Number(blockNumber),
      blockHash,
      gasUsed: Number(gasUsed),
    }
  } catch (error) {
    return orUndefined(error, TransactionReceiptNotFoundError)
  }
}

/** Not there is an answer; no answer is none. */
function orUndefined(error: unknown, notFound: new (...parameters: never[]) => Error): undefined {
  if (error instanceof notFound) return undefined
  throw error
}

/** Whether every endpoint that answers has a transaction with this nonce mined in that block or below. */
export async function isUsedIn(l1: L1, account: Hex, nonce: number, block: number): Promise<boolean> {
  const counts = await askAll(l1, 'read a count at a final block', async (endpoint) =>
    getTransactionCount(endpoint, { address: account, blockNumber: BigInt(block) }),
  )
  return counts.every((count) => count > nonce)
}

/** The account's count with what pools hold of it, as the best informed endpoint says; 0 where none says. */
export async function pendingCount(l1: L1, address: Hex): Promise<number> {
  const counts = await Promise.allSettled(
    l1.endpoints.map(async (endpoint) => getTransactionCount(endpoint, { address, blockTag: 'pending' })),
  )
  return Math.max(0, ...counts.map((count) => (count.status === 'fulfilled' ? count.value : 0)))
}

/** What the block after `head` asks for, with the tip that an endpoint suggests. */
export async function feeMarket(l1: L1, head: Head): Promise<FeeMarket> {
  return { baseFee: head.baseFee, tip: await estimateMaxPriorityFeePerGas(l1.client) }
}
