// Encoding a batch, decoding it from rows, and telling whether a root is a batch at all (docs/protocol.md §1–2). The work itself is
// in coding.ts; here bytes are brought to it and taken from it.
import { equalBytes } from './bytes.ts'
import {
  type Layout,
  type IndexRange,
  type CodingPlan,
  codeColumns,
  columnSteps,
  hashTrees,
  decodingPlan,
  encodingPlan,
  extendRow,
  extendRows,
  layoutOf,
  rowSteps,
  setSymbolRoots,
} from './matrix.ts'
import { FloeError, assert } from './errors.ts'
import { range } from './field.ts'
import { type Geometry, sliverBytesOf, symbolBytesOf } from './geometry.ts'
import type { Kernel } from './kernel.ts'
import { HASH_BYTES } from './limits.ts'

/** A kernel, and its workspace laid out for one batch. */
type Workspace = { readonly kernel: Kernel; readonly layout: Layout; readonly workspace: Uint8Array }

function reserveWorkspace(kernel: Kernel, geometry: Geometry, symbolBytes: number): Workspace {
  const layout = layoutOf(geometry, symbolBytes)
  return { kernel, layout, workspace: kernel.reserve(layout.total) }
}

/** What names an encoding: its root, and the n pair leaves under it, 32 bytes each. */
export type PairTree = { readonly root: Uint8Array; readonly leaves: Uint8Array }

function commitmentOn({ kernel, layout, workspace }: Workspace): PairTree {
  hashTrees(kernel, layout)
  return {
    root: workspace.slice(layout.root, layout.total),
    leaves: workspace.slice(layout.pairLeaves, layout.root),
  }
}

/**
 * Encodes `batch` (1 … 2^27 bytes) and writes pair i, its row sliver and then its column sliver, to `pairs[i]`; without `pairs` it
 * only commits. Peak memory above batch and pairs: the workspace, which is 4 MiB or n symbols (0.7 times the batch for 4 shards,
 * 0.4 for 10, 0.05 for 100), and a hash for every symbol (at most 2 MiB).
 */
export function encodePairs(
  kernel: Kernel,
  geometry: Geometry,
  batch: Uint8Array,
  pairs: readonly Uint8Array[] = [],
): PairTree {
  const symbolBytes = symbolBytesOf(geometry, batch.length)
  const pairBytes = sliverBytesOf(geometry, symbolBytes).pair
  assert(
    pairs.every(({ length }) => length === pairBytes),
    `pairs of ${pairBytes} bytes`,
  )
  const desk = reserveWorkspace(kernel, geometry, symbolBytes)
  const work = encodingPlan(geometry)
  for (const step of columnSteps(desk.layout)) {
    loadColumns(desk, batch, step)
    codeColumns(kernel, desk.layout, work, step)
    storeColumns(desk, step, pairs)
  }
  extendBatch(desk, work, batch, pairs)
  return commitmentOn(desk)
}

/** The second pass over a batch, of which `pairs` get the parity columns. */
function extendBatch(desk: Workspace, work: CodingPlan, batch: Uint8Array, pairs: readonly Uint8Array[]): void {
  const { kernel, layout } = desk
  const rowBytes = layout.geometry.columns * layout.symbolBytes
  for (const step of rowSteps(layout, work)) {
    if (!layout.whole) loadBatch(desk, batch, { from: step.first * rowBytes, to: 0, bytes: rowBytes })
    extendRows(kernel, layout, step)
    storeParity(desk, step, pairs)
  }
}

/** Brings a part of the batch into the workspace, with the zeros that follow the batch. */
function loadBatch(
  { workspace }: Workspace,
  batch: Uint8Array,
  { from, to, bytes }: { from: number; to: number; bytes: number },
): void {
  const part = batch.subarray(from, from + bytes)
  workspace.set(part, to)
  if (part.length < bytes) workspace.fill(0, to + part.length, to + bytes)
}

function loadColumns(desk: Workspace, batch: Uint8Array, step: IndexRange): void {
  const { geometry, symbolBytes, whole } = desk.layout
  const { rows, columns } = geometry
  if (whole) {
    loadBatch(desk, batch, { from: 0, to: 0, bytes: rows * columns * symbolBytes })
    return
  }
  for (let i = 0; i < rows; i++) {
    const from = (i * columns + step.first) * symbolBytes
    loadBatch(desk, batch, { from, to: i * symbolBytes, bytes: symbolBytes })
  }
}

/** Writes what a step of the first pass has to row slivers, and to column slivers j < c. */
function storeColumns({ layout, workspace }: Workspace, step: IndexRange, pairs: readonly Uint8Array[]): void {
  const { geometry, symbolBytes, whole } = layout
  const { rows, columns } = geometry
  const stepBytes = step.count * symbolBytes
  const rowBytes = columns * symbolBytes
  pairs.forEach((pair, i) => {
    pair.set(workspace.subarray(i * stepBytes, (i + 1) * stepBytes), step.first * symbolBytes)
  })
  if (!whole) {
    pairs[step.first]?.set(workspace.subarray(0, rows * symbolBytes), rowBytes)
    return
  }
  for (let j = 0; j < columns; j++) {
    for (let i = 0; i < rows; i++) {
      const from = i * rowBytes + j * symbolBytes
      pairs[j]?.set(workspace.subarray(from, from + symbolBytes), rowBytes + i * symbolBytes)
    }
  }
}

/** Writes what a step of the second pass has to the column slivers j ≥ c. */
function storeParity({ layout, workspace }: Workspace, step: IndexRange, pairs: readonly Uint8Array[]): void {
  const { geometry, symbolBytes, parity } = layout
  const { columns } = geometry
  const bytes = step.count * symbolBytes
  for (let j = columns; j < pairs.length; j++) {
    const from = parity + (j - columns) * bytes
    pairs[j]?.set(workspace.subarray(from, from + bytes), (columns + step.first) * symbolBytes)
  }
}

/** An encoded batch, lent for the length of a call. */
export type Encoding = PairTree & {
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

/** Symbols of a row that hashRow hashes: the c that it has, or all n that a systematic one extends to. */
function hashedSymbols({ shards, rows, columns }: Geometry, index: number): number {
  return index < rows ? shards : columns
}

/**
 * The symbol roots of row sliver `index`, 32 bytes each: of its c symbols, and if it is systematic then of all n that it
 * extends to. It is the part of decodeBatch that needs no other row, so it can be done while those are still to come. Peak
 * memory above the row: n symbols, and what encoding takes for hashes.
 */
export function hashRow(kernel: Kernel, geometry: Geometry, index: number, row: Uint8Array): Uint8Array {
  const { shards, columns } = geometry
  const symbolBytes = row.length / columns
  assert(Number.isInteger(symbolBytes / HASH_BYTES), `a row of ${row.length} bytes has ${columns} symbols`)
  const width = hashedSymbols(geometry, index)
  const out = shards * symbolBytes
  const workspace = kernel.reserve(out + width * HASH_BYTES)
  workspace.set(row)
  if (width > columns) extendRow(kernel, geometry, symbolBytes)
  kernel.symbolRoots({ offset: 0, count: width, symbolBytes, out })
  return workspace.slice(out)
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
  const symbolBytes = symbolBytesOf(geometry, commitment.length)
  const used = [...rows].sort((a, b) => a.index - b.index).slice(0, geometry.rows)
  checkRows(geometry, symbolBytes, used)
  const desk = reserveWorkspace(kernel, geometry, symbolBytes)
  const hashed = used.filter(({ symbolRoots }) => symbolRoots !== undefined)
  const work = decodingPlan(
    geometry,
    used.map(({ index }) => index),
    new Set(hashed.map(({ index }) => index)),
  )
  const batch = batchOf(commitment.length)
  for (const step of columnSteps(desk.layout)) {
    for (const row of used) loadRow(desk, row, step)
    codeColumns(kernel, desk.layout, work, step)
    storeBatch(desk, step, batch)
  }
  if (batch.overflows()) return undefined
  extendBatch(desk, work, batch.bytes, [])
  for (const { index, symbolRoots } of hashed)
    setSymbolRoots(desk.workspace, desk.layout, index, symbolRoots ?? new Uint8Array(0))
  return equalBytes(commitmentOn(desk).root, commitment.root) ? batch.bytes : undefined
}

function checkRows(geometry: Geometry, symbolBytes: number, used: readonly IndexedRow[]): void {
  const bytes = geometry.columns * symbolBytes
  used.forEach(({ index, row, symbolRoots }, k) => {
    assert(row.length === bytes && index < geometry.shards, `row ${index} of ${bytes} bytes`)
    assert(index !== used[k - 1]?.index, `points are distinct, ${index} stands twice`)
    const hashes = hashedSymbols(geometry, index) * HASH_BYTES
    assert(symbolRoots === undefined || symbolRoots.length === hashes, `row ${index} has ${hashes} of hashes`)
  })
}

function loadRow({ layout, workspace }: Workspace, { index, row }: IndexedRow, { first, count }: IndexRange): void {
  const { symbolBytes } = layout
  const part = row.subarray(first * symbolBytes, (first + count) * symbolBytes)
  workspace.set(part, index * part.length)
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

/** Writes what a step of the first pass has of the systematic rows to its place in the batch. */
function storeBatch({ layout, workspace }: Workspace, { first, count }: IndexRange, batch: BatchPieces): void {
  const { geometry, symbolBytes } = layout
  const bytes = count * symbolBytes
  for (let i = 0; i < geometry.rows; i++) {
    const at = (i * geometry.columns + first) * symbolBytes
    batch.put(at, workspace.subarray(i * bytes, (i + 1) * bytes))
  }
}
