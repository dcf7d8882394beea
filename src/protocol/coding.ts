// The two dimensions of the code and the tree over them (docs/protocol.md §1–2), on one order of symbols in the kernel's workspace:
// the n row slivers, of which the first r are the batch itself, then the n − c parity columns. Column slivers j < c do not stand
// there twice: they are every c-th symbol of the rows. All is done a tile at a time (tiles.ts), and what is known of a row's
// hashes already is not hashed again.
import { lagrangeMatrix, range } from './field.ts'
import type { Geometry } from './geometry.ts'
import type { Kernel } from './kernel.ts'
import { HASH_BYTES } from './limits.ts'
import { type Run, type Tile, type Tiling, closeSymbols, hashTile, runsOf, tilingOf } from './tiles.ts'

export type Layout = {
  readonly geometry: Geometry
  readonly tiling: Tiling
  readonly rowRoots: number
  readonly columnRoots: number
  readonly pairLeaves: number
  readonly root: number
  readonly total: number
}

export function layoutOf(geometry: Geometry, symbolBytes: number): Layout {
  const { shards, rows, columns } = geometry
  const tiling = tilingOf(shards * columns + (shards - columns) * rows, symbolBytes)
  const rowRoots = tiling.end
  const columnRoots = rowRoots + shards * HASH_BYTES
  const pairLeaves = columnRoots + shards * HASH_BYTES
  const root = pairLeaves + shards * HASH_BYTES
  return { geometry, tiling, rowRoots, columnRoots, pairLeaves, root, total: root + HASH_BYTES }
}

/** Which rows are there at first, and which are not hashed yet. */
export type Work = {
  /** The r rows that every other row is computed from. */
  readonly given: readonly number[]
  readonly others: readonly number[]
  /** Takes the given rows to the others. */
  readonly matrix: Uint8Array
  /** Rows to hash. */
  readonly rows: readonly Run[]
  /** Systematic rows whose symbols in parity columns are to be computed and hashed. */
  readonly extended: readonly Run[]
}

/** Everything from the batch itself. */
export function encodingWork({ shards, rows }: Geometry): Work {
  return {
    given: range(0, rows),
    others: range(rows, shards),
    matrix: parityMatrix(rows, shards),
    rows: [{ first: 0, count: shards }],
    extended: [{ first: 0, count: rows }],
  }
}

/** Everything from r rows, of which those that are `known` are hashed. */
export function decodingWork(
  { shards, rows }: Geometry,
  given: readonly number[],
  known: ReadonlySet<number>,
): Work {
  const others = range(0, shards).filter((row) => !given.includes(row))
  const unknown = (row: number): boolean => !known.has(row)
  const matrix = cached(`${shards}: ${given.join()}`, () => lagrangeMatrix(given, others))
  return { given, others, matrix, rows: runsOf(shards, unknown), extended: runsOf(rows, unknown) }
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

/** The (n − k) × k matrix of RS(n, k) that takes data to parity. */
function parityMatrix(k: number, n: number): Uint8Array {
  return cached(`${k}/${n}`, () => lagrangeMatrix(range(0, k), range(k, n)))
}

/** `count` offsets from `start` on, `stride` apart. */
function offsets(count: number, start: number, stride: number): Uint32Array {
  const all = new Uint32Array(count)
  for (let i = 0; i < count; i++) all[i] = start + i * stride
  return all
}

/** Computes the tile of all rows and columns from that of the given rows, and hashes what is not hashed yet. */
export function codeTile(kernel: Kernel, { geometry, tiling }: Layout, work: Work, tile: Tile): void {
  const { rows, columns } = geometry
  const rowBytes = columns * tile.bytes
  kernel.multiply({
    matrix: work.matrix,
    inputs: Uint32Array.from(work.given, (row) => row * rowBytes),
    outputs: Uint32Array.from(work.others, (row) => row * rowBytes),
    length: rowBytes,
  })
  const parity = parityOf(geometry)
  for (const run of work.extended) extendRows(kernel, geometry, tile, { run, parity, apart: rows })
  for (const run of symbolRuns(geometry, work)) hashTile(kernel, tiling, tile, run)
}

/**
 * Computes the tile of what a run of rows has in the n − c parity columns. The symbols of the first such column begin at symbol
 * `parity`, one for each row, those of the next column `apart` symbols later.
 */
export function extendRows(
  kernel: Kernel,
  { shards, columns }: Geometry,
  { bytes }: Tile,
  { run, parity, apart }: { run: Run; parity: number; apart: number },
): void {
  kernel.multiply({
    matrix: parityMatrix(columns, shards),
    inputs: offsets(columns, run.first * columns * bytes, bytes),
    outputs: offsets(shards - columns, (parity + run.first) * bytes, apart * bytes),
    length: bytes,
    groups: { count: run.count, inputStride: columns * bytes, outputStride: bytes },
  })
}

/** The first symbol of the parity columns. */
export function parityOf({ shards, columns }: Geometry): number {
  return shards * columns
}

/** The symbols that are to be hashed. */
function symbolRuns(geometry: Geometry, work: Work): Run[] {
  const { shards, rows, columns } = geometry
  const parity = parityOf(geometry)
  const ofRows = work.rows.map(({ first, count }) => ({ first: first * columns, count: count * columns }))
  const ofColumns = work.extended.flatMap(({ first, count }) =>
    count === rows
      ? [{ first: parity, count: rows * (shards - columns) }]
      : range(0, shards - columns).map((j) => ({ first: parity + j * rows + first, count })),
  )
  return [...ofRows, ...ofColumns]
}

/**
 * Climbs from the symbols in the workspace to the root: rows, columns, pairs. The symbols that a row and a column share are
 * hashed once: the trees of the columns j < c take every c-th of the rows' symbol roots.
 */
export function commit(kernel: Kernel, layout: Layout, work: Work): void {
  const { geometry, tiling, rowRoots, columnRoots, pairLeaves } = layout
  const { shards, rows, columns } = geometry
  const { roots } = tiling
  for (const run of symbolRuns(geometry, work)) closeSymbols(kernel, tiling, run)
  kernel.treeRoots({ offset: roots, count: shards, width: columns, out: rowRoots })
  kernel.treeRoots({
    offset: roots,
    count: columns,
    width: rows,
    leafStride: columns * HASH_BYTES,
    treeStride: HASH_BYTES,
    out: columnRoots,
  })
  kernel.treeRoots({
    offset: roots + parityOf(geometry) * HASH_BYTES,
    count: shards - columns,
    width: rows,
    out: columnRoots + columns * HASH_BYTES,
  })
  kernel.pairLeaves({ rows: rowRoots, columns: columnRoots, count: shards, out: pairLeaves })
  kernel.treeRoots({ offset: pairLeaves, count: 1, width: shards, out: layout.root })
}
