// The signatures for fines: attestations from the post of a header and from the holder itself, and the disperser's signature from the
// storage nodes, which keep it until the last fine can be due.
import type { Get } from '../client/storage-node.ts'
import {
  attestationsFromHolder,
  attestationsInPost,
  disperserSignaturesFromNodes,
} from '../disputes/fine-sources.ts'
import type { FineSources } from '../disputes/fines.ts'
import type { L1 } from '../l1/rpc.ts'
import type { RecentPosts } from './recent-posts.ts'

export type FineSignaturesOptions = {
  readonly l1: L1
  readonly posts: Pick<RecentPosts, 'get'>
  readonly get: Get
  /** Milliseconds for the answer of a storage node. */
  readonly timeoutMs: number
}

/** Nothing is checked: the caller does that. */
export function fineSignatures({ l1, posts, get, timeoutMs }: FineSignaturesOptions): FineSources {
  return {
    attestationsOf: async (certified, member, signal) => {
      const posted = posts.get(certified.digest)
      const inPost = posted === undefined ? [] : await attestationsInPost(l1, posted, member)
      return [...inPost, ...(await attestationsFromHolder(certified, member, { get, timeoutMs, signal }))]
    },
    disperserSignaturesOf: async (certified, signal) =>
      disperserSignaturesFromNodes(certified, { get, timeoutMs, signal }),
  }
}
