// The posted headers that have not expired, in memory and in step with the chain: a challenger samples from them.
import type { ChainStep } from '../l1/chain.ts'
import type { PostedHeader } from '../l1/posted.ts'

/** About half a gigabyte of memory; above it the oldest headers are left to other challengers. */
const HEADERS_MAX = 500_000

export class RecentPosts {
  readonly #headersMax: number
  /** In the order of the chain. */
  #headers: PostedHeader[] = []

  constructor({ headersMax = HEADERS_MAX }: { readonly headersMax?: number } = {}) {
    this.#headersMax = headersMax
  }

  /** @param chance in [0, 1): which header @returns undefined when there is no header */
  pick(chance: number): PostedHeader | undefined {
    return this.#headers[Math.floor(chance * this.#headers.length)]
  }

  count(): number {
    return this.#headers.length
  }

  apply({ undoAbove, posts }: Pick<ChainStep, 'undoAbove' | 'posts'>): void {
    if (undoAbove !== undefined)
      this.#headers = this.#headers.filter(({ blockNumber }) => blockNumber <= undoAbove)
    for (const { headers } of posts) this.#headers.push(...headers)
    if (this.#headers.length > this.#headersMax) this.#headers = this.#headers.slice(-this.#headersMax)
  }

  /** Forgets the headers that have expired. @param timestamp unix seconds */
  prune(timestamp: number): void {
    this.#headers = this.#headers.filter(({ header }) => header.expiry > timestamp)
  }
}
