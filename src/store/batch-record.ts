// The record that a sidecar keeps of one batch, and the state that follows from it:
//
//     received → dispersed → certified → posted → final
//         └──────────┴→ failed   └→ missed
//
// A batch is *missed* when no post can make its header stand any more (docs/protocol.md §6.2). Its operators serve it until its
// expiry nevertheless, and its record stays until then.
//
// A state is a pure function of its record and is never stored, so the two cannot disagree. Only blocks of L1 make a batch posted
// or final, and only a reorg reverses that. A batch that failed or was missed here and is on L1 nevertheless is posted.
import type { Hex } from '../protocol/bytes.ts'
import type { Header } from '../protocol/header.ts'

export const batchStates = [
  'received',
  'dispersed',
  'certified',
  'posted',
  'final',
  'missed',
  'failed',
] as const
export type BatchState = (typeof batchStates)[number]

/** A post, and its place on L1. */
export type PostLocation = {
  readonly headersRoot: Hex
  readonly transactionHash: Hex
  readonly blockNumber: number
}

/** The post by which a header stands, and the header's place under its headersRoot. */
export type HeaderPost = PostLocation & { readonly index: number; readonly path: readonly Hex[] }

/** A group of certified headers that goes to L1 under one headersRoot. */
export type PostGroup = {
  readonly headersRoot: Hex
  readonly epoch: number
  readonly digests: readonly Hex[]
  readonly signatures: readonly { readonly member: number; readonly signature: Hex }[]
}

export type BatchRecord = {
  readonly digest: Hex
  readonly header: Header
  /** Unix milliseconds. */
  readonly receivedAt: number
  /** The disperser's signature of the digest. Absent when another sidecar accepted the batch. */
  readonly signature?: Hex
  /** SHA-256 of the batch. Absent likewise. */
  readonly content?: Hex
  /** A put ended without a quorum, and some operators had attested: another put of the same bytes may complete it. */
  readonly dispersed?: true
  /** The commitment, once a quorum has signed. Absent for a batch that was first seen on L1. */
  readonly commitment?: Hex
  readonly certifiedAt?: number
  /** Present while the header stands posted. */
  readonly post?: HeaderPost
  /** The block of the post is final. */
  readonly final?: true
  readonly failed?: { readonly reason: string; readonly at: number }
  /** Unix milliseconds at which it could no longer be posted. */
  readonly missedAt?: number
}

/** Milliseconds in which a repeated put of the same bytes gets the same header. A client retries within minutes. */
export const DEDUPLICATION_MS = 3_600_000
/** Milliseconds for which the record of a failure, or of a post that does not become final, is kept. */
const RETENTION_MS = 86_400_000

/** Reasons of failures. */
export const NOT_ACKNOWLEDGED = 'not acknowledged'
export const NO_QUORUM = 'no quorum'
export const INTERRUPTED = 'the process ended during the put'

export function stateOf(record: BatchRecord): BatchState {
  if (record.post !== undefined) return record.final === true ? 'final' : 'posted'
  if (record.failed !== undefined) return 'failed'
  if (record.missedAt !== undefined) return 'missed'
  if (record.commitment !== undefined) return 'certified'
  return record.dispersed === true ? 'dispersed' : 'received'
}

/**
 * The number by which records of one state are ordered: a block number for states on L1, the expiry of certified batches, which are
 * posted in the order in which they can no longer be, else a time.
 */
export function orderOf(record: BatchRecord): number {
  if (record.post !== undefined) return record.post.blockNumber
  if (stateOf(record) === 'certified') return record.header.expiry
  return record.failed?.at ?? record.missedAt ?? record.receivedAt
}

/**
 * Unix milliseconds at which a record's state ends without an event: `expireRecord` says how.
 * @param noticeSeconds of the Ledger
 */
export function endsAt(record: BatchRecord, noticeSeconds: number): number {
  const expiry = record.header.expiry * 1000
  switch (stateOf(record)) {
    case 'received':
    case 'dispersed':
      return Math.min(record.receivedAt + DEDUPLICATION_MS, expiry)
    case 'certified':
      // After the last second in which a post makes it stand, whether or not its epoch has retired: operators sign no expiry that
      // a retirement would cut short (docs/protocol.md §6.2).
      return expiry - noticeSeconds * 1000 + 1000
    case 'final':
      return expiry
    case 'missed':
    case 'posted':
      return expiry + RETENTION_MS
    case 'failed':
      return (record.failed?.at ?? 0) + RETENTION_MS
  }
}

/** The record after its state ended: missed or failed if it was not on L1 yet, else undefined, which removes it. */
export function expireRecord(record: BatchRecord, now: number): BatchRecord | undefined {
  const state = stateOf(record)
  if (state === 'certified') return { ...record, missedAt: now }
  if (state === 'received' || state === 'dispersed')
    return { ...record, failed: { reason: NOT_ACKNOWLEDGED, at: now } }
  return undefined
}

/** The record with a post. The first post on the chain counts: a later one of the same header changes nothing. */
export function withPost(record: BatchRecord, post: HeaderPost, final: number): BatchRecord {
  if (record.post !== undefined && record.post.blockNumber <= post.blockNumber) return record
  return { ...record, post, ...(post.blockNumber <= final ? { final: true } : {}) }
}

/** The record without its post; undefined when the sidecar knew the batch from that post only. */
export function withoutPost({ post: _post, final: _final, ...record }: BatchRecord): BatchRecord | undefined {
  return record.commitment === undefined && record.signature === undefined ? undefined : record
}

/** The record as if it had neither failed nor been missed, for a batch that is put again. */
export function withoutFailure({
  failed: _failed,
  missedAt: _missedAt,
  ...record
}: BatchRecord): BatchRecord {
  return record
}
