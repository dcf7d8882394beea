// The headers that stand posted, in memory and in step with the chain: a challenger samples from those that have not expired, and
// shows the others until no fine over them can be due.
import type { ChainStep } from '../l1/chain.ts'
import type { PostedHeader } from '../l1/posted.ts'
import type { Hex } from '../protocol/bytes.ts'

export type RecentPostsOptions = {
  readonly headersMax?: number
  /** How long a header is kept after its expiry. */
  readonly keptSeconds: number
}

/** About half a gigabyte of memory; above it the oldest headers are left to other challengers. */
const HEADERS_MAX = 500_000

export class RecentPosts {
  readonly #headersMax: number
  readonly #keptSeconds: number
  /** In the order of the chain. Each header once: any account can repeat the events of a post. */
  readonly #headers = new Map<Hex, PostedHeader>()
  /** Those that have not expired. */
  #sampled: PostedHeader[] = []

  constructor({ headersMax = HEADERS_MAX, keptSeconds }: RecentPostsOptions) {
    this.#headersMax = headersMax
    this.#keptSeconds = keptSeconds
  }

  /** @param chance in [0, 1): which header that has not expired @returns undefined when there is no header */
  pick(chance: number): PostedHeader | undefined {
    return this.#sampled[Math.floor(chance * this.#sampled.length)]
  }

  get(digest: Hex): PostedHeader | undefined {
    return this.#headers.get(digest)
  }

  /** Number of headers that have not expired. */
  count(): number {
    return this.#sampled.length
  }

  apply({ undoAbove, posts }: Pick<ChainStep, 'undoAbove' | 'posts'>): void {
    if (undoAbove !== undefined) this.#removeWhere(({ blockNumber }) => blockNumber > undoAbove)
    for (const posted of posts.flatMap(({ headers }) => headers)) {
      if (!posted.stands || this.#headers.has(posted.digest)) continue
      this.#headers.set(posted.digest, posted)
      this.#sampled.push(posted)
    }
    const surplus = this.#headers.size - this.#headersMax
    if (surplus <= 0) return
    const oldest = new Set([...this.#headers.keys()].slice(0, surplus))
    this.#removeWhere(({ digest }) => oldest.has(digest))
  }

  /** Takes the headers that have expired out of the samples, and forgets those that are no longer kept. @param timestamp unix seconds */
  prune(timestamp: number): void {
    this.#removeWhere(({ header }) => header.expiry + this.#keptSeconds < timestamp)
    this.#sampled = this.#sampled.filter(({ header }) => header.expiry > timestamp)
  }

  #removeWhere(isRemoved: (posted: PostedHeader) => boolean): void {
    for (const [digest, posted] of this.#headers) if (isRemoved(posted)) this.#headers.delete(digest)
    this.#sampled = this.#sampled.filter((posted) => !isRemoved(posted))
  }
}
