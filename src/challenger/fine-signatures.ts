// The signatures for fines: attestations from the post of a header, and the disperser's signature from the storage nodes. That one is
// fetched as long as the header is challenged, because nodes delete a batch before the last fine over it can be due.
import type { CertifiedHeader } from '../client/certified-header.ts'
import type { Get } from '../client/storage-node.ts'
import { attestationsInPost, disperserSignaturesFromNodes } from '../disputes/fine-sources.ts'
import type { FineSources } from '../disputes/fines.ts'
import type { L1 } from '../l1/rpc.ts'
import type { Hex } from '../protocol/bytes.ts'
import type { RecentPosts } from './recent-posts.ts'

export type FineSignaturesOptions = {
  readonly l1: L1
  readonly posts: Pick<RecentPosts, 'get'>
  readonly get: Get
  readonly timeoutMs: number
}

/** Headers whose signatures are kept; above it those fetched first are forgotten. */
const HEADERS_MAX = 10_000

export class FineSignatures implements FineSources {
  readonly #options: FineSignaturesOptions
  readonly #ofDispersers = new Map<Hex, readonly Hex[]>()

  constructor(options: FineSignaturesOptions) {
    this.#options = options
  }

  has(digest: Hex): boolean {
    return this.#ofDispersers.has(digest)
  }

  async attestationsOf(
    { digest }: CertifiedHeader,
    member: number,
  ): ReturnType<FineSources['attestationsOf']> {
    const { l1, posts } = this.#options
    const posted = posts.get(digest)
    return posted === undefined ? [] : attestationsInPost(l1, posted, member)
  }

  /** Not checked: each node answers what it likes. */
  async disperserSignaturesOf(certified: CertifiedHeader, signal: AbortSignal): Promise<readonly Hex[]> {
    const known = this.#ofDispersers.get(certified.digest)
    if (known !== undefined) return known
    const { get, timeoutMs } = this.#options
    const signatures = await disperserSignaturesFromNodes(certified, { get, timeoutMs, signal })
    if (signatures.length > 0) this.#keep(certified.digest, signatures)
    return signatures
  }

  #keep(digest: Hex, signatures: readonly Hex[]): void {
    this.#ofDispersers.set(digest, signatures)
    const [oldest] = this.#ofDispersers.keys()
    if (this.#ofDispersers.size > HEADERS_MAX && oldest !== undefined) this.#ofDispersers.delete(oldest)
  }
}
