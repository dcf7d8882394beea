// Encoding a batch, decoding it from rows, and telling whether a root is a batch at all (docs/protocol.md §1–2).
//
// All work happens in the kernel's workspace, laid out so that nothing is moved: the n row slivers one after another (the
// first r are the batch itself), then the n − c parity columns one after another, then hashes. Column slivers j < c are not
// stored twice: they are gathered from the rows when somebody asks. An `Encoding` is lent for the length of a call.
import { equalBytes } from './bytes.ts'
import { FloeError, assert } from './errors.ts'
import { lagrangeMatrix, range } from './field.ts'
import { type Geometry, symbolBytesOf } from './geometry.ts'
import type { Kernel } from './kernel.ts'
import { HASH_BYTES } from './limits.ts'

type Layout = {
  readonly geometry: Geometry
  readonly symbolBytes: number
  readonly rowBytes: number
  /** Start of the parity columns. */
  readonly columns: number
  /** Start of the symbol roots of the n rows, row by row. */
  readonly rowLeaves: number
  /** Start of the symbol roots of the n − c parity columns, column by column. */
  readonly parityLeaves: number
  readonly rowRoots: number
  readonly columnRoots: number
  readonly pairLeaves: number
  readonly root: number
  readonly total: number
}

function layoutOf(geometry: Geometry, symbolBytes: number): Layout {
  const { shards, rows, columns } = geometry
  const rowBytes = columns * symbolBytes
  const columnsStart = shards * rowBytes
  const parity = shards - columns
  const rowLeaves = columnsStart + parity * rows * symbolBytes
  const parityLeaves = rowLeaves + shards * columns * HASH_BYTES
  const rowRoots = parityLeaves + parity * rows * HASH_BYTES
  const columnRoots = rowRoots + shards * HASH_BYTES
  const pairLeaves = columnRoots + shards * HASH_BYTES
  const root = pairLeaves + shards * HASH_BYTES
  return {
    geometry,
    symbolBytes,
    rowBytes,
    columns: columnsStart,
    rowLeaves,
    parityLeaves,
    rowRoots,
    columnRoots,
    pairLeaves,
    root,
    total: root + HASH_BYTES,
  }
}

/** An encoded batch in the kernel's workspace, valid until the function it was lent to returns. Hashes are copies. */
export type Encoding = {
  readonly geometry: Geometry
  readonly symbolBytes: number
  readonly root: Uint8Array
  /** The n pair leaves, 32 bytes each. */
  readonly leaves: Uint8Array
  /** A view of row sliver i: c·s bytes. */
  row(i: number): Uint8Array
  /** Writes column sliver j, r·s bytes, to the start of `target`. */
  copyColumn(j: number, target: Uint8Array): void
}

/** Computes parity rows and columns from the r systematic rows in the workspace. */
function extend(kernel: Kernel, layout: Layout): void {
  const { geometry, symbolBytes, rowBytes } = layout
  const { shards, rows, columns } = geometry
  kernel.multiply({
    matrix: parityMatrix(rows, shards),
    inputs: offsets(rows, 0, rowBytes),
    outputs: offsets(shards - rows, rows * rowBytes, rowBytes),
    length: rowBytes,
  })
  kernel.multiply({
    matrix: parityMatrix(columns, shards),
    inputs: offsets(columns, 0, symbolBytes),
    outputs: offsets(shards - columns, layout.columns, rows * symbolBytes),
    length: symbolBytes,
    groups: { count: rows, inputStride: rowBytes, outputStride: symbolBytes },
  })
}

/** `count` offsets from `start` on, `stride` apart. */
function offsets(count: number, start: number, stride: number): Uint32Array {
  const all = new Uint32Array(count)
  for (let i = 0; i < count; i++) all[i] = start + i * stride
  return all
}

const parityMatrices = new Map<string, Uint8Array>()
/** Committees that a process serves are few; the oldest matrix goes when there are more. */
const PARITY_MATRICES_MAX = 64

/** The (n − k) × k matrix of RS(n, k) that takes data to parity. */
function parityMatrix(k: number, n: number): Uint8Array {
  const key = `${k}/${n}`
  const known = parityMatrices.get(key)
  if (known !== undefined) return known
  const matrix = lagrangeMatrix(range(0, k), range(k, n))
  if (parityMatrices.size >= PARITY_MATRICES_MAX) {
    const [oldest] = parityMatrices.keys()
    if (oldest !== undefined) parityMatrices.delete(oldest)
  }
  parityMatrices.set(key, matrix)
  return matrix
}

/**
 * Hashes the extended batch in the workspace: symbols, rows, columns, pairs, root. The symbols that a row and a column share
 * are hashed once: the trees of the columns j < c take every c-th of the rows' symbol roots.
 */
function commit(kernel: Kernel, layout: Layout): void {
  const { geometry, symbolBytes, rowLeaves, parityLeaves, rowRoots, columnRoots, pairLeaves } = layout
  const { shards, rows, columns } = geometry
  const parity = shards - columns
  kernel.symbolRoots({ offset: 0, count: shards * columns, symbolBytes, out: rowLeaves })
  kernel.symbolRoots({ offset: layout.columns, count: parity * rows, symbolBytes, out: parityLeaves })
  kernel.treeRoots({ offset: rowLeaves, count: shards, width: columns, out: rowRoots })
  kernel.treeRoots({
    offset: rowLeaves,
    count: columns,
    width: rows,
    leafStride: columns * HASH_BYTES,
    treeStride: HASH_BYTES,
    out: columnRoots,
  })
  kernel.treeRoots({
    offset: parityLeaves,
    count: parity,
    width: rows,
    out: columnRoots + columns * HASH_BYTES,
  })
  kernel.pairLeaves({ rows: rowRoots, columns: columnRoots, count: shards, out: pairLeaves })
  kernel.treeRoots({ offset: pairLeaves, count: 1, width: shards, out: layout.root })
}

function lend(layout: Layout, workspace: Uint8Array): Encoding {
  const { geometry, symbolBytes, rowBytes } = layout
  const { shards, rows, columns } = geometry
  const hashes = (start: number, count: number): Uint8Array =>
    workspace.slice(start, start + count * HASH_BYTES)
  return {
    geometry,
    symbolBytes,
    root: hashes(layout.root, 1),
    leaves: hashes(layout.pairLeaves, shards),
    row: (i) => workspace.subarray(i * rowBytes, (i + 1) * rowBytes),
    copyColumn: (j, target) => {
      if (j >= columns) {
        const start = layout.columns + (j - columns) * rows * symbolBytes
        target.set(workspace.subarray(start, start + rows * symbolBytes))
        return
      }
      for (let i = 0; i < rows; i++) {
        const start = i * rowBytes + j * symbolBytes
        target.set(workspace.subarray(start, start + symbolBytes), i * symbolBytes)
      }
    },
  }
}

/**
 * Encodes `batch` (1 … 2^27 bytes) and lends the encoding to `use`, whose result is returned. Synchronous: the workspace
 * belongs to the next caller as soon as `use` returns. Peak memory above the batch: the workspace, at most 3.5 times the batch
 * with its padding (r·c symbols at least), and at most 2 MiB of hashes.
 */
export function encodeBatch<T>(
  kernel: Kernel,
  geometry: Geometry,
  batch: Uint8Array,
  use: (encoding: Encoding) => T,
): T {
  const layout = layoutOf(geometry, symbolBytesOf(geometry, batch.length))
  const workspace = kernel.reserve(layout.total)
  workspace.set(batch)
  workspace.fill(0, batch.length, geometry.rows * layout.rowBytes)
  extend(kernel, layout)
  commit(kernel, layout)
  return use(lend(layout, workspace))
}

/** A row sliver with its index: c·s bytes, checked to open under the root by whoever fetched it. */
export type IndexedRow = { readonly index: number; readonly row: Uint8Array }

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
  const layout = layoutOf(geometry, symbolBytesOf(geometry, commitment.length))
  const { rowBytes } = layout
  if (rows.length < geometry.rows) {
    throw new FloeError(
      'unavailable',
      `Expected at least ${geometry.rows} rows to decode, got ${rows.length}.`,
    )
  }
  const used = [...rows].sort((a, b) => a.index - b.index).slice(0, geometry.rows)
  const workspace = kernel.reserve(layout.total)
  for (const { index, row } of used) {
    assert(row.length === rowBytes && index < geometry.shards, `row ${index} of ${rowBytes} bytes`)
    workspace.set(row, index * rowBytes)
  }
  interpolateMissing(
    kernel,
    layout,
    used.map(({ index }) => index),
  )
  if (hasNonZero(workspace, commitment.length, geometry.rows * rowBytes)) return undefined
  extend(kernel, layout)
  commit(kernel, layout)
  if (!equalBytes(workspace.subarray(layout.root, layout.root + HASH_BYTES), commitment.root))
    return undefined
  return workspace.slice(0, commitment.length)
}

function hasNonZero(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i] !== 0) return true
  return false
}

/** Computes the systematic rows that are not among the r `points` from those that are. */
function interpolateMissing(kernel: Kernel, layout: Layout, points: readonly number[]): void {
  const missing = range(0, layout.geometry.rows).filter((row) => !points.includes(row))
  if (missing.length === 0) return
  kernel.multiply({
    matrix: lagrangeMatrix(points, missing),
    inputs: Uint32Array.from(points, (row) => row * layout.rowBytes),
    outputs: Uint32Array.from(missing, (row) => row * layout.rowBytes),
    length: layout.rowBytes,
  })
}
