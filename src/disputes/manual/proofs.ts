// Proofs of reads and of validity, as the contracts take them (docs/protocol.md §7.4, §8).
import { type Hex, fromHex, toHex } from '../../protocol/bytes.ts'
import { FloeError } from '../../protocol/errors.ts'
import { readOpening, positionOfRead } from '../../protocol/evidence.ts'
import { encodeHeader } from '../../protocol/header.ts'
import { encodeOpening } from '../../protocol/opening.ts'
import { nitroValidity } from './nitro-validity.ts'
import { openPosition } from '../sliver-sources.ts'
import type { DisputeSession } from './session.ts'

export type Proof = {
  readonly proof: Hex
  /** Null for a certificate that cannot be decoded. */
  readonly digest: Hex | null
  /** The bytes that a read proof shows; null for a proof of validity. */
  readonly bytes: Hex | null
  /** Where the header stands posted, as `Disputes.read` takes it; null where it does not, and for a proof of validity. */
  readonly place: Place | null
}

type Place = { readonly header: Hex; readonly index: number; readonly path: readonly Hex[] }

/** The opening for a read at an offset, which Nitro's one-step prover takes too. */
export async function proveRead(session: DisputeSession, commitment: Hex, offset: number): Promise<Proof> {
  const shown = await session.shown(commitment)
  const { header, committee, digest } = shown
  const subject = { header, geometry: committee.geometry }
  const position = { ...positionOfRead(subject, offset), side: 'row' as const }
  const opening = encodeOpening(await openPosition(shown, position, session.retrieval))
  const bytes = readOpening(subject, offset, opening)
  if (bytes === undefined)
    throw new FloeError('internal', `The opening does not show the bytes at offset ${offset}.`)
  return { proof: toHex(opening), digest, bytes: toHex(bytes), place: await placeOf(session, commitment) }
}

/** The proof that Nitro's one-step prover takes for the validity of a certificate. */
export async function proveValidity(session: DisputeSession, commitment: Hex): Promise<Proof> {
  const { proof, digest } = await nitroValidity(session, fromHex(commitment))
  return { proof: toHex(proof), digest: digest ?? null, bytes: null, place: null }
}

async function placeOf(session: DisputeSession, commitment: Hex): Promise<Place | null> {
  try {
    const { header, index, path } = await session.posted(commitment)
    return { header: toHex(encodeHeader(header)), index, path }
  } catch (error) {
    if (error instanceof FloeError && error.code === 'refused') return null
    throw error
  }
}
