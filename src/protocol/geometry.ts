// How a batch is laid out over the shards of a committee (docs/protocol.md §1).
import { CHUNK_BYTES, BATCH_BYTES_MAX, SHARDS_MAX, SHARDS_MIN, WORD_BYTES } from './limits.ts'
import { assert } from './errors.ts'

/** The shape of the code for a committee: `shards` n, `faults` f, `rows` r = n − 2f, `columns` c = n − f. */
export type Geometry = {
  readonly shards: number
  readonly faults: number
  readonly rows: number
  readonly columns: number
}

/** The geometry for `shards` shards, 4 … 255. */
export function geometryOf(shards: number): Geometry {
  assert(
    Number.isInteger(shards) && shards >= SHARDS_MIN && shards <= SHARDS_MAX,
    `shards ${shards} in 4…255`,
  )
  const faults = Math.floor((shards - 1) / 3)
  return { shards, faults, rows: shards - 2 * faults, columns: shards - faults }
}

/** Bytes s of one symbol of a batch of `length` bytes: 32·⌈length / (32·r·c)⌉. */
export function symbolBytesOf(geometry: Geometry, length: number): number {
  assert(Number.isInteger(length) && length >= 1 && length <= BATCH_BYTES_MAX, `length ${length} in 1…2^27`)
  return WORD_BYTES * Math.ceil(length / (WORD_BYTES * geometry.rows * geometry.columns))
}

/** Bytes of a row sliver, of a column sliver, and of a pair, for symbols of `symbolBytes` bytes. */
export function sliverBytesOf(
  geometry: Geometry,
  symbolBytes: number,
): { row: number; column: number; pair: number } {
  const row = geometry.columns * symbolBytes
  const column = geometry.rows * symbolBytes
  return { row, column, pair: row + column }
}

/** Levels of a tree over `leaves` leaves: ⌈log2 leaves⌉. */
export function treeDepth(leaves: number): number {
  assert(Number.isInteger(leaves) && leaves >= 1, `leaves ${leaves} is positive`)
  return leaves === 1 ? 0 : 32 - Math.clz32(leaves - 1)
}

/** Number of chunks of a symbol. */
export function chunkCount(symbolBytes: number): number {
  return Math.ceil(symbolBytes / CHUNK_BYTES)
}

/** The root, read as a big-endian integer, modulo `shards`. */
function rootModulo(root: Uint8Array, shards: number): number {
  let rest = 0
  for (const byte of root) rest = (rest * 256 + byte) % shards
  return rest
}

/** The shard that holds pair `pair` of the batch with `root`: (pair + root mod n) mod n. */
export function shardOfPair(root: Uint8Array, pair: number, shards: number): number {
  return (pair + rootModulo(root, shards)) % shards
}

/** The pair that shard `shard` holds of the batch with `root`; the inverse of `shardOfPair`. */
export function pairOfShard(root: Uint8Array, shard: number, shards: number): number {
  return (shard + shards - rootModulo(root, shards)) % shards
}
