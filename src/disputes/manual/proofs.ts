// Proofs of reads and of validity, as the contracts take them (docs/protocol.md §7.3, §8).
import { type Hex, fromHex, toHex } from '../../protocol/bytes.ts'
import { FloeError } from '../../protocol/errors.ts'
import { readOpening, positionOfRead } from '../../protocol/evidence.ts'
import { readProof } from '../../protocol/nitro.ts'
import { encodeOpening } from '../../protocol/opening.ts'
import { nitroValidity } from './nitro-validity.ts'
import { openPosition } from '../sliver-sources.ts'
import type { DisputeSession } from './session.ts'

export type Proof = {
  readonly proof: Hex
  /** Null for a certificate that cannot be decoded or does not hold. */
  readonly digest: Hex | null
  /** The bytes that a read proof shows; null for a proof of validity. */
  readonly bytes: Hex | null
}

/** The opening for a read at an offset, or with `nitro` the proof that Nitro's one-step prover takes for it. */
export async function proveRead(
  session: DisputeSession,
  commitment: Hex,
  offset: number,
  nitro: boolean,
): Promise<Proof> {
  const checked = await session.certified(commitment)
  const { header, committee, digest } = checked
  const subject = { header, geometry: committee.geometry }
  const position = { ...positionOfRead(subject, offset), side: 'row' as const }
  const opening = encodeOpening(await openPosition(checked, position, session.retrieval))
  const bytes = readOpening(subject, offset, opening)
  if (bytes === undefined)
    throw new FloeError('internal', `The opening does not show the bytes at offset ${offset}.`)
  const proof = nitro ? readProof(opening, committee.members) : opening
  return { proof: toHex(proof), digest, bytes: toHex(bytes) }
}

/** The proof that Nitro's one-step prover takes for the validity of a certificate. */
export async function proveValidity(session: DisputeSession, commitment: Hex): Promise<Proof> {
  const { proof, digest } = await nitroValidity(session, fromHex(commitment))
  return { proof: toHex(proof), digest: digest ?? null, bytes: null }
}
