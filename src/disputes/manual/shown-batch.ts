// The header of a commitment, as disputes show it to L1: only one that stands posted can be disputed (docs/protocol.md §7).
import type { CertifiedHeader } from '../../client/certified-header.ts'
import type { LedgerReader } from '../../l1/ledger-reader.ts'
import type { ShownHeader } from '../../l1/posted.ts'
import { FloeError } from '../../protocol/errors.ts'

export type ShownBatch = CertifiedHeader & ShownHeader

/** @throws FloeError `refused` for a header that does not stand posted, `unavailable` */
export async function ensurePosted(
  ledger: Pick<LedgerReader, 'statusOf'>,
  shown: ShownBatch,
): Promise<ShownBatch> {
  const status = await ledger.statusOf(shown)
  if (status === 'stands') return shown
  const { digest } = shown
  if (status === 'postable')
    throw new FloeError('refused', `Expected a header that is posted on L1, ${digest} is not posted yet.`, {
      remedy: 'Post it first: floe post COMMITMENT.',
      facts: { digest },
    })
  throw new FloeError('refused', `Expected a header that was posted in time, ${digest} was not.`, {
    remedy: 'Skip it: its certificate is invalid for every reader, and there is nothing to dispute.',
    facts: { digest },
  })
}
