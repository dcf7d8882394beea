// Whether this node takes part in a dispersal: everything that a header alone decides, as plain functions.
//
// The order is cheapest first. What costs a question to L1 (the disperser's quota) comes last, after the signature: a flood
// of made-up dispersers must first cost its sender a signature each.
import type { Hex } from '../protocol/bytes.ts'
import { type Committee, memberIndexOf, pairsOfMember } from '../protocol/committee.ts'
import { type DispersalLayout, dispersalLayout } from '../protocol/dispersal.ts'
import { FloeError } from '../protocol/errors.ts'
import type { Header } from '../protocol/header.ts'

/** What this node promises at most. */
export type PromiseLimits = { readonly batchBytesMax: number; readonly expirySecondsMax: number }

export type AdmissionFacts = {
  readonly limits: PromiseLimits
  /** This node's address as a member. */
  readonly signer: Hex
  readonly currentEpoch: number
  /** The committee of the header's epoch, if L1 knows it. */
  readonly committee: Committee | undefined
}

/** Why this node does not take a batch with `header`, or undefined if it does. */
export function admit(header: Header, facts: AdmissionFacts, nowSeconds: number): FloeError | undefined {
  const { limits, committee } = facts
  const { length, epoch } = header
  if (length > limits.batchBytesMax) {
    return new FloeError(
      'too-large',
      `Expected a batch of at most ${limits.batchBytesMax} bytes, got ${length}.`,
      {
        facts: { bytesMax: limits.batchBytesMax, bytes: length },
        remedy: 'Split the batch, or raise the limit on every sidecar and storage node.',
      },
    )
  }
  return (
    admitEpoch(epoch, facts) ??
    admitExpiry(header.expiry, limits, nowSeconds) ??
    admitMember(committee, facts)
  )
}

function admitEpoch(epoch: number, facts: AdmissionFacts): FloeError | undefined {
  const { currentEpoch, committee } = facts
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

function admitMember(committee: Committee | undefined, facts: AdmissionFacts): FloeError | undefined {
  if (committee !== undefined && memberIndexOf(committee, facts.signer) >= 0) return undefined
  return new FloeError('wrong-epoch', `${facts.signer} has no shards in the epoch of the header.`, {
    facts: { signer: facts.signer },
    remedy: 'Disperse to the members of the committee of that epoch.',
  })
}

/** `expired` is for readers: whoever asks for a promise that ends in the past has set it wrong. */
function admitExpiry(expiry: number, limits: PromiseLimits, nowSeconds: number): FloeError | undefined {
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

/** What a member with `signer` is to hold of a batch, and how the body that brings it is laid out. */
export type Part = {
  readonly committee: Committee
  readonly pairs: readonly number[]
  readonly layout: DispersalLayout
}

/** Only for a header that was admitted with this committee. */
export function partOf(header: Header, committee: Committee, signer: Hex): Part {
  const member = memberIndexOf(committee, signer)
  return {
    committee,
    pairs: pairsOfMember(committee, header.root, member),
    layout: dispersalLayout(committee, member, header.length),
  }
}

/** Why a body of `declaredBytes` cannot be this part, or undefined. */
export function admitLength(part: Part, declaredBytes: number): FloeError | undefined {
  const { total } = part.layout
  if (declaredBytes === total) return undefined
  return new FloeError('malformed', `Expected a dispersal of ${total} bytes, got ${declaredBytes}.`, {
    facts: { expectedBytes: total, declaredBytes },
    remedy: 'Send the head, all leaves, and the pairs of all shards of this member.',
  })
}
