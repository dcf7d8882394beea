// Which headers are posted to L1 together. Operators attest one headersRoot over all headers that wait, so that one post carries
// them. A group that no quorum attests as a whole is halved. A single header needs only its own certificate, and so is posted alone
// when its epoch has retired: operators sign nothing new for it (docs/protocol.md §6.1).
import { withDeadline } from '../runtime/async/deadline.ts'
import { type Hex, fromHex, toHex } from '../protocol/bytes.ts'
import { decodeCertificate } from '../protocol/certificate.ts'
import type { Committee } from '../protocol/committee.ts'
import { FloeError, asFloeError, assert } from '../protocol/errors.ts'
import { headersTree } from '../protocol/header.ts'
import { type Committees, committeeFor } from '../l1/committees.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import type { BatchRecord } from '../store/batch-record.ts'
import type { PostGroup } from '../store/batch-record.ts'
import type { Operators } from './operators.ts'
import { isPostedAlone } from './posted-alone.ts'
import { gatherQuorum } from './quorum.ts'

export type GroupingOptions = {
  readonly committees: Committees
  readonly operators: Pick<Operators, 'attest'>
  readonly clock: Clock
  readonly logger: Logger
}

const ATTEST_TIMEOUT_MS = 5_000
/** Quorums gathered by one call, each of which may take `ATTEST_TIMEOUT_MS`. */
const QUORUMS_MAX = 16

/** One post has headers of one epoch. */
export function byEpoch(records: readonly BatchRecord[]): BatchRecord[][] {
  return [...Map.groupBy(records, ({ header }) => header.epoch).values()]
}

/**
 * Groups that quorums attest: all of `records` in one where possible. A group is halved when operators lack one of its headers,
 * but not when operators do not answer, which halving cannot change. The rest waits for the next posting interval.
 * @throws FloeError when operators do not answer and no group was attested
 */
export async function attestGroups(
  records: readonly BatchRecord[],
  options: GroupingOptions,
  signal: AbortSignal,
): Promise<PostGroup[]> {
  const [alone, together] = partition(records, ({ header }) => isPostedAlone(header))
  const groups = alone.map(singleGroup)
  if (together.length === 0) return groups
  const pending: BatchRecord[][] = (await isRetired(together, options))
    ? together.slice(0, QUORUMS_MAX).map((record) => [record])
    : [[...together]]
  for (let quorums = 0; quorums < QUORUMS_MAX;) {
    const next = pending.shift()
    const first = next?.[0]
    if (next === undefined || first === undefined) break
    if (next.length === 1) {
      groups.push(singleGroup(first))
      continue
    }
    quorums += 1
    try {
      groups.push(await attestTogether(next, options, signal))
    } catch (thrown) {
      const error = asFloeError(thrown)
      options.logger.warn({ headers: next.length, reason: error.message }, 'group not attested by a quorum')
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

/** Those that pass the test, and the others. */
export function partition<T>(values: readonly T[], test: (value: T) => boolean): [T[], T[]] {
  return [values.filter((value) => test(value)), values.filter((value) => !test(value))]
}

async function isRetired(records: readonly BatchRecord[], { committees }: GroupingOptions): Promise<boolean> {
  const [first] = records
  return first !== undefined && first.header.epoch < (await committees.current()).epoch - 1
}

async function attestTogether(
  records: readonly BatchRecord[],
  options: GroupingOptions,
  signal: AbortSignal,
): Promise<PostGroup> {
  const [first] = records
  assert(first !== undefined, 'a group has at least one header')
  const committee = await committeeFor(first.header.epoch, options.committees)
  const digests = records.map(({ digest }) => digest)
  const headersRoot = headersTree(digests.map(fromHex), 0).root
  const signatures = await gatherAttestations(committee, { digests, headersRoot }, options, signal)
  return { headersRoot: toHex(headersRoot), epoch: committee.epoch, digests, signatures }
}

async function gatherAttestations(
  committee: Committee,
  { digests, headersRoot }: { digests: readonly Hex[]; headersRoot: Uint8Array },
  { operators, clock }: GroupingOptions,
  signal: AbortSignal,
): Promise<PostGroup['signatures']> {
  const asked = { headersRoot, committeeRoot: committee.root, epoch: committee.epoch }
  // Requests that the quorum does not need end with it.
  const gathered = new AbortController()
  const timeoutMs = ATTEST_TIMEOUT_MS
  return withDeadline({ clock, timeoutMs, signals: [signal, gathered.signal] }, async (deadline) => {
    try {
      return await gatherQuorum(
        committee,
        async (member) => {
          const operator = committee.members[member]
          if (operator === undefined) throw new FloeError('internal', `There is no member ${member}.`)
          return operators.attest(operator, digests, asked, { timeoutMs, signal: deadline })
        },
        deadline,
      )
    } finally {
      gathered.abort()
    }
  })
}

/** The headersRoot of a single header is its digest, which the signers of its certificate have attested already. */
function singleGroup(record: BatchRecord): PostGroup {
  const { signatures } = decodeCertificate(fromHex(record.commitment ?? '0x'))
  return { headersRoot: record.digest, epoch: record.header.epoch, digests: [record.digest], signatures }
}
