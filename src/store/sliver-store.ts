// What a storage node holds: headers with the disperser's signature, pair leaves, pairs of slivers, and when they end.
//
// Guarantees:
// - Durable before answered: `put` resolves after fsync (lmdb-folder.ts says how), so an attestation signed then survives
//   kill -9 and power loss.
// - All or nothing: one batch is one transaction; a reader never finds part of it.
// - Exact: a read returns the bytes that were stored, or undefined.
// - Bounded: see usage.ts; the file itself grows to about a third more than what is stored (measured, a mix of sizes).
//
// Keys and values, all integers big-endian:
//
//     batches   digest 32                       header 100 ‖ signature 64 ‖ holder 20 ‖ count u8 ‖ pair u8 × count ‖ leaf 32 × n
//     proofs    digest 32 ‖ pair u8             rowRoot 32 ‖ columnRoot 32 ‖ symbolRoot 32 × c of the row ‖ × r of the column
//     slivers   digest 32 ‖ pair u8 ‖ side u8   the sliver
//     expiries  expiry u64 ‖ digest 32          disperser 20 ‖ batchBytes u32 ‖ storedBytes u64
//
// A change of these takes a new SCHEMA. `proofs` spare a reader's question the hashing of whole slivers.
import { type Hex, concatBytes, fromHex, reader, toHex, uint64Bytes, uintBytes } from '../protocol/bytes.ts'
import { assert } from '../protocol/errors.ts'
import { type Geometry, geometryOf, sliverBytesOf, symbolBytesOf } from '../protocol/geometry.ts'
import { HEADER_BYTES, type Header, decodeHeader, encodeHeader } from '../protocol/header.ts'
import { HASH_BYTES } from '../protocol/limits.ts'
import { SIGNATURE_BYTES } from '../protocol/signature.ts'
import type { Side } from '../protocol/sliver.ts'
import { hashesOf } from '../protocol/tree.ts'
import { type Entry, type LmdbFolder, type Table, openLmdbFolder } from './lmdb-folder.ts'
import { type Reservation, type Share, type Usage, createUsage } from './usage.ts'

export type StoredBatch = {
  readonly digest: Hex
  readonly header: Header
  readonly geometry: Geometry
  /** The disperser's, over the digest. */
  readonly signature: Hex
  /** Address of the operator whose pairs these are, all of them. */
  readonly operator: Hex
  readonly pairs: readonly number[]
  /** The n pair leaves, 32 bytes each. */
  readonly leaves: Uint8Array
}

/** Hashes of one sliver. */
export type SliverHashes = { readonly root: Uint8Array; readonly symbolRoots: readonly Uint8Array[] }

/** A pair that was checked against its leaf. */
export type CheckedPair = {
  readonly pair: number
  readonly bytes: Readonly<Record<Side, Uint8Array>>
  readonly hashes: Readonly<Record<Side, SliverHashes>>
}

export type Removed = { readonly batches: number; readonly storedBytes: number }

export type SliverStore = {
  batch(digest: Hex): StoredBatch | undefined
  hashes(batch: StoredBatch, pair: number): CheckedPair['hashes'] | undefined
  sliver(digest: Hex, pair: number, side: Side): Promise<Uint8Array | undefined>
  /** Room for a batch, to be released in every case. @throws FloeError `over-quota` or `storage` */
  reserve(batch: BatchClaim, quotaBytes: bigint): Reservation
  /**
   * Stores a batch with its pairs, durably, and keeps its reservation. One that is stored already is left as it is. The bytes
   * must not change until this resolves. @throws FloeError `storage`
   */
  put(batch: StoredBatch, pairs: readonly CheckedPair[], reservation: Reservation): Promise<void>
  /** Deletes at most `limit` batches whose expiry is not after `nowSeconds`, and gives back what they took. */
  removeExpired(nowSeconds: number, limit: number): Promise<Removed>
  usage: Pick<Usage, 'totals' | 'usedBy'>
  close(): Promise<void>
}

/** What is known of a batch before its body is read. */
export type BatchClaim = Pick<StoredBatch, 'digest' | 'header' | 'geometry' | 'pairs'>

const SCHEMA = 'floe-custody-1'
const ADDRESS_BYTES = 20
const SIDES: readonly Side[] = ['row', 'column']
/** Batches that one transaction deletes: it holds up stores no longer than one of them would. */
const REMOVED_AT_ONCE = 16
const SCAN_ENTRIES = 1_000

type Tables = Readonly<Record<'batches' | 'proofs' | 'slivers' | 'expiries', Table>>

/** @throws FloeError `configuration` when another process has the folder, or it holds something else */
export async function openSliverStore(dir: string, diskBytesMax: number): Promise<SliverStore> {
  const folder = await openLmdbFolder(dir, SCHEMA)
  const tables: Tables = {
    batches: folder.table('batches'),
    proofs: folder.table('proofs'),
    slivers: folder.table('slivers'),
    expiries: folder.table('expiries'),
  }
  const usage = createUsage(diskBytesMax)
  countStored(tables, usage)
  const alone = createTurns()
  return {
    usage,
    batch: (digest) => readBatch(tables, digest),
    hashes: (batch, pair) => readHashes(tables, batch, pair),
    sliver: async (digest, pair, side) => tables.slivers.load(sliverKey(digest, pair, side)),
    reserve: (claim, quotaBytes) => usage.reserve(claim.digest, shareOf(claim), quotaBytes),
    put: async (batch, pairs, reservation) =>
      alone(batch.digest, async () => {
        const before = readBatch(tables, batch.digest)
        if (before?.operator === batch.operator) return
        // The operator has another key now, and so other pairs: what it holds is replaced.
        const gone = before === undefined ? [] : keysOf(tables, before)
        const freed = before && tables.expiries.get(expiryKey(before))
        const puts = putsOf(tables, batch, pairs)
        await folder.write(() => {
          for (const { table, key } of gone) table.remove(key)
          for (const { table, key, value } of puts) table.put(key, value)
        }, shareOf(batch).storedBytes)
        if (freed !== undefined) usage.remove(decodeShare(freed))
        reservation.keep()
      }),
    removeExpired: async (nowSeconds, limit) =>
      removeExpired({ folder, tables, usage, alone }, nowSeconds, limit),
    close: async () => folder.close(),
  }
}

function countStored(tables: Tables, usage: Usage): void {
  let start = uint64Bytes(0n)
  for (;;) {
    const entries = tables.expiries.range(start, SCAN_ENTRIES)
    for (const { value } of entries) usage.add(decodeShare(value))
    const last = entries.at(-1)
    if (last === undefined || entries.length < SCAN_ENTRIES) return
    // The smallest key after the last one.
    start = concatBytes(last.key, Uint8Array.of(0))
  }
}

type Parts = {
  readonly folder: LmdbFolder
  readonly tables: Tables
  readonly usage: Usage
  readonly alone: Turns
}

async function removeExpired(parts: Parts, nowSeconds: number, limit: number): Promise<Removed> {
  const { folder, tables, usage, alone } = parts
  let batches = 0
  let storedBytes = 0
  while (batches < limit) {
    const ended = tables.expiries
      .range(uint64Bytes(0n), Math.min(REMOVED_AT_ONCE, limit - batches))
      .filter((entry) => expiryOf(entry) <= nowSeconds)
    if (ended.length === 0) break
    const removed = await alone(ended.map(digestOf), async () => {
      // Read again: another call may have removed some of them while this one waited for its turn.
      const present = ended.flatMap(({ key }) => {
        const value = tables.expiries.get(key)
        return value === undefined ? [] : [{ key, value }]
      })
      if (present.length === 0) return []
      const gone = present.flatMap((entry) => keysOfEntry(tables, entry))
      await folder.write(() => {
        for (const { table, key } of gone) table.remove(key)
      })
      return present.map(({ value }) => decodeShare(value))
    })
    for (const share of removed) usage.remove(share)
    batches += removed.length
    storedBytes += removed.reduce((sum, share) => sum + share.storedBytes, 0)
    if (removed.length === 0) break
  }
  return { batches, storedBytes }
}

/** Runs work on a digest, or on several, after the work on the same that came before. */
type Turns = <T>(digests: Hex | readonly Hex[], work: () => Promise<T>) => Promise<T>

function createTurns(): Turns {
  const last = new Map<Hex, Promise<unknown>>()
  return async (digests, work) => {
    const mine = typeof digests === 'string' ? [digests] : digests
    const before = Promise.allSettled(mine.flatMap((digest) => last.get(digest) ?? []))
    const turn = before.then(work)
    for (const digest of mine) last.set(digest, turn)
    try {
      return await turn
    } finally {
      for (const digest of mine) if (last.get(digest) === turn) last.delete(digest)
    }
  }
}

function pairKey(digest: Hex, pair: number): Uint8Array {
  return concatBytes(fromHex(digest), uintBytes(pair, 1))
}

function sliverKey(digest: Hex, pair: number, side: Side): Uint8Array {
  return concatBytes(pairKey(digest, pair), uintBytes(SIDES.indexOf(side), 1))
}

function expiryKey(batch: StoredBatch): Uint8Array {
  return concatBytes(uint64Bytes(BigInt(batch.header.expiry)), fromHex(batch.digest))
}

function expiryOf(entry: Entry): number {
  return Number(reader(entry.key, 'an expiry key').uint64('expiry'))
}

function digestOf(entry: Entry): Hex {
  return toHex(entry.key.subarray(8))
}

type Put = { readonly table: Table; readonly key: Uint8Array; readonly value: Uint8Array }

function putsOf(tables: Tables, batch: StoredBatch, pairs: readonly CheckedPair[]): Put[] {
  const { digest } = batch
  const { batches, expiries, proofs, slivers } = tables
  return [
    { table: batches, key: fromHex(digest), value: encodeBatchRecord(batch) },
    { table: expiries, key: expiryKey(batch), value: encodeShare(shareOf(batch)) },
    ...pairs.flatMap(({ pair, bytes, hashes }) => [
      { table: proofs, key: pairKey(digest, pair), value: encodeHashes(hashes) },
      ...SIDES.map((side) => ({ table: slivers, key: sliverKey(digest, pair, side), value: bytes[side] })),
    ]),
  ]
}

function keysOf(tables: Tables, batch: StoredBatch): Omit<Put, 'value'>[] {
  const { digest } = batch
  const { batches, expiries, proofs, slivers } = tables
  return [
    { table: batches, key: fromHex(digest) },
    { table: expiries, key: expiryKey(batch) },
    ...batch.pairs.flatMap((pair) => [
      { table: proofs, key: pairKey(digest, pair) },
      ...SIDES.map((side) => ({ table: slivers, key: sliverKey(digest, pair, side) })),
    ]),
  ]
}

/** Every key of the batch that an expiry entry is for, the entry's own in any case. */
function keysOfEntry(tables: Tables, entry: Entry): Omit<Put, 'value'>[] {
  const batch = readBatch(tables, digestOf(entry))
  return batch === undefined ? [{ table: tables.expiries, key: entry.key }] : keysOf(tables, batch)
}

function encodeBatchRecord(batch: StoredBatch): Uint8Array {
  return concatBytes(
    encodeHeader(batch.header),
    fromHex(batch.signature),
    fromHex(batch.operator),
    uintBytes(batch.pairs.length, 1),
    Uint8Array.from(batch.pairs),
    batch.leaves,
  )
}

function readBatch(tables: Tables, digest: Hex): StoredBatch | undefined {
  const bytes = tables.batches.get(fromHex(digest))
  if (bytes === undefined) return undefined
  const record = reader(bytes, 'a stored batch')
  const header = decodeHeader(record.bytes(HEADER_BYTES, 'header'))
  const signature = toHex(record.bytes(SIGNATURE_BYTES, 'signature'))
  const holder = toHex(record.bytes(ADDRESS_BYTES, 'holder'))
  const pairs = [...record.bytes(record.uint(1, 'count'), 'pairs')]
  const leaves = bytes.subarray(HEADER_BYTES + SIGNATURE_BYTES + ADDRESS_BYTES + 1 + pairs.length)
  return {
    digest,
    header,
    geometry: geometryOf(leaves.length / HASH_BYTES),
    signature,
    operator: holder,
    pairs,
    leaves,
  }
}

function encodeHashes(hashes: CheckedPair['hashes']): Uint8Array {
  const { row, column } = hashes
  return concatBytes(row.root, column.root, ...row.symbolRoots, ...column.symbolRoots)
}

function readHashes(tables: Tables, batch: StoredBatch, pair: number): CheckedPair['hashes'] | undefined {
  const bytes = tables.proofs.get(pairKey(batch.digest, pair))
  if (bytes === undefined) return undefined
  const { rows, columns } = batch.geometry
  const [row, column, ...symbolRoots] = hashesOf(bytes)
  assert(row !== undefined && column !== undefined, 'a proof starts with two roots')
  assert(symbolRoots.length === columns + rows, 'a proof has a root for each symbol')
  return {
    row: { root: row, symbolRoots: symbolRoots.slice(0, columns) },
    column: { root: column, symbolRoots: symbolRoots.slice(columns) },
  }
}

function encodeShare(share: Share): Uint8Array {
  const { disperser, batchBytes, storedBytes } = share
  return concatBytes(fromHex(disperser), uintBytes(batchBytes, 4), uint64Bytes(BigInt(storedBytes)))
}

function decodeShare(bytes: Uint8Array): Share {
  const share = reader(bytes, 'an expiry entry')
  const disperser = toHex(share.bytes(ADDRESS_BYTES, 'disperser'))
  const batchBytes = share.uint(4, 'batch bytes')
  const storedBytes = Number(share.uint64('stored bytes'))
  share.end()
  return { disperser, batchBytes, storedBytes }
}

const PAGE_BYTES = 4096
/** Longer values take whole pages of their own. */
const INLINE_BYTES_MAX = 2000
/** Head of a page, and of a node in one. */
const HEAD_BYTES = 16

/** Bytes of the file that LMDB takes for an entry; entries within pages leave about a third of them empty. */
function entryBytes(keyBytes: number, valueBytes: number): number {
  if (valueBytes <= INLINE_BYTES_MAX) return Math.ceil(1.5 * (HEAD_BYTES + keyBytes + valueBytes))
  const pages = Math.ceil((HEAD_BYTES + valueBytes) / PAGE_BYTES)
  return pages * PAGE_BYTES + Math.ceil(1.5 * (HEAD_BYTES + keyBytes))
}

/** What a batch takes of the disk and of its disperser's quota. */
function shareOf(batch: Pick<StoredBatch, 'header' | 'geometry' | 'pairs'>): Share {
  const { header, geometry, pairs } = batch
  const { row, column } = sliverBytesOf(geometry, symbolBytesOf(geometry, header.length))
  const record =
    HEADER_BYTES + SIGNATURE_BYTES + ADDRESS_BYTES + 1 + pairs.length + geometry.shards * HASH_BYTES
  const hashes = (2 + geometry.columns + geometry.rows) * HASH_BYTES
  const perPair = entryBytes(33, hashes) + entryBytes(34, row) + entryBytes(34, column)
  const perBatch = entryBytes(32, record) + entryBytes(40, 32)
  return {
    disperser: header.disperser,
    batchBytes: header.length,
    storedBytes: perBatch + pairs.length * perPair,
  }
}
