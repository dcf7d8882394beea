// Proofs of reads and of validity, as the contracts take them (docs/protocol.md §7.4, §8).
import { onceDecided } from '../../client/committee-of-certificate.ts'
import { type Hex, fromHex, toHex } from '../../protocol/bytes.ts'
import { FloeError } from '../../protocol/errors.ts'
import { encodeHeader } from '../../protocol/header.ts'
import { decideForNitro } from '../nitro-decision.ts'
import { readProof } from '../read-proof.ts'
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
  const { opening, bytes } = await readProof(shown, offset, session.retrieval)
  return {
    proof: toHex(opening),
    digest: shown.digest,
    bytes: toHex(bytes),
    place: await placeOf(session, commitment),
  }
}

/**
 * The proof that Nitro's one-step prover takes for the validity of a certificate.
 * @throws FloeError `refused` for a certificate that can still be posted, `unavailable` when L1 does not answer
 */
export async function proveValidity(session: DisputeSession, commitment: Hex): Promise<Proof> {
  const waiting = { clock: session.clock, signal: session.retrieval.signal }
  const decision = await onceDecided(waiting, async () => decideForNitro(session, fromHex(commitment)))
  const { digest = null } = decision
  if (decision.verdict !== 'not-decided')
    return { proof: toHex(decision.proof), digest, bytes: null, place: null }
  throw new FloeError('refused', `Expected a header that is posted on L1, ${digest} is not posted yet.`, {
    remedy: 'Its validity is not decided. Post it first: floe post COMMITMENT.',
    facts: { digest: digest ?? '' },
  })
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
