// Headers that are on L1 and not expired, in memory and in step with the chain: what a challenger chooses its samples from.
import type { ChainStep } from '../l1/chain.ts'
import type { PostedHeader } from '../l1/posted.ts'

export type RecentPosts = {
  apply(step: Pick<ChainStep, 'undoAbove' | 'posts'>): void
  /** Forgets what ended by then. */
  prune(timestamp: number): void
  /** One of them, by a number in [0, 1); undefined: there is none. */
  pick(chance: number): PostedHeader | undefined
  count(): number
}

/** About half a gigabyte; beyond it the oldest are left to other challengers. */
const HEADERS_MAX = 500_000

export function createPostBook(headersMax: number = HEADERS_MAX): RecentPosts {
  let headers: PostedHeader[] = []
  return {
    apply: ({ undoAbove = Infinity, posts }) => {
      if (undoAbove !== Infinity) headers = headers.filter(({ blockNumber }) => blockNumber <= undoAbove)
      for (const post of posts) headers.push(...post.headers)
      if (headers.length > headersMax) headers = headers.slice(-headersMax)
    },
    prune: (timestamp) => {
      headers = headers.filter(({ header }) => header.expiry > timestamp)
    },
    pick: (chance) => headers[Math.floor(chance * headers.length)],
    count: () => headers.length,
  }
}
