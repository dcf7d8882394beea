// The port to coding as services use it: whole operations, asynchronous, so that they may run on another thread. InlineCoder runs
// them on the calling thread, which suffices for browsers and tests; WorkerPool (worker-pool.ts) runs them on threads.
import { type IndexedRow, type PairTree, decodeBatch, encodePairs } from '../protocol/batch.ts'
import { concatBytes, toHex } from '../protocol/bytes.ts'
import { type Committee, pairsOfMember } from '../protocol/committee.ts'
import { DISPERSAL_HEAD_BYTES } from '../protocol/dispersal.ts'
import { assert } from '../protocol/errors.ts'
import { type Geometry, sliverBytesOf, symbolBytesOf } from '../protocol/geometry.ts'
import type { Kernel } from '../protocol/kernel.ts'
import { HASH_BYTES } from '../protocol/limits.ts'
import { type SliverPosition, checkRow } from '../protocol/sliver.ts'

/**
 * Any operation may also fail with FloeError `overloaded` (try again after its retryAfterSeconds) or `unavailable` (a thread
 * ended, or the coder is closed). Arguments must not change until the promise settles.
 */
export type Coder = {
  /**
   * Encodes `batch` (1 … 2^27 bytes) for `committee`. Peak memory above the batch: the workspace of encodePairs, at most 4.5
   * times the batch for the bodies, and one copy of the batch when another thread encodes it.
   */
  disperse(committee: Committee, batch: Uint8Array): Promise<EncodedBatch>
  /**
   * See checkRow: checks and hashes a row on arrival, while other rows are still in flight. The bytes of `response` are given
   * away: they may move to another thread and come back in the row as another array.
   */
  checkRow(place: SliverPosition, response: Uint8Array): Promise<IndexedRow>
  /**
   * See decodeBatch. Rows from checkRow are given away. Peak memory above the rows: the workspace of encodePairs, and the batch.
   */
  decode(
    geometry: Geometry,
    expected: { root: Uint8Array; length: number },
    rows: readonly IndexedRow[],
  ): Promise<Uint8Array | undefined>
  /**
   * Hashes pairs. Their bytes are given away and come back in the result, perhaps as another array: they may move to another
   * thread meanwhile, and are lost on failure. Peak memory above them: one pair, and 64 bytes for each of its symbols.
   */
  hashPairs(geometry: Geometry, pairs: PairBytes): Promise<PairHashes>
}

/** An encoded batch, ready to be sent to its committee. */
export type EncodedBatch = {
  readonly root: Uint8Array
  /**
   * The dispersal (src/protocol/dispersal.ts) for each member, in member order, complete except for its head: the header
   * contains the root, so the caller signs it afterwards and writes it to the first DISPERSAL_HEAD_BYTES.
   */
  readonly bodies: readonly DispersalBody[]
}

/** The body of the dispersal to one member. */
export type DispersalBody = {
  /** The bytes, one part after the other. The first part is longer than the head. */
  readonly parts: readonly Uint8Array[]
  /**
   * Returns the memory of the parts, to be overwritten. Call it only when neither the caller nor a socket reads the parts any
   * more. Without the call, the garbage collector frees the memory.
   */
  readonly reuse?: () => void
}

export function bodyBytes({ parts }: DispersalBody): number {
  return parts.reduce((sum, { length }) => sum + length, 0)
}

/** Pairs one after another, each as its row sliver followed by its column sliver. */
export type PairBytes = {
  readonly bytes: Uint8Array
  /** Offset of the first pair; the last one ends where `bytes` ends. */
  readonly start: number
  readonly count: number
}

export type PairHashes = {
  readonly bytes: Uint8Array
  /** For each pair: row root, column root, the c symbol roots of the row, the r symbol roots of the column; 32 bytes each. */
  readonly hashes: Uint8Array
}

/** Returns memory with undefined content: zeroing memory that is overwritten anyway costs a tenth of an encoding (measured). */
export type Allocate = (bytes: number) => Uint8Array

function allocateZeroed(bytes: number): Uint8Array {
  return new Uint8Array(bytes)
}

/** A coder that blocks the calling thread while it works. */
export class InlineCoder implements Coder {
  readonly #kernel: Kernel
  readonly #allocate: Allocate

  /** @param allocate makes the bodies of dispersals */
  constructor(kernel: Kernel, allocate: Allocate = allocateZeroed) {
    this.#kernel = kernel
    this.#allocate = allocate
  }

  async disperse(committee: Committee, batch: Uint8Array): Promise<EncodedBatch> {
    return encodeDispersal({ kernel: this.#kernel, allocate: this.#allocate }, committee, batch)
  }

  async checkRow(place: SliverPosition, response: Uint8Array): Promise<IndexedRow> {
    return checkRow(this.#kernel, place, response)
  }

  async decode(
    geometry: Geometry,
    expected: { root: Uint8Array; length: number },
    rows: readonly IndexedRow[],
  ): Promise<Uint8Array | undefined> {
    return decodeBatch(this.#kernel, geometry, expected, rows)
  }

  async hashPairs(geometry: Geometry, pairs: PairBytes): Promise<PairHashes> {
    return { bytes: pairs.bytes, hashes: hashPairs(this.#kernel, geometry, pairs) }
  }
}

/** Coder.disperse, synchronously. */
export function encodeDispersal(
  { kernel, allocate = allocateZeroed }: { kernel: Kernel; allocate?: Allocate },
  committee: Committee,
  batch: Uint8Array,
): EncodedBatch {
  const { geometry } = committee
  const { bytes } = pairMemory(geometry, batch.length)
  const memory = Array.from({ length: geometry.shards }, () => allocate(bytes))
  return assembleBodies(committee, memory, encodeInto(kernel, geometry, batch, memory))
}

/**
 * Bytes of the memory for one pair, and the offset of the pair in it. Before the pair there is room for the start of a body,
 * because only the root, known after encoding, decides which pair is the first of a member.
 */
export function pairMemory(geometry: Geometry, batchBytes: number): { bytes: number; pairAt: number } {
  const pairAt = bodyStartBytes(geometry)
  return { bytes: pairAt + sliverBytesOf(geometry, symbolBytesOf(geometry, batchBytes)).pair, pairAt }
}

/** Bytes of a body before its first pair: the head and the pair leaves. */
function bodyStartBytes({ shards }: Geometry): number {
  return DISPERSAL_HEAD_BYTES + shards * HASH_BYTES
}

/** Encodes `batch` into `memory`, one array of pairMemory for each pair. Writes every byte of the pairs, and nothing before them. */
export function encodeInto(
  kernel: Kernel,
  geometry: Geometry,
  batch: Uint8Array,
  memory: readonly Uint8Array[],
): PairTree {
  const start = bodyStartBytes(geometry)
  const pairs = memory.map((array) => array.subarray(start))
  return encodePairs(kernel, geometry, batch, pairs)
}

/** A body with a first pair of at least this size stays in parts; copying smaller ones together costs less than sending parts. */
const PART_BYTES_MIN = 64 * 1024

/** The bodies of the dispersals, from `memory` that encodeInto filled. */
export function assembleBodies(
  committee: Committee,
  memory: readonly Uint8Array[],
  { root, leaves }: PairTree,
): EncodedBatch {
  const start = bodyStartBytes(committee.geometry)
  const rootHex = toHex(root)
  const bodies = committee.members.map((_, member) => {
    const parts = pairsOfMember(committee, rootHex, member).map((pair, k) =>
      (memory[pair] as Uint8Array).subarray(k === 0 ? 0 : start),
    )
    const [first] = parts
    assert(first !== undefined, `member ${member} has a shard`)
    first.fill(0, 0, DISPERSAL_HEAD_BYTES).set(leaves, DISPERSAL_HEAD_BYTES)
    return { parts: parts.length === 1 || first.length >= PART_BYTES_MIN ? parts : [concatBytes(...parts)] }
  })
  return { root, bodies }
}

/** Bytes in PairHashes.hashes for one pair. */
export function pairHashBytes({ rows, columns }: Geometry): number {
  return (2 + columns + rows) * HASH_BYTES
}

/** The hashes of Coder.hashPairs, synchronously. Leaves the bytes of the pairs as they are. */
export function hashPairs(kernel: Kernel, geometry: Geometry, pairs: PairBytes): Uint8Array {
  const { rows, columns } = geometry
  const { bytes, start, count } = pairs
  const symbols = columns + rows
  const pairBytes = (bytes.length - start) / count
  const symbolBytes = pairBytes / symbols
  assert(
    Number.isInteger(symbolBytes),
    `${count} pairs of ${symbols} symbols in ${bytes.length - start} bytes`,
  )
  const hashBytes = pairHashBytes(geometry)
  const hashes = new Uint8Array(count * hashBytes)
  const workspace = kernel.reserve(pairBytes + hashBytes)
  const rowRoot = pairBytes
  const columnRoot = rowRoot + HASH_BYTES
  const symbolRoots = columnRoot + HASH_BYTES
  for (let k = 0; k < count; k++) {
    workspace.set(bytes.subarray(start + k * pairBytes, start + (k + 1) * pairBytes))
    kernel.symbolRoots({ offset: 0, count: symbols, symbolBytes, out: symbolRoots })
    kernel.treeRoots({ offset: symbolRoots, count: 1, width: columns, out: rowRoot })
    kernel.treeRoots({ offset: symbolRoots + columns * HASH_BYTES, count: 1, width: rows, out: columnRoot })
    hashes.set(workspace.subarray(rowRoot, rowRoot + hashBytes), k * hashBytes)
  }
  return hashes
}
