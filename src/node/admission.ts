// Whether this node takes part in a dispersal: every decision that the header alone allows, as plain functions.
//
// The cheapest checks come first. What L1 has of the disperser needs requests and is checked last, after the signature, so that
// an attacker has to sign for every disperser that it invents.
import type { Committees } from '../l1/committees.ts'
import type { Hex } from '../protocol/bytes.ts'
import { type Committee, memberIndexOf, pairsOfMember } from '../protocol/committee.ts'
import { type DispersalLayout, dispersalLayout } from '../protocol/dispersal.ts'
import { FloeError } from '../protocol/errors.ts'
import type { Header } from '../protocol/header.ts'
import type { PostingTerms } from '../protocol/posting.ts'

/** The largest batch, and the bounds of the promises, that this node signs for. */
export type PromiseLimits = PostingTerms & { readonly batchBytesMax: number }

/**
 * The promises that a node signs for: those that the Ledger lets stand (docs/protocol.md §6.2), or shorter ones.
 * @param secondsMax the longest one that the operator allows; undefined: the Ledger's
 * @throws FloeError `configuration` when no promise is left
 */
export function promiseTerms(terms: PostingTerms, secondsMax: number | undefined): PostingTerms {
  const { noticeSeconds, promiseSeconds } = terms
  if (secondsMax === undefined) return { noticeSeconds, promiseSeconds }
  if (secondsMax > noticeSeconds)
    return { noticeSeconds, promiseSeconds: Math.min(promiseSeconds, secondsMax) }
  throw new FloeError(
    'configuration',
    `Expected a longest promise above the Ledger's notice of ${noticeSeconds} seconds, got ${secondsMax}.`,
    {
      facts: { noticeSeconds, promiseSeconds, secondsMax },
      remedy: `Leave out --expiry-max, or set it to ${promiseSeconds}s, the longest promise that a post can have.`,
    },
  )
}

export type AdmissionFacts = {
  readonly limits: PromiseLimits
  /** This node's address as a member. */
  readonly signer: Hex
  readonly currentEpoch: number
  /** The committee of the header's epoch; undefined: L1 knows no such epoch, or nodes do not sign for it. */
  readonly committee: Committee | undefined
}

/** Why this node refuses a batch with `header`; undefined: it does not. */
export function admissionError(
  header: Header,
  facts: AdmissionFacts,
  nowSeconds: number,
): FloeError | undefined {
  return (
    lengthError(header.length, facts.limits) ??
    epochError(header.epoch, facts) ??
    expiryError(header.expiry, facts.limits, nowSeconds) ??
    memberError(facts)
  )
}

/** The committee of `epoch` if nodes sign for it: for the current epoch and the one before (docs/protocol.md §6.1). */
export async function signingCommittee(
  epoch: number,
  current: Committee,
  committees: Pick<Committees, 'ofEpoch'>,
): Promise<Committee | undefined> {
  if (epoch === current.epoch) return current
  return epoch === current.epoch - 1 ? committees.ofEpoch(epoch) : undefined
}

export function wrongEpoch(epoch: number, currentEpoch: number): FloeError {
  return new FloeError(
    'wrong-epoch',
    `Expected a header of epoch ${currentEpoch} or the one before, got ${epoch}.`,
    {
      facts: { currentEpoch, epoch },
      remedy: 'Read the current committee from L1 and disperse to it.',
    },
  )
}

function lengthError(length: number, { batchBytesMax }: PromiseLimits): FloeError | undefined {
  if (length <= batchBytesMax) return undefined
  return new FloeError('too-large', `Expected a batch of at most ${batchBytesMax} bytes, got ${length}.`, {
    facts: { bytesMax: batchBytesMax, bytes: length },
    remedy: 'Split the batch, or raise the limit on every sidecar and storage node.',
  })
}

function epochError(epoch: number, { currentEpoch, committee }: AdmissionFacts): FloeError | undefined {
  const signs = (epoch === currentEpoch || epoch === currentEpoch - 1) && committee !== undefined
  return signs ? undefined : wrongEpoch(epoch, currentEpoch)
}

/** Not `expired`: that code tells readers that a promise has ended. Here a disperser asks for one that no post makes stand. */
function expiryError(
  expiry: number,
  { noticeSeconds, promiseSeconds }: PromiseLimits,
  nowSeconds: number,
): FloeError | undefined {
  const [earliest, latest] = [nowSeconds + noticeSeconds, nowSeconds + promiseSeconds]
  if (expiry >= earliest && expiry <= latest) return undefined
  return new FloeError('bad-expiry', `Expected an expiry in ${earliest}…${latest}, got ${expiry}.`, {
    facts: { nowSeconds, earliest, latest, expiry },
    remedy: `Set the clocks, or ask for a retention between ${noticeSeconds} and ${promiseSeconds} seconds.`,
  })
}

function memberError({ committee, signer }: AdmissionFacts): FloeError | undefined {
  if (committee !== undefined && memberIndexOf(committee, signer) >= 0) return undefined
  return new FloeError('wrong-epoch', `${signer} has no shards in the epoch of the header.`, {
    facts: { signer },
    remedy: 'Disperse to the members of the committee of that epoch.',
  })
}

/** The pairs of a batch that one member stores, and the layout of the dispersal that carries them. */
export type Assignment = {
  readonly committee: Committee
  readonly pairs: readonly number[]
  readonly layout: DispersalLayout
}

/** Only for a header that was admitted with this committee. */
export function assignmentOf(header: Header, committee: Committee, signer: Hex): Assignment {
  const member = memberIndexOf(committee, signer)
  return {
    committee,
    pairs: pairsOfMember(committee, header.root, member),
    layout: dispersalLayout(committee, member, header.length),
  }
}

/** Why a dispersal of `declaredBytes` cannot carry this assignment; undefined: it can. */
export function dispersalLengthError({ layout }: Assignment, declaredBytes: number): FloeError | undefined {
  if (declaredBytes === layout.total) return undefined
  return new FloeError('malformed', `Expected a dispersal of ${layout.total} bytes, got ${declaredBytes}.`, {
    facts: { expectedBytes: layout.total, declaredBytes },
    remedy: 'Send the head, all leaves, and the pairs of all shards of this member.',
  })
}
