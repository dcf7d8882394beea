// Openings, evidence and proofs for Nitro from an encoding in memory, valid or not (docs/protocol.md §3, §7, §8).
import { type Hex, concatBytes, fromHex, toHex, uint64Bytes, uintBytes } from '../../src/protocol/bytes.ts'
import { encodeCertificate } from '../../src/protocol/certificate.ts'
import { type Committee, encodeEpochMembers } from '../../src/protocol/committee.ts'
import type { Header } from '../../src/protocol/header.ts'
import { encodeOpening, openChunk } from '../../src/protocol/opening.ts'
import type { Side } from '../../src/protocol/sliver.ts'
import { type Deployment, type Operator, attest } from './deploy.ts'
import type { EvilEncoding } from './evil-encoder.ts'

export type ChunkPlace = {
  readonly pair: number
  readonly side: Side
  readonly symbol: number
  readonly chunk: number
}

/** A line in the form of the contract. */
export type Line = {
  readonly side: number
  readonly index: number
  readonly chunk: number
  readonly byteIndex: number
  readonly points: bigint
}

export function openingAt(encoding: EvilEncoding, { pair, ...at }: ChunkPlace): Hex {
  const { geometry, leaves } = encoding
  const held = {
    pair,
    row: encoding.rows[pair] as Uint8Array,
    column: encoding.columns[pair] as Uint8Array,
    leaves,
  }
  return toHex(encodeOpening(openChunk(geometry, held, at)))
}

/** The chunk that has byte `offset` of the batch, as a chunk of a row. */
export function placeOfOffset({ geometry, symbolBytes }: EvilEncoding, offset: number): ChunkPlace {
  const index = Math.floor(offset / symbolBytes)
  return {
    pair: Math.floor(index / geometry.columns),
    side: 'row',
    symbol: index % geometry.columns,
    chunk: Math.floor((offset % symbolBytes) / 2048),
  }
}

/** The openings of a line's points in ascending order (docs/protocol.md §7.2). */
export function lineOpenings(encoding: EvilEncoding, line: Line): Hex[] {
  const { shards, columns } = encoding.geometry
  const { index, chunk } = line
  const points = Array.from({ length: shards }, (_, q) => q).filter((q) => (line.points >> BigInt(q)) & 1n)
  return points.map((q) => {
    if (line.side === 1) return openingAt(encoding, { pair: q, side: 'row', symbol: index, chunk })
    return q < columns
      ? openingAt(encoding, { pair: index, side: 'row', symbol: q, chunk })
      : openingAt(encoding, { pair: q, side: 'column', symbol: index, chunk })
  })
}

/** The certificate of a header that is the only one of its attestation. */
export function certificateOf(
  deployment: Pick<Deployment, 'domain' | 'members'>,
  operators: readonly Operator[],
  header: Header,
  signers?: readonly number[],
): Hex {
  const { signatures } = attest(deployment, operators, [header], signers)
  return toHex(encodeCertificate({ header, index: 0, path: [], signatures }))
}

/** The members of a committee, as proofs for Nitro contain them. */
export function membersEncoded({ seed, members }: Committee): Hex {
  return toHex(encodeEpochMembers(seed, members))
}

/** The proof that the one-step prover passes to the validator: certSize ‖ certificate ‖ claimedValid ‖ members. */
export function validityProof(certificate: Hex, claimedValid: boolean, members: Hex): Hex {
  const bytes = fromHex(certificate)
  const claim = uintBytes(claimedValid ? 1 : 0, 1)
  return toHex(concatBytes(uint64Bytes(BigInt(bytes.length)), bytes, claim, fromHex(members)))
}

/** The proof of a read: certSize ‖ certificate ‖ opening. */
export function readProof(certificate: Hex, opening: Hex): Hex {
  const bytes = fromHex(certificate)
  return toHex(concatBytes(uint64Bytes(BigInt(bytes.length)), bytes, fromHex(opening)))
}
