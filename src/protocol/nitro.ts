// When a certificate is valid for Nitro, and the proofs that Nitro's prover requests for it, as its RPC methods return them
// (docs/protocol.md §8). The proof of a read is an encoded opening.
import { concatBytes } from './bytes.ts'
import { type Committee, encodeEpochMembers } from './committee.ts'
import type { Header } from './header.ts'
import type { PostingStatus } from './posting.ts'

/** Nitro reads a batch until a read is short. For a multiple of 32 the last read would be empty, which its prover cannot prove. */
export function isNitroLength({ length }: Pick<Header, 'length'>): boolean {
  return length % 32 !== 0
}

/** What one view of L1 decides about a certificate that decodes. */
export type NitroFacts = {
  readonly header: Pick<Header, 'length'>
  /** False also when the epoch has not started: its signatures cannot hold, also after it starts. */
  readonly signaturesHold: boolean
  readonly posting: PostingStatus
  /** Whether the header is invalid on L1. */
  readonly isInvalid: boolean
}

/** `not-decided`: post the certificate, or ask again later. The other two are those of the prover. */
export type NitroVerdict = 'valid' | 'invalid' | 'not-decided'

/** The rule by which a reader decides off chain. Bytes that do not decode are invalid. */
export function nitroVerdict({ header, signaturesHold, posting, isInvalid }: NitroFacts): NitroVerdict {
  if (!isNitroLength(header) || !signaturesHold) return 'invalid'
  if (posting === 'postable') return 'not-decided'
  return posting === 'stands' && !isInvalid ? 'valid' : 'invalid'
}

/** Proof of a certificate whose header stands posted and is not invalid: whether its signatures hold takes the members. */
export function validityProof(
  claimedValid: boolean,
  { seed, members }: Pick<Committee, 'seed' | 'members'>,
): Uint8Array {
  return concatBytes(Uint8Array.of(claimedValid ? 1 : 0), encodeEpochMembers(seed, members))
}

/** Proof that a certificate is invalid for a reason that L1 decides without the members. */
export const PROOF_WITHOUT_MEMBERS: Uint8Array = Uint8Array.of(0)
