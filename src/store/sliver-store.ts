// The slivers that a storage node stores: for each batch its header with the disperser's signature, the pair leaves, and the
// node's pairs, until the batch expires. Keys and values are in stored-batch.ts. Headers stay for longer (kept-headers.ts).
//
// Guarantees:
// - Durable before acknowledged: `put` resolves after fsync, so what an attestation promises survives kill -9 and power loss.
// - All or nothing: one batch is one transaction; a reader never finds part of it.
// - Exact: a read returns the bytes that were stored, or undefined.
// - Bounded: stored bytes stay within the disk's bound and the quotas (usage.ts); the file is at most about a third larger.
import { KeyedMutex } from '../runtime/async/keyed-mutex.ts'
import { CloseStack } from '../runtime/close-stack.ts'
import { type Hex, concatBytes, fromHex, uint64Bytes } from '../protocol/bytes.ts'
import type { Side } from '../protocol/sliver.ts'
import { type KeptHeader, KeptHeaders } from './kept-headers.ts'
import { type Entry, LmdbFolder, type LmdbTable } from './lmdb-folder.ts'
import {
  type CheckedPair,
  SIDES,
  type StoredBatch,
  decodeExpiryKey,
  decodeHashes,
  decodeBatchUsage,
  decodeStoredBatch,
  encodeHashes,
  encodeBatchUsage,
  encodeStoredBatch,
  expiryKey,
  pairKey,
  batchUsageOf,
  sliverKey,
} from './stored-batch.ts'
import { type Reservation, type BatchUsage, Usage } from './usage.ts'

/** What is known of a batch before its body is read. */
export type BatchClaim = Pick<StoredBatch, 'digest' | 'header' | 'geometry' | 'pairs'>

export type RemovedBatches = { readonly batches: number; readonly storedBytes: number }

type Tables = Readonly<Record<'batches' | 'proofs' | 'slivers' | 'expiries', LmdbTable>>
type TableKey = { readonly table: LmdbTable; readonly key: Uint8Array }
type TableEntry = TableKey & { readonly value: Uint8Array }

const SCHEMA = 'floe-sliver-store-1'
/** A deletion of this many batches delays a `put` no longer than one other `put` would. */
const REMOVALS_PER_TRANSACTION = 16
const SCAN_ENTRIES = 1_000
const FIRST_EXPIRY: Uint8Array = uint64Bytes(0n)

export class SliverStore {
  readonly #folder: LmdbFolder
  readonly #tables: Tables
  readonly #keptHeaders: KeptHeaders
  readonly #usage: Usage
  /** Writes of one batch run one after another: each decides by what is stored of the batch. */
  readonly #mutex = new KeyedMutex<Hex>()

  /**
   * @throws FloeError `configuration` when another process has the folder open, or the folder has another schema; `malformed` when
   *   an expiry entry cannot be read
   */
  static async open(dir: string, diskBytesMax: number): Promise<SliverStore> {
    const stack = new CloseStack()
    return stack.closeOnFailure(async () => {
      const folder = await LmdbFolder.open(dir, SCHEMA)
      stack.add(async () => folder.close())
      return new SliverStore(folder, diskBytesMax)
    })
  }

  private constructor(folder: LmdbFolder, diskBytesMax: number) {
    this.#folder = folder
    this.#keptHeaders = new KeptHeaders(folder)
    this.#usage = new Usage(diskBytesMax, () => this.#keptHeaders.bytes())
    this.#tables = {
      batches: folder.table('batches'),
      proofs: folder.table('proofs'),
      slivers: folder.table('slivers'),
      expiries: folder.table('expiries'),
    }
    this.#countStored()
  }

  get usage(): Pick<Usage, 'totals' | 'usedBy'> {
    return this.#usage
  }

  batch(digest: Hex): StoredBatch | undefined {
    const bytes = this.#tables.batches.get(fromHex(digest))
    return bytes && decodeStoredBatch(digest, bytes)
  }

  /** The header of a batch that is stored here, or was. */
  header(digest: Hex): KeptHeader | undefined {
    return this.#keptHeaders.get(digest)
  }

  hashes(batch: StoredBatch, pair: number): CheckedPair['hashes'] | undefined {
    const bytes = this.#tables.proofs.get(pairKey(batch.digest, pair))
    return bytes && decodeHashes(batch.geometry, bytes)
  }

  async sliver(digest: Hex, pair: number, side: Side): Promise<Uint8Array | undefined> {
    return this.#tables.slivers.load(sliverKey(digest, pair, side))
  }

  /** Reserves disk and quota for a batch. The caller releases the reservation in every case. @throws FloeError `over-quota` or `storage` */
  reserve(claim: BatchClaim, quotaBytes: bigint): Reservation {
    return this.#usage.reserve(claim.digest, batchUsageOf(claim), quotaBytes)
  }

  /**
   * Stores a batch with its pairs, durably, and keeps its reservation. A batch that is already stored is left as it is. The bytes
   * must not change until this resolves.
   * @throws FloeError `storage`
   */
  async put(batch: StoredBatch, pairs: readonly CheckedPair[], reservation: Reservation): Promise<void> {
    return this.#mutex.run([batch.digest], async () => {
      const before = this.batch(batch.digest)
      if (before?.operator === batch.operator) return
      // An operator with a new key has other pairs: they replace the pairs of the old key.
      const oldKeys = before === undefined ? [] : this.#keysOf(before)
      const oldUsage = before && this.#tables.expiries.get(expiryKey(before))
      const entries = this.#entriesOf(batch, pairs)
      await this.#folder.write(() => {
        for (const { table, key } of oldKeys) table.remove(key)
        for (const { table, key, value } of entries) table.put(key, value)
        this.#keptHeaders.put(batch)
      }, batchUsageOf(batch).storedBytes)
      if (oldUsage !== undefined) this.#usage.remove(decodeBatchUsage(oldUsage))
      reservation.keep()
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
        .range(FIRST_EXPIRY, Math.min(REMOVALS_PER_TRANSACTION, limit - removed.length))
        .filter(({ key }) => decodeExpiryKey(key).expiry <= nowSeconds)
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

  #countStored(): void {
    let start = FIRST_EXPIRY
    for (;;) {
      const entries = this.#tables.expiries.range(start, SCAN_ENTRIES)
      for (const { value } of entries) this.#usage.add(decodeBatchUsage(value))
      const last = entries.at(-1)
      if (last === undefined || entries.length < SCAN_ENTRIES) return
      // The smallest key after the last one.
      start = concatBytes(last.key, Uint8Array.of(0))
    }
  }

  /** Deletes the batches of these expiry entries in one transaction. @returns what they used */
  async #removeBatches(expired: readonly Entry[]): Promise<BatchUsage[]> {
    const digests = expired.map(({ key }) => decodeExpiryKey(key).digest)
    return this.#mutex.run(digests, async () => {
      // Read again: another call may have deleted some of them while this one waited for the mutex.
      const present = expired.flatMap(({ key }) => {
        const value = this.#tables.expiries.get(key)
        return value === undefined ? [] : [{ key, value }]
      })
      if (present.length === 0) return []
      const keys = present.flatMap(({ key }) => this.#keysOfExpired(key))
      await this.#folder.write(() => {
        for (const { table, key } of keys) table.remove(key)
      })
      const usages = present.map(({ value }) => decodeBatchUsage(value))
      for (const usage of usages) this.#usage.remove(usage)
      return usages
    })
  }

  #entriesOf(batch: StoredBatch, pairs: readonly CheckedPair[]): TableEntry[] {
    const { digest } = batch
    const { batches, expiries, proofs, slivers } = this.#tables
    return [
      { table: batches, key: fromHex(digest), value: encodeStoredBatch(batch) },
      { table: expiries, key: expiryKey(batch), value: encodeBatchUsage(batchUsageOf(batch)) },
      ...pairs.flatMap(({ pair, bytes, hashes }) => [
        { table: proofs, key: pairKey(digest, pair), value: encodeHashes(hashes) },
        ...SIDES.map((side) => ({ table: slivers, key: sliverKey(digest, pair, side), value: bytes[side] })),
      ]),
    ]
  }

  #keysOf(batch: StoredBatch): TableKey[] {
    const { digest } = batch
    const { batches, expiries, proofs, slivers } = this.#tables
    return [
      { table: batches, key: fromHex(digest) },
      { table: expiries, key: expiryKey(batch) },
      ...batch.pairs.flatMap((pair) => [
        { table: proofs, key: pairKey(digest, pair) },
        ...SIDES.map((side) => ({ table: slivers, key: sliverKey(digest, pair, side) })),
      ]),
    ]
  }

  /** Every key of the batch that an expiry entry names; always the key of the entry itself. */
  #keysOfExpired(key: Uint8Array): TableKey[] {
    const batch = this.batch(decodeExpiryKey(key).digest)
    return batch === undefined ? [{ table: this.#tables.expiries, key }] : this.#keysOf(batch)
  }
}
