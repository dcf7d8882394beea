// Posting certified headers to L1, many at a time: operators attest one headersRoot over all that wait, one transaction
// carries them. A group that no quorum holds as a whole is halved; a single header needs nothing but its own certificate.
import { type Hex, fromHex, toHex } from '../protocol/bytes.ts'
import { decodeCertificate } from '../protocol/certificate.ts'
import type { Committee } from '../protocol/committee.ts'
import { FloeError, asFloeError } from '../protocol/errors.ts'
import { encodeHeader, headersTree } from '../protocol/header.ts'
import type { Committees } from '../l1/committees.ts'
import type { Poster } from '../l1/poster/poster.ts'
import type { Logger } from '../runtime/logger.ts'
import type { BatchRecord, PostGroup, Spool } from '../store/spool.ts'
import type { Operators } from './operators.ts'
import { gatherQuorum } from './quorum.ts'

export type Checkpointer = {
  /** Posts what waits; called once an interval. @throws FloeError when L1 or the committee cannot be had: it stays waiting */
  checkpoint(signal: AbortSignal): Promise<void>
}

export type CheckpointerOptions = {
  readonly spool: Spool
  readonly committees: Committees
  readonly operators: Operators
  readonly poster: Poster
  readonly logger: Logger
}

/** Headers in one post: about 3 M gas and 51 kB, far below a transaction's limits (EIP-7825 and geth's 128 KiB). */
const GROUP_HEADERS_MAX = 512
const ATTEST_TIMEOUT_MS = 5_000
/** Attestations asked for in one interval, each of which may take its timeout. */
const ATTEST_ROUNDS_MAX = 16

export function createCheckpointer(options: CheckpointerOptions): Checkpointer {
  const { spool } = options
  return {
    checkpoint: async (signal) => {
      for (const group of spool.groups()) await postGroup(group, options)
      for (const records of byEpoch(spool.waiting(GROUP_HEADERS_MAX))) {
        const groups = await attestGroups(records, options, signal)
        // On disk before the first transaction: a restarted sidecar posts the same groups, not others with the same headers.
        await spool.saveGroups(groups)
        for (const group of groups) await postGroup(group, options)
      }
    },
  }
}

function byEpoch(records: readonly BatchRecord[]): BatchRecord[][] {
  return [...Map.groupBy(records, ({ header }) => header.epoch).values()]
}

/**
 * Groups that quorums attest to: all of `records` in one if they do. Halved where a header is missing somewhere, but not where
 * operators do not answer, which halving does not help; what is left over waits for the next interval.
 */
async function attestGroups(
  records: readonly BatchRecord[],
  options: CheckpointerOptions,
  signal: AbortSignal,
): Promise<PostGroup[]> {
  const groups: PostGroup[] = []
  const pending: BatchRecord[][] = [[...records]]
  for (let rounds = 0; rounds < ATTEST_ROUNDS_MAX;) {
    const next = pending.shift()
    const [first] = next ?? []
    if (next === undefined || first === undefined) break
    if (next.length === 1) {
      groups.push(singleGroup(first))
      continue
    }
    rounds += 1
    try {
      groups.push(await attestTogether(next, options, signal))
    } catch (thrown) {
      const error = asFloeError(thrown)
      options.logger.warn({ headers: next.length, reason: error.message }, 'no quorum holds the whole group')
      if (error.code !== 'not-held') {
        if (groups.length === 0) throw error
        break
      }
      const half = Math.ceil(next.length / 2)
      pending.unshift(next.slice(0, half), next.slice(half))
    }
  }
  return groups
}

async function attestTogether(
  records: readonly BatchRecord[],
  options: CheckpointerOptions,
  signal: AbortSignal,
): Promise<PostGroup> {
  const committee = await committeeFor(records[0]?.header.epoch ?? 0, options.committees)
  const digests = records.map(({ digest }) => digest)
  const headersRoot = headersTree(digests.map(fromHex), 0).root
  const signatures = await attest(committee, { digests, headersRoot }, options, signal)
  return { headersRoot: toHex(headersRoot), epoch: committee.epoch, digests, signatures }
}

async function attest(
  committee: Committee,
  group: { digests: readonly Hex[]; headersRoot: Uint8Array },
  options: CheckpointerOptions,
  signal: AbortSignal,
): Promise<PostGroup['signatures']> {
  const done = new AbortController()
  const deadline = AbortSignal.any([signal, done.signal, AbortSignal.timeout(ATTEST_TIMEOUT_MS)])
  const asked = { headersRoot: group.headersRoot, epoch: committee.epoch }
  const limits = { timeoutMs: ATTEST_TIMEOUT_MS, signal: deadline }
  try {
    return await gatherQuorum(
      committee,
      async (member) => {
        const owner = committee.members[member]
        if (owner === undefined) throw new FloeError('internal', `There is no member ${member}.`)
        return options.operators.attest(owner, group.digests, asked, limits)
      },
      deadline,
    )
  } finally {
    done.abort()
  }
}

/** A single header's headersRoot is its digest, which its own certificate's signers attested to already. */
function singleGroup(record: BatchRecord): PostGroup {
  const { signatures } = decodeCertificate(fromHex(record.commitment ?? '0x'))
  return { headersRoot: record.digest, epoch: record.header.epoch, digests: [record.digest], signatures }
}

async function committeeFor(epoch: number, committees: Committees): Promise<Committee> {
  const committee = await committees.ofEpoch(epoch)
  if (committee === undefined)
    throw new FloeError('unavailable', `Epoch ${epoch} is not on L1 as seen from here.`)
  return committee
}

/** Posts a group. One that the Ledger refuses is taken apart again next interval, and does not hold up the others. */
async function postGroup(group: PostGroup, options: CheckpointerOptions): Promise<void> {
  try {
    await postToLedger(group, options)
  } catch (thrown) {
    const error = asFloeError(thrown)
    if (error.code !== 'commitment-invalid') throw error
    options.logger.error(
      { headersRoot: group.headersRoot, reason: error.message },
      'the ledger refused a group',
    )
    await forget(group, options.spool)
  }
}

async function forget({ headersRoot }: PostGroup, spool: Spool): Promise<void> {
  await spool.saveGroups(spool.groups().filter((other) => other.headersRoot !== headersRoot))
}

async function postToLedger(group: PostGroup, options: CheckpointerOptions): Promise<void> {
  const { spool, poster, logger } = options
  const committee = await committeeFor(group.epoch, options.committees)
  const headers = group.digests.flatMap((digest) => {
    const record = spool.batch(digest)
    return record === undefined ? [] : [encodeHeader(record.header)]
  })
  if (headers.length !== group.digests.length) {
    // Its promise ended before L1 could be reached: nothing is left to post for it.
    await forget(group, spool)
    logger.error({ headersRoot: group.headersRoot }, 'headers expired before they were posted')
    return
  }
  const result = await poster.post({
    headers,
    committee,
    signatures: group.signatures,
    stillWanted: async () => true,
  })
  if (result.outcome !== 'posted') return
  const { transactionHash, blockNumber, gasUsed } = result
  await spool.markPosted(group, {
    headersRoot: group.headersRoot,
    transactionHash,
    blockNumber: Number(blockNumber),
  })
  logger.info(
    {
      headersRoot: group.headersRoot,
      headers: headers.length,
      transactionHash,
      blockNumber: Number(blockNumber),
      gasUsed: Number(gasUsed),
    },
    'headers posted',
  )
}
