// Reads blocks from one endpoint, and checks that responses are about the block in question: an endpoint is often many machines,
// each at its own height and on its own fork.
import { BaseError, BlockNotFoundError, type Client, RpcRequestError } from 'viem'
import { getBlock } from 'viem/actions'
import type { Hex } from '../protocol/bytes.ts'
import { FloeError } from '../protocol/errors.ts'
import type { ChainHead } from './chain.ts'
import { faultOf } from './endpoints/fault.ts'
import { type L1, l1Unavailable, rpcReason } from './rpc.ts'

export type Block = ChainHead & {
  readonly parentHash: Hex
  /** Unix seconds. */
  readonly timestamp: number
  readonly logsBloom: Hex | undefined
}

/** Blocks by number; the last one is included. */
export type Range = { readonly fromBlock: bigint; readonly toBlock: bigint }

export type BlockId =
  | { readonly blockTag: 'latest' }
  | { readonly blockNumber: bigint }
  | { readonly blockHash: Hex }

/** @throws FloeError `unavailable`; `isContradiction` tells whether a reorg may be the reason */
export async function readBlock(endpoint: Client, id: BlockId): Promise<Block> {
  const block = await askEndpoint('read a block', async () => getBlock(endpoint, id))
  const { number, hash, parentHash, timestamp, logsBloom } = block
  const isOther =
    hash === null ||
    number === null ||
    ('blockHash' in id && hash !== id.blockHash) ||
    ('blockNumber' in id && number !== id.blockNumber)
  if (isOther) throw contradiction(`it answered with block ${number} ${hash} instead of the requested one`)
  return {
    number: Number(number),
    hash,
    parentHash,
    timestamp: Number(timestamp),
    logsBloom: logsBloom ?? undefined,
  }
}

/** When a block was made, in unix seconds. @throws FloeError `unavailable` */
export async function timestampAt({ client }: L1, number: number): Promise<number> {
  const block = await getBlock(client, { blockNumber: BigInt(number) }).catch((error: unknown) => {
    throw l1Unavailable(error, `read block ${number} of L1`)
  })
  return Number(block.timestamp)
}

/** @throws FloeError `unavailable` when the endpoint fails; its refusal is a contradiction, because a reorg may be the reason */
export async function askEndpoint<T>(action: string, request: () => Promise<T>): Promise<T> {
  try {
    return await request()
  } catch (error) {
    // An endpoint that limits the rate of requests, or has deleted old blocks, does not contradict itself.
    const isRefused =
      faultOf(error) === undefined &&
      error instanceof BaseError &&
      error.walk((cause) => cause instanceof BlockNotFoundError || cause instanceof RpcRequestError) !== null
    throw isRefused ? contradiction(`it cannot ${action}: ${rpcReason(error)}`) : l1Unavailable(error, action)
  }
}

/** A response that contradicts earlier ones. A reorg between two requests looks the same, so another attempt may succeed. */
export function contradiction(what: string): FloeError {
  return new FloeError('unavailable', `An L1 endpoint contradicts itself: ${what}.`, {
    remedy: 'If this continues, use another endpoint.',
    facts: { contradiction: what },
    retryAfterSeconds: 5,
  })
}

/** Whether a reorg between two requests may explain the error. */
export function isContradiction(error: unknown): boolean {
  return error instanceof FloeError && 'contradiction' in error.facts
}

type PlacedLog = {
  readonly address: string
  readonly removed: boolean
  readonly blockHash: Hex
  readonly blockNumber: bigint
}

/** @throws FloeError a contradiction for a log that is not of these contracts and this block, or not in this range */
export function checkLog(log: PlacedLog, contracts: readonly Hex[], where: ChainHead | Range): void {
  if (!contracts.includes(log.address.toLowerCase() as Hex) || log.removed)
    throw contradiction(`it answered with a log that is not an event of ${contracts.join(' or ')}`)
  if ('hash' in where) {
    if (log.blockHash !== where.hash)
      throw contradiction(`it has logs of block ${log.blockHash} in block ${where.hash}`)
  } else if (log.blockNumber < where.fromBlock || log.blockNumber > where.toBlock) {
    const range = `${where.fromBlock}…${where.toBlock}`
    throw contradiction(`it has logs of block ${log.blockNumber} in blocks ${range}`)
  }
}
