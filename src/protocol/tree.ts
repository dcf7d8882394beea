// The trees of docs/protocol.md §2, for the few hashes of a path or a single tree. The kernel hashes whole batches; a test compares the
// two. A headersRoot (§4) is the root of a tree of the same shape with another hash.
import { sha256 } from '@noble/hashes/sha2.js'
import { equalBytes } from './bytes.ts'
import { assert } from './errors.ts'
import { CHUNK_BYTES, HASH_BYTES } from './limits.ts'

const ZERO_LEAF = new Uint8Array(HASH_BYTES)

/** SHA-256 of a prefix byte and `parts`: 0 for a chunk, 1 for an inner node, 2 for a pair. */
function prefixed(prefix: number, ...parts: Uint8Array[]): Uint8Array {
  const hash = sha256.create().update(Uint8Array.of(prefix))
  for (const part of parts) hash.update(part)
  return hash.digest()
}

export function hashChunk(chunk: Uint8Array): Uint8Array {
  return prefixed(0, chunk)
}

/** The pair leaf over the roots of a pair's slivers. */
export function hashPair(rowRoot: Uint8Array, columnRoot: Uint8Array): Uint8Array {
  return prefixed(2, rowRoot, columnRoot)
}

/** The hash of an inner node over its two children. */
export type HashNode = (left: Uint8Array, right: Uint8Array) => Uint8Array

const hashInner: HashNode = (left, right) => prefixed(1, left, right)

/**
 * The root over `leaves`, padded to a power of two, and the siblings on the path of the leaf at `index`, from the leaf up. Nodes are
 * hashed as in docs/protocol.md §2 unless the caller names another hash.
 */
export function treeWithPath(
  leaves: readonly Uint8Array[],
  index: number,
  hashNode: HashNode = hashInner,
): { root: Uint8Array; path: Uint8Array[] } {
  assert(index >= 0 && index < leaves.length, `leaf ${index} of ${leaves.length}`)
  const path: Uint8Array[] = []
  let level = [...leaves]
  // Every node that covers only padding is the same on its level, so one for each level is enough.
  let padding: Uint8Array = ZERO_LEAF
  for (let at = index; level.length > 1; at >>= 1) {
    if (level.length % 2 !== 0) level.push(padding)
    path.push(level[at ^ 1] as Uint8Array)
    const above: Uint8Array[] = []
    for (let i = 0; i < level.length; i += 2)
      above.push(hashNode(level[i] as Uint8Array, level[i + 1] as Uint8Array))
    level = above
    padding = hashNode(padding, padding)
  }
  return { root: level[0] as Uint8Array, path }
}

/** The root over `leaves` and the path of each, as `treeWithPath` has them, with every node hashed once. */
export function treeWithPaths(
  leaves: readonly Uint8Array[],
  hashNode: HashNode = hashInner,
): { root: Uint8Array; paths: Uint8Array[][] } {
  assert(leaves.length > 0, 'a tree has leaves')
  const paths: Uint8Array[][] = leaves.map(() => [])
  let level = [...leaves]
  let padding: Uint8Array = ZERO_LEAF
  for (let height = 0; level.length > 1; height++) {
    if (level.length % 2 !== 0) level.push(padding)
    for (const [index, path] of paths.entries()) path.push(level[(index >> height) ^ 1] as Uint8Array)
    level = Array.from({ length: level.length / 2 }, (_, i) =>
      hashNode(level[2 * i] as Uint8Array, level[2 * i + 1] as Uint8Array),
    )
    padding = hashNode(padding, padding)
  }
  return { root: level[0] as Uint8Array, paths }
}

export function treeRoot(leaves: readonly Uint8Array[]): Uint8Array {
  return treeWithPath(leaves, 0).root
}

/** The root that follows from `leaf` at `index` and the siblings in `path` (32 bytes each, from the leaf up). */
export function rootOfPath(
  leaf: Uint8Array,
  index: number,
  path: Uint8Array,
  hashNode: HashNode = hashInner,
): Uint8Array {
  let node = leaf
  for (let level = 0, at = index; level < path.length / HASH_BYTES; level++, at >>= 1) {
    const sibling = path.subarray(level * HASH_BYTES, (level + 1) * HASH_BYTES)
    node = at & 1 ? hashNode(sibling, node) : hashNode(node, sibling)
  }
  return node
}

/**
 * Whether every sibling that covers only padding is the hash of that padding (docs/protocol.md §3), in the `path` of the leaf at
 * `index` of a tree over `width` leaves.
 */
export function paddingIsZero(index: number, width: number, path: Uint8Array): boolean {
  let padding: Uint8Array = ZERO_LEAF
  for (let level = 0, at = index; level < path.length / HASH_BYTES; level++, at >>= 1) {
    const sibling = path.subarray(level * HASH_BYTES, (level + 1) * HASH_BYTES)
    const coversPadding = (at & 1) === 0 && (at + 1) * 2 ** level >= width
    if (coversPadding && !equalBytes(sibling, padding)) return false
    padding = hashInner(padding, padding)
  }
  return true
}

/** The leaves of a symbol's tree. */
export function chunkHashes(symbol: Uint8Array): Uint8Array[] {
  const hashes: Uint8Array[] = []
  for (let at = 0; at < symbol.length; at += CHUNK_BYTES)
    hashes.push(hashChunk(symbol.subarray(at, at + CHUNK_BYTES)))
  return hashes
}

/** Views of the hashes of 32 bytes in `bytes`. */
export function hashesOf(bytes: Uint8Array): Uint8Array[] {
  assert(bytes.length % HASH_BYTES === 0, `${bytes.length} bytes of hashes`)
  return Array.from({ length: bytes.length / HASH_BYTES }, (_, i) =>
    bytes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES),
  )
}
