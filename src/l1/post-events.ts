// Reads the events of the Ledger that show headers, for a follower.
import { type Client, type ParseEventLogsReturnType, encodeEventTopics, parseEventLogs } from 'viem'
import type { Hex } from '../protocol/bytes.ts'
import { FloeError } from '../protocol/errors.ts'
import type { Domain } from '../protocol/header.ts'
import type { PostingTerms } from '../protocol/posting.ts'
import { askEndpoint, contradiction } from './blocks.ts'
import type { ChainPost } from './chain.ts'
import type { MinedLog } from './chain-logs.ts'
import { ledgerAbi } from './generated/ledger.ts'
import { headersOfEvent, postEvents } from './posted.ts'
import { readContract } from './read-contract.ts'

/** A Ledger whose events are read. */
export type FollowedLedger = { readonly domain: Domain; readonly terms: PostingTerms }

/** The topics of the events that show headers. */
export const postTopics: readonly Hex[] = postEvents.map(
  (name) => encodeEventTopics({ abi: ledgerAbi, eventName: name })[0],
)

/** The posts among logs. @throws FloeError a contradiction for a log without the content of a post */
export function postsOf(ledger: FollowedLedger, logs: readonly MinedLog[]): ChainPost[] {
  const own = logs.filter(({ address }) => address.toLowerCase() === ledger.domain.ledger)
  // Not `strict`: viem would then leave out events that it cannot decode, and nothing may be left out.
  return parseEventLogs({ abi: ledgerAbi, logs: own, strict: false }).flatMap((log) =>
    log.eventName === 'EIP712DomainChanged' ? [] : [postOf(ledger, log)],
  )
}

/** A sidecar stops to post what is posted, so the state of the Ledger must confirm it, and on more than one endpoint if there is one. */
export async function checkState(
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
  const own = askEndpoint('read a post', async () => readContract(endpoint, call)).catch((error: unknown) => {
    // State is kept for 128 blocks, and L1 may finalize nothing for longer. The others have said that the log is real.
    if (error instanceof FloeError && error.facts['fault'] === 'no-history') return undefined
    throw error
  })
  const others = witnesses.filter((other) => other !== endpoint)
  const asked = await Promise.allSettled([own, ...others.map(async (other) => readContract(other, call))])
  await own
  for (const result of asked) {
    if (result.status === 'rejected' || result.value === undefined) continue
    const [postedAt, epoch] = result.value
    const isConfirmed = headers.every(
      (shown) => shown.postedAt === Number(postedAt) && (!shown.stands || shown.header.epoch === epoch),
    )
    if (!isConfirmed || postedAt === 0n)
      throw contradiction(`it answered with a post of ${headersRoot} that the state of ${blockHash} lacks`)
  }
}

type LedgerLog = ParseEventLogsReturnType<typeof ledgerAbi, undefined, false>[number]
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
