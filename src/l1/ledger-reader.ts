// Reads from the Ledger what one header needs: whether it stands posted, or still can (docs/protocol.md §6.2).
//
// Guarantees:
// - One view: the block's time, the post and the retirement of the epoch are read in the state of one block of one endpoint.
// - Lagging decides nothing: of the endpoints that answer, the one with the newest block decides, and a post that any of them shows
//   counts.
// - Contradictions are errors: endpoints that show different first posts of one headersRoot are on different forks, or lie.
//
// Why one view: a headersRoot that is not posted in the state of a block after its last second is never posted, whatever the endpoint
// lags behind. With a time from elsewhere, an endpoint that lags would turn a post that it has not seen into an invalid certificate.
import type { Client } from 'viem'
import { getBlock } from 'viem/actions'
import { type Hex, fromHex, toHex } from '../protocol/bytes.ts'
import { FloeError } from '../protocol/errors.ts'
import { type Domain, headerDigest, headersRootOfPath } from '../protocol/header.ts'
import { type PostingStatus, type PostingView, postingStatus } from '../protocol/posting.ts'
import { committeeAbi } from './generated/committee.ts'
import { ledgerAbi } from './generated/ledger.ts'
import type { ShownHeader } from './posted.ts'
import { type LedgerTerms, PostingTermsReader } from './posting-terms.ts'
import { readContract } from './read-contract.ts'
import { type L1, askEach } from './rpc.ts'

/** The state of one block of one endpoint. */
export type PinnedView = PostingView & { readonly endpoint: Client; readonly blockNumber: number }

/** As one endpoint shows it. */
export type EndpointView = PinnedView & {
  /** Its position in the configuration, from 1. */
  readonly number: number
}

export type LedgerReaderOptions = { readonly l1: L1; readonly domain: Domain }

export class LedgerReader {
  readonly #l1: L1
  readonly #domain: Domain
  readonly #terms: PostingTermsReader

  constructor({ l1, domain }: LedgerReaderOptions) {
    this.#l1 = l1
    this.#domain = domain
    this.#terms = new PostingTermsReader({ l1, ledger: domain.ledger })
  }

  /** Read from L1 once. @throws FloeError `unavailable` */
  async terms(): Promise<LedgerTerms> {
    return this.#terms.read()
  }

  /** Whether a header stands posted, or still can. @throws FloeError `unavailable`; `malformed` for an index that its path lacks */
  async statusOf(shown: ShownHeader): Promise<PostingStatus> {
    const headersRoot = headersRootOf(this.#domain, shown)
    const [view, terms] = await Promise.all([this.view(headersRoot, shown.header.epoch), this.terms()])
    return postingStatus(shown.header, view, terms)
  }

  /** Whether a header stands posted at the tip. Once true, only a reorg reverses it. @throws as `statusOf` */
  async standsPosted(shown: ShownHeader): Promise<boolean> {
    return (await this.statusOf(shown)) === 'stands'
  }

  /** When a headersRoot was first posted, in unix seconds; undefined if it was not. @throws FloeError `unavailable` */
  async postedAt(headersRoot: Hex): Promise<number | undefined> {
    const { post } = await this.view(headersRoot, 0)
    return post?.postedAt
  }

  /** When an epoch retired, in unix seconds; undefined if it has not. @throws FloeError `unavailable` */
  async retiredAt(epoch: number): Promise<number | undefined> {
    const { retiredAt } = await this.view(ZERO_ROOT, epoch)
    return retiredAt
  }

  /** The newest view of the endpoints that answer. @throws FloeError `unavailable` */
  async view(headersRoot: Hex, epoch: number): Promise<PostingView> {
    return this.pinnedView(headersRoot, epoch)
  }

  /** The views of the endpoints that answer, and how many were asked. @throws FloeError `unavailable` when none answers */
  async views(headersRoot: Hex, epoch: number): Promise<{ views: EndpointView[]; asked: number }> {
    const { endpoints } = this.#l1
    const views = await askEach(this.#l1, 'read a post from the Ledger contract', async (endpoint) => {
      const view = await readView(endpoint, this.#domain.ledger, headersRoot, epoch)
      return { ...view, number: endpoints.indexOf(endpoint) + 1 }
    })
    return { views, asked: endpoints.length }
  }

  /** As `view`, with what other reads of the same state need. @throws FloeError `unavailable` */
  async pinnedView(headersRoot: Hex, epoch: number): Promise<PinnedView> {
    const { views } = await this.views(headersRoot, epoch)
    const newest = views.reduce((best, other) => (other.timestamp > best.timestamp ? other : best))
    const posts = new Set(views.map(({ post }) => post && `${post.postedAt}/${post.epoch}`))
    posts.delete(undefined)
    // A post that an older view has and the newest one lacks was undone by a reorg, or does not exist.
    if (posts.size > 1 || (posts.size === 1 && newest.post === undefined)) throw disagreement(headersRoot)
    return newest
  }
}

const ZERO_ROOT: Hex = `0x${'00'.repeat(32)}`

/** The headersRoot to which a shown header leads. @throws FloeError `malformed` for an index that its path lacks */
export function headersRootOf(domain: Domain, { header, index, path }: ShownHeader): Hex {
  return toHex(headersRootOfPath(headerDigest(domain, header), index, path.map(fromHex)))
}

async function readView(endpoint: Client, ledger: Hex, headersRoot: Hex, epoch: number): Promise<PinnedView> {
  const contract = { address: ledger, abi: ledgerAbi } as const
  const [committee, block] = await Promise.all([
    readContract(endpoint, { ...contract, functionName: 'committee' }),
    getBlock(endpoint, { blockTag: 'latest' }),
  ])
  const at = { blockNumber: block.number }
  const [[postedAt, postEpoch], retiredAt] = await Promise.all([
    readContract(endpoint, { ...contract, functionName: 'postOf', args: [headersRoot], ...at }),
    readContract(endpoint, {
      address: committee,
      abi: committeeAbi,
      functionName: 'retiredAt',
      args: [epoch],
      ...at,
    }),
  ])
  return {
    endpoint,
    blockNumber: Number(block.number),
    timestamp: Number(block.timestamp),
    post: postedAt === 0n ? undefined : { postedAt: Number(postedAt), epoch: postEpoch },
    retiredAt: retiredAt === 0n ? undefined : Number(retiredAt),
  }
}

function disagreement(headersRoot: Hex): FloeError {
  return new FloeError('unavailable', `The L1 endpoints disagree about the post of ${headersRoot}.`, {
    remedy: 'If this continues, remove the endpoint that lies or follows another fork.',
    facts: { headersRoot },
    retryAfterSeconds: 5,
  })
}
