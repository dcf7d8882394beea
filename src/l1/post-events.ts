// Reads the events of the Ledger that show headers, for a follower.
import type { Client } from 'viem'
import { getContractEvents } from 'viem/actions'
import type { Domain } from '../protocol/header.ts'
import type { PostingTerms } from '../protocol/posting.ts'
import { type Range, askEndpoint, checkLog, contradiction, logFilter } from './blocks.ts'
import type { ChainHead, ChainPost } from './chain.ts'
import { ledgerAbi } from './generated/ledger.ts'
import { headersOfEvent } from './posted.ts'

/** A Ledger whose events are read. */
export type FollowedLedger = { readonly domain: Domain; readonly terms: PostingTerms }

/** The posts in one block. @throws FloeError `unavailable`, a contradiction when the endpoint lacks the block */
export async function postsInBlock(
  endpoint: Client,
  ledger: FollowedLedger,
  block: ChainHead,
): Promise<ChainPost[]> {
  return askEndpoint('read the posts of a block', async () => readPosts(endpoint, ledger, block))
}

/** The posts in a range of old blocks, on which every machine of the endpoint agrees. Throws viem's errors too. */
export async function postsInRange(
  endpoint: Client,
  ledger: FollowedLedger,
  range: Range,
): Promise<ChainPost[]> {
  return readPosts(endpoint, ledger, range)
}

async function readPosts(
  endpoint: Client,
  ledger: FollowedLedger,
  where: ChainHead | Range,
): Promise<ChainPost[]> {
  const address = ledger.domain.ledger
  // Not `strict`: viem would then leave out events that it cannot decode, and nothing may be left out.
  const logs = await getContractEvents(endpoint, { address, abi: ledgerAbi, ...logFilter(where) })
  return logs.flatMap((log) => {
    checkLog(log, address, where)
    return log.eventName === 'EIP712DomainChanged' ? [] : [postOf(ledger, log)]
  })
}

type LedgerLog = Awaited<
  ReturnType<typeof getContractEvents<undefined, typeof ledgerAbi, undefined, undefined>>
>[number]
type PostLog = Extract<LedgerLog, { eventName: 'Posted' | 'PostedOne' }>

function postOf({ domain, terms }: FollowedLedger, log: PostLog): ChainPost {
  const { headersRoot, epoch, postedAt } = log.args
  const shown = log.eventName === 'Posted' ? log.args.headers : log.args.header
  if (headersRoot === undefined || epoch === undefined || postedAt === undefined || shown === undefined)
    throw contradiction(`it answered with a log that is not a post of ${domain.ledger}`)
  const { blockHash, logIndex, transactionHash } = log
  const place = { transactionHash, blockNumber: Number(log.blockNumber) }
  const headers = headersOfEvent(domain, terms, log).map((header) => ({ ...header, ...place }))
  return { ...place, headersRoot, blockHash, logIndex, headers }
}
