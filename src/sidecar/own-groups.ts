// Posts of this sidecar's groups that L1 shows in part. Any account can post a headersRoot by one of its headers, and then all headers
// under it stand posted (docs/protocol.md §6.2). The event shows that one header; the batch index has the group.
//
// Where the shown header does not stand, the others may, and are not counted: they are posted again, under another headersRoot.
import { fromHex, toHex } from '../protocol/bytes.ts'
import { headersTreePaths } from '../protocol/header.ts'
import { type PostingTerms, standsPosted } from '../protocol/posting.ts'
import type { ChainPost, ChainStore } from '../l1/chain.ts'
import type { PostedHeader } from '../l1/posted.ts'
import type { BatchIndex } from '../store/batch-index.ts'
import type { PostGroup } from '../store/batch-record.ts'

/** The batch index as a follower's store; a post of a group shows all headers of the group. */
export function withOwnGroups(
  batchIndex: Pick<BatchIndex, 'heads' | 'apply' | 'groups' | 'batch'>,
  terms: PostingTerms,
): ChainStore {
  const complete = (post: ChainPost): ChainPost => {
    const [shown] = post.headers
    if (shown?.stands !== true) return post
    const group = batchIndex.groups().find(({ headersRoot }) => headersRoot === post.headersRoot)
    if (group === undefined || post.headers.length === group.digests.length) return post
    return { ...post, headers: headersOf(group, shown) }
  }
  const headersOf = (group: PostGroup, shown: PostedHeader): PostedHeader[] => {
    const { paths } = headersTreePaths(group.digests.map(fromHex))
    return group.digests.flatMap((digest, index) => {
      const header = batchIndex.batch(digest)?.header
      if (header === undefined) return []
      const path = (paths[index] ?? []).map(toHex)
      return [{ ...shown, digest, header, index, path, stands: standsPosted(header, shown.postedAt, terms) }]
    })
  }
  return {
    heads: () => batchIndex.heads(),
    apply: async (step) => batchIndex.apply({ ...step, posts: step.posts.map(complete) }),
  }
}
