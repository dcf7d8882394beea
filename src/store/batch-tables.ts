// The tables of the batch index: one record for each batch, and the indexes by which records are found.
import type { Hex } from '../protocol/bytes.ts'
import {
  type BatchRecord,
  type BatchState,
  type PostGroup,
  type PostLocation,
  batchStates,
  endsAt,
  orderOf,
  stateOf,
} from './batch-record.ts'
import { orderedKey } from './ordered-key.ts'
import type { RecordEntry, RecordFolder, Records } from './records.ts'

/** Members of a certified batch's committee that are not known to hold their pair. */
export type IncompleteBatch = { readonly epoch: number; readonly members: readonly number[] }

/** The newest post that has a batch of this index, and how many headers of it are in the index. */
export type LastPost = PostLocation & { readonly headers: number }

export type BatchIndexHead = { readonly number: number; readonly hash: Hex }

const PAGE_ENTRIES = 1_024

export class BatchTables {
  readonly batches: Records<BatchRecord>
  /** The digest of a batch's newest header, by the batch's SHA-256. */
  readonly contents: Records<Hex>
  /** Digests of each state, ordered by `orderOf` their records. */
  readonly states: Readonly<Record<BatchState, Records<Hex>>>
  /** Digests, ordered by `endsAt` of their records. */
  readonly ends: Records<Hex>
  readonly missing: Records<IncompleteBatch>
  readonly groups: Records<PostGroup>
  readonly heads: Records<BatchIndexHead>
  readonly posts: Records<LastPost>
  readonly #noticeSeconds: number

  /** @param noticeSeconds of the Ledger */
  constructor(folder: RecordFolder, noticeSeconds: number) {
    this.#noticeSeconds = noticeSeconds
    this.batches = folder.records('batches')
    this.contents = folder.records('contents')
    const states = batchStates.map((state) => [state, folder.records<Hex>(state)])
    this.states = Object.fromEntries(states) as Record<BatchState, Records<Hex>>
    this.ends = folder.records('ends')
    this.missing = folder.records('missing')
    this.groups = folder.records('groups')
    this.heads = folder.records('heads')
    this.posts = folder.records('posts')
  }

  /**
   * Replaces a record and everything by which it is found. All changes of records go through here, so records, indexes and
   * counts cannot differ.
   * @param before undefined for a new record
   * @param after undefined to remove the record
   */
  replace(before: BatchRecord | undefined, after: BatchRecord | undefined): void {
    if (before !== undefined) this.#removeFromIndexes(before)
    if (after !== undefined) this.#put(after, before)
    else if (before !== undefined) this.#remove(before)
    // Operators take no batch that cannot be posted any more.
    const dropped = after === undefined || stateOf(after) === 'failed' || stateOf(after) === 'missed'
    if (before !== undefined && dropped) this.missing.remove(before.digest)
  }

  #removeFromIndexes(record: BatchRecord): void {
    this.states[stateOf(record)].remove(orderedKey(orderOf(record), record.digest))
    this.ends.remove(orderedKey(endsAt(record, this.#noticeSeconds), record.digest))
  }

  #put(record: BatchRecord, before: BatchRecord | undefined): void {
    const { digest, content } = record
    this.batches.put(digest, record)
    this.states[stateOf(record)].put(orderedKey(orderOf(record), digest), digest)
    this.ends.put(orderedKey(endsAt(record, this.#noticeSeconds), digest), digest)
    if (content !== undefined && before?.content !== content) this.contents.put(content, digest)
  }

  #remove({ digest, content }: BatchRecord): void {
    this.batches.remove(digest)
    if (content !== undefined && this.contents.get(content) === digest) this.contents.remove(content)
  }
}

/** @yields the entries of a table from `start` to its end, as they are on disk */
export function* entriesFrom<V>(table: Records<V>, start: string): Generator<RecordEntry<V>> {
  for (let next = start; ;) {
    const page = table.from(next, PAGE_ENTRIES)
    yield* page
    const last = page.at(-1)
    if (last === undefined || page.length < PAGE_ENTRIES) return
    // The smallest key after the last one.
    next = `${last.key}\0`
  }
}
