// Whether a header stands posted on L1, and until when a post can still achieve that (docs/protocol.md §6.2). Both follow from the
// expiry that the quorum signed and from L1's own timestamps, so every reader of L1 gets the same result.
import type { Header } from './header.ts'

/** The terms of a Ledger, which never change. */
export type PostingTerms = {
  /** A header is posted at least this long before it expires. */
  readonly noticeSeconds: number
  /** A header expires at most this long after it was posted. */
  readonly promiseSeconds: number
}

/**
 * Whether a header stands posted, if the first post that named its headersRoot was made at `postedAt` for the header's epoch. The
 * result is permanent. A header that `decodeHeader` accepted has a length within the limits.
 */
export function standsPosted(
  { expiry }: Pick<Header, 'expiry'>,
  postedAt: number,
  { noticeSeconds, promiseSeconds }: PostingTerms,
): boolean {
  return postedAt + noticeSeconds <= expiry && expiry <= postedAt + promiseSeconds
}

/**
 * The last second in which a first post makes the header stand: later, the Ledger refuses the post, or the header is too late. A post
 * before expiry − promiseSeconds does not make it stand either.
 * @param retiredAt when the header's epoch retired; undefined if it has not
 */
export function postableUntil(
  { expiry }: Pick<Header, 'expiry'>,
  retiredAt: number | undefined,
  { noticeSeconds, promiseSeconds }: PostingTerms,
): number {
  const untilNotice = expiry - noticeSeconds
  if (retiredAt === undefined) return untilNotice
  return Math.min(untilNotice, retiredAt + promiseSeconds - noticeSeconds)
}

/** What one view of L1 has about the post of a header. */
export type PostingView = {
  /** The timestamp of the view's block. */
  readonly timestamp: number
  /** The first post of the headersRoot; undefined if there is none. */
  readonly post: { readonly postedAt: number; readonly epoch: number } | undefined
  /** When the header's epoch retired; undefined if it has not. */
  readonly retiredAt: number | undefined
}

/** `stands` and `never` are permanent; `postable`: a post may still make the header stand. */
export type PostingStatus = 'stands' | 'postable' | 'never'

/** Whether a header, shown under a headersRoot, stands posted, or still can. */
export function postingStatus(
  header: Pick<Header, 'epoch' | 'expiry'>,
  { timestamp, post, retiredAt }: PostingView,
  terms: PostingTerms,
): PostingStatus {
  if (post === undefined) return timestamp <= postableUntil(header, retiredAt, terms) ? 'postable' : 'never'
  return post.epoch === header.epoch && standsPosted(header, post.postedAt, terms) ? 'stands' : 'never'
}
