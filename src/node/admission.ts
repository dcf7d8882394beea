// Whether this node takes part in a dispersal: every decision that the header alone allows, as plain functions.
//
// The cheapest checks come first. The disperser's quota needs a request to L1 and is checked last, after the signature, so that
// an attacker has to sign for every disperser that it invents.
import type { Hex } from '../protocol/bytes.ts'
import { type Committee, memberIndexOf, pairsOfMember } from '../protocol/committee.ts'
import { type DispersalLayout, dispersalLayout } from '../protocol/dispersal.ts'
import { FloeError } from '../protocol/errors.ts'
import type { Header } from '../protocol/header.ts'

/** The largest batch and the longest promise that this node signs for. */
export type PromiseLimits = { readonly batchBytesMax: number; readonly expirySecondsMax: number }

export type AdmissionFacts = {
  readonly limits: PromiseLimits
  /** This node's address as a member. */
  readonly signer: Hex
  readonly currentEpoch: number
  /** The committee of the header's epoch; undefined: L1 knows no such epoch. */
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

function lengthError(length: number, { batchBytesMax }: PromiseLimits): FloeError | undefined {
  if (length <= batchBytesMax) return undefined
  return new FloeError('too-large', `Expected a batch of at most ${batchBytesMax} bytes, got ${length}.`, {
    facts: { bytesMax: batchBytesMax, bytes: length },
    remedy: 'Split the batch, or raise the limit on every sidecar and storage node.',
  })
}

function epochError(epoch: number, { currentEpoch, committee }: AdmissionFacts): FloeError | undefined {
  if ((epoch === currentEpoch || epoch === currentEpoch - 1) && committee !== undefined) return undefined
  return new FloeError(
    'wrong-epoch',
    `Expected a header of epoch ${currentEpoch} or the one before, got ${epoch}.`,
    {
      facts: { currentEpoch, epoch },
      remedy: 'Read the current committee from L1 and disperse to it.',
    },
  )
}

/** Not `expired`: that code tells readers that a promise has ended. Here a disperser asks for one that ends in the past. */
function expiryError(expiry: number, limits: PromiseLimits, nowSeconds: number): FloeError | undefined {
  const latest = nowSeconds + limits.expirySecondsMax
  if (expiry > nowSeconds && expiry <= latest) return undefined
  return new FloeError(
    'bad-expiry',
    `Expected an expiry after ${nowSeconds} and up to ${latest}, got ${expiry}.`,
    {
      facts: { nowSeconds, latest, expiry },
      remedy: 'Set the clocks, or ask for a shorter retention.',
    },
  )
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
