// Questions to one endpoint about blocks that are known by hash or by number, and answers that are held to them: an endpoint
// is often many machines, each on a fork and at a height of its own.
import { getBlock, getContractEvents } from 'viem/actions'
import { BaseError, BlockNotFoundError, type Client, RpcRequestError } from 'viem'
import { type Hex, fromHex } from '../protocol/bytes.ts'
import { FloeError } from '../protocol/errors.ts'
import type { Domain } from '../protocol/header.ts'
import type { ChainHead, ChainPost } from './chain.ts'
import { ledgerAbi } from './generated/ledger.ts'
import { headersOfPost } from './posted.ts'
import { l1Unavailable, rpcReason } from './rpc.ts'

export type Block = ChainHead & { readonly parentHash: Hex }

/** Blocks by number, the last one included. */
export type Range = { readonly fromBlock: bigint; readonly toBlock: bigint }

export type WhichBlock =
  | { readonly blockTag: 'latest' }
  | { readonly blockNumber: bigint }
  | { readonly blockHash: Hex }

/** @throws FloeError `unavailable`; `movedOn` tells whether the chain may just have moved */
export async function readBlock(endpoint: Client, which: WhichBlock): Promise<Block> {
  const { number, hash, parentHash } = await asked('read a block', async () => getBlock(endpoint, which))
  const wrong =
    hash === null ||
    number === null ||
    ('blockHash' in which && hash !== which.blockHash) ||
    ('blockNumber' in which && number !== which.blockNumber)
  if (wrong) throw contradiction(`it answered with block ${number} ${hash} for another`)
  return { number: Number(number), hash, parentHash }
}

/** The posts in one block. An endpoint that does not have that block must say so (EIP-234). @throws FloeError likewise */
export async function postsInBlock(endpoint: Client, domain: Domain, block: ChainHead): Promise<ChainPost[]> {
  const logs = await asked('read the logs of a block', async () => postedLogs(endpoint, domain, block.hash))
  return logs.map((log) => {
    if (log.blockHash !== block.hash)
      throw contradiction(`it has logs of block ${log.blockHash} in ${block.hash}`)
    return postOf(domain, log)
  })
}

/** The posts in a range of blocks so old that every machine behind the endpoint agrees on them. Throws viem's errors too. */
export async function postsInRange(endpoint: Client, domain: Domain, range: Range): Promise<ChainPost[]> {
  const logs = await postedLogs(endpoint, domain, range)
  return logs.map((log) => {
    if (log.blockNumber < range.fromBlock || log.blockNumber > range.toBlock)
      throw contradiction(`it has logs of block ${log.blockNumber} in ${range.fromBlock}…${range.toBlock}`)
    return postOf(domain, log)
  })
}

type PostedLog = Awaited<ReturnType<typeof postedLogs>>[number]

async function postedLogs(endpoint: Client, { ledger }: Domain, where: Hex | Range) {
  const event = { address: ledger, abi: ledgerAbi, eventName: 'Posted' } as const
  // Not `strict`: that leaves out what it cannot read, and nothing may be left out.
  return typeof where === 'string'
    ? getContractEvents(endpoint, { ...event, blockHash: where })
    : getContractEvents(endpoint, { ...event, ...where })
}

function postOf(domain: Domain, log: PostedLog): ChainPost {
  const { headersRoot, accumulator, headers } = log.args
  const foreign = log.address.toLowerCase() !== domain.ledger || log.removed
  if (foreign || headersRoot === undefined || accumulator === undefined || headers === undefined)
    throw contradiction(`it answered with a log that is no Posted event of ${domain.ledger}`)
  const { blockHash, logIndex, transactionHash } = log
  const blockNumber = Number(log.blockNumber)
  const place = { headersRoot, transactionHash, blockNumber }
  return {
    ...place,
    blockHash,
    logIndex,
    headers: headersOfPost(domain, headersRoot, fromHex(headers)).map((header) => ({
      ...header,
      ...place,
      accumulator,
    })),
  }
}

/** Asks an endpoint. @throws FloeError `unavailable`; a refusal is a contradiction, which may be a reorg */
export async function asked<T>(action: string, question: () => Promise<T>): Promise<T> {
  try {
    return await question()
  } catch (error) {
    const unknown =
      error instanceof BaseError &&
      error.walk((cause) => cause instanceof BlockNotFoundError || cause instanceof RpcRequestError) !== null
    throw unknown ? contradiction(`it cannot ${action}: ${rpcReason(error)}`) : l1Unavailable(error, action)
  }
}

/** An answer that does not fit the ones before. A reorg between two questions looks the same, so asking anew may help. */
export function contradiction(what: string): FloeError {
  return new FloeError('unavailable', `An L1 endpoint contradicts itself: ${what}.`, {
    remedy: 'If it goes on, use another endpoint.',
    facts: { contradiction: what },
    retryAfterSeconds: 5,
  })
}

/** Whether the chain may only have moved between two questions. */
export function movedOn(error: unknown): boolean {
  return error instanceof FloeError && 'contradiction' in error.facts
}
