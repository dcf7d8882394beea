// A sidecar's index of the batches that it has acknowledged or is dispersing: the state of each, and which are not on L1 yet.
//
// It holds headers and certificates, never the bytes of a batch: the committee has those before a put is acknowledged. Deleting
// the index loses nothing certified (design §1, principle 1). With the index, a restarted sidecar posts the batches that it
// certified before, and answers a repeated put with the same commitment. Next to the batches it keeps the signatures of their
// headers (signed-headers.ts), which are needed for longer.
//
// Guarantees:
// - Durable: every change resolves after fsync, and a killed process leaves all of it or none.
// - Consistent: indexes and counts follow from the records, so they cannot differ from them.
// - The chain decides: only `apply` makes batches posted and final, in one write with the follower's heads.
// - Bounded: ended records are removed, and of final ones, and those without a quorum, all but the newest `finalMax` and `failedMax`.
import type { Hex } from '../protocol/bytes.ts'
import { type BatchIndexStep, type UpdateRecord, applyStep } from './batch-index-step.ts'
import {
  type BatchRecord,
  type BatchState,
  INTERRUPTED,
  type PostGroup,
  batchStates,
  endsAt,
  expireRecord,
  stateOf,
  withoutFailure,
} from './batch-record.ts'
import { type BatchIndexHead, BatchTables, type IncompleteBatch, type LastPost } from './batch-tables.ts'
import { orderOfKey, orderedKey } from './ordered-key.ts'
import { RecordFolder } from './records.ts'
import {
  type Attestation,
  type MemberAttestation,
  type SignedHeader,
  SignedHeaders,
} from './signed-headers.ts'

/** A batch whose state changed. `from` is undefined for a new record, `to` for a removed one. */
export type StateChange = {
  readonly record: BatchRecord
  readonly from: BatchState | undefined
  readonly to: BatchState | undefined
}

/** An attestation that arrived, of one header and one member. */
export type ReceivedAttestation = MemberAttestation & { readonly digest: Hex }

export type BatchIndexOptions = {
  /** The Ledger's notice: a batch that is not posted so long before its expiry never will be. */
  readonly noticeSeconds: number
  /** Seconds after their expiry for which the signatures of headers are kept; 0 when left out. */
  readonly signaturesKeptSeconds?: number | undefined
  /** Headers of this disperser get a record when they are first seen on L1. */
  readonly disperser?: Hex | undefined
  /** Final records that are kept, so that a header that is already on L1 is not posted again. */
  readonly finalMax?: number
  /** Records without a quorum that are kept, so that a repeated put uses the same header. */
  readonly failedMax?: number
  readonly onChange?: (change: StateChange) => void
}

const SCHEMA = 'floe-batch-index-3'
const FINAL_MAX = 400_000
const FAILED_MAX = 100_000
const FAILED_IN_WRITE_MAX = 1_000
/** Approximate bytes of a record and its index entries on disk: two commitments and a dozen keys. */
const RECORD_BYTES = 4_096
/** Approximate bytes of an attestation without a path. */
const ATTESTATION_BYTES = 256

export class BatchIndex {
  readonly #folder: RecordFolder
  readonly #tables: BatchTables
  readonly #signedHeaders: SignedHeaders
  readonly #options: BatchIndexOptions

  /** @throws FloeError `configuration` when another process has the folder open, or the folder has another schema */
  static async open(dir: string, options: BatchIndexOptions): Promise<BatchIndex> {
    return new BatchIndex(await RecordFolder.open(dir, SCHEMA), options)
  }

  private constructor(folder: RecordFolder, options: BatchIndexOptions) {
    this.#folder = folder
    this.#tables = new BatchTables(folder, options.noticeSeconds)
    this.#signedHeaders = new SignedHeaders(folder, options.signaturesKeptSeconds ?? 0)
    this.#options = options
  }

  batch(digest: Hex): BatchRecord | undefined {
    return this.#tables.batches.get(digest)
  }

  /** The newest record of the batch with this SHA-256. */
  findByContent(content: Hex): BatchRecord | undefined {
    const digest = this.#tables.contents.get(content)
    return digest === undefined ? undefined : this.batch(digest)
  }

  /**
   * Adds the facts of `record` to the record of a batch.
   * @param missing members of its committee that are not known to hold their pair
   * @param attestations that its certificate has
   */
  async save(
    record: BatchRecord,
    missing: readonly number[] = [],
    attestations: readonly MemberAttestation[] = [],
  ): Promise<void> {
    return this.#write(
      (update) => {
        update(record.digest, (before) => {
          // Another sidecar certified the same header meanwhile.
          if (record.failed !== undefined && before?.commitment !== undefined) return before
          // A batch that is put again after it failed starts over.
          return { ...(before && withoutFailure(before)), ...record }
        })
        this.#putMissing(record, missing)
        this.#addAttestations(record, attestations)
      },
      RECORD_BYTES + attestations.length * ATTESTATION_BYTES,
    )
  }

  /** As `save`, for a batch that another sidecar certified: facts that this sidecar has recorded itself are kept. */
  async adopt(
    record: BatchRecord,
    missing: readonly number[],
    attestations: readonly MemberAttestation[] = [],
  ): Promise<void> {
    return this.#write(
      (update) => {
        if (this.batch(record.digest)?.commitment !== undefined) return
        update(record.digest, (before) => ({ ...record, ...(before && withoutFailure(before)) }))
        this.#putMissing(record, missing)
        this.#addAttestations(record, attestations)
      },
      RECORD_BYTES + attestations.length * ATTESTATION_BYTES,
    )
  }

  /** Applies one step of the chain. Steps must not run concurrently: each looks on disk for what it has to undo. */
  async apply(step: BatchIndexStep): Promise<void> {
    const { disperser } = this.#options
    return this.#write((update) => applyStep({ tables: this.#tables, update, disperser }, step))
  }

  /** The heads that a follower goes on from, ascending (src/l1/chain.ts). */
  heads(): BatchIndexHead[] {
    const { heads } = this.#tables
    return heads.first(heads.count()).map(({ value }) => value)
  }

  /** Certified batches that are not on L1, except those in `without`: those first that can be posted for the shortest time. */
  readyToPost(limit: number, without: ReadonlySet<Hex> = new Set()): BatchRecord[] {
    return this.#tables.states.certified
      .first(limit + without.size)
      .filter(({ value }) => !without.has(value))
      .slice(0, limit)
      .flatMap(({ value }) => this.batch(value) ?? [])
  }

  /** Number of batches that wait to be posted. Those without a quorum are not among them: no post can have them. */
  unpostedCount(): number {
    return this.#tables.states.certified.count()
  }

  /**
   * Ends puts that the process before this one left unfinished. Call it before the first put.
   * @param now unix milliseconds
   */
  async failInterrupted(now: number): Promise<void> {
    for (;;) {
      const interrupted = this.#tables.states.received.first(FAILED_IN_WRITE_MAX)
      if (interrupted.length === 0) return
      await this.#write((update) => {
        for (const { value: digest } of interrupted)
          update(digest, (record) => record && { ...record, failed: { reason: INTERRUPTED, at: now } })
      })
    }
  }

  /** Batches that some members are not known to hold, from the digest `start` on, in the order of digests. */
  listIncomplete(start: Hex | '', limit: number): (IncompleteBatch & { readonly digest: Hex })[] {
    return this.#tables.missing.from(start, limit).map(({ key, value }) => ({ digest: key as Hex, ...value }))
  }

  /** Removes members from the lists of their batches, because they will never hold their pair. */
  async removeMissing(done: readonly { readonly digest: Hex; readonly member: number }[]): Promise<void> {
    return this.#folder.write(() => {
      for (const { digest, member } of done) this.#removeMissing(digest, member)
    })
  }

  /**
   * Adds attestations to what is known of their headers. Their members hold their pairs, so they are removed from the lists of those
   * that may lack them, in the same write.
   */
  async saveAttestations(received: readonly ReceivedAttestation[]): Promise<void> {
    if (received.length === 0) return
    return this.#folder.write(() => {
      for (const { digest, member, index, path, signature } of received) {
        const source = this.#signedHeaders.get(digest) ?? this.batch(digest)
        if (source === undefined) continue
        this.#addAttestations({ digest, header: source.header }, [{ member, index, path, signature }])
        this.#removeMissing(digest, member)
      }
    }, received.length * ATTESTATION_BYTES)
  }

  /** The signatures that are known of a header, until no fine over it is possible any more. */
  signedHeader(digest: Hex): SignedHeader | undefined {
    return this.#signedHeaders.get(digest)
  }

  /** The attestation of a header that this sidecar has of a member. */
  attestationOf(digest: Hex, member: number): Attestation | undefined {
    const found = this.signedHeader(digest)?.attestations.find((one) => one.member === member)
    return found && { index: found.index, path: found.path, signature: found.signature }
  }

  /** Records groups before they are posted, so that a restarted sidecar posts the same ones. */
  async saveGroups(added: readonly PostGroup[]): Promise<void> {
    const { groups } = this.#tables
    return this.#folder.write(() => {
      const last = groups.first(groups.count()).at(-1)
      const next = last === undefined ? 0 : orderOfKey(last.key) + 1
      added.forEach((group, i) => groups.put(orderedKey(next + i, group.headersRoot), group))
    }, added.length * RECORD_BYTES)
  }

  /** Oldest first. */
  groups(): PostGroup[] {
    const { groups } = this.#tables
    return groups.first(groups.count()).map(({ value }) => value)
  }

  async forgetGroups(headersRoots: readonly Hex[]): Promise<void> {
    const { groups } = this.#tables
    return this.#folder.write(() => {
      for (const { key, value } of groups.first(groups.count()))
        if (headersRoots.includes(value.headersRoot)) groups.remove(key)
    })
  }

  /**
   * Ends at most `limit` records whose state has ended, and removes as many final records beyond `finalMax`, records without a quorum
   * beyond `failedMax`, and signed headers that are no longer needed.
   * @param now unix milliseconds
   * @returns how many
   */
  async expire(now: number, limit: number): Promise<number> {
    const { ends } = this.#tables
    const { noticeSeconds } = this.#options
    const ended = ends.first(limit).filter(({ key }) => key < orderedKey(now + 1, ''))
    const { finalMax = FINAL_MAX, failedMax = FAILED_MAX } = this.#options
    const excess = [
      ...this.#oldestBeyond(finalMax, ['final'], limit),
      ...this.#oldestBeyond(failedMax, ['failed', 'dispersed'], limit),
    ]
    const unneeded = this.#signedHeaders.ended(now, limit)
    const count = ended.length + excess.length + unneeded.length
    if (count === 0) return 0
    await this.#write((update) => {
      for (const { digest, state } of excess)
        update(digest, (record) => (record && stateOf(record) === state ? undefined : record))
      for (const digest of unneeded) this.#signedHeaders.remove(digest)
      for (const { value: digest } of ended)
        update(digest, (record) =>
          record && endsAt(record, noticeSeconds) <= now ? expireRecord(record, now) : record,
        )
    })
    return count
  }

  counts(): Record<BatchState, number> & { readonly incomplete: number } {
    const { states, missing } = this.#tables
    const counts = Object.fromEntries(batchStates.map((state) => [state, states[state].count()]))
    return { ...(counts as Record<BatchState, number>), incomplete: missing.count() }
  }

  /** The first record of a state in the order of `orderOf`: about the one that has been in it for longest. */
  oldest(state: BatchState): BatchRecord | undefined {
    const [first] = this.#tables.states[state].first(1)
    return first && this.batch(first.value)
  }

  lastPost(): LastPost | undefined {
    return this.#tables.posts.get('lastPost')
  }

  /** Bytes of the database file. */
  bytes(): number {
    return this.#folder.bytes()
  }

  async close(): Promise<void> {
    return this.#folder.close()
  }

  /** At most `limit` records of these states beyond the newest `max`: oldest first, those of the first state before others. */
  #oldestBeyond(
    max: number,
    states: readonly BatchState[],
    limit: number,
  ): { readonly digest: Hex; readonly state: BatchState }[] {
    const tables = states.map((state) => ({ state, table: this.#tables.states[state] }))
    const excess = tables.reduce((sum, { table }) => sum + table.count(), 0) - max
    return tables
      .flatMap(({ state, table }) => table.first(limit).map(({ value: digest }) => ({ digest, state })))
      .slice(0, Math.max(0, Math.min(limit, excess)))
  }

  #addAttestations(
    { digest, header, signature }: Pick<BatchRecord, 'digest' | 'header' | 'signature'>,
    attestations: readonly MemberAttestation[],
  ): void {
    if (attestations.length === 0) return
    const disperserSignature = signature ?? this.batch(digest)?.signature
    this.#signedHeaders.add(digest, {
      header,
      ...(disperserSignature === undefined ? {} : { disperserSignature }),
      attestations,
    })
  }

  #removeMissing(digest: Hex, member: number): void {
    const { missing } = this.#tables
    const known = missing.get(digest)
    if (known === undefined) return
    const members = known.members.filter((other) => other !== member)
    if (members.length === 0) missing.remove(digest)
    else missing.put(digest, { ...known, members })
  }

  #putMissing({ digest, header }: BatchRecord, members: readonly number[]): void {
    if (members.length > 0) this.#tables.missing.put(digest, { epoch: header.epoch, members })
  }

  /** Changes records in one durable write, and reports the changed states once it is on disk. */
  async #write(change: (update: UpdateRecord) => void, bytes?: number): Promise<void> {
    const changes: StateChange[] = []
    await this.#folder.write(() => {
      change((digest, changeRecord) => {
        const before = this.batch(digest)
        const after = changeRecord(before)
        if (after === before) return
        this.#tables.replace(before, after)
        const [from, to] = [before && stateOf(before), after && stateOf(after)]
        const record = after ?? before
        if (from !== to && record !== undefined) changes.push({ record, from, to })
      })
    }, bytes)
    for (const each of changes) this.#options.onChange?.(each)
  }
}
