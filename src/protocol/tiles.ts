// Symbols that are coded and hashed a tile at a time: the same few kilobytes of every symbol together. The workspace then holds
// a tile of each symbol and 32 bytes a chunk, however long the symbols are, and stays in the processor's cache.
//
// In the workspace the tiles of all symbols stand one after another, then the hashes of chunks, then the symbol roots. Symbols
// no longer than a tile are one tile, and their chunks are hashed and forgotten by the kernel.
import { chunksOf } from './geometry.ts'
import type { Kernel } from './kernel.ts'
import { CHUNK_BYTES, HASH_BYTES } from './limits.ts'

/** Larger tiles save calls; beyond four chunks that gains nothing any more (measured). */
const TILE_CHUNKS_MAX = 4
/** Tiles of many symbols are smaller, down to one chunk, so that all together do not take more than this where that can be. */
const TILES_BYTES = 8 * 1024 * 1024

export type Tiling = {
  readonly symbols: number
  readonly symbolBytes: number
  readonly chunks: number
  /** Bytes of each symbol that are in the workspace at a time: all, or a multiple of a chunk. */
  readonly tileBytes: number
  /** Where the hashes of chunks stand: of each symbol's first chunk, then of each one's second. None if one tile is all. */
  readonly leaves: number
  /** Where the symbol roots stand. */
  readonly roots: number
  /** The first byte after them. */
  readonly end: number
}

/** The bytes `from` … `from + bytes` of every symbol. */
export type Tile = { readonly from: number; readonly bytes: number }

/** Symbols, or rows of them, from `first` on. */
export type Run = { readonly first: number; readonly count: number }

export function tilingOf(symbols: number, symbolBytes: number): Tiling {
  const chunks = chunksOf(symbolBytes)
  const fitting = Math.floor(TILES_BYTES / (symbols * CHUNK_BYTES))
  const tileBytes = Math.min(symbolBytes, CHUNK_BYTES * Math.min(Math.max(fitting, 1), TILE_CHUNKS_MAX))
  const leaves = symbols * tileBytes
  const roots = leaves + (tileBytes === symbolBytes ? 0 : symbols * chunks * HASH_BYTES)
  return { symbols, symbolBytes, chunks, tileBytes, leaves, roots, end: roots + symbols * HASH_BYTES }
}

export function tilesOf({ symbolBytes, tileBytes }: Tiling): Tile[] {
  return Array.from({ length: Math.ceil(symbolBytes / tileBytes) }, (_, i) => {
    const from = i * tileBytes
    return { from, bytes: Math.min(tileBytes, symbolBytes - from) }
  })
}

/** Hashes the tile in the workspace for a run of symbols. */
export function hashTile(kernel: Kernel, tiling: Tiling, { from, bytes }: Tile, { first, count }: Run): void {
  const { symbols, symbolBytes, leaves, roots } = tiling
  const offset = first * bytes
  if (bytes === symbolBytes) {
    kernel.symbolRoots({ offset, count, symbolBytes, out: roots + first * HASH_BYTES })
    return
  }
  for (let at = 0; at < bytes; at += CHUNK_BYTES) {
    const chunk = (from + at) / CHUNK_BYTES
    kernel.symbolRoots({
      offset: offset + at,
      count,
      symbolBytes: Math.min(CHUNK_BYTES, bytes - at),
      stride: bytes,
      out: leaves + (chunk * symbols + first) * HASH_BYTES,
    })
  }
}

/** Makes the symbol roots of a run from the hashes of its chunks, once every tile is hashed. */
export function closeSymbols(kernel: Kernel, tiling: Tiling, { first, count }: Run): void {
  const { symbols, symbolBytes, tileBytes, chunks, leaves, roots } = tiling
  if (tileBytes === symbolBytes) return
  kernel.treeRoots({
    offset: leaves + first * HASH_BYTES,
    count,
    width: chunks,
    leafStride: symbols * HASH_BYTES,
    treeStride: HASH_BYTES,
    out: roots + first * HASH_BYTES,
  })
}

/** Pieces of memory at equal distances. */
export type Pieces = { readonly bytes: Uint8Array; readonly at: number; readonly stride: number }

/** Copies `count` pieces of `length` bytes; all at once where they adjoin on both sides. */
export function movePieces(from: Pieces, to: Pieces, count: number, length: number): void {
  if (from.stride === length && to.stride === length) {
    to.bytes.set(from.bytes.subarray(from.at, from.at + count * length), to.at)
    return
  }
  for (let i = 0; i < count; i++) {
    const start = from.at + i * from.stride
    to.bytes.set(from.bytes.subarray(start, start + length), to.at + i * to.stride)
  }
}

/** The runs of the numbers from 0 to `end` that `take` takes. */
export function runsOf(end: number, take: (i: number) => boolean): Run[] {
  const runs: Run[] = []
  for (let i = 0; i < end; i++) {
    if (!take(i)) continue
    const first = i
    while (i + 1 < end && take(i + 1)) i++
    runs.push({ first, count: i + 1 - first })
  }
  return runs
}
