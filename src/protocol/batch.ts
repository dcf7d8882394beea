// Encoding a batch, decoding it from rows, and telling whether a root is a batch at all (docs/protocol.md §1–2). The work itself is
// in coding.ts; here bytes are brought to it and taken from it.
import { equalBytes } from './bytes.ts'
import {
  type Layout,
  codeTile,
  commit,
  decodingWork,
  encodingWork,
  extendRows,
  layoutOf,
  parityOf,
} from './coding.ts'
import { FloeError, assert } from './errors.ts'
import { range } from './field.ts'
import { type Geometry, sliverBytesOf, symbolBytesOf } from './geometry.ts'
import type { Kernel } from './kernel.ts'
import { HASH_BYTES } from './limits.ts'
import { type Pieces, type Tile, closeSymbols, hashTile, movePieces, tilesOf, tilingOf } from './tiles.ts'

/** What names an encoding: its root, and the n pair leaves under it, 32 bytes each. */
export type Commitment = { readonly root: Uint8Array; readonly leaves: Uint8Array }

/**
 * Encodes `batch` (1 … 2^27 bytes) and writes pair i, its row sliver and then its column sliver, to `pairs[i]`; without `pairs` it
 * only commits. Peak memory above batch and pairs: the workspace, which is a tile of at most 8 KiB of each symbol and 32 bytes
 * a chunk. For 100 shards and 16 MiB that is the batch once again.
 */
export function encodePairs(
  kernel: Kernel,
  geometry: Geometry,
  batch: Uint8Array,
  pairs: readonly Uint8Array[] = [],
): Commitment {
  const symbolBytes = symbolBytesOf(geometry, batch.length)
  const pairBytes = sliverBytesOf(geometry, symbolBytes).pair
  for (const pair of pairs) assert(pair.length === pairBytes, `${pair.length} bytes for ${pairBytes}`)
  const layout = layoutOf(geometry, symbolBytes)
  const workspace = kernel.reserve(layout.total)
  const work = encodingWork(geometry)
  for (const tile of tilesOf(layout.tiling)) {
    loadBatch(workspace, layout, batch, tile)
    codeTile(kernel, layout, work, tile)
    pairs.forEach((pair, i) => storePair({ workspace, layout, tile }, i, pair))
  }
  commit(kernel, layout, work)
  return {
    root: workspace.slice(layout.root, layout.root + HASH_BYTES),
    leaves: workspace.slice(layout.pairLeaves, layout.root),
  }
}

/** Brings a tile of the r·c symbols of a batch into the workspace, with the zeros that follow the batch. */
function loadBatch(
  workspace: Uint8Array,
  { geometry, tiling }: Layout,
  batch: Uint8Array,
  { from, bytes }: Tile,
): void {
  const { symbolBytes } = tiling
  const symbols = geometry.rows * geometry.columns
  const whole = Math.max(0, Math.floor((batch.length - from - bytes) / symbolBytes) + 1)
  movePieces(
    { bytes: batch, at: from, stride: symbolBytes },
    { bytes: workspace, at: 0, stride: bytes },
    whole,
    bytes,
  )
  workspace.fill(0, whole * bytes, symbols * bytes)
  const rest = whole * symbolBytes + from
  if (rest < batch.length) workspace.set(batch.subarray(rest), whole * bytes)
}

type Coded = { readonly workspace: Uint8Array; readonly layout: Layout; readonly tile: Tile }

/** Writes the tile of pair i to its place in `pair`. */
function storePair({ workspace, layout, tile }: Coded, i: number, pair: Uint8Array): void {
  const { rows, columns } = layout.geometry
  const { symbolBytes } = layout.tiling
  const { from, bytes } = tile
  const symbol = (index: number, apart: number): Pieces => ({
    bytes: workspace,
    at: index * bytes,
    stride: apart * bytes,
  })
  movePieces(symbol(i * columns, 1), { bytes: pair, at: from, stride: symbolBytes }, columns, bytes)
  const column =
    i < columns ? symbol(i, columns) : symbol(parityOf(layout.geometry) + (i - columns) * rows, 1)
  movePieces(column, { bytes: pair, at: columns * symbolBytes + from, stride: symbolBytes }, rows, bytes)
}

/** An encoded batch, lent for the length of a call. */
export type Encoding = Commitment & {
  readonly geometry: Geometry
  readonly symbolBytes: number
  /** A view of row sliver i: c·s bytes. */
  row(i: number): Uint8Array
  /** Writes column sliver j, r·s bytes, to the start of `target`. */
  copyColumn(j: number, target: Uint8Array): void
}

/** Encodes `batch` into memory of its own and lends the encoding to `use`, whose result is returned. */
export function encodeBatch<T>(
  kernel: Kernel,
  geometry: Geometry,
  batch: Uint8Array,
  use: (encoding: Encoding) => T,
): T {
  const symbolBytes = symbolBytesOf(geometry, batch.length)
  const bytes = sliverBytesOf(geometry, symbolBytes)
  const pairs = range(0, geometry.shards).map(() => new Uint8Array(bytes.pair))
  const pair = (i: number): Uint8Array => pairs[i] as Uint8Array
  return use({
    ...encodePairs(kernel, geometry, batch, pairs),
    geometry,
    symbolBytes,
    row: (i) => pair(i).subarray(0, bytes.row),
    copyColumn: (j, target) => target.set(pair(j).subarray(bytes.row)),
  })
}

/** A row sliver with its index: c·s bytes, checked to open under the root by whoever fetched it. */
export type IndexedRow = {
  readonly index: number
  readonly row: Uint8Array
  /** What hashRow gave for it, if it did: decoding then hashes only what was not received. */
  readonly symbolRoots?: Uint8Array
}

/**
 * The symbol roots of row sliver `index`, 32 bytes each: of its c symbols, and if it is systematic then of all n that it
 * extends to. It is the part of decodeBatch that needs no other row, so it can be done while those are still to come. Peak
 * memory above the row: a tile of at most 8 KiB of each symbol.
 */
export function hashRow(kernel: Kernel, geometry: Geometry, index: number, row: Uint8Array): Uint8Array {
  const { shards, rows, columns } = geometry
  const symbolBytes = row.length / columns
  assert(Number.isInteger(symbolBytes / HASH_BYTES), `a row of ${row.length} bytes has ${columns} symbols`)
  const width = index < rows ? shards : columns
  const tiling = tilingOf(width, symbolBytes)
  const workspace = kernel.reserve(tiling.end)
  const all = { first: 0, count: width }
  for (const tile of tilesOf(tiling)) {
    const { from, bytes } = tile
    movePieces(
      { bytes: row, at: from, stride: symbolBytes },
      { bytes: workspace, at: 0, stride: bytes },
      columns,
      bytes,
    )
    if (width > columns) {
      extendRows(kernel, geometry, tile, { run: { first: 0, count: 1 }, parity: columns, apart: 1 })
    }
    hashTile(kernel, tiling, tile, all)
  }
  closeSymbols(kernel, tiling, all)
  return workspace.slice(tiling.roots, tiling.end)
}

/**
 * The batch of `length` bytes that r or more rows decode to, or undefined if its encoding does not have `root`: then no batch
 * has it, whichever rows one reads, and readers treat it as no batch (design §3). Peak memory above the rows: that of encoding,
 * and the batch. When the rows are the first r, nothing is interpolated: the batch is their concatenation, and encoded once.
 */
export function decodeBatch(
  kernel: Kernel,
  geometry: Geometry,
  commitment: { root: Uint8Array; length: number },
  rows: readonly IndexedRow[],
): Uint8Array | undefined {
  if (rows.length < geometry.rows) {
    throw new FloeError(
      'unavailable',
      `Expected at least ${geometry.rows} rows to decode, got ${rows.length}.`,
    )
  }
  const layout = layoutOf(geometry, symbolBytesOf(geometry, commitment.length))
  const used = [...rows].sort((a, b) => a.index - b.index).slice(0, geometry.rows)
  checkRows(layout, used)
  const workspace = kernel.reserve(layout.total)
  const work = decodingWork(
    geometry,
    used.map(({ index }) => index),
    new Set(used.filter(({ symbolRoots }) => symbolRoots !== undefined).map(({ index }) => index)),
  )
  const batch = batchOf(commitment.length)
  for (const tile of tilesOf(layout.tiling)) {
    for (const row of used) loadRow({ workspace, layout, tile }, row)
    codeTile(kernel, layout, work, tile)
    storeBatch({ workspace, layout, tile }, batch)
  }
  if (batch.overflows()) return undefined
  for (const row of used) setSymbolRoots(workspace, layout, row)
  commit(kernel, layout, work)
  return equalBytes(workspace.subarray(layout.root, layout.total), commitment.root) ? batch.bytes : undefined
}

function checkRows({ geometry, tiling }: Layout, used: readonly IndexedRow[]): void {
  const { shards, rows, columns } = geometry
  used.forEach(({ index, row, symbolRoots }, k) => {
    const width = index < rows ? shards : columns
    const bytes = columns * tiling.symbolBytes
    assert(row.length === bytes && index < shards, `row ${index} of ${bytes} bytes`)
    assert(symbolRoots === undefined || symbolRoots.length === width * HASH_BYTES, `${width} symbol roots`)
    assert(index !== used[k - 1]?.index, `points are distinct, ${index} stands twice`)
  })
}

function loadRow({ workspace, layout, tile }: Coded, { index, row }: IndexedRow): void {
  const { columns } = layout.geometry
  const { from, bytes } = tile
  movePieces(
    { bytes: row, at: from, stride: layout.tiling.symbolBytes },
    { bytes: workspace, at: index * columns * bytes, stride: bytes },
    columns,
    bytes,
  )
}

/** A batch that is put together from pieces, and whether any byte that came after its end was not zero. */
type BatchPieces = {
  readonly bytes: Uint8Array
  put(at: number, piece: Uint8Array): void
  overflows(): boolean
}

function batchOf(length: number): BatchPieces {
  const bytes = new Uint8Array(length)
  let overflow = false
  const put = (at: number, piece: Uint8Array): void => {
    const fitting = Math.max(0, Math.min(piece.length, length - at))
    if (fitting > 0) bytes.set(piece.subarray(0, fitting), at)
    for (let i = fitting; i < piece.length; i++) if (piece[i] !== 0) overflow = true
  }
  return { bytes, put, overflows: () => overflow }
}

/** Writes the tile of the systematic rows to its place in the batch. */
function storeBatch({ workspace, layout, tile }: Coded, batch: BatchPieces): void {
  const { geometry, tiling } = layout
  const { from, bytes } = tile
  const symbols = geometry.rows * geometry.columns
  if (bytes === tiling.symbolBytes) {
    batch.put(0, workspace.subarray(0, symbols * bytes))
    return
  }
  for (let i = 0; i < symbols; i++) {
    batch.put(i * tiling.symbolBytes + from, workspace.subarray(i * bytes, (i + 1) * bytes))
  }
}

/** Puts what is known of a row's hashes where commit expects it. */
function setSymbolRoots(
  workspace: Uint8Array,
  { geometry, tiling }: Layout,
  { index, symbolRoots }: IndexedRow,
): void {
  const { shards, rows, columns } = geometry
  if (symbolRoots === undefined) return
  workspace.set(symbolRoots.subarray(0, columns * HASH_BYTES), tiling.roots + index * columns * HASH_BYTES)
  if (index >= rows) return
  const parity = tiling.roots + (parityOf(geometry) + index) * HASH_BYTES
  movePieces(
    { bytes: symbolRoots, at: columns * HASH_BYTES, stride: HASH_BYTES },
    { bytes: workspace, at: parity, stride: rows * HASH_BYTES },
    shards - columns,
    HASH_BYTES,
  )
}
