// The encoded matrix and the trees over it (docs/protocol.md §1–2), computed in a kernel's workspace. A batch is coded in two
// passes, so that a large batch needs little memory, most of it in the processor's cache:
//
// 1. column by column: the symbols of all n rows in the column, from the symbols of any r rows;
// 2. row by row, for the first r rows: the symbols of the row in the n − c parity columns.
//
// Each pass computes whole symbols and hashes them immediately; only the symbol roots are kept. A small batch fits into the
// workspace as a whole, and each pass is then one step, because few large kernel calls cost less than many small ones. Rows whose
// symbol roots are known are not hashed again.
import { lagrangeMatrix, range } from './field.ts'
import type { Geometry } from './geometry.ts'
import type { Kernel } from './kernel.ts'
import { HASH_BYTES } from './limits.ts'

/** Most bytes of symbols for which all of them are in the workspace together. */
const WHOLE_BYTES_MAX = 4 * 1024 * 1024

/** Offsets in the workspace of everything that is computed for one batch. */
export type Layout = {
  readonly geometry: Geometry
  readonly symbolBytes: number
  /** Whether the workspace holds all symbols: the n rows, then the parity columns. Otherwise it holds those of one step, from 0. */
  readonly whole: boolean
  /** The symbols of the parity columns: whole columns, or otherwise one row's symbol in each of them. */
  readonly parity: number
  /** The symbol roots of all rows: row by row if `whole`, otherwise column by column. */
  readonly roots: number
  /** The symbol roots of the parity columns: column by column if `whole`, otherwise row by row. */
  readonly parityRoots: number
  readonly rowRoots: number
  readonly columnRoots: number
  readonly pairLeaves: number
  readonly root: number
  readonly total: number
}

export function layoutOf(geometry: Geometry, symbolBytes: number): Layout {
  const { shards, rows, columns } = geometry
  const rowSymbols = shards * columns
  const paritySymbols = (shards - columns) * rows
  const whole = (rowSymbols + paritySymbols) * symbolBytes <= WHOLE_BYTES_MAX
  const parity = (whole ? rowSymbols : columns) * symbolBytes
  const roots = (whole ? rowSymbols + paritySymbols : shards) * symbolBytes
  const parityRoots = roots + rowSymbols * HASH_BYTES
  const rowRoots = parityRoots + paritySymbols * HASH_BYTES
  const columnRoots = rowRoots + shards * HASH_BYTES
  const pairLeaves = columnRoots + shards * HASH_BYTES
  const root = pairLeaves + shards * HASH_BYTES
  const total = root + HASH_BYTES
  const hashes = { roots, parityRoots, rowRoots, columnRoots, pairLeaves, root, total }
  return { geometry, symbolBytes, whole, parity, ...hashes }
}

/** Rows or columns `first` to `first + count − 1`. */
export type IndexRange = { readonly first: number; readonly count: number }

/** The ranges of consecutive numbers below `end` for which `isIncluded` holds. */
function rangesWhere(end: number, isIncluded: (i: number) => boolean): IndexRange[] {
  const ranges: IndexRange[] = []
  for (let i = 0; i < end; i++) {
    if (!isIncluded(i)) continue
    const first = i
    while (i + 1 < end && isIncluded(i + 1)) i++
    ranges.push({ first, count: i + 1 - first })
  }
  return ranges
}

function oneByOne({ first, count }: IndexRange): IndexRange[] {
  return range(first, first + count).map((i) => ({ first: i, count: 1 }))
}

/** Which rows are given, and which rows have to be hashed. */
export type CodingPlan = {
  /** The r rows from which all others are computed. */
  readonly given: readonly number[]
  readonly others: readonly number[]
  /** Takes the given rows to the others. */
  readonly matrix: Uint8Array
  /** Rows to hash. */
  readonly hashed: readonly IndexRange[]
  /** Systematic rows whose symbols in the parity columns have to be computed and hashed. */
  readonly extended: readonly IndexRange[]
}

/** By number of shards, so there are few. Computing a plan takes a tenth of the encoding of one kilobyte (measured). */
const encodingPlans = new Map<number, CodingPlan>()

/** The plan for encoding: the systematic rows are given, and every row has to be hashed. */
export function encodingPlan({ shards, rows }: Geometry): CodingPlan {
  const known = encodingPlans.get(shards)
  if (known !== undefined) return known
  const plan: CodingPlan = {
    given: range(0, rows),
    others: range(rows, shards),
    matrix: lagrangeMatrix(range(0, rows), range(rows, shards)),
    hashed: [{ first: 0, count: shards }],
    extended: [{ first: 0, count: rows }],
  }
  encodingPlans.set(shards, plan)
  return plan
}

/** The plan for decoding from r `given` rows, when the symbol roots of the `known` ones were computed before. */
export function decodingPlan(
  { shards, rows }: Geometry,
  given: readonly number[],
  known: ReadonlySet<number>,
): CodingPlan {
  const others = range(0, shards).filter((row) => !given.includes(row))
  const isUnknown = (row: number): boolean => !known.has(row)
  const matrix = cachedMatrix(`${shards}: ${given.join()}`, () => lagrangeMatrix(given, others))
  return {
    given,
    others,
    matrix,
    hashed: rangesWhere(shards, isUnknown),
    extended: rangesWhere(rows, isUnknown),
  }
}

const matrices = new Map<string, Uint8Array>()
/** A process serves few committees and often meets the same missing rows. Beyond this number the oldest matrix is dropped. */
const MATRICES_MAX = 64

function cachedMatrix(key: string, compute: () => Uint8Array): Uint8Array {
  const known = matrices.get(key)
  if (known !== undefined) return known
  const matrix = compute()
  if (matrices.size >= MATRICES_MAX) {
    const [oldest] = matrices.keys()
    if (oldest !== undefined) matrices.delete(oldest)
  }
  matrices.set(key, matrix)
  return matrix
}

/** The (n − c) × c matrix that takes the symbols of a row to its symbols in the parity columns. */
function extensionMatrix({ shards, columns }: Geometry): Uint8Array {
  return cachedMatrix(`${shards}`, () => lagrangeMatrix(range(0, columns), range(columns, shards)))
}

/** Each number times `factor`. Not with Uint32Array.from, which takes a microsecond (measured). */
function multiples(numbers: readonly number[], factor: number): Uint32Array {
  const result = new Uint32Array(numbers.length)
  numbers.forEach((number, i) => (result[i] = number * factor))
  return result
}

/** `count` offsets from `start` on, `stride` apart. */
function offsets(count: number, start: number, stride: number): Uint32Array {
  const result = new Uint32Array(count)
  for (let i = 0; i < count; i++) result[i] = start + i * stride
  return result
}

/** The steps of the first pass. In a step, the symbols of a row in the step's columns are adjacent, and row follows row. */
export function columnSteps({ geometry, whole }: Layout): IndexRange[] {
  const all = { first: 0, count: geometry.columns }
  return whole ? [all] : oneByOne(all)
}

/** One step of the first pass: computes the other rows from the given ones, and hashes the rows that the plan names. */
export function codeColumns(kernel: Kernel, layout: Layout, plan: CodingPlan, step: IndexRange): void {
  const { geometry, symbolBytes, whole, roots } = layout
  const { shards, columns } = geometry
  const length = step.count * symbolBytes
  kernel.multiply({
    matrix: plan.matrix,
    inputs: multiples(plan.given, length),
    outputs: multiples(plan.others, length),
    length,
  })
  for (const { first, count } of plan.hashed) {
    const root = whole ? first * columns : step.first * shards + first
    const out = roots + root * HASH_BYTES
    kernel.symbolRoots({ offset: first * length, count: count * step.count, symbolBytes, out })
  }
}

/** The steps of the second pass. Unless the workspace holds all symbols, the caller first loads the row of a step to offset 0. */
export function rowSteps({ whole }: Layout, plan: CodingPlan): IndexRange[] {
  return whole ? [...plan.extended] : plan.extended.flatMap(oneByOne)
}

/** One step of the second pass: extends the rows into the parity columns, and hashes the symbols there. */
export function extendRows(kernel: Kernel, layout: Layout, { first, count }: IndexRange): void {
  const { geometry, symbolBytes, whole, parity, parityRoots } = layout
  const { shards, rows, columns } = geometry
  const parityColumns = shards - columns
  const rowBytes = columns * symbolBytes
  // A parity column in the workspace has the symbols of all r systematic rows, or of one row.
  const [start, columnSymbols] = whole ? [first, rows] : [0, 1]
  kernel.multiply({
    matrix: extensionMatrix(geometry),
    inputs: offsets(columns, start * rowBytes, symbolBytes),
    outputs: offsets(parityColumns, parity + start * symbolBytes, columnSymbols * symbolBytes),
    length: symbolBytes,
    groups: { count, inputStride: rowBytes, outputStride: symbolBytes },
  })
  // Symbols that are adjacent are hashed in one call: all of them if the step fills the columns, otherwise those of each column.
  const spans =
    count === columnSymbols
      ? [{ from: start, to: whole ? 0 : first * parityColumns, symbols: parityColumns * count }]
      : range(0, parityColumns).map((j) => ({ from: j * rows + first, to: j * rows + first, symbols: count }))
  for (const { from, to, symbols } of spans) {
    const out = parityRoots + to * HASH_BYTES
    kernel.symbolRoots({ offset: parity + from * symbolBytes, count: symbols, symbolBytes, out })
  }
}

/** Extends the row at the start of the workspace to all n symbols, which are then adjacent. */
export function extendRow(kernel: Kernel, geometry: Geometry, symbolBytes: number): void {
  const { shards, columns } = geometry
  kernel.multiply({
    matrix: extensionMatrix(geometry),
    inputs: offsets(columns, 0, symbolBytes),
    outputs: offsets(shards - columns, columns * symbolBytes, symbolBytes),
    length: symbolBytes,
  })
}

/** Writes known symbol roots of a row where the passes would have written them: c roots, or n of a systematic row. */
export function setSymbolRoots(
  workspace: Uint8Array,
  { geometry, whole, roots, parityRoots }: Layout,
  row: number,
  known: Uint8Array,
): void {
  const { shards, rows, columns } = geometry
  const parityColumns = shards - columns
  for (let j = 0; j * HASH_BYTES < known.length; j++) {
    const rowIndex = whole ? row * columns + j : j * shards + row
    const parityIndex = whole ? (j - columns) * rows + row : row * parityColumns + (j - columns)
    const to = j < columns ? roots + rowIndex * HASH_BYTES : parityRoots + parityIndex * HASH_BYTES
    workspace.set(known.subarray(j * HASH_BYTES, (j + 1) * HASH_BYTES), to)
  }
}

/**
 * Computes the trees above the symbol roots: row roots, column roots, pair leaves, root. A symbol that a row and a column share is
 * hashed once: the trees of the columns j < c use the symbol roots of the rows.
 */
export function hashTrees(kernel: Kernel, layout: Layout): void {
  const { geometry, whole, roots, parityRoots, rowRoots, columnRoots, pairLeaves, root } = layout
  const { shards, rows, columns } = geometry
  const parityColumns = shards - columns
  // Distance, in symbol roots, to the next symbol of the same row and to the next symbol of the same column.
  const [nextInRow, nextInColumn] = whole ? [1, columns] : [shards, 1]
  const rowTrees = strides(nextInRow, nextInColumn)
  const columnTrees = strides(nextInColumn, nextInRow)
  const parityTrees = whole ? strides(1, rows) : strides(parityColumns, 1)
  const parityOut = columnRoots + columns * HASH_BYTES
  kernel.treeRoots({ offset: roots, count: shards, width: columns, ...rowTrees, out: rowRoots })
  kernel.treeRoots({ offset: roots, count: columns, width: rows, ...columnTrees, out: columnRoots })
  kernel.treeRoots({ offset: parityRoots, count: parityColumns, width: rows, ...parityTrees, out: parityOut })
  kernel.pairLeaves({ rows: rowRoots, columns: columnRoots, count: shards, out: pairLeaves })
  kernel.treeRoots({ offset: pairLeaves, count: 1, width: shards, out: root })
}

/** Strides of trees, from numbers of hashes between two leaves of a tree and between two trees. */
function strides(leaf: number, tree: number): { leafStride: number; treeStride: number } {
  return { leafStride: leaf * HASH_BYTES, treeStride: tree * HASH_BYTES }
}
