// The SHA-256 trees of docs/protocol.md §2, for the few hashes of a path or a single tree. The kernel hashes whole batches; a test
// compares the two.
import { sha256 } from '@noble/hashes/sha2.js'
import { equalBytes } from './bytes.ts'
import { assert } from './errors.ts'
import { treeDepth } from './geometry.ts'
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

function nextLevel(level: readonly Uint8Array[]): Uint8Array[] {
  const above: Uint8Array[] = []
  for (let i = 0; i < level.length; i += 2) {
    above.push(prefixed(1, level[i] as Uint8Array, level[i + 1] as Uint8Array))
  }
  return above
}

/** The root over `leaves`, padded to a power of two, and the siblings on the path of the leaf at `index`, from the leaf up. */
export function treeWithPath(
  leaves: readonly Uint8Array[],
  index: number,
): { root: Uint8Array; path: Uint8Array[] } {
  assert(index >= 0 && index < leaves.length, `leaf ${index} of ${leaves.length}`)
  const path: Uint8Array[] = []
  const width = 2 ** treeDepth(leaves.length)
  let level = [...leaves, ...Array.from({ length: width - leaves.length }, () => ZERO_LEAF)]
  for (let at = index; level.length > 1; at >>= 1) {
    path.push(level[at ^ 1] as Uint8Array)
    level = nextLevel(level)
  }
  return { root: level[0] as Uint8Array, path }
}

export function treeRoot(leaves: readonly Uint8Array[]): Uint8Array {
  return treeWithPath(leaves, 0).root
}

/** The root that follows from `leaf` at `index` and the siblings in `path` (32 bytes each, from the leaf up). */
export function rootOfPath(leaf: Uint8Array, index: number, path: Uint8Array): Uint8Array {
  let node = leaf
  for (let level = 0, at = index; level < path.length / HASH_BYTES; level++, at >>= 1) {
    const sibling = path.subarray(level * HASH_BYTES, (level + 1) * HASH_BYTES)
    node = at & 1 ? prefixed(1, sibling, node) : prefixed(1, node, sibling)
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
    padding = prefixed(1, padding, padding)
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
