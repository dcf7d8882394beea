// Reads the Posted events of the Ledger for a follower.
import type { Client } from 'viem'
import { getContractEvents } from 'viem/actions'
import { fromHex } from '../protocol/bytes.ts'
import type { Domain } from '../protocol/header.ts'
import { type Range, askEndpoint, checkLog, contradiction, logFilter } from './blocks.ts'
import type { ChainHead, ChainPost } from './chain.ts'
import { ledgerAbi } from './generated/ledger.ts'
import { headersOfPost } from './posted.ts'

/** The posts in one block. @throws FloeError `unavailable`, a contradiction when the endpoint lacks the block */
export async function postsInBlock(endpoint: Client, domain: Domain, block: ChainHead): Promise<ChainPost[]> {
  return askEndpoint('read the posts of a block', async () => readPosts(endpoint, domain, block))
}

/** The posts in a range of old blocks, on which every machine of the endpoint agrees. Throws viem's errors too. */
export async function postsInRange(endpoint: Client, domain: Domain, range: Range): Promise<ChainPost[]> {
  return readPosts(endpoint, domain, range)
}

async function readPosts(endpoint: Client, domain: Domain, where: ChainHead | Range): Promise<ChainPost[]> {
  // Not `strict`: viem would then leave out events that it cannot decode, and nothing may be left out.
  const event = { address: domain.ledger, abi: ledgerAbi, eventName: 'Posted' } as const
  const logs = await getContractEvents(endpoint, { ...event, ...logFilter(where) })
  return logs.map((log) => {
    checkLog(log, domain.ledger, where)
    return postOf(domain, log)
  })
}

type PostedLog = Awaited<
  ReturnType<typeof getContractEvents<undefined, typeof ledgerAbi, 'Posted', undefined>>
>[number]

function postOf(domain: Domain, log: PostedLog): ChainPost {
  const { headersRoot, accumulator, headers } = log.args
  if (headersRoot === undefined || accumulator === undefined || headers === undefined)
    throw contradiction(`it answered with a log that is not a Posted event of ${domain.ledger}`)
  const { blockHash, logIndex, transactionHash } = log
  const place = { headersRoot, transactionHash, blockNumber: Number(log.blockNumber) }
  const posted = headersOfPost(domain, headersRoot, fromHex(headers))
  return {
    ...place,
    blockHash,
    logIndex,
    headers: posted.map((header) => ({ ...header, ...place, accumulator })),
  }
}
