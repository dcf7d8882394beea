// Whether the leaves and pairs of a dispersal are what the header's root commits to (docs/protocol.md §2). Only checked
// pairs are stored: an attestation swears that every one opens under the root.
import { equalBytes, fromHex } from '../protocol/bytes.ts'
import { FloeError, assert } from '../protocol/errors.ts'
import type { Geometry } from '../protocol/geometry.ts'
import { symbolRoots } from '../protocol/hashing.ts'
import type { Header } from '../protocol/header.ts'
import type { Kernel } from '../protocol/kernel.ts'
import { HASH_BYTES } from '../protocol/limits.ts'
import { type Side, sliverWidth } from '../protocol/sliver.ts'
import { hashPair, hashesOf, treeRoot } from '../protocol/tree.ts'
import type { CheckedPair, SliverHashes } from '../store/custody.ts'

/** Fails unless `leaves` are the n pair leaves under the header's root. @throws FloeError `sliver-mismatch` */
export function checkLeaves(header: Header, geometry: Geometry, leaves: Uint8Array): void {
  assert(leaves.length === geometry.shards * HASH_BYTES, `${geometry.shards} leaves`)
  if (equalBytes(treeRoot(hashesOf(leaves)), fromHex(header.root))) return
  throw new FloeError('sliver-mismatch', `The pair leaves do not lead to the root ${header.root}.`)
}

/**
 * The pair with its hashes, if it hashes to its leaf.
 * @param bytes views into the dispersal's body; they are kept, not copied
 * @throws FloeError `sliver-mismatch`
 */
export function checkPair(
  kernel: Kernel,
  geometry: Geometry,
  leaves: Uint8Array,
  { pair, bytes }: Pick<CheckedPair, 'pair' | 'bytes'>,
): CheckedPair {
  const hash = (side: Side): SliverHashes => {
    const roots = symbolRoots(kernel, bytes[side], sliverWidth(geometry, side))
    return { root: treeRoot(roots), symbolRoots: roots }
  }
  const hashes = { row: hash('row'), column: hash('column') }
  const leaf = leaves.subarray(pair * HASH_BYTES, (pair + 1) * HASH_BYTES)
  if (equalBytes(hashPair(hashes.row.root, hashes.column.root), leaf)) return { pair, bytes, hashes }
  throw new FloeError('sliver-mismatch', `Pair ${pair} does not hash to its leaf.`, {
    facts: { pair },
    remedy: 'Encode the batch again, and send to each member the pairs of its own shards in their order.',
  })
}
