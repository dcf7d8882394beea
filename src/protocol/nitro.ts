// The proofs that Nitro's prover requests for a certificate (docs/protocol.md §8), as its RPC methods return them.
import { concatBytes, uintBytes } from './bytes.ts'
import { type Member, encodeMembers } from './committee.ts'
import type { Header } from './header.ts'

/** Nitro reads a batch until a read is short. For a multiple of 32 the last read would be empty, which its prover cannot prove. */
export function isNitroLength({ length }: Pick<Header, 'length'>): boolean {
  return length % 32 !== 0
}

/** Proof that a certificate is valid or invalid, for an epoch that has a committee. */
export function validityProof(claimedValid: boolean, members: readonly Member[]): Uint8Array {
  return concatBytes(Uint8Array.of(claimedValid ? 1 : 0), encodeMembers(members))
}

/** Proof that bytes are not a certificate, or that its epoch does not exist: nothing accompanies them. */
export const NO_CERTIFICATE_PROOF: Uint8Array = Uint8Array.of(0)

/** Proof of a read, from the opening of the chunk that contains it. */
export function readProof(opening: Uint8Array, members: readonly Member[]): Uint8Array {
  return concatBytes(uintBytes(opening.length, 2), opening, encodeMembers(members))
}
