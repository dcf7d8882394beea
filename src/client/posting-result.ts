// What a verification says of the post of a header (docs/protocol.md §6.2). The published types include this file, so it imports
// nothing whose types the package does not bring.
import type { Hex } from '../protocol/bytes.ts'
import type { PostingStatus } from '../protocol/posting.ts'

/** An L1 transaction that showed a header. */
export type Post = { readonly transactionHash: Hex; readonly blockNumber: number }

export type Posting = {
  /** `stands` and `never` are permanent; `postable`: a post can still make the header stand. */
  readonly status: PostingStatus
  /** When the headersRoot was first posted, in unix seconds; undefined: it was not. */
  readonly postedAt: number | undefined
  /** The last second in which a post makes the header stand; undefined unless it is postable. */
  readonly postableUntil: number | undefined
}
