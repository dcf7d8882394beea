// The header of a commitment, as disputes show it to L1: only one that stands posted can be disputed (docs/protocol.md §7).
import type { CertifiedHeader } from '../../client/certified-header.ts'
import type { ShownHeader } from '../../l1/posted.ts'
import { FloeError } from '../../protocol/errors.ts'
import { type PostedPlaceOptions, postedPlace } from '../posted-place.ts'

export type ShownBatch = CertifiedHeader & ShownHeader

/** The header at a place where it stands posted. @throws FloeError `refused` for one that stands nowhere, `unavailable` */
export async function ensurePosted(options: PostedPlaceOptions, batch: ShownBatch): Promise<ShownBatch> {
  const { digest } = batch
  const place = await postedPlace(options, digest, batch)
  if (place.status === 'stands') return { ...batch, ...place.shown }
  if (place.status === 'postable')
    throw new FloeError('refused', `Expected a header that is posted on L1, ${digest} is not posted yet.`, {
      remedy: 'Post it first: floe post COMMITMENT.',
      facts: { digest },
    })
  throw new FloeError('refused', `Expected a header that was posted in time, ${digest} was not.`, {
    remedy: 'Skip it: its certificate is invalid for every reader, and there is nothing to dispute.',
    facts: { digest },
  })
}
