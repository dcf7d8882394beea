// The port to coding as the program needs it: whole operations, asynchronous, so that they may happen on another thread. Here
// it is on the thread that calls, which is all that a browser and a test need; src/coding/worker-pool.ts is the other one.
import { type PairTree, type IndexedRow, decodeBatch, encodePairs } from '../protocol/batch.ts'
import { concatBytes, toHex } from '../protocol/bytes.ts'
import { type Committee, pairsOfMember } from '../protocol/committee.ts'
import { DISPERSAL_HEAD_BYTES } from '../protocol/dispersal.ts'
import { assert } from '../protocol/errors.ts'
import { type Geometry, sliverBytesOf, symbolBytesOf } from '../protocol/geometry.ts'
import type { Kernel } from '../protocol/kernel.ts'
import { HASH_BYTES } from '../protocol/limits.ts'
import { type Place, openRow } from '../protocol/sliver.ts'

/** What is sent to one member. */
export type DispersalBody = {
  /** Its bytes, one part after the other. The first is longer than the head. */
  readonly parts: readonly Uint8Array[]
  /**
   * Gives the memory of the parts away, to be written over. For who knows that nobody reads it any more, a socket neither; left
   * undone, it is the garbage collector's.
   */
  readonly reuse?: () => void
}

export function bodyBytes({ parts }: DispersalBody): number {
  return parts.reduce((sum, { length }) => sum + length, 0)
}

/** An encoded batch as its committee will get it. */
export type EncodedBatch = {
  readonly root: Uint8Array
  /**
   * A dispersal (src/protocol/dispersal.ts) for each member, in member order, whole but for its head: the header names the
   * root, so it is signed and written to the first DISPERSAL_HEAD_BYTES only now.
   */
  readonly bodies: readonly DispersalBody[]
}

/** Pairs that stand one after another, each its row sliver and then its column sliver. */
export type PairBytes = {
  readonly bytes: Uint8Array
  /** Where the first pair begins; the last one ends where `bytes` does. */
  readonly start: number
  readonly count: number
}

export type PairHashes = {
  readonly bytes: Uint8Array
  /** For each pair: row root, column root, the c symbol roots of the row, the r of the column; 32 bytes each. */
  readonly hashes: Uint8Array
}

/**
 * Any of these may also fail with FloeError `overloaded` (try again after its retryAfterSeconds) or `unavailable` (a thread
 * ended, or the coder is closed). Arguments must not change until the promise settles.
 */
export type Coder = {
  /**
   * Encodes `batch` (1 … 2^27 bytes) for `committee`. Peak memory above the batch: what encodePairs takes, at most 4.5 times the
   * batch for the bodies, and once more for the batch when it goes to another thread.
   */
  disperse(committee: Committee, batch: Uint8Array): Promise<EncodedBatch>
  /**
   * See openRow: a row checked and hashed as it arrives, while others are still to come. The answer's bytes are given away: they
   * may move to another thread and come back in the row as another array.
   */
  openRow(place: Place, answer: Uint8Array): Promise<IndexedRow>
  /** See decodeBatch. Rows from openRow are given away. Peak memory above the rows: what encodePairs takes, and the batch. */
  decode(
    geometry: Geometry,
    commitment: { root: Uint8Array; length: number },
    rows: readonly IndexedRow[],
  ): Promise<Uint8Array | undefined>
  /**
   * Hashes pairs. Their bytes are given away and come back in the result, perhaps as another array: they may move to another
   * thread meanwhile, and are lost if this fails. Peak memory above them: one pair, and 32 bytes of hash a symbol twice.
   */
  hashPairs(geometry: Geometry, pairs: PairBytes): Promise<PairHashes>
}

/** New memory whose bytes may be anything: zeroing what is written over costs a tenth of an encoding. */
export type Allocate = (bytes: number) => Uint8Array

const zeroed: Allocate = (bytes) => new Uint8Array(bytes)

/** A coder on the calling thread, which it blocks while it works. `allocate` makes the bodies of dispersals. */
export function threadCoder(kernel: Kernel, allocate: Allocate = zeroed): Coder {
  return {
    disperse: async (committee, batch) => encodeDispersal({ kernel, allocate }, committee, batch),
    openRow: async (place, answer) => openRow(kernel, place, answer),
    decode: async (geometry, commitment, rows) => decodeBatch(kernel, geometry, commitment, rows),
    hashPairs: async (geometry, pairs) => ({
      bytes: pairs.bytes,
      hashes: hashPairs(kernel, geometry, pairs),
    }),
  }
}

/** Pairs from here on are sent as they are; shorter ones of one member are put together, which costs less than sending parts. */
const PART_BYTES_MIN = 64 * 1024

/** The memory of a pair, which stands behind room for what a body begins with: its bytes, and where in them the pair begins. */
export function pairMemory(geometry: Geometry, batchBytes: number): { bytes: number; pairAt: number } {
  const pairAt = roomBytes(geometry)
  return { bytes: pairAt + sliverBytesOf(geometry, symbolBytesOf(geometry, batchBytes)).pair, pairAt }
}

function roomBytes({ shards }: Geometry): number {
  return DISPERSAL_HEAD_BYTES + shards * HASH_BYTES
}

/** Coder.disperse, at once. */
export function encodeDispersal(
  { kernel, allocate = zeroed }: { kernel: Kernel; allocate?: Allocate },
  committee: Committee,
  batch: Uint8Array,
): EncodedBatch {
  const { geometry } = committee
  const { bytes } = pairMemory(geometry, batch.length)
  const memory = Array.from({ length: geometry.shards }, () => allocate(bytes))
  return assembleBodies(committee, memory, encodeInto(kernel, geometry, batch, memory))
}

/** Encodes `batch` into `memory`, as pairMemory says for each pair, all of which is written but the heads. */
export function encodeInto(
  kernel: Kernel,
  geometry: Geometry,
  batch: Uint8Array,
  memory: readonly Uint8Array[],
): PairTree {
  const room = roomBytes(geometry)
  const pairs = memory.map((array) => array.subarray(room))
  return encodePairs(kernel, geometry, batch, pairs)
}

/** The bodies of what encodeInto left in `memory`: which member gets a pair follows from the root, so each has room for a head. */
export function assembleBodies(
  committee: Committee,
  memory: readonly Uint8Array[],
  { root, leaves }: PairTree,
): EncodedBatch {
  const room = roomBytes(committee.geometry)
  const hex = toHex(root)
  const bodies = committee.members.map((_, member) => {
    const parts = pairsOfMember(committee, hex, member).map((pair, k) =>
      (memory[pair] as Uint8Array).subarray(k === 0 ? 0 : room),
    )
    const [first] = parts
    assert(first !== undefined, `member ${member} has no shard`)
    first.fill(0, 0, DISPERSAL_HEAD_BYTES).set(leaves, DISPERSAL_HEAD_BYTES)
    return { parts: parts.length === 1 || first.length >= PART_BYTES_MIN ? parts : [concatBytes(...parts)] }
  })
  return { root, bodies }
}

/** Bytes of hashes of a pair. */
export function pairHashBytes({ rows, columns }: Geometry): number {
  return (2 + columns + rows) * HASH_BYTES
}

/** Coder.hashPairs, at once; the bytes stay where they are. */
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
  const each = pairHashBytes(geometry)
  const hashes = new Uint8Array(count * each)
  const workspace = kernel.reserve(pairBytes + each)
  const rowRoot = pairBytes
  const columnRoot = rowRoot + HASH_BYTES
  const leaves = columnRoot + HASH_BYTES
  for (let k = 0; k < count; k++) {
    workspace.set(bytes.subarray(start + k * pairBytes, start + (k + 1) * pairBytes))
    kernel.symbolRoots({ offset: 0, count: symbols, symbolBytes, out: leaves })
    kernel.treeRoots({ offset: leaves, count: 1, width: columns, out: rowRoot })
    kernel.treeRoots({ offset: leaves + columns * HASH_BYTES, count: 1, width: rows, out: columnRoot })
    hashes.set(workspace.subarray(rowRoot, rowRoot + each), k * each)
  }
  return hashes
}
