// The record that a sidecar keeps of one batch, and the state that follows from it:
//
//     received → dispersed → certified → posted → final
//         └──────────┴───────────┴→ failed, with a reason
//
// A state is a pure function of its record and is never stored, so the two cannot disagree. Only blocks of L1 make a batch posted
// or final, and only a reorg reverses that. A batch that failed in this sidecar and is on L1 nevertheless is posted.
import type { Hex } from '../protocol/bytes.ts'
import type { Header } from '../protocol/header.ts'

export const batchStates = ['received', 'dispersed', 'certified', 'posted', 'final', 'failed'] as const
export type BatchState = (typeof batchStates)[number]

/** The post that recorded a header, and its place on L1. */
export type PostLocation = {
  readonly headersRoot: Hex
  readonly transactionHash: Hex
  readonly blockNumber: number
}

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
  /** A put ended without a quorum, and some operators had attested. */
  readonly dispersed?: true
  /** The commitment, once a quorum has signed. Absent for a batch that was first seen on L1. */
  readonly commitment?: Hex
  readonly certifiedAt?: number
  /** Present while the header is on L1. */
  readonly post?: PostLocation
  /** The block of the post is final. */
  readonly final?: true
  readonly failed?: { readonly reason: string; readonly at: number }
}

/** Milliseconds in which a repeated put of the same bytes gets the same header. A client retries within minutes. */
export const DEDUPLICATION_MS = 3_600_000
/** Milliseconds for which the record of a failure, or of a post that does not become final, is kept. */
const RETENTION_MS = 86_400_000

export const NOT_ACKNOWLEDGED = 'not acknowledged'
export const NOT_POSTED = 'expired before it was posted'

export function stateOf(record: BatchRecord): BatchState {
  if (record.post !== undefined) return record.final === true ? 'final' : 'posted'
  if (record.failed !== undefined) return 'failed'
  if (record.commitment !== undefined) return 'certified'
  return record.dispersed === true ? 'dispersed' : 'received'
}

/** The number by which records of one state are ordered: a block number for states on L1, else a time. */
export function orderOf(record: BatchRecord): number {
  if (record.post !== undefined) return record.post.blockNumber
  return record.failed?.at ?? record.certifiedAt ?? record.receivedAt
}

/** Unix milliseconds at which a record's state ends without an event: `expireRecord` says how. */
export function endsAt(record: BatchRecord): number {
  const expiry = record.header.expiry * 1000
  switch (stateOf(record)) {
    case 'received':
    case 'dispersed':
      return Math.min(record.receivedAt + DEDUPLICATION_MS, expiry)
    case 'certified':
    case 'final':
      return expiry
    case 'posted':
      return expiry + RETENTION_MS
    case 'failed':
      return (record.failed?.at ?? 0) + RETENTION_MS
  }
}

/** The record after its state ended: failed if it was not on L1 yet, else undefined, which removes it. */
export function expireRecord(record: BatchRecord, now: number): BatchRecord | undefined {
  const state = stateOf(record)
  if (state === 'certified') return { ...record, failed: { reason: NOT_POSTED, at: now } }
  if (state === 'received' || state === 'dispersed')
    return { ...record, failed: { reason: NOT_ACKNOWLEDGED, at: now } }
  return undefined
}

/** The record with a post. The first post on the chain counts: a later one of the same header changes nothing. */
export function withPost(record: BatchRecord, post: PostLocation, final: number): BatchRecord {
  if (record.post !== undefined && record.post.blockNumber <= post.blockNumber) return record
  return { ...record, post, ...(post.blockNumber <= final ? { final: true } : {}) }
}

/** The record without its post; undefined when the sidecar knew the batch from that post only. */
export function withoutPost({ post: _post, final: _final, ...record }: BatchRecord): BatchRecord | undefined {
  return record.commitment === undefined && record.signature === undefined ? undefined : record
}

/** The record without its failure, for a batch that is put again. */
export function withoutFailure({ failed: _failed, ...record }: BatchRecord): BatchRecord {
  return record
}
