// Whether the header of a certificate stands posted on L1, and whether L1 has made it invalid, in the state of one block
// (docs/protocol.md §6.2, §8).
import { DisputesContract } from '../l1/disputes.ts'
import { type LedgerReader, type PinnedView, headersRootOf } from '../l1/ledger-reader.ts'
import type { Faults } from '../l1/faults.ts'
import { type PostedHeader, findPosted } from '../l1/posted.ts'
import { type L1, onlyEndpoint } from '../l1/rpc.ts'
import type { Hex } from '../protocol/bytes.ts'
import type { Certificate } from '../protocol/certificate.ts'
import type { Domain } from '../protocol/header.ts'
import { postableUntil, postingStatus } from '../protocol/posting.ts'
import type { Post, Posting } from './posting-result.ts'

/** @throws FloeError `unavailable` */
export async function readPosting(
  reader: LedgerReader,
  domain: Domain,
  { header, index, path }: Certificate,
): Promise<{ readonly posting: Posting; readonly view: PinnedView }> {
  const headersRoot = headersRootOf(domain, { header, index, path })
  const [view, terms] = await Promise.all([reader.pinnedView(headersRoot, header.epoch), reader.terms()])
  const status = postingStatus(header, view, terms)
  const until = status === 'postable' ? postableUntil(header, view.retiredAt, terms) : undefined
  return { posting: { status, postedAt: view.post?.postedAt, postableUntil: until }, view }
}

/** The faults of a header in the state of a view. @throws FloeError `unavailable` */
export async function faultsInView(
  { endpoint, blockNumber }: PinnedView,
  disputes: Hex,
  digest: Hex,
): Promise<Faults> {
  return new DisputesContract(onlyEndpoint(endpoint), disputes).faultsOf(digest, blockNumber)
}

/** The newest transaction that showed the header under its headersRoot. @throws FloeError `unavailable` */
export async function findPost(
  l1: L1,
  domain: Domain,
  certificate: Certificate,
  digest: Hex,
): Promise<Post | undefined> {
  const headersRoot = headersRootOf(domain, certificate)
  const { epoch } = certificate.header
  const isIt = (posted: PostedHeader): boolean =>
    posted.digest === digest && posted.headersRoot === headersRoot
  const found = await findPosted({ l1, domain, epoch, order: 'newest-first' }, isIt)
  return found && { transactionHash: found.transactionHash, blockNumber: found.blockNumber }
}
