// The opening of a chunk (docs/protocol.md §3), which L1 checks in disputes. Mirrors contracts/src/libraries/Openings.sol.
import { ByteReader, concatBytes, equalBytes, fromHex, uintBytes } from './bytes.ts'
import { FloeError, assert } from './errors.ts'
import { type Geometry, chunkCount, symbolBytesOf, treeDepth } from './geometry.ts'
import type { Header } from './header.ts'
import { CHUNK_BYTES, HASH_BYTES } from './limits.ts'
import { type ProvenSliver, type Side, sliverWidth } from './sliver.ts'
import {
  chunkHashes,
  hashChunk,
  hashPair,
  hashesOf,
  paddingIsZero,
  rootOfPath,
  treeRoot,
  treeWithPath,
} from './tree.ts'

/** A chunk with its path to the root: chunk, symbol, sliver, pair. */
export type Opening = {
  readonly pair: number
  readonly side: Side
  /** Index of the symbol in its sliver. */
  readonly symbol: number
  readonly chunk: number
  readonly bytes: Uint8Array
  readonly symbolPath: Uint8Array
  readonly sliverPath: Uint8Array
  /** Root of the pair's other sliver. */
  readonly other: Uint8Array
  readonly pairPath: Uint8Array
}

/** A pair as its storage node stores it. */
export type HeldPair = {
  readonly pair: number
  readonly row: Uint8Array
  readonly column: Uint8Array
  readonly leaves: Uint8Array
}

/** Views of the symbols of a sliver. */
function symbolsOf(sliver: Uint8Array, width: number): Uint8Array[] {
  const symbolBytes = sliver.length / width
  return Array.from({ length: width }, (_, i) => sliver.subarray(i * symbolBytes, (i + 1) * symbolBytes))
}

/** Opens chunk `chunk` of symbol `symbol` of a sliver. */
export function openSliver(
  geometry: Geometry,
  sliver: ProvenSliver,
  at: { symbol: number; chunk: number },
): Opening {
  const { pair, side, bytes, other, pairPath } = sliver
  const symbols = symbolsOf(bytes, sliverWidth(geometry, side))
  const symbol = symbols[at.symbol]
  assert(symbol !== undefined, `symbol ${at.symbol} of ${symbols.length}`)
  const roots = sliver.symbolRoots ?? symbols.map((one) => treeRoot(chunkHashes(one)))
  return {
    pair,
    side,
    ...at,
    bytes: symbol.subarray(at.chunk * CHUNK_BYTES, (at.chunk + 1) * CHUNK_BYTES),
    symbolPath: concatBytes(...treeWithPath(chunkHashes(symbol), at.chunk).path),
    sliverPath: concatBytes(...treeWithPath(roots, at.symbol).path),
    other,
    pairPath,
  }
}

/** Opens chunk `chunk` of symbol `symbol` of one side of a pair. */
export function openChunk(
  geometry: Geometry,
  held: HeldPair,
  at: { side: Side; symbol: number; chunk: number },
): Opening {
  const { side, symbol, chunk } = at
  const otherSide: Side = side === 'row' ? 'column' : 'row'
  const others = symbolsOf(held[otherSide], sliverWidth(geometry, otherSide)).map((bytes) =>
    treeRoot(chunkHashes(bytes)),
  )
  const pairPath = concatBytes(...treeWithPath(hashesOf(held.leaves), held.pair).path)
  const sliver = { pair: held.pair, side, bytes: held[side], other: treeRoot(others), pairPath }
  return openSliver(geometry, sliver, { symbol, chunk })
}

/** The bytes of an opening as L1 takes it. */
export function encodeOpening(opening: Opening): Uint8Array {
  const { bytes, symbolPath, sliverPath, other, pairPath } = opening
  const place = [
    uintBytes(opening.pair, 1),
    uintBytes(opening.side === 'row' ? 0 : 1, 1),
    uintBytes(opening.symbol, 1),
  ]
  return concatBytes(...place, uintBytes(opening.chunk, 4), bytes, symbolPath, sliverPath, other, pairPath)
}

/**
 * Decodes an opening for a batch with this header and geometry. Does not verify it: see `verifyOpening`.
 * @throws FloeError `malformed`
 */
export function decodeOpening(header: Header, geometry: Geometry, encoded: Uint8Array): Opening {
  const input = new ByteReader(encoded, 'an opening')
  const pair = input.uint(1, 'pair')
  const sideByte = input.uint(1, 'side')
  const symbol = input.uint(1, 'symbol')
  const chunk = input.uint(4, 'chunk')
  const side: Side = sideByte === 0 ? 'row' : 'column'
  const width = sliverWidth(geometry, side)
  const symbolBytes = symbolBytesOf(geometry, header.length)
  const chunks = chunkCount(symbolBytes)
  if (sideByte > 1 || pair >= geometry.shards || symbol >= width || chunk >= chunks) {
    throw new FloeError(
      'malformed',
      `Expected an opening inside the batch, got pair ${pair}, side ${sideByte}, symbol ${symbol}, chunk ${chunk}.`,
    )
  }
  const bytes = input.bytes(Math.min(CHUNK_BYTES, symbolBytes - chunk * CHUNK_BYTES), 'chunk bytes')
  const symbolPath = input.bytes(HASH_BYTES * treeDepth(chunks), 'symbol path')
  const sliverPath = input.bytes(HASH_BYTES * treeDepth(width), 'sliver path')
  const other = input.bytes(HASH_BYTES, 'other root')
  const pairPath = input.bytes(HASH_BYTES * treeDepth(geometry.shards), 'pair path')
  input.end()
  if (
    !paddingIsZero(chunk, chunks, symbolPath) ||
    !paddingIsZero(symbol, width, sliverPath) ||
    !paddingIsZero(pair, geometry.shards, pairPath)
  ) {
    throw new FloeError(
      'malformed',
      'Expected the hash of the padding for every sibling that covers only padding, got another hash.',
    )
  }
  return { pair, side, symbol, chunk, bytes, symbolPath, sliverPath, other, pairPath }
}

/** The root of the opened symbol, from its chunk and path. */
export function symbolRootOf({ bytes, chunk, symbolPath }: Opening): Uint8Array {
  return rootOfPath(hashChunk(bytes), chunk, symbolPath)
}

/** Whether an opening that was decoded for `header` leads to the header's root. */
export function verifyOpening(header: Header, opening: Opening): boolean {
  assert(opening.bytes.length > 0, 'an opening has bytes')
  const sliverRoot = rootOfPath(symbolRootOf(opening), opening.symbol, opening.sliverPath)
  const leaf =
    opening.side === 'row' ? hashPair(sliverRoot, opening.other) : hashPair(opening.other, sliverRoot)
  return equalBytes(rootOfPath(leaf, opening.pair, opening.pairPath), fromHex(header.root))
}
