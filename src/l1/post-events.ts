// Reads the events of the Ledger that show headers, for a follower.
import type { Client } from 'viem'
import { getContractEvents } from 'viem/actions'
import type { Domain } from '../protocol/header.ts'
import type { PostingTerms } from '../protocol/posting.ts'
import { type Range, askEndpoint, checkLog, contradiction, logFilter } from './blocks.ts'
import type { ChainHead, ChainPost } from './chain.ts'
import { ledgerAbi } from './generated/ledger.ts'
import { headersOfEvent } from './posted.ts'
import { readContract } from './read-contract.ts'

/** A Ledger whose events are read. */
export type FollowedLedger = { readonly domain: Domain; readonly terms: PostingTerms }

/**
 * The posts in one block.
 * @param witnesses every endpoint: those that have the block must have the posts in its state
 * @throws FloeError `unavailable`, a contradiction when the endpoint lacks the block or made up a post
 */
export async function postsInBlock(
  endpoint: Client,
  ledger: FollowedLedger,
  block: ChainHead,
  witnesses: readonly Client[],
): Promise<ChainPost[]> {
  const posts = await askEndpoint('read the posts of a block', async () => readPosts(endpoint, ledger, block))
  await Promise.all(posts.map(async (post) => checkState(endpoint, ledger, post, witnesses)))
  return posts
}

/** A sidecar stops to post what is posted, so the state of the Ledger must confirm it, and on more than one endpoint if there is one. */
async function checkState(
  endpoint: Client,
  { domain }: FollowedLedger,
  { headersRoot, blockHash, headers }: ChainPost,
  witnesses: readonly Client[],
): Promise<void> {
  const call = {
    address: domain.ledger,
    abi: ledgerAbi,
    functionName: 'postOf',
    args: [headersRoot],
    blockHash,
  } as const
  const own = askEndpoint('read a post', async () => readContract(endpoint, call))
  const others = witnesses.filter((other) => other !== endpoint)
  const asked = await Promise.allSettled([own, ...others.map(async (other) => readContract(other, call))])
  await own
  for (const result of asked) {
    if (result.status === 'rejected') continue
    const [postedAt, epoch] = result.value
    const isConfirmed = headers.every(
      (shown) => shown.postedAt === Number(postedAt) && (!shown.stands || shown.header.epoch === epoch),
    )
    if (!isConfirmed || postedAt === 0n)
      throw contradiction(`it answered with a post of ${headersRoot} that the state of ${blockHash} lacks`)
  }
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
