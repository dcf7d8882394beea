// The responses of a storage node: a sliver, or one symbol of a sliver, with a proof that is checked against the root alone.
//
//     sliver: other 32 ‖ pairPath 32·⌈log2 n⌉ ‖ the sliver
//     symbol: other 32 ‖ pairPath 32·⌈log2 n⌉ ‖ sliverPath 32·⌈log2 width⌉ ‖ the symbol
//
// `other` is the root of the pair's other sliver. All lengths follow from the header, so a client knows the length of a response
// before it asks.
import { type IndexedRow, hashRow } from './batch.ts'
import { concatBytes, equalBytes, fromHex } from './bytes.ts'
import { FloeError } from './errors.ts'
import { type Geometry, sliverBytesOf, symbolBytesOf, treeDepth } from './geometry.ts'
import type { Header } from './header.ts'
import type { Kernel } from './kernel.ts'
import { HASH_BYTES } from './limits.ts'
import { rootOfHashes, sliverRoot, symbolRoot } from './hashing.ts'
import { hashPair, hashesOf, rootOfPath, treeWithPath } from './tree.ts'

/** Which sliver of a pair. */
export type Side = 'row' | 'column'

/** A sliver with its proof under the root: the parts of a storage node's response. */
export type ProvenSliver = {
  readonly pair: number
  readonly side: Side
  readonly bytes: Uint8Array
  /** Root of the pair's other sliver. */
  readonly other: Uint8Array
  readonly pairPath: Uint8Array
  /** The roots of its symbols, if they are known. Without them, opening a chunk hashes the whole sliver. */
  readonly symbolRoots?: readonly Uint8Array[]
}

/** Number of symbols of a sliver of `side`: c of a row, r of a column. */
export function sliverWidth(geometry: Geometry, side: Side): number {
  return side === 'row' ? geometry.columns : geometry.rows
}

/** A sliver of a batch, by its side and the index of its pair. */
export type SliverPosition = {
  readonly header: Header
  readonly geometry: Geometry
  readonly side: Side
  readonly pair: number
}

/** Bytes of `other` and pairPath. */
function proofBytes(geometry: Geometry): number {
  return HASH_BYTES * (1 + treeDepth(geometry.shards))
}

/** Bytes of the response for a whole sliver. */
export function sliverResponseBytes(header: Header, geometry: Geometry, side: Side): number {
  return proofBytes(geometry) + sliverBytesOf(geometry, symbolBytesOf(geometry, header.length))[side]
}

/** Bytes of the response for one symbol of a sliver. */
export function symbolResponseBytes(header: Header, geometry: Geometry, side: Side): number {
  const path = HASH_BYTES * treeDepth(sliverWidth(geometry, side))
  return proofBytes(geometry) + path + symbolBytesOf(geometry, header.length)
}

/** The start of a response: `other`, and the path of `pair` in the tree over the pair `leaves`. */
export function pairProof(leaves: Uint8Array, pair: number, other: Uint8Array): Uint8Array {
  return concatBytes(other, ...treeWithPath(hashesOf(leaves), pair).path)
}

/** The path of symbol `index` in the tree over a sliver's symbol roots. */
export function sliverPath(symbolRoots: readonly Uint8Array[], index: number): Uint8Array {
  return concatBytes(...treeWithPath(symbolRoots, index).path)
}

function failMismatch(place: SliverPosition, what: string): never {
  throw new FloeError(
    'sliver-mismatch',
    `Expected the ${what} of ${place.side} ${place.pair} to open under the root ${place.header.root}, but it does not.`,
  )
}

/** Fails unless `root`, the sliver's, leads to the header's root by the proof at the start of `response`. */
function checkPairProof(place: SliverPosition, root: Uint8Array, response: Uint8Array, what: string): void {
  const other = response.subarray(0, HASH_BYTES)
  const path = response.subarray(HASH_BYTES, proofBytes(place.geometry))
  const leaf = place.side === 'row' ? hashPair(root, other) : hashPair(other, root)
  if (!equalBytes(rootOfPath(leaf, place.pair, path), fromHex(place.header.root))) failMismatch(place, what)
}

/**
 * Checks a storage node's response against the root. @returns the sliver, a view into `response`
 * @throws FloeError `sliver-mismatch`
 */
export function checkSliver(kernel: Kernel, place: SliverPosition, response: Uint8Array): Uint8Array {
  if (response.length !== sliverResponseBytes(place.header, place.geometry, place.side))
    failMismatch(place, 'sliver')
  const sliver = response.subarray(proofBytes(place.geometry))
  checkPairProof(
    place,
    sliverRoot(kernel, sliver, sliverWidth(place.geometry, place.side)),
    response,
    'sliver',
  )
  return sliver
}

/**
 * Checks a storage node's response against the root. @returns the sliver with its proof, views into `response`
 * @throws FloeError `sliver-mismatch`
 */
export function checkProvenSliver(kernel: Kernel, place: SliverPosition, response: Uint8Array): ProvenSliver {
  const bytes = checkSliver(kernel, place, response)
  const other = response.subarray(0, HASH_BYTES)
  const pairPath = response.subarray(HASH_BYTES, proofBytes(place.geometry))
  return { pair: place.pair, side: place.side, bytes, other, pairPath }
}

/**
 * Checks a row sliver in a storage node's response against the root. @returns the row, a view into `response`, with its symbol roots, so
 * that decoding does not hash it again
 * @throws FloeError `sliver-mismatch`
 */
export function checkRow(kernel: Kernel, place: SliverPosition, response: Uint8Array): IndexedRow {
  const { header, geometry, pair } = place
  if (response.length !== sliverResponseBytes(header, geometry, 'row')) failMismatch(place, 'sliver')
  const row = response.subarray(proofBytes(geometry))
  const symbolRoots = hashRow(kernel, geometry, pair, row)
  const root = rootOfHashes(kernel, symbolRoots.subarray(0, geometry.columns * HASH_BYTES))
  checkPairProof(place, root, response, 'sliver')
  return { index: pair, row, symbolRoots }
}

/**
 * Checks the symbol at `index` of a sliver in a storage node's response against the root. @returns the symbol, a view into `response`
 * @throws FloeError `sliver-mismatch`
 */
export function checkSymbol(
  kernel: Kernel,
  place: SliverPosition,
  index: number,
  response: Uint8Array,
): Uint8Array {
  if (response.length !== symbolResponseBytes(place.header, place.geometry, place.side))
    failMismatch(place, 'symbol')
  const start = proofBytes(place.geometry)
  const pathEnd = start + HASH_BYTES * treeDepth(sliverWidth(place.geometry, place.side))
  const symbol = response.subarray(pathEnd)
  const root = rootOfPath(symbolRoot(kernel, symbol), index, response.subarray(start, pathEnd))
  checkPairProof(place, root, response, 'symbol')
  return symbol
}
