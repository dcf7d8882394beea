// Evidence that an encoding is invalid (docs/protocol.md §7.2), which L1 decides without waiting. Mirrors contracts/src/Disputes.sol.
//
// Evidence consists of a few chunks that open under the root and contradict each other. To verify it takes nothing but the header and
// the geometry. A valid encoding has no evidence against it: test/protocol/evidence.test.ts searches for a counterexample.
import { FloeError } from './errors.ts'
import { multiply, parityWeights } from './field.ts'
import { type Geometry, symbolBytesOf } from './geometry.ts'
import type { Header } from './header.ts'
import { CHUNK_BYTES } from './limits.ts'
import { type Opening, decodeOpening, symbolRootOf, verifyOpening } from './opening.ts'
import type { Side } from './sliver.ts'
import { equalBytes } from './bytes.ts'

/** A row or column of the matrix, one byte of its symbols, and the points of its codeword at which that byte is shown. */
export type Line = {
  /** `column`: the column `index` < c, whose points are rows. `row`: the row `index` < r, whose points are columns. */
  readonly side: Side
  readonly index: number
  readonly chunk: number
  /** Index of the byte in the chunk. */
  readonly byteIndex: number
  /** In ascending order; one more than the code has data symbols. */
  readonly points: readonly number[]
}

export type Evidence =
  /** (a), (b): no polynomial of the code's degree has the bytes of a line. The openings are in the order of the points. */
  | { readonly kind: 'parity'; readonly line: Line; readonly openings: readonly Opening[] }
  /** (c): a symbol has different roots in its row and in its column. */
  | { readonly kind: 'symbol'; readonly row: Opening; readonly column: Opening }
  /** (d): a byte past the end of the batch is not zero. */
  | { readonly kind: 'padding'; readonly opening: Opening; readonly byteIndex: number }

/** The header of a batch, with the geometry of its epoch's committee. */
export type DisputedBatch = { readonly header: Header; readonly geometry: Geometry }

/** The pair, side and symbol at which a point of a line is opened. */
export function positionOfPoint(
  geometry: Geometry,
  { side, index }: Pick<Line, 'side' | 'index'>,
  point: number,
): { pair: number; side: Side; symbol: number } {
  if (side === 'column') return { pair: point, side: 'row', symbol: index }
  return point < geometry.columns
    ? { pair: index, side: 'row', symbol: point }
    : { pair: point, side: 'column', symbol: index }
}

/** Σ w_q·v_q over the points (design §2): zero for the bytes of a codeword. */
export function paritySum(points: readonly number[], values: readonly number[]): number {
  const weights = parityWeights(points)
  return values.reduce((sum, value, i) => sum ^ multiply(weights[i] as number, value), 0)
}

/** Whether evidence proves that the header's root is not the root of a valid encoding. Its openings were decoded for the header. */
export function verifyEvidence(subject: DisputedBatch, evidence: Evidence): boolean {
  const opens = (opening: Opening): boolean => verifyOpening(subject.header, opening)
  switch (evidence.kind) {
    case 'parity':
      return isLineWithin(subject.geometry, evidence.line) && breaksParity(subject, evidence, opens)
    case 'symbol':
      return hasTwoRoots(subject.geometry, evidence) && [evidence.row, evidence.column].every(opens)
    case 'padding':
      return isNonZeroPadding(subject, evidence) && opens(evidence.opening)
  }
}

function isLineWithin({ rows, columns, shards }: Geometry, { side, index, points }: Line): boolean {
  const [indexes, degree] = side === 'column' ? [columns, rows] : [rows, columns]
  const ascending = points.every((point, i) => i === 0 || point > (points[i - 1] as number))
  return index < indexes && points.length === degree + 1 && ascending && (points.at(-1) as number) < shards
}

function breaksParity(
  { geometry }: DisputedBatch,
  { line, openings }: Extract<Evidence, { kind: 'parity' }>,
  opens: (opening: Opening) => boolean,
): boolean {
  if (openings.length !== line.points.length) return false
  const inPlace = openings.every((opening, i) => {
    const place = positionOfPoint(geometry, line, line.points[i] as number)
    return (
      opening.pair === place.pair &&
      opening.side === place.side &&
      opening.symbol === place.symbol &&
      opening.chunk === line.chunk &&
      line.byteIndex < opening.bytes.length
    )
  })
  const values = openings.map(({ bytes }) => bytes[line.byteIndex] ?? 0)
  return inPlace && paritySum(line.points, values) !== 0 && openings.every(opens)
}

function hasTwoRoots(
  { rows, columns }: Geometry,
  { row, column }: Extract<Evidence, { kind: 'symbol' }>,
): boolean {
  const inRow = row.side === 'row' && row.pair < rows && row.symbol < columns
  const inColumn = column.side === 'column' && column.pair === row.symbol && column.symbol === row.pair
  return inRow && inColumn && !equalBytes(symbolRootOf(row), symbolRootOf(column))
}

function isNonZeroPadding(
  { header, geometry }: DisputedBatch,
  { opening, byteIndex }: Extract<Evidence, { kind: 'padding' }>,
): boolean {
  if (opening.side !== 'row' || opening.pair >= geometry.rows || byteIndex >= opening.bytes.length)
    return false
  const symbolBytes = symbolBytesOf(geometry, header.length)
  const symbolsBefore = opening.pair * geometry.columns + opening.symbol
  const offset = symbolsBefore * symbolBytes + opening.chunk * CHUNK_BYTES + byteIndex
  return offset >= header.length && opening.bytes[byteIndex] !== 0
}

/**
 * The chunk that contains the byte of the batch at `offset`, a multiple of 32 (§7.4).
 * @throws FloeError `malformed` for an offset at which L1 reads nothing
 */
export function positionOfRead(
  { header, geometry }: DisputedBatch,
  offset: number,
): { pair: number; symbol: number; chunk: number } {
  if (!Number.isInteger(offset) || offset < 0 || offset >= header.length || offset % 32 !== 0) {
    throw new FloeError(
      'malformed',
      `Expected an offset that is a multiple of 32 below ${header.length}, got ${offset}.`,
      { facts: { offset, length: header.length } },
    )
  }
  const symbolBytes = symbolBytesOf(geometry, header.length)
  const rowBytes = geometry.columns * symbolBytes
  return {
    pair: Math.floor(offset / rowBytes),
    symbol: Math.floor((offset % rowBytes) / symbolBytes),
    chunk: Math.floor((offset % symbolBytes) / CHUNK_BYTES),
  }
}

/** The bytes of the batch at `offset`, at most 32, from the encoded opening of their chunk; undefined if the opening is not valid. */
export function readOpening(
  subject: DisputedBatch,
  offset: number,
  encoded: Uint8Array,
): Uint8Array | undefined {
  const { header, geometry } = subject
  const place = positionOfRead(subject, offset)
  const opening = decodeOpening(header, geometry, encoded)
  const { pair, side, symbol, chunk } = opening
  const inPlace = side === 'row' && pair === place.pair && symbol === place.symbol && chunk === place.chunk
  if (!inPlace || !verifyOpening(header, opening)) return undefined
  const start = (offset % symbolBytesOf(geometry, header.length)) - chunk * CHUNK_BYTES
  return opening.bytes.subarray(start, start + Math.min(32, header.length - offset))
}
