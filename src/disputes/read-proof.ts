// The proof of a read: the opening of the chunk that has the bytes at an offset, as Disputes.read and Nitro's one-step prover take it
// (docs/protocol.md §7.4, §8).
import type { CertifiedHeader } from '../client/certified-header.ts'
import type { RetrieveOptions } from '../client/retrieve.ts'
import { FloeError } from '../protocol/errors.ts'
import { positionOfRead, readOpening } from '../protocol/evidence.ts'
import { encodeOpening } from '../protocol/opening.ts'
import { openPosition } from './sliver-sources.ts'

export type ReadProof = {
  readonly opening: Uint8Array
  /** The bytes of the batch at the offset, at most 32. */
  readonly bytes: Uint8Array
}

/**
 * @param offset in bytes, a multiple of 32 within the batch
 * @throws FloeError `malformed` for another offset; `unavailable` when too few nodes answer; `batch-invalid`
 */
export async function readProof(
  certified: CertifiedHeader,
  offset: number,
  retrieval: RetrieveOptions & { readonly signal: AbortSignal },
): Promise<ReadProof> {
  const { header, committee } = certified
  const subject = { header, geometry: committee.geometry }
  const position = { ...positionOfRead(subject, offset), side: 'row' as const }
  const opening = encodeOpening(await openPosition(certified, position, retrieval))
  const bytes = readOpening(subject, offset, opening)
  if (bytes === undefined)
    throw new FloeError('internal', `The opening does not show the bytes at offset ${offset}.`)
  return { opening, bytes }
}
