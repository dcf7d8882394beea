// The slivers that a storage node stores: for each batch its header with the disperser's signature, the pair leaves, and the
// node's pairs, until the batch expires. Keys and values are in stored-batch.ts. Headers stay for longer (kept-headers.ts).
//
// Guarantees:
// - Durable before acknowledged: `put` resolves after fsync, so what an attestation promises survives kill -9 and power loss.
// - All or nothing: one batch is one transaction; a reader never finds part of it.
// - Exact: a read returns the bytes that were stored, or undefined. Each value is compared with its checksum when it is read.
// - Healed by a put: a batch with a damaged value counts as not stored, and is stored again when it is put again.
// - Bounded: stored bytes stay within the disk's bound and the quotas (usage.ts); the file is at most about a third larger.
import { KeyedMutex } from '../runtime/async/keyed-mutex.ts'
import { type Clock, systemClock } from '../runtime/clock.ts'
import { CloseStack } from '../runtime/close-stack.ts'
import { type Hex, concatBytes, equalBytes, fromHex, toHex, uint64Bytes } from '../protocol/bytes.ts'
import { HASH_BYTES, SHARDS_MAX } from '../protocol/limits.ts'
import type { Side } from '../protocol/sliver.ts'
import { type KeptHeader, KeptHeaders } from './kept-headers.ts'
import { BatchChecks, type DamageObserver } from './batch-checks.ts'
import { type CheckedEntry, CheckedTable, type DamagedValue, checksumOf } from './checked-table.ts'
import { LmdbFolder, type LmdbTable } from './lmdb-folder.ts'
import {
  type CheckedPair,
  SIDES,
  type StoredBatch,
  decodeExpiryKey,
  checksumInProof,
  decodeBatchUsage,
  decodeStoredBatch,
  encodeBatchUsage,
  encodeProof,
  encodeStoredBatch,
  hashesInProof,
  expiryKey,
  pairKey,
  batchUsageOf,
  sliverKey,
} from './stored-batch.ts'
import { type Reservation, type BatchUsage, Usage } from './usage.ts'

/** What is known of a batch before its body is read. */
export type BatchClaim = Pick<StoredBatch, 'digest' | 'header' | 'geometry' | 'pairs'>

export type RemovedBatches = { readonly batches: number; readonly storedBytes: number }

export type SliverStoreOptions = {
  readonly clock?: Clock
  readonly observer?: DamageObserver | undefined
}

type Tables = Readonly<Record<'batches' | 'proofs' | 'expiries', CheckedTable>> & {
  /** Their checksums are in `proofs`. */
  readonly slivers: LmdbTable
}
type TableKey = { readonly table: Pick<LmdbTable, 'put' | 'remove'>; readonly key: Uint8Array }
type TableEntry = TableKey & { readonly value: Uint8Array }

const SCHEMA = 'floe-sliver-store-2'
/** A deletion of this many batches delays a `put` no longer than one other `put` would. */
const REMOVALS_PER_TRANSACTION = 16
const SCAN_ENTRIES = 1_000
const FIRST_KEY: Uint8Array = uint64Bytes(0n)
/** Above what follows the digest in any key. */
const LAST_SUFFIX: Uint8Array = Uint8Array.of(0xff, 0xff, 0xff)
const NO_USAGE: BatchUsage = { disperser: `0x${'00'.repeat(20)}`, batchBytes: 0, storedBytes: 0 }

export class SliverStore {
  readonly #folder: LmdbFolder
  readonly #tables: Tables
  readonly #keptHeaders: KeptHeaders
  readonly #usage: Usage
  readonly #checks: BatchChecks
  /** Writes of one batch run one after another: each decides by what is stored of the batch. */
  readonly #mutex = new KeyedMutex<Hex>()
  /** One batch is checked at a time, so that requests cannot make a node read its disk without end. */
  readonly #checking = new KeyedMutex<'batch'>()

  /** @throws FloeError `configuration` when another process has the folder open, or the folder has another schema */
  static async open(
    dir: string,
    diskBytesMax: number,
    options: SliverStoreOptions = {},
  ): Promise<SliverStore> {
    const stack = new CloseStack()
    return stack.closeOnFailure(async () => {
      const folder = await LmdbFolder.open(dir, SCHEMA)
      stack.add(async () => folder.close())
      const store = new SliverStore(folder, diskBytesMax, options)
      await store.#countStored()
      return store
    })
  }

  private constructor(
    folder: LmdbFolder,
    diskBytesMax: number,
    { clock = systemClock, observer }: SliverStoreOptions,
  ) {
    this.#folder = folder
    this.#checks = new BatchChecks({ clock, observer })
    const onDamaged = (damaged: DamagedValue): void =>
      this.#checks.foundDamaged(damaged.table, digestIn(damaged))
    const checked = (name: string): CheckedTable =>
      new CheckedTable({ name, table: folder.table(name), onDamaged })
    this.#keptHeaders = new KeptHeaders(folder, onDamaged)
    this.#usage = new Usage(diskBytesMax, () => this.#keptHeaders.bytes())
    this.#tables = {
      batches: checked('batches'),
      proofs: checked('proofs'),
      slivers: folder.table('slivers'),
      expiries: checked('expiries'),
    }
  }

  get usage(): Pick<Usage, 'totals' | 'usedBy'> {
    return this.#usage
  }

  get checks(): Pick<BatchChecks, 'damagedCount' | 'isDamaged'> {
    return this.#checks
  }

  /** Undefined when the batch is not stored, or its record is damaged. */
  batch(digest: Hex): StoredBatch | undefined {
    const bytes = this.#tables.batches.get(fromHex(digest))
    return bytes && decodeStoredBatch(digest, bytes)
  }

  /** The header of a batch that is stored here, or was. */
  header(digest: Hex): KeptHeader | undefined {
    return this.#keptHeaders.get(digest)
  }

  /** Undefined when the pair is not stored, or its record is damaged. */
  hashes(batch: StoredBatch, pair: number): CheckedPair['hashes'] | undefined {
    const proof = this.#tables.proofs.get(pairKey(batch.digest, pair))
    return proof && hashesInProof(batch.geometry, proof)
  }

  /** Undefined when the sliver is not stored, or it is damaged. */
  async sliver(digest: Hex, pair: number, side: Side): Promise<Uint8Array | undefined> {
    const key = sliverKey(digest, pair, side)
    const sliver = await this.#tables.slivers.load(key)
    const proof = this.#tables.proofs.get(pairKey(digest, pair))
    if (sliver === undefined || proof === undefined) return undefined
    if (equalBytes(checksumOf(key, sliver), checksumInProof(proof, side))) return sliver
    this.#checks.foundDamaged('slivers', digest)
    return undefined
  }

  /**
   * Whether all that belongs to a batch is stored, and matches its checksums. The answer may be an hour old, but not older than
   * damage that a read found.
   */
  async isWhole(digest: Hex): Promise<boolean> {
    const known = this.#checks.isWhole(digest)
    if (known !== undefined) return known
    return this.#checking.run(['batch'], async () =>
      this.#mutex.run([digest], async () => this.#checks.isWhole(digest) ?? this.#check(digest)),
    )
  }

  /** Reserves disk and quota for a batch. The caller releases the reservation in every case. @throws FloeError `over-quota` or `storage` */
  reserve(claim: BatchClaim, quotaBytes: bigint): Reservation {
    return this.#usage.reserve(claim.digest, batchUsageOf(claim), quotaBytes)
  }

  /**
   * Stores a batch with its pairs, durably, and keeps its reservation. A batch that is already stored is left as it is, unless it is
   * known to be damaged. The bytes must not change until this resolves.
   * @throws FloeError `storage`
   */
  async put(batch: StoredBatch, pairs: readonly CheckedPair[], reservation: Reservation): Promise<void> {
    return this.#mutex.run([batch.digest], async () => {
      const before = this.batch(batch.digest)
      if (before?.operator === batch.operator && !this.#checks.isDamaged(batch.digest)) return
      // An operator with a new key has other pairs: they replace the pairs of the old key. What is damaged is replaced as well.
      const isReplaced = before !== undefined || this.#checks.isDamaged(batch.digest)
      const oldKeys = isReplaced ? this.#keysStoredOf(batch.digest) : []
      const oldUsage = this.#usageAt(expiryKey(batch))
      const entries = this.#entriesOf(batch, pairs)
      await this.#folder.write(() => {
        for (const { table, key } of oldKeys) table.remove(key)
        for (const { table, key, value } of entries) table.put(key, value)
        this.#keptHeaders.put(batch)
      }, batchUsageOf(batch).storedBytes)
      if (oldUsage !== undefined) this.#usage.remove(oldUsage)
      reservation.keep()
      this.#checks.foundWhole(batch.digest)
    })
  }

  /**
   * Deletes at most `limit` batches whose expiry is not after `nowSeconds`, the first to expire first.
   * @returns what they used
   */
  async removeExpired(nowSeconds: number, limit: number): Promise<RemovedBatches> {
    const removed: BatchUsage[] = []
    while (removed.length < limit) {
      const expired = this.#tables.expiries
        .keys(FIRST_KEY, Math.min(REMOVALS_PER_TRANSACTION, limit - removed.length))
        .filter((key) => decodeExpiryKey(key).expiry <= nowSeconds)
      if (expired.length === 0) break
      const usages = await this.#removeBatches(expired)
      if (usages.length === 0) break
      removed.push(...usages)
    }
    const storedBytes = removed.reduce((sum, usage) => sum + usage.storedBytes, 0)
    return { batches: removed.length, storedBytes }
  }

  /** Deletes at most `limit` headers whose expiry is not after `nowSeconds`. @returns how many */
  async removeExpiredHeaders(nowSeconds: number, limit: number): Promise<number> {
    return this.#keptHeaders.removeExpired(nowSeconds, limit)
  }

  async close(): Promise<void> {
    return this.#folder.close()
  }

  /** Reads everything that is stored of a batch. */
  async #check(digest: Hex): Promise<boolean> {
    const batch = this.batch(digest)
    // Damage is reported by the reads; what is absent is not.
    const missing = (table: string): boolean => {
      if (!this.#checks.isDamaged(digest)) this.#checks.foundDamaged(table, digest)
      return false
    }
    if (batch === undefined) return false
    if (this.#keptHeaders.get(digest) === undefined) return missing('headers')
    if (this.#tables.expiries.get(expiryKey(batch)) === undefined) return missing('expiries')
    for (const pair of batch.pairs) {
      if (this.hashes(batch, pair) === undefined) return missing('proofs')
      for (const side of SIDES)
        if ((await this.sliver(digest, pair, side)) === undefined) return missing('slivers')
    }
    this.#checks.foundWhole(digest)
    return true
  }

  /** Counts what is stored, from the expiry index. Entries of it that are damaged are first written again. */
  async #countStored(): Promise<void> {
    const { expiries } = this.#tables
    const damaged = [...pagesOf(expiries)].filter(({ value }) => value === undefined)
    if (damaged.length > 0) await this.#restoreExpiries(damaged)
    for (const { value } of pagesOf(expiries))
      if (value !== undefined) this.#usage.add(decodeBatchUsage(value))
  }

  /** The expiry index follows from the batches. An entry whose key is damaged names no batch; its batch has no entry then. */
  async #restoreExpiries(damaged: readonly CheckedEntry[]): Promise<void> {
    const { batches, expiries } = this.#tables
    const restored: TableEntry[] = []
    for (const { key } of pagesOf(batches)) {
      const batch = this.batch(toHex(key))
      const entry = batch && this.#expiryOf(batch)
      if (entry !== undefined && expiries.get(entry.key) === undefined) restored.push(entry)
    }
    await this.#folder.write(() => {
      for (const { key } of damaged) expiries.remove(key)
      for (const { key, value } of restored) expiries.put(key, value)
    })
    for (const { key } of restored) this.#checks.forget(decodeExpiryKey(key).digest)
  }

  /** Deletes the batches of these expiry entries in one transaction. @returns what they used */
  async #removeBatches(expired: readonly Uint8Array[]): Promise<BatchUsage[]> {
    const digests = expired.map((key) => decodeExpiryKey(key).digest)
    return this.#mutex.run(digests, async () => {
      // Read again: another call may have deleted some of them while this one waited for the mutex.
      const present = expired.flatMap((key) => {
        const usage = this.#usageAt(key)
        return usage === undefined ? [] : [{ key, usage }]
      })
      if (present.length === 0) return []
      const keys = present.flatMap(({ key }) => [
        { table: this.#tables.expiries, key },
        ...this.#keysStoredOf(decodeExpiryKey(key).digest),
      ])
      await this.#folder.write(() => {
        for (const { table, key } of keys) table.remove(key)
      })
      for (const { key, usage } of present) {
        this.#usage.remove(usage)
        this.#checks.forget(decodeExpiryKey(key).digest)
      }
      return present.map(({ usage }) => usage)
    })
  }

  /** What was counted for the batch of an expiry entry; undefined: there is no such entry. */
  #usageAt(key: Uint8Array): BatchUsage | undefined {
    const { expiries } = this.#tables
    const value = expiries.get(key)
    if (value !== undefined) return decodeBatchUsage(value)
    const [found] = expiries.keys(key, 1)
    if (found === undefined || !equalBytes(found, key)) return undefined
    const batch = this.batch(decodeExpiryKey(key).digest)
    // With both records damaged, the usage stays counted until the next start.
    return batch === undefined ? NO_USAGE : batchUsageOf(batch)
  }

  #expiryOf(batch: StoredBatch): TableEntry {
    return {
      table: this.#tables.expiries,
      key: expiryKey(batch),
      value: encodeBatchUsage(batchUsageOf(batch)),
    }
  }

  #entriesOf(batch: StoredBatch, pairs: readonly CheckedPair[]): TableEntry[] {
    const { digest } = batch
    const { batches, proofs, slivers } = this.#tables
    return [
      { table: batches, key: fromHex(digest), value: encodeStoredBatch(batch) },
      this.#expiryOf(batch),
      ...pairs.flatMap((checked) => [
        { table: proofs, key: pairKey(digest, checked.pair), value: encodeProof(digest, checked) },
        ...SIDES.map((side) => ({
          table: slivers,
          key: sliverKey(digest, checked.pair, side),
          value: checked.bytes[side],
        })),
      ]),
    ]
  }

  /** Every key that begins with a digest. The record of the batch, which names its pairs, may be damaged. */
  #keysStoredOf(digest: Hex): TableKey[] {
    const { batches, proofs, slivers } = this.#tables
    const prefix = fromHex(digest)
    return [batches, proofs, slivers].flatMap((table) =>
      table
        .keys(prefix, SIDES.length * SHARDS_MAX, concatBytes(prefix, LAST_SUFFIX))
        .map((key) => ({ table, key })),
    )
  }
}

/** The digest in the key of a value: expiry entries have it after the expiry, the others first. */
function digestIn({ table, key }: DamagedValue): Hex {
  const at = table === 'expiries' || table === 'headerEnds' ? key.length - HASH_BYTES : 0
  return toHex(key.subarray(at, at + HASH_BYTES))
}

/** @yields every entry of a table */
function* pagesOf(table: CheckedTable): Generator<CheckedEntry> {
  for (let start = FIRST_KEY; ;) {
    const entries = table.range(start, SCAN_ENTRIES)
    yield* entries
    const last = entries.at(-1)
    if (last === undefined || entries.length < SCAN_ENTRIES) return
    // The smallest key after the last one.
    start = concatBytes(last.key, Uint8Array.of(0))
  }
}
