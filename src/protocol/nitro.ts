// What Nitro's prover is given beside a certificate (docs/protocol.md §8): the answers of its RPC methods.
import { concatBytes, uintBytes } from './bytes.ts'
import { type Member, encodeMembers } from './committee.ts'
import type { Header } from './header.ts'

/** Nitro reads a batch until a read is short; at a multiple of 32 the last would be empty, which its prover cannot prove. */
export function isNitroLength({ length }: Pick<Header, 'length'>): boolean {
  return length % 32 !== 0
}

/** Proof of a certificate that is valid or not, where the committee of its epoch has a say. */
export function validityProof(claimedValid: boolean, members: readonly Member[]): Uint8Array {
  return concatBytes(Uint8Array.of(claimedValid ? 1 : 0), encodeMembers(members))
}

/** Proof that bytes are no certificate, or of no epoch: nothing stands beside them. */
export const NO_CERTIFICATE_PROOF: Uint8Array = Uint8Array.of(0)

/** Proof of a read, with the opening of the chunk that it is in. */
export function readProof(opening: Uint8Array, members: readonly Member[]): Uint8Array {
  return concatBytes(uintBytes(opening.length, 2), opening, encodeMembers(members))
}
