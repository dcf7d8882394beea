// What the endpoints know about the account and its transactions. Every read goes to all of them. To act, the transaction
// manager needs only the endpoint with the highest block. To give a transaction up, it needs every endpoint that answers, and two at
// least where there are two: the word of one would lead to a second transaction for its call.
import {
  estimateMaxPriorityFeePerGas,
  getBalance,
  getBlock,
  getTransactionCount,
  getTransactionReceipt,
} from 'viem/actions'
import { BlockNotFoundError, type Client, TransactionReceiptNotFoundError } from 'viem'
import type { Hex } from '../../protocol/bytes.ts'
import type { Finality } from '../finality-rule.ts'
import { finalBlock } from '../finality.ts'
import { type L1, askEach } from '../rpc.ts'
import type { FeeMarket } from './fees.ts'

export type Head = {
  readonly number: number
  readonly hash: Hex
  readonly baseFee: bigint
  /** Mined transactions of the account, in the state of this block. */
  readonly count: number
  readonly balance: bigint
}

export type ChainSnapshot = {
  /** The highest head of any endpoint. */
  readonly head: Head
  /** The highest count of mined transactions of the account that any endpoint has. */
  readonly count: number
  readonly final: number
}

/** @throws FloeError `unavailable` when no endpoint answers */
export async function readSnapshot(l1: L1, account: Hex, finality: Finality): Promise<ChainSnapshot> {
  const [heads, final] = await Promise.all([
    askEach(l1, 'read the head of L1', async (endpoint) => headOn(endpoint, account)),
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

/** Whether every endpoint that has a block of this number has this block. */
export async function agreeOn(l1: L1, head: Head): Promise<boolean> {
  const hashes = await askEach(l1, 'check a block of L1', async (endpoint) =>
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
  /** What the gas cost. */
  readonly feeWei: bigint
}

export type FoundReceipt = {
  /** Of these transactions, of which at most one can be mined. */
  readonly receipt: Receipt | undefined
  /** Every endpoint that answers has it in the same block, or none has it. */
  readonly unanimous: boolean
  /** More than one endpoint answers, or there is only one. */
  readonly corroborated: boolean
}

export async function receiptOf(l1: L1, hashes: readonly Hex[]): Promise<FoundReceipt> {
  const receipts = await askEach(l1, 'read a receipt', async (endpoint) => {
    const found = await Promise.all(hashes.map(async (hash) => receiptOn(endpoint, hash)))
    return found.find((receipt) => receipt !== undefined)
  })
  const receipt = receipts.find((other) => other !== undefined)
  const unanimous = receipts.every((other) => other?.blockHash === receipt?.blockHash)
  return { receipt, unanimous, corroborated: isCorroborated(l1, receipts) }
}

async function receiptOn(endpoint: Client, hash: Hex): Promise<Receipt | undefined> {
  try {
    const { to, status, blockNumber, blockHash, gasUsed, effectiveGasPrice } = await getTransactionReceipt(
      endpoint,
      { hash },
    )
    return {
      hash,
      to: (to ?? '0x').toLowerCase() as Hex,
      success: status === 'success',
      blockNumber: Number(blockNumber),
      blockHash,
      gasUsed: Number(gasUsed),
      feeWei: gasUsed * effectiveGasPrice,
    }
  } catch (error) {
    return orUndefined(error, TransactionReceiptNotFoundError)
  }
}

/** An endpoint that does not have the block or receipt has answered; any other error tells nothing. */
function orUndefined(error: unknown, notFound: new (...parameters: never[]) => Error): undefined {
  if (error instanceof notFound) return undefined
  throw error
}

function isCorroborated({ endpoints }: L1, answers: readonly unknown[]): boolean {
  return answers.length >= Math.min(2, endpoints.length)
}

/** Whether every endpoint that answers has a transaction with this nonce mined in that block or an earlier one, and not one alone. */
export async function isUsedIn(l1: L1, account: Hex, nonce: number, block: number): Promise<boolean> {
  const counts = await askEach(l1, 'read the account at a final block', async (endpoint) =>
    getTransactionCount(endpoint, { address: account, blockNumber: BigInt(block) }),
  )
  return isCorroborated(l1, counts) && counts.every((count) => count > nonce)
}

/** The highest count of the account with its transactions in the pools; 0 when no endpoint answers. */
export async function pendingCount(l1: L1, address: Hex): Promise<number> {
  const counts = await Promise.allSettled(
    l1.endpoints.map(async (endpoint) => getTransactionCount(endpoint, { address, blockTag: 'pending' })),
  )
  return Math.max(0, ...counts.map((count) => (count.status === 'fulfilled' ? count.value : 0)))
}

/** The fees of the block after `head`, with the tip that an endpoint suggests. */
export async function feeMarket(l1: L1, head: Head): Promise<FeeMarket> {
  return { baseFee: head.baseFee, tip: await estimateMaxPriorityFeePerGas(l1.client) }
}
