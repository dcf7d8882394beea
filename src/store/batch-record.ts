// What a sidecar knows of one batch, and the state that follows from it:
//
//     received → dispersed → certified → posted → final
//         └──────────┴───────────┴→ failed, with a reason
//
// A state is a pure function of its record and never stored, so the two cannot disagree. Only the chain makes a batch posted or
// final, and takes that back; a batch that failed and is on L1 all the same is posted.
import type { Hex } from '../protocol/bytes.ts'
import type { Header } from '../protocol/header.ts'

export const batchStates = ['received', 'dispersed', 'certified', 'posted', 'final', 'failed'] as const
export type BatchState = (typeof batchStates)[number]

/** Where on L1 a header is. */
export type PostMark = {
  readonly headersRoot: Hex
  readonly transactionHash: Hex
  readonly blockNumber: number
}

export type BatchRecord = {
  readonly digest: Hex
  readonly header: Header
  /** Unix milliseconds. */
  readonly receivedAt: number
  /** The disperser's signature of the digest. Unknown of batches that this sidecar did not take in itself. */
  readonly signature?: Hex
  /** SHA-256 of the batch. Unknown likewise. */
  readonly content?: Hex
  /** Some operators have attested, at the end of a put that found no quorum. */
  readonly dispersed?: true
  /** The commitment, once a quorum has signed. Unknown of a batch that was first seen on L1. */
  readonly commitment?: Hex
  readonly certifiedAt?: number
  /** Where it is on L1; only as long as it is. */
  readonly post?: PostMark
  /** The block of the post is final. */
  readonly final?: true
  readonly failed?: { readonly reason: string; readonly at: number }
}

/** Milliseconds for which a header stands for a repeated put of the same bytes. A client's retries come within minutes. */
export const FRESH_MS = 3_600_000
/** Milliseconds for which the record of a failure, or of a post that does not become final, is kept. */
const KEPT_MS = 86_400_000

export const NOT_ACKNOWLEDGED = 'not acknowledged'
export const NOT_POSTED = 'expired before it was posted'

export function stateOf(record: BatchRecord): BatchState {
  if (record.post !== undefined) return record.final === true ? 'final' : 'posted'
  if (record.failed !== undefined) return 'failed'
  if (record.commitment !== undefined) return 'certified'
  return record.dispersed === true ? 'dispersed' : 'received'
}

/** What records of one state are ordered by: a time, or a block's number where the chain decides. */
export function orderOf(record: BatchRecord): number {
  if (record.post !== undefined) return record.post.blockNumber
  return record.failed?.at ?? record.certifiedAt ?? record.receivedAt
}

/** Unix milliseconds at which a record's state ends by itself: what waits fails then, anything else is forgotten. */
export function endOf(record: BatchRecord): number {
  const expiry = record.header.expiry * 1000
  switch (stateOf(record)) {
    case 'received':
    case 'dispersed':
      return Math.min(record.receivedAt + FRESH_MS, expiry)
    case 'certified':
    case 'final':
      return expiry
    case 'posted':
      return expiry + KEPT_MS
    case 'failed':
      return (record.failed?.at ?? 0) + KEPT_MS
  }
}

/** The record at its end: failed if something still had to become of it; undefined: nothing is left to know. */
export function ended(record: BatchRecord, now: number): BatchRecord | undefined {
  const state = stateOf(record)
  if (state === 'certified') return { ...record, failed: { reason: NOT_POSTED, at: now } }
  if (state === 'received' || state === 'dispersed')
    return { ...record, failed: { reason: NOT_ACKNOWLEDGED, at: now } }
  return undefined
}

/** The record as a post has it. The first post on the chain counts: a later one of the same header changes nothing. */
export function posted(record: BatchRecord, post: PostMark, final: number): BatchRecord {
  if (record.post !== undefined && record.post.blockNumber <= post.blockNumber) return record
  return { ...record, post, ...(post.blockNumber <= final ? { final: true } : {}) }
}

/** The record without its post; undefined when that was all that was known of it. */
export function unposted({ post: _post, final: _final, ...record }: BatchRecord): BatchRecord | undefined {
  return record.commitment === undefined && record.signature === undefined ? undefined : record
}

export function revived({ failed: _failed, ...record }: BatchRecord): BatchRecord {
  return record
}
