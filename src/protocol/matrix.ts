// The two dimensions of the code and the tree over them (docs/protocol.md §1–2), in a kernel's workspace. Batches are coded in two
// passes, so that a large one needs little memory, and most of that in the processor's cache:
//
// 1. column after column: the symbols of all n rows in it, from those of any r rows;
// 2. row after row, of the first r: its symbols in the n − c parity columns.
//
// Either pass has whole symbols, which are hashed at once; their roots stay. A small batch stands in the workspace as a whole, and
// each pass is one step: few large calls cost less than many small ones. Rows that are hashed already are not hashed again.
import { lagrangeMatrix, range } from './field.ts'
import type { Geometry } from './geometry.ts'
import type { Kernel } from './kernel.ts'
import { HASH_BYTES } from './limits.ts'

/** Bytes of symbols up to which all of them stand in the workspace together. */
const WHOLE_BYTES_MAX = 4 * 1024 * 1024

export type Layout = {
  readonly geometry: Geometry
  readonly symbolBytes: number
  /** Whether all symbols stand in the workspace: the n rows, then the parity columns. Otherwise those of one step, from 0 on. */
  readonly whole: boolean
  /** Where the symbols of the parity columns stand: whole columns, or a row's symbol in each. */
  readonly parity: number
  /** Symbol roots of all rows: row by row where the symbols are, column by column otherwise. */
  readonly roots: number
  /** Symbol roots of the parity columns: the other way about. */
  readonly parityRoots: number
  readonly rowRoots: number
  readonly columnRoots: number
  readonly pairLeaves: number
  readonly root: number
  readonly total: number
}

export function layoutOf(geometry: Geometry, symbolBytes: number): Layout {
  const { shards, rows, columns } = geometry
  const ofRows = shards * columns
  const ofParity = (shards - columns) * rows
  const whole = (ofRows + ofParity) * symbolBytes <= WHOLE_BYTES_MAX
  const parity = (whole ? ofRows : columns) * symbolBytes
  const roots = (whole ? ofRows + ofParity : shards) * symbolBytes
  const parityRoots = roots + ofRows * HASH_BYTES
  const rowRoots = parityRoots + ofParity * HASH_BYTES
  const columnRoots = rowRoots + shards * HASH_BYTES
  const pairLeaves = columnRoots + shards * HASH_BYTES
  const root = pairLeaves + shards * HASH_BYTES
  const total = root + HASH_BYTES
  const hashes = { roots, parityRoots, rowRoots, columnRoots, pairLeaves, root, total }
  return { geometry, symbolBytes, whole, parity, ...hashes }
}

/** Rows or columns from `first` on. */
export type IndexRange = { readonly first: number; readonly count: number }

/** The runs of the numbers from 0 to `end` that `take` takes. */
function rangesWhere(end: number, take: (i: number) => boolean): IndexRange[] {
  const runs: IndexRange[] = []
  for (let i = 0; i < end; i++) {
    if (!take(i)) continue
    const first = i
    while (i + 1 < end && take(i + 1)) i++
    runs.push({ first, count: i + 1 - first })
  }
  return runs
}

function oneByOne({ first, count }: IndexRange): IndexRange[] {
  return range(first, first + count).map((i) => ({ first: i, count: 1 }))
}

/** Which rows are there at first, and which are not hashed yet. */
export type CodingPlan = {
  /** The r rows that every other row is computed from. */
  readonly given: readonly number[]
  readonly others: readonly number[]
  /** Takes the given rows to the others. */
  readonly matrix: Uint8Array
  /** Rows to hash. */
  readonly rows: readonly IndexRange[]
  /** Systematic rows whose symbols in parity columns are to be computed and hashed. */
  readonly extended: readonly IndexRange[]
}

/** By number of shards, so there are few. Made once: for a kilobyte it would be a tenth of an encoding. */
const encodings = new Map<number, CodingPlan>()

/** Everything from the batch itself. */
export function encodingPlan({ shards, rows }: Geometry): CodingPlan {
  const known = encodings.get(shards)
  if (known !== undefined) return known
  const work: CodingPlan = {
    given: range(0, rows),
    others: range(rows, shards),
    matrix: lagrangeMatrix(range(0, rows), range(rows, shards)),
    rows: [{ first: 0, count: shards }],
    extended: [{ first: 0, count: rows }],
  }
  encodings.set(shards, work)
  return work
}

/** Everything from r rows, of which those that are `known` are hashed. */
export function decodingPlan(
  { shards, rows }: Geometry,
  given: readonly number[],
  known: ReadonlySet<number>,
): CodingPlan {
  const others = range(0, shards).filter((row) => !given.includes(row))
  const unknown = (row: number): boolean => !known.has(row)
  const matrix = cached(`${shards}: ${given.join()}`, () => lagrangeMatrix(given, others))
  return { given, others, matrix, rows: rangesWhere(shards, unknown), extended: rangesWhere(rows, unknown) }
}

const matrices = new Map<string, Uint8Array>()
/** Committees that a process serves, and erasure patterns that it meets often, are few; the oldest matrix goes when there are more. */
const MATRICES_MAX = 64

function cached(key: string, make: () => Uint8Array): Uint8Array {
  const known = matrices.get(key)
  if (known !== undefined) return known
  const matrix = make()
  if (matrices.size >= MATRICES_MAX) {
    const [oldest] = matrices.keys()
    if (oldest !== undefined) matrices.delete(oldest)
  }
  matrices.set(key, matrix)
  return matrix
}

/** The (n − c) × c matrix that takes a row's symbols to those of the parity columns. */
function extensionMatrix({ shards, columns }: Geometry): Uint8Array {
  return cached(`${shards}`, () => lagrangeMatrix(range(0, columns), range(columns, shards)))
}

/** Not Uint32Array.from, which takes a microsecond. */
function multiples(numbers: readonly number[], factor: number): Uint32Array {
  const all = new Uint32Array(numbers.length)
  numbers.forEach((number, i) => (all[i] = number * factor))
  return all
}

/** `count` offsets from `start` on, `stride` apart. */
function offsets(count: number, start: number, stride: number): Uint32Array {
  const all = new Uint32Array(count)
  for (let i = 0; i < count; i++) all[i] = start + i * stride
  return all
}

/** The steps of the first pass. In each, what a row has in the columns of the step stands together, row after row. */
export function columnSteps({ geometry, whole }: Layout): IndexRange[] {
  const all = { first: 0, count: geometry.columns }
  return whole ? [all] : oneByOne(all)
}

/** One step of the first pass: makes the other rows from the given ones, and hashes what is to be hashed. */
export function codeColumns(kernel: Kernel, layout: Layout, work: CodingPlan, step: IndexRange): void {
  const { geometry, symbolBytes, whole, roots } = layout
  const { shards, columns } = geometry
  const length = step.count * symbolBytes
  kernel.multiply({
    matrix: work.matrix,
    inputs: multiples(work.given, length),
    outputs: multiples(work.others, length),
    length,
  })
  for (const { first, count } of work.rows) {
    const root = whole ? first * columns : step.first * shards + first
    const out = roots + root * HASH_BYTES
    kernel.symbolRoots({ offset: first * length, count: count * step.count, symbolBytes, out })
  }
}

/** The steps of the second pass. Where not all symbols stand in the workspace, a step begins with its one row at 0. */
export function rowSteps({ whole }: Layout, work: CodingPlan): IndexRange[] {
  return whole ? [...work.extended] : work.extended.flatMap(oneByOne)
}

/** One step of the second pass: extends the rows to the parity columns and hashes what they have there. */
export function extendRows(kernel: Kernel, layout: Layout, { first, count }: IndexRange): void {
  const { geometry, symbolBytes, whole, parity, parityRoots } = layout
  const { shards, rows, columns } = geometry
  const others = shards - columns
  const rowBytes = columns * symbolBytes
  // As many symbols stand between two parity columns as the workspace has of each.
  const [start, apart] = whole ? [first, rows] : [0, 1]
  kernel.multiply({
    matrix: extensionMatrix(geometry),
    inputs: offsets(columns, start * rowBytes, symbolBytes),
    outputs: offsets(others, parity + start * symbolBytes, apart * symbolBytes),
    length: symbolBytes,
    groups: { count, inputStride: rowBytes, outputStride: symbolBytes },
  })
  const spans =
    count === apart
      ? [{ from: start, to: whole ? 0 : first * others, symbols: others * count }]
      : range(0, others).map((j) => ({ from: j * rows + first, to: j * rows + first, symbols: count }))
  for (const { from, to, symbols } of spans) {
    const out = parityRoots + to * HASH_BYTES
    kernel.symbolRoots({ offset: parity + from * symbolBytes, count: symbols, symbolBytes, out })
  }
}

/** Extends the row at the start of the workspace to all n symbols, which then stand one after another. */
export function extendRow(kernel: Kernel, geometry: Geometry, symbolBytes: number): void {
  const { shards, columns } = geometry
  kernel.multiply({
    matrix: extensionMatrix(geometry),
    inputs: offsets(columns, 0, symbolBytes),
    outputs: offsets(shards - columns, columns * symbolBytes, symbolBytes),
    length: symbolBytes,
  })
}

/** Puts the hashes of a row where they would stand had they been made here: c symbol roots, n of a systematic row. */
export function setSymbolRoots(
  workspace: Uint8Array,
  { geometry, whole, roots, parityRoots }: Layout,
  index: number,
  hashes: Uint8Array,
): void {
  const { shards, rows, columns } = geometry
  const others = shards - columns
  for (let j = 0; j * HASH_BYTES < hashes.length; j++) {
    const inRow = whole ? index * columns + j : j * shards + index
    const inParity = whole ? (j - columns) * rows + index : index * others + (j - columns)
    const to = j < columns ? roots + inRow * HASH_BYTES : parityRoots + inParity * HASH_BYTES
    workspace.set(hashes.subarray(j * HASH_BYTES, (j + 1) * HASH_BYTES), to)
  }
}

/**
 * Climbs from the symbol roots in the workspace to the root: rows, columns, pairs. The symbols that a row and a column share are
 * hashed once: the trees of the columns j < c take the symbol roots of the rows.
 */
export function hashTrees(kernel: Kernel, layout: Layout): void {
  const { geometry, whole, roots, parityRoots, rowRoots, columnRoots, pairLeaves } = layout
  const { shards, rows, columns } = geometry
  const others = shards - columns
  const [along, across] = whole ? [1, columns] : [shards, 1]
  const strides = (leaf: number, tree: number): { leafStride: number; treeStride: number } => ({
    leafStride: leaf * HASH_BYTES,
    treeStride: tree * HASH_BYTES,
  })
  const parityStrides = whole ? strides(1, rows) : strides(others, 1)
  const parityOut = columnRoots + columns * HASH_BYTES
  kernel.treeRoots({ offset: roots, count: shards, width: columns, ...strides(along, across), out: rowRoots })
  kernel.treeRoots({
    offset: roots,
    count: columns,
    width: rows,
    ...strides(across, along),
    out: columnRoots,
  })
  kernel.treeRoots({ offset: parityRoots, count: others, width: rows, ...parityStrides, out: parityOut })
  kernel.pairLeaves({ rows: rowRoots, columns: columnRoots, count: shards, out: pairLeaves })
  kernel.treeRoots({ offset: pairLeaves, count: 1, width: shards, out: layout.root })
}
