// Encodes a batch, decodes it from rows, and decides whether a root is the root of a valid encoding (docs/protocol.md §1–2). The
// computation is in matrix.ts; this file moves bytes between the caller and the workspace.
import { equalBytes } from './bytes.ts'
import { FloeError, assert } from './errors.ts'
import { range } from './field.ts'
import { type Geometry, sliverBytesOf, symbolBytesOf } from './geometry.ts'
import type { Kernel } from './kernel.ts'
import { HASH_BYTES } from './limits.ts'
import {
  type CodingPlan,
  type IndexRange,
  type Layout,
  codeColumns,
  columnSteps,
  decodingPlan,
  encodingPlan,
  extendRow,
  extendRows,
  hashTrees,
  layoutOf,
  rowSteps,
  setSymbolRoots,
} from './matrix.ts'

/** The tree over the pairs of an encoding: its root (32 bytes), and its n pair leaves (32 bytes each). */
export type PairTree = { readonly root: Uint8Array; readonly leaves: Uint8Array }

/**
 * Encodes `batch` (1 … 2^27 bytes) and writes pair i, its row sliver followed by its column sliver, to `pairs[i]`. Without `pairs`
 * it only computes the tree. Peak memory above batch and pairs: the workspace, which is 4 MiB or n symbols (0.7 times the batch
 * for 4 shards, 0.4 for 10, 0.05 for 100), and a hash for every symbol (at most 2 MiB).
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
  const workspace = reserveWorkspace(kernel, geometry, symbolBytes)
  const plan = encodingPlan(geometry)
  for (const step of columnSteps(workspace.layout)) {
    loadColumns(workspace, batch, step)
    codeColumns(kernel, workspace.layout, plan, step)
    storeColumns(workspace, step, pairs)
  }
  extendBatch(workspace, plan, batch, pairs)
  return pairTreeOf(workspace)
}

/** An encoding, lent to a function for the length of a call. */
export type Encoding = PairTree & {
  readonly geometry: Geometry
  readonly symbolBytes: number
  /** A view of row sliver i: c·s bytes. */
  row(i: number): Uint8Array
  /** Writes column sliver j, r·s bytes, to the start of `target`. */
  copyColumn(j: number, target: Uint8Array): void
}

/** Encodes `batch` into new memory and lends the encoding to `use`. @returns the result of `use` */
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

/** A row sliver (c·s bytes) with its index. The caller has checked that it opens under the root. */
export type IndexedRow = {
  readonly index: number
  readonly row: Uint8Array
  /** The result of hashRow. With it, decoding hashes only what was not received. */
  readonly symbolRoots?: Uint8Array
}

/**
 * The batch of `expected.length` bytes that r or more rows decode to, or undefined if its encoding does not have `expected.root`:
 * then no batch has that root, whichever rows are used, and the encoding is invalid (design §3). Peak memory above the rows: that
 * of encoding, and the batch. When the rows are the first r, nothing is interpolated: the batch is their concatenation.
 * @throws FloeError `unavailable` for fewer than r rows
 */
export function decodeBatch(
  kernel: Kernel,
  geometry: Geometry,
  expected: { root: Uint8Array; length: number },
  rows: readonly IndexedRow[],
): Uint8Array | undefined {
  if (rows.length < geometry.rows) {
    throw new FloeError(
      'unavailable',
      `Expected at least ${geometry.rows} rows to decode, got ${rows.length}.`,
    )
  }
  const symbolBytes = symbolBytesOf(geometry, expected.length)
  const used = [...rows].sort((a, b) => a.index - b.index).slice(0, geometry.rows)
  checkRows(geometry, symbolBytes, used)
  const workspace = reserveWorkspace(kernel, geometry, symbolBytes)
  const plan = decodingPlan(
    geometry,
    used.map(({ index }) => index),
    new Set(used.filter(({ symbolRoots }) => symbolRoots !== undefined).map(({ index }) => index)),
  )
  const batch = new BatchAssembly(expected.length)
  for (const step of columnSteps(workspace.layout)) {
    for (const row of used) loadRow(workspace, row, step)
    codeColumns(kernel, workspace.layout, plan, step)
    storeBatch(workspace, step, batch)
  }
  if (batch.overflows) return undefined
  extendBatch(workspace, plan, batch.bytes, [])
  for (const { index, symbolRoots } of used)
    if (symbolRoots !== undefined) setSymbolRoots(workspace.bytes, workspace.layout, index, symbolRoots)
  return equalBytes(pairTreeOf(workspace).root, expected.root) ? batch.bytes : undefined
}

/**
 * The symbol roots of row sliver `index`, 32 bytes each: of its c symbols, or of all n symbols that a systematic row extends to.
 * This is the part of decodeBatch that needs no other row, so a caller can do it while other rows are still in flight. Peak
 * memory above the row: n symbols, and the hashes that encoding needs.
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

/** Number of symbols that hashRow hashes: c, or n of a systematic row. */
function hashedSymbols({ shards, rows, columns }: Geometry, index: number): number {
  return index < rows ? shards : columns
}

function checkRows(geometry: Geometry, symbolBytes: number, used: readonly IndexedRow[]): void {
  const bytes = geometry.columns * symbolBytes
  used.forEach(({ index, row, symbolRoots }, k) => {
    assert(row.length === bytes && index < geometry.shards, `row ${index} of ${bytes} bytes`)
    assert(index !== used[k - 1]?.index, `rows are distinct, ${index} occurs twice`)
    const hashes = hashedSymbols(geometry, index) * HASH_BYTES
    assert(symbolRoots === undefined || symbolRoots.length === hashes, `row ${index} has ${hashes} of hashes`)
  })
}

/** A kernel with its workspace reserved for one batch. */
type Workspace = { readonly kernel: Kernel; readonly layout: Layout; readonly bytes: Uint8Array }

function reserveWorkspace(kernel: Kernel, geometry: Geometry, symbolBytes: number): Workspace {
  const layout = layoutOf(geometry, symbolBytes)
  return { kernel, layout, bytes: kernel.reserve(layout.total) }
}

/** Hashes the trees and copies the upper one out of the workspace. */
function pairTreeOf({ kernel, layout, bytes }: Workspace): PairTree {
  hashTrees(kernel, layout)
  return {
    root: bytes.slice(layout.root, layout.total),
    leaves: bytes.slice(layout.pairLeaves, layout.root),
  }
}

/** The second pass over a batch. Writes the parity columns to `pairs`. */
function extendBatch(
  workspace: Workspace,
  plan: CodingPlan,
  batch: Uint8Array,
  pairs: readonly Uint8Array[],
): void {
  const { kernel, layout } = workspace
  const rowBytes = layout.geometry.columns * layout.symbolBytes
  for (const step of rowSteps(layout, plan)) {
    if (!layout.whole) loadBatch(workspace, batch, { from: step.first * rowBytes, to: 0, bytes: rowBytes })
    extendRows(kernel, layout, step)
    storeParity(workspace, step, pairs)
  }
}

/** Copies a part of the batch into the workspace, with the zeros that pad the batch. */
function loadBatch(
  workspace: Workspace,
  batch: Uint8Array,
  { from, to, bytes }: { from: number; to: number; bytes: number },
): void {
  const part = batch.subarray(from, from + bytes)
  workspace.bytes.set(part, to)
  if (part.length < bytes) workspace.bytes.fill(0, to + part.length, to + bytes)
}

/** Copies the systematic rows' symbols of a step of the first pass from the batch into the workspace. */
function loadColumns(workspace: Workspace, batch: Uint8Array, step: IndexRange): void {
  const { geometry, symbolBytes, whole } = workspace.layout
  const { rows, columns } = geometry
  if (whole) {
    loadBatch(workspace, batch, { from: 0, to: 0, bytes: rows * columns * symbolBytes })
    return
  }
  for (let i = 0; i < rows; i++) {
    const from = (i * columns + step.first) * symbolBytes
    loadBatch(workspace, batch, { from, to: i * symbolBytes, bytes: symbolBytes })
  }
}

/** Copies the symbols of a step of the first pass from a row into the workspace. */
function loadRow(
  { layout, bytes }: Workspace,
  { index, row }: IndexedRow,
  { first, count }: IndexRange,
): void {
  const { symbolBytes } = layout
  const part = row.subarray(first * symbolBytes, (first + count) * symbolBytes)
  bytes.set(part, index * part.length)
}

/** Copies the result of a step of the first pass to the row slivers, and to the column slivers j < c. */
function storeColumns({ layout, bytes }: Workspace, step: IndexRange, pairs: readonly Uint8Array[]): void {
  const { geometry, symbolBytes, whole } = layout
  const { rows, columns } = geometry
  const stepBytes = step.count * symbolBytes
  const rowBytes = columns * symbolBytes
  pairs.forEach((pair, i) => {
    pair.set(bytes.subarray(i * stepBytes, (i + 1) * stepBytes), step.first * symbolBytes)
  })
  if (!whole) {
    pairs[step.first]?.set(bytes.subarray(0, rows * symbolBytes), rowBytes)
    return
  }
  for (let j = 0; j < columns; j++) {
    for (let i = 0; i < rows; i++) {
      const from = i * rowBytes + j * symbolBytes
      pairs[j]?.set(bytes.subarray(from, from + symbolBytes), rowBytes + i * symbolBytes)
    }
  }
}

/** Copies the result of a step of the second pass to the column slivers j ≥ c. */
function storeParity({ layout, bytes }: Workspace, step: IndexRange, pairs: readonly Uint8Array[]): void {
  const { geometry, symbolBytes, parity } = layout
  const { columns } = geometry
  const stepBytes = step.count * symbolBytes
  for (let j = columns; j < pairs.length; j++) {
    const from = parity + (j - columns) * stepBytes
    pairs[j]?.set(bytes.subarray(from, from + stepBytes), (columns + step.first) * symbolBytes)
  }
}

/** Copies the systematic rows' symbols of a step of the first pass to their places in the batch. */
function storeBatch({ layout, bytes }: Workspace, { first, count }: IndexRange, batch: BatchAssembly): void {
  const { geometry, symbolBytes } = layout
  const stepBytes = count * symbolBytes
  for (let i = 0; i < geometry.rows; i++) {
    const at = (i * geometry.columns + first) * symbolBytes
    batch.put(at, bytes.subarray(i * stepBytes, (i + 1) * stepBytes))
  }
}

/** A batch that is assembled from pieces, the last of which contain its padding. */
class BatchAssembly {
  readonly bytes: Uint8Array
  /** Whether a byte of the padding was not zero. */
  overflows = false

  constructor(length: number) {
    this.bytes = new Uint8Array(length)
  }

  put(at: number, piece: Uint8Array): void {
    const fitting = Math.max(0, Math.min(piece.length, this.bytes.length - at))
    if (fitting > 0) this.bytes.set(piece.subarray(0, fitting), at)
    for (let i = fitting; i < piece.length; i++) if (piece[i] !== 0) this.overflows = true
  }
}
