// Checks that the leaves and pairs of a dispersal are what the header's root commits to (docs/protocol.md §2). Only checked
// pairs are stored, because an attestation says that every pair opens under the root.
import { type PairHashes, pairHashBytes } from '../coding/coder.ts'
import { equalBytes, fromHex } from '../protocol/bytes.ts'
import { FloeError, assert } from '../protocol/errors.ts'
import type { Geometry } from '../protocol/geometry.ts'
import type { Header } from '../protocol/header.ts'
import { HASH_BYTES } from '../protocol/limits.ts'
import { hashPair, hashesOf, treeRoot } from '../protocol/tree.ts'
import type { CheckedPair } from '../store/stored-batch.ts'

/** Fails unless `leaves` are the n pair leaves under the header's root. @throws FloeError `sliver-mismatch` */
export function checkLeaves(header: Header, geometry: Geometry, leaves: Uint8Array): void {
  assert(leaves.length === geometry.shards * HASH_BYTES, `${geometry.shards} leaves`)
  if (equalBytes(treeRoot(hashesOf(leaves)), fromHex(header.root))) return
  throw new FloeError('sliver-mismatch', `The pair leaves do not lead to the root ${header.root}.`)
}

/** The hashes of the k-th pair, as views of the coder's result. */
export function hashesOfPair(geometry: Geometry, { hashes }: PairHashes, k: number): CheckedPair['hashes'] {
  const bytesPerPair = pairHashBytes(geometry)
  const [row, column, ...symbolRoots] = hashesOf(hashes.subarray(k * bytesPerPair, (k + 1) * bytesPerPair))
  assert(row !== undefined && column !== undefined, `hashes of pair ${k}`)
  return {
    row: { root: row, symbolRoots: symbolRoots.slice(0, geometry.columns) },
    column: { root: column, symbolRoots: symbolRoots.slice(geometry.columns) },
  }
}

/**
 * Returns `candidate` when its hashes lead to its leaf.
 * @param candidate a pair's bytes, which are kept and not copied, with the hashes of these bytes
 * @throws FloeError `sliver-mismatch`
 */
export function checkPair(leaves: Uint8Array, candidate: CheckedPair): CheckedPair {
  const { pair, hashes } = candidate
  const leaf = leaves.subarray(pair * HASH_BYTES, (pair + 1) * HASH_BYTES)
  if (equalBytes(hashPair(hashes.row.root, hashes.column.root), leaf)) return candidate
  throw new FloeError('sliver-mismatch', `Pair ${pair} does not hash to its leaf.`, {
    facts: { pair },
    remedy: 'Encode the batch again, and send to each member the pairs of its own shards in their order.',
  })
}
