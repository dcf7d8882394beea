// What a storage node answers: a sliver, or one symbol of one, with what it takes to check it against the root alone.
//
//     sliver: other 32 ‖ pairPath 32·⌈log2 n⌉ ‖ the sliver
//     symbol: other 32 ‖ pairPath 32·⌈log2 n⌉ ‖ sliverPath 32·⌈log2 width⌉ ‖ the symbol
//
// `other` is the root of the pair's other sliver. Lengths follow from the header, so a reader bounds an answer beforehand.
import { type IndexedRow, hashRow } from './batch.ts'
import { concatBytes, equalBytes, fromHex } from './bytes.ts'
import { FloeError } from './errors.ts'
import { type Geometry, sliverBytesOf, symbolBytesOf, treeDepth } from './geometry.ts'
import type { Header } from './header.ts'
import type { Kernel } from './kernel.ts'
import { HASH_BYTES } from './limits.ts'
import { rootOfHashes, sliverRoot, symbolRoot } from './hashing.ts'
import { hashPair, hashesOf, rootOfPath, treeWithPath } from './tree.ts'

export type Side = 'row' | 'column'

/** A sliver with what proves it under the root: the answer of a storage node, taken apart. */
export type ProvenSliver = {
  readonly pair: number
  readonly side: Side
  readonly bytes: Uint8Array
  /** Root of the pair's other sliver. */
  readonly other: Uint8Array
  readonly pairPath: Uint8Array
  /** Of its symbols, if they are known; else who needs them hashes the whole sliver. */
  readonly symbolRoots?: readonly Uint8Array[]
}

/** Symbols of a sliver of `side`: c of a row, r of a column. */
export function sliverWidth(geometry: Geometry, side: Side): number {
  return side === 'row' ? geometry.columns : geometry.rows
}

/** Where a sliver or one of its symbols stands in a batch. */
export type Place = {
  readonly header: Header
  readonly geometry: Geometry
  readonly side: Side
  readonly pair: number
}

function proofBytes(geometry: Geometry): number {
  return HASH_BYTES * (1 + treeDepth(geometry.shards))
}

/** Exact bytes of the answer for a whole sliver. */
export function sliverAnswerBytes(header: Header, geometry: Geometry, side: Side): number {
  return proofBytes(geometry) + sliverBytesOf(geometry, symbolBytesOf(geometry, header.length))[side]
}

/** Exact bytes of the answer for one symbol of a sliver. */
export function symbolAnswerBytes(header: Header, geometry: Geometry, side: Side): number {
  const path = HASH_BYTES * treeDepth(sliverWidth(geometry, side))
  return proofBytes(geometry) + path + symbolBytesOf(geometry, header.length)
}

/** The bytes that prove a pair under the root, before what is proven: `other` and the path over the pair `leaves`. */
export function pairProof(leaves: Uint8Array, pair: number, other: Uint8Array): Uint8Array {
  return concatBytes(other, ...treeWithPath(hashesOf(leaves), pair).path)
}

/** The path of symbol `index` in the tree over a sliver's symbol roots. */
export function sliverPath(symbolRoots: readonly Uint8Array[], index: number): Uint8Array {
  return concatBytes(...treeWithPath(symbolRoots, index).path)
}

function refuse(place: Place, what: string): never {
  throw new FloeError(
    'sliver-mismatch',
    `The ${what} of ${place.side} ${place.pair} does not open under ${place.header.root}.`,
  )
}

/** Fails unless `sliverRoot` with the proof at the start of `answer` leads to the header's root. */
function checkPairProof(place: Place, root: Uint8Array, answer: Uint8Array, what: string): void {
  const other = answer.subarray(0, HASH_BYTES)
  const path = answer.subarray(HASH_BYTES, proofBytes(place.geometry))
  const leaf = place.side === 'row' ? hashPair(root, other) : hashPair(other, root)
  if (!equalBytes(rootOfPath(leaf, place.pair, path), fromHex(place.header.root))) refuse(place, what)
}

/**
 * The sliver in a storage node's answer, checked against the root. A view into `answer`.
 * @throws FloeError `sliver-mismatch`
 */
export function checkSliver(kernel: Kernel, place: Place, answer: Uint8Array): Uint8Array {
  if (answer.length !== sliverAnswerBytes(place.header, place.geometry, place.side)) refuse(place, 'sliver')
  const sliver = answer.subarray(proofBytes(place.geometry))
  checkPairProof(place, sliverRoot(kernel, sliver, sliverWidth(place.geometry, place.side)), answer, 'sliver')
  return sliver
}

/**
 * A storage node's answer, checked against the root, with its proof. Views into `answer`.
 * @throws FloeError `sliver-mismatch`
 */
export function checkProvenSliver(kernel: Kernel, place: Place, answer: Uint8Array): ProvenSliver {
  const bytes = checkSliver(kernel, place, answer)
  const other = answer.subarray(0, HASH_BYTES)
  const pairPath = answer.subarray(HASH_BYTES, proofBytes(place.geometry))
  return { pair: place.pair, side: place.side, bytes, other, pairPath }
}

/**
 * A row sliver in a storage node's answer, checked against the root and ready to be decoded: what was hashed to check it is not
 * hashed again. The row is a view into `answer`.
 * @throws FloeError `sliver-mismatch`
 */
export function openRow(kernel: Kernel, place: Place, answer: Uint8Array): IndexedRow {
  const { header, geometry, pair } = place
  if (answer.length !== sliverAnswerBytes(header, geometry, 'row')) refuse(place, 'sliver')
  const row = answer.subarray(proofBytes(geometry))
  const symbolRoots = hashRow(kernel, geometry, pair, row)
  const root = rootOfHashes(kernel, symbolRoots.subarray(0, geometry.columns * HASH_BYTES))
  checkPairProof(place, root, answer, 'sliver')
  return { index: pair, row, symbolRoots }
}

/**
 * The symbol at `index` of a sliver in a storage node's answer, checked against the root. A view into `answer`.
 * @throws FloeError `sliver-mismatch`
 */
export function checkSymbol(kernel: Kernel, place: Place, index: number, answer: Uint8Array): Uint8Array {
  if (answer.length !== symbolAnswerBytes(place.header, place.geometry, place.side)) refuse(place, 'symbol')
  const start = proofBytes(place.geometry)
  const pathEnd = start + HASH_BYTES * treeDepth(sliverWidth(place.geometry, place.side))
  const symbol = answer.subarray(pathEnd)
  const root = rootOfPath(symbolRoot(kernel, symbol), index, answer.subarray(start, pathEnd))
  checkPairProof(place, root, answer, 'symbol')
  return symbol
}
