// Which headers go to L1 together: operators attest one headersRoot over all that wait, so that one transaction carries them. A
// group that no quorum holds as a whole is halved; a single header needs nothing but its own certificate.
import { type Hex, fromHex, toHex } from '../protocol/bytes.ts'
import { decodeCertificate } from '../protocol/certificate.ts'
import type { Committee } from '../protocol/committee.ts'
import { FloeError, asFloeError } from '../protocol/errors.ts'
import { headersTree } from '../protocol/header.ts'
import { type Committees, committeeFor } from '../l1/committees.ts'
import type { Logger } from '../runtime/logger.ts'
import type { BatchRecord } from '../store/batch-record.ts'
import type { PostGroup } from '../store/batch-index.ts'
import type { Operators } from './operators.ts'
import { gatherQuorum } from './quorum.ts'

export type GroupOptions = {
  readonly committees: Committees
  readonly operators: Operators
  readonly logger: Logger
}

const ATTEST_TIMEOUT_MS = 5_000
/** Attestations asked for in one interval, each of which may take its timeout. */
const ATTEST_ROUNDS_MAX = 16

export function byEpoch(records: readonly BatchRecord[]): BatchRecord[][] {
  return [...Map.groupBy(records, ({ header }) => header.epoch).values()]
}

/**
 * Groups that quorums attest to: all of `records` in one if they do. Halved where a header is missing somewhere, but not where
 * operators do not answer, which halving does not help; what is left over waits for the next interval.
 */
export async function attestGroups(
  records: readonly BatchRecord[],
  options: GroupOptions,
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
  options: GroupOptions,
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
  options: GroupOptions,
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
