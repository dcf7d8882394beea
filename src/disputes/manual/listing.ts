// The state of disputes: challenges, faults, the fines that are due for them, and deposits.
import { memberOfPair } from '../../protocol/committee.ts'
import { committeeFor } from '../../l1/committees.ts'
import type { Hex } from '../../protocol/bytes.ts'
import { type DueFine, dueFineOverPair, dueFineOverProof, pairFinableUntil } from '../fine-decisions.ts'
import { type DisputeScan, type ListedChallenge, type ScannedPair, scanDisputes } from './dispute-scan.ts'
import type { DisputeSession } from './session.ts'

/** Whose deposit a fine would take now, if its signature is shown. */
type Due = Extract<DueFine, 'holder' | 'disperser'> | null

export type ListedPair = {
  readonly digest: Hex
  readonly pair: number
  /** The challenger that gets half of the fine. */
  readonly challenger: Hex
  readonly holder: Hex
  readonly disperser: Hex
  readonly expiredAt: number
  readonly fined: boolean
  readonly due: Due
  /** Unix seconds; the last second for that fine, null if none is due. */
  readonly dueUntil: number | null
}

export type ListedProof = {
  readonly digest: Hex
  /** The account that gets half of the fine. */
  readonly prover: Hex
  readonly provedAt: number
  readonly fined: boolean
  readonly due: Due
  readonly dueUntil: number | null
}

export type DisputeListing = {
  /** The timestamp of the newest block, in unix seconds: deadlines are compared with it. */
  readonly now: number
  readonly open: readonly ListedChallenge[]
  readonly invalid: readonly { readonly digest: Hex; readonly faults: readonly string[] }[]
  readonly expiredPairs: readonly ListedPair[]
  readonly proofs: readonly ListedProof[]
  readonly deposits: readonly { readonly account: Hex; readonly wei: bigint }[]
}

/**
 * Challenges, invalid headers, the fines over them, and the deposits that can be fined.
 * @param commitment undefined: of every header, with the deposits of the current committee
 */
export async function listDisputes(
  session: DisputeSession,
  commitment: Hex | undefined,
): Promise<DisputeListing> {
  const { disputes } = session
  const shown = commitment === undefined ? undefined : await session.shown(commitment)
  const committee = shown?.committee ?? (await session.committees.current())
  const accounts = committee.members.map(({ signer }) => signer)
  if (shown !== undefined) accounts.push(shown.header.disperser)
  const depositOf = async (account: Hex) => ({ account, wei: await disputes.depositOf(account) })
  const deposits = await Promise.all(accounts.map(depositOf))
  const scan = await scanDisputes(session, shown?.digest)
  const { now, open } = scan
  const invalid: DisputeListing['invalid'][number][] = []
  const proofs: ListedProof[] = []
  for (const digest of scan.invalid) {
    invalid.push({ digest, faults: await faultsOf(session, digest) })
    const proof = await listProof(session, scan, digest)
    if (proof !== undefined) proofs.push(proof)
  }
  const expiredPairs: ListedPair[] = []
  for (const pair of scan.expired) expiredPairs.push(...(await listPair(session, scan, pair)))
  return { now, open, invalid, expiredPairs, proofs, deposits }
}

async function faultsOf({ disputes }: DisputeSession, digest: Hex): Promise<string[]> {
  const { withheld, inconsistent } = await disputes.faultsOf(digest)
  return [...(withheld ? ['withheld'] : []), ...(inconsistent ? ['inconsistent'] : [])]
}

/** Empty where a reorg has undone the expiry. */
async function listPair(
  { disputes, committees }: DisputeSession,
  { now: timestamp, windowSeconds }: DisputeScan,
  { digest, header, pair }: ScannedPair,
): Promise<ListedPair[]> {
  const expired = await disputes.expiredPairOf(digest, pair)
  const committee = await committeeFor(header.epoch, committees)
  const holder = committee.members[memberOfPair(committee, header.root, pair)]
  if (expired === undefined || holder === undefined) return []
  const { challenger, expiredAt, fined } = expired
  const proof = await disputes.proofOf(digest)
  const signatures = { holder: true, disperser: true }
  const due = dueOf(dueFineOverPair(expired, proof, signatures, { timestamp, windowSeconds }))
  const until = due === 'holder' ? expiredAt + windowSeconds : pairFinableUntil(expired, windowSeconds)
  const parties = { challenger, holder: holder.signer, disperser: header.disperser }
  return [{ digest, pair, ...parties, expiredAt, fined, due, dueUntil: due === null ? null : until }]
}

async function listProof(
  { disputes }: DisputeSession,
  { now: timestamp, windowSeconds }: DisputeScan,
  digest: Hex,
): Promise<ListedProof | undefined> {
  const proof = await disputes.proofOf(digest)
  if (proof.proven === undefined) return undefined
  const { prover, provedAt } = proof.proven
  const due = dueOf(dueFineOverProof(proof, { disperser: true }, { timestamp, windowSeconds }))
  const dueUntil = due === null ? null : provedAt + windowSeconds
  return { digest, prover, provedAt, fined: proof.finedOverInconsistent, due, dueUntil }
}

function dueOf(due: DueFine): Due {
  return due === 'holder' || due === 'disperser' ? due : null
}
