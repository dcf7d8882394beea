// A batch as a storage node stores it: the keys and values of the sliver store's tables, to the byte, and their size on disk.
//
// All integers are big-endian:
//
//     batches   digest 32                       header 100 ‖ signature 64 ‖ operator 20 ‖ count u8 ‖ pair u8 × count ‖ leaf 32 × n
//     proofs    digest 32 ‖ pair u8             checksum u32 of the row ‖ of the column ‖
//                                               rowRoot 32 ‖ columnRoot 32 ‖ symbolRoot 32 × c of the row ‖ × r of the column
//     slivers   digest 32 ‖ pair u8 ‖ side u8   the sliver
//     expiries  expiry u64 ‖ digest 32          disperser 20 ‖ batchBytes u32 ‖ storedBytes u64
//
// All values but slivers end with a checksum (checked-table.ts). That of a sliver is in its proof, so that a long value is not copied
// to add four bytes. A change of these needs a new schema name. `proofs` are stored so that a read does not hash whole slivers.
import {
  ByteReader,
  type Hex,
  concatBytes,
  fromHex,
  toHex,
  uint64Bytes,
  uintBytes,
} from '../protocol/bytes.ts'
import { assert } from '../protocol/errors.ts'
import { type Geometry, geometryOf, sliverBytesOf, symbolBytesOf } from '../protocol/geometry.ts'
import { HEADER_BYTES, type Header, decodeHeader, encodeHeader } from '../protocol/header.ts'
import { HASH_BYTES } from '../protocol/limits.ts'
import { SIGNATURE_BYTES } from '../protocol/signature.ts'
import type { Side } from '../protocol/sliver.ts'
import { hashesOf } from '../protocol/tree.ts'
import { CHECKSUM_BYTES, checksumOf } from './checked-table.ts'
import type { BatchUsage } from './usage.ts'

export type StoredBatch = {
  readonly digest: Hex
  readonly header: Header
  readonly geometry: Geometry
  /** The disperser's, over the digest. */
  readonly signature: Hex
  /** Address of the operator to which all of these pairs belong. */
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

export const SIDES: readonly Side[] = ['row', 'column']
const ADDRESS_BYTES = 20
const EXPIRY_BYTES = 8

export function pairKey(digest: Hex, pair: number): Uint8Array {
  return concatBytes(fromHex(digest), uintBytes(pair, 1))
}

export function sliverKey(digest: Hex, pair: number, side: Side): Uint8Array {
  return concatBytes(pairKey(digest, pair), uintBytes(SIDES.indexOf(side), 1))
}

export function expiryKey({ digest, header }: Pick<StoredBatch, 'digest' | 'header'>): Uint8Array {
  return concatBytes(uint64Bytes(BigInt(header.expiry)), fromHex(digest))
}

export function decodeExpiryKey(key: Uint8Array): { expiry: number; digest: Hex } {
  const expiry = Number(new ByteReader(key, 'an expiry key').uint64('expiry'))
  return { expiry, digest: toHex(key.subarray(EXPIRY_BYTES)) }
}

export function encodeStoredBatch(batch: StoredBatch): Uint8Array {
  return concatBytes(
    encodeHeader(batch.header),
    fromHex(batch.signature),
    fromHex(batch.operator),
    uintBytes(batch.pairs.length, 1),
    Uint8Array.from(batch.pairs),
    batch.leaves,
  )
}

export function decodeStoredBatch(digest: Hex, bytes: Uint8Array): StoredBatch {
  const record = new ByteReader(bytes, 'a stored batch')
  const header = decodeHeader(record.bytes(HEADER_BYTES, 'header'))
  const signature = toHex(record.bytes(SIGNATURE_BYTES, 'signature'))
  const operator = toHex(record.bytes(ADDRESS_BYTES, 'operator'))
  const pairs = [...record.bytes(record.uint(1, 'count'), 'pairs')]
  const leaves = bytes.subarray(HEADER_BYTES + SIGNATURE_BYTES + ADDRESS_BYTES + 1 + pairs.length)
  const geometry = geometryOf(leaves.length / HASH_BYTES)
  return { digest, header, geometry, signature, operator, pairs, leaves }
}

/** What is stored in `proofs` for a pair. */
export function encodeProof(digest: Hex, { pair, bytes, hashes: { row, column } }: CheckedPair): Uint8Array {
  const checksums = SIDES.map((side) => checksumOf(sliverKey(digest, pair, side), bytes[side]))
  return concatBytes(...checksums, row.root, column.root, ...row.symbolRoots, ...column.symbolRoots)
}

/** The checksum of a sliver in the stored proof of its pair. */
export function checksumInProof(proof: Uint8Array, side: Side): Uint8Array {
  const at = SIDES.indexOf(side) * CHECKSUM_BYTES
  return proof.subarray(at, at + CHECKSUM_BYTES)
}

export function hashesInProof({ rows, columns }: Geometry, proof: Uint8Array): CheckedPair['hashes'] {
  const bytes = proof.subarray(SIDES.length * CHECKSUM_BYTES)
  const [row, column, ...symbolRoots] = hashesOf(bytes)
  assert(row !== undefined && column !== undefined, 'a proof starts with two roots')
  assert(symbolRoots.length === columns + rows, 'a proof has a root for each symbol')
  return {
    row: { root: row, symbolRoots: symbolRoots.slice(0, columns) },
    column: { root: column, symbolRoots: symbolRoots.slice(columns) },
  }
}

export function encodeBatchUsage({ disperser, batchBytes, storedBytes }: BatchUsage): Uint8Array {
  return concatBytes(fromHex(disperser), uintBytes(batchBytes, 4), uint64Bytes(BigInt(storedBytes)))
}

export function decodeBatchUsage(bytes: Uint8Array): BatchUsage {
  const input = new ByteReader(bytes, 'an expiry entry')
  const disperser = toHex(input.bytes(ADDRESS_BYTES, 'disperser'))
  const batchBytes = input.uint(4, 'batch bytes')
  const storedBytes = Number(input.uint64('stored bytes'))
  input.end()
  return { disperser, batchBytes, storedBytes }
}

const PAGE_BYTES = 4096
/** Longer values take whole pages of their own. */
const INLINE_BYTES_MAX = 2000
/** Head of a page, and of an entry in one. */
const HEAD_BYTES = 16

/** Bytes of the file that LMDB takes for an entry; entries within pages leave about a third of the page empty. */
export function entryBytes(keyBytes: number, valueBytes: number): number {
  if (valueBytes <= INLINE_BYTES_MAX) return Math.ceil(1.5 * (HEAD_BYTES + keyBytes + valueBytes))
  const pages = Math.ceil((HEAD_BYTES + valueBytes) / PAGE_BYTES)
  return pages * PAGE_BYTES + Math.ceil(1.5 * (HEAD_BYTES + keyBytes))
}

/** What a batch uses of the disk and of its disperser's quota. */
export function batchUsageOf(batch: Pick<StoredBatch, 'header' | 'geometry' | 'pairs'>): BatchUsage {
  const { header, geometry, pairs } = batch
  const { row, column } = sliverBytesOf(geometry, symbolBytesOf(geometry, header.length))
  const record =
    HEADER_BYTES + SIGNATURE_BYTES + ADDRESS_BYTES + 1 + pairs.length + geometry.shards * HASH_BYTES
  const proof =
    SIDES.length * CHECKSUM_BYTES + (2 + geometry.columns + geometry.rows) * HASH_BYTES + CHECKSUM_BYTES
  const perPair = entryBytes(33, proof) + entryBytes(34, row) + entryBytes(34, column)
  const perBatch = entryBytes(32, record + CHECKSUM_BYTES) + entryBytes(40, 32 + CHECKSUM_BYTES)
  return {
    disperser: header.disperser,
    batchBytes: header.length,
    storedBytes: perBatch + pairs.length * perPair,
  }
}
