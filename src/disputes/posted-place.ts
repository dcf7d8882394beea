// The place at which a header can be shown to L1. A certificate has one, under the headersRoot that its quorum attested to first. A
// sidecar posts headers in groups, under headersRoots of their own, so a header may stand posted at another place only.
import { getBlockNumber } from 'viem/actions'
import { deploymentBlock } from '../l1/deployment.ts'
import type { LedgerReader } from '../l1/ledger-reader.ts'
import { type ShownHeader, findPosted } from '../l1/posted.ts'
import { type L1, l1Unavailable } from '../l1/rpc.ts'
import type { Hex } from '../protocol/bytes.ts'
import type { Domain } from '../protocol/header.ts'
import type { PostingStatus } from '../protocol/posting.ts'

export type PostedPlaceOptions = {
  readonly l1: L1
  readonly domain: Domain
  readonly ledger: Pick<LedgerReader, 'statusOf'>
}

/** `postable` and `never` are about the given place; the header stands nowhere else either. */
export type PostedPlace =
  | { readonly status: 'stands'; readonly shown: ShownHeader }
  | { readonly status: Exclude<PostingStatus, 'stands'> }

/** Where a header stands posted: at the given place, or at one that an event shows. @throws FloeError `unavailable` */
export async function postedPlace(
  { l1, domain, ledger }: PostedPlaceOptions,
  digest: Hex,
  { header, index, path }: ShownHeader,
): Promise<PostedPlace> {
  const own = { header, index, path }
  const status = await ledger.statusOf(own)
  if (status === 'stands') return { status, shown: own }
  const newest = await getBlockNumber(l1.client).catch((error: unknown) => {
    throw l1Unavailable(error, 'read the height of L1')
  })
  const fromBlock = BigInt(await deploymentBlock(l1, domain.ledger, Number(newest)))
  const range = { fromBlock, toBlock: newest, epoch: header.epoch, order: 'newest-first' } as const
  const found = await findPosted(
    { l1, domain, ...range },
    (posted) => posted.digest === digest && posted.stands,
  )
  if (found === undefined) return { status }
  return { status: 'stands', shown: { header, index: found.index, path: found.path } }
}
