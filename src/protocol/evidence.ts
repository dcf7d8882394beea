// Evidence that a root is no batch (docs/protocol.md §7.2): what L1 decides in one call. Mirrors contracts/src/Disputes.sol.
//
// Evidence is a few chunks that open under the root and contradict each other, so it convinces whoever has the header and
// nothing else. No valid batch has any: test/protocol/evidence.test.ts searches for a counterexample.
import { FloeError } from './errors.ts'
import { multiply, parityWeights } from './field.ts'
import { type Geometry, symbolBytesOf } from './geometry.ts'
import type { Header } from './header.ts'
import { CHUNK_BYTES } from './limits.ts'
import { type Opening, decodeOpening, symbolRootOf, verifyOpening } from './opening.ts'
import type { Side } from './sliver.ts'
import { equalBytes } from './bytes.ts'

/** One byte of every symbol on a row or column of the matrix, at some points of its codeword. */
export type Line = {
  /** `column`: column `index` < c, its points are rows. `row`: row `index` < r, its points are columns. */
  readonly side: Side
  readonly index: number
  readonly chunk: number
  /** Of the byte in the chunk. */
  readonly byteIndex: number
  /** Ascending; one more than the code has data symbols. */
  readonly points: readonly number[]
}

export type Evidence =
  /** (a), (b): the bytes of a line are on no polynomial of the code's degree. Openings in the order of the points. */
  | { readonly kind: 'parity'; readonly line: Line; readonly openings: readonly Opening[] }
  /** (c): a symbol has one root in its row and another in its column. */
  | { readonly kind: 'symbol'; readonly row: Opening; readonly column: Opening }
  /** (d): a byte past the end of the batch is not zero. */
  | { readonly kind: 'padding'; readonly opening: Opening; readonly byteIndex: number }

/** A header with the geometry of its epoch's committee. */
export type Subject = { readonly header: Header; readonly geometry: Geometry }

/** Where a line's point is opened. */
export function pointPlace(
  geometry: Geometry,
  { side, index }: Pick<Line, 'side' | 'index'>,
  point: number,
): { pair: number; side: Side; symbol: number } {
  if (side === 'column') return { pair: point, side: 'row', symbol: index }
  return point < geometry.columns
    ? { pair: index, side: 'row', symbol: point }
    : { pair: point, side: 'column', symbol: index }
}

/** Σ w_q·v_q over the points (design §2): zero for bytes of a codeword. */
export function paritySum(points: readonly number[], values: readonly number[]): number {
  const weights = parityWeights(points)
  return values.reduce((sum, value, i) => sum ^ multiply(weights[i] as number, value), 0)
}

/** Whether evidence proves that the header's root is no batch. Openings were decoded for the header. */
export function verifyEvidence(subject: Subject, evidence: Evidence): boolean {
  const opens = (opening: Opening): boolean => verifyOpening(subject.header, opening)
  switch (evidence.kind) {
    case 'parity':
      return isLine(subject.geometry, evidence.line) && isBroken(subject, evidence, opens)
    case 'symbol':
      return isOneSymbol(subject.geometry, evidence) && [evidence.row, evidence.column].every(opens)
    case 'padding':
      return isPadding(subject, evidence) && opens(evidence.opening)
  }
}

function isLine({ rows, columns, shards }: Geometry, { side, index, points }: Line): boolean {
  const [indexes, degree] = side === 'column' ? [columns, rows] : [rows, columns]
  const ascending = points.every((point, i) => i === 0 || point > (points[i - 1] as number))
  return index < indexes && points.length === degree + 1 && ascending && (points.at(-1) as number) < shards
}

function isBroken(
  { geometry }: Subject,
  { line, openings }: Extract<Evidence, { kind: 'parity' }>,
  opens: (opening: Opening) => boolean,
): boolean {
  if (openings.length !== line.points.length) return false
  const inPlace = openings.every((opening, i) => {
    const place = pointPlace(geometry, line, line.points[i] as number)
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

function isOneSymbol(
  { rows, columns }: Geometry,
  { row, column }: Extract<Evidence, { kind: 'symbol' }>,
): boolean {
  const inRow = row.side === 'row' && row.pair < rows && row.symbol < columns
  const inColumn = column.side === 'column' && column.pair === row.symbol && column.symbol === row.pair
  return inRow && inColumn && !equalBytes(symbolRootOf(row), symbolRootOf(column))
}

function isPadding(
  { header, geometry }: Subject,
  { opening, byteIndex }: Extract<Evidence, { kind: 'padding' }>,
): boolean {
  if (opening.side !== 'row' || opening.pair >= geometry.rows || byteIndex >= opening.bytes.length)
    return false
  const symbolBytes = symbolBytesOf(geometry, header.length)
  const symbolsBefore = opening.pair * geometry.columns + opening.symbol
  const offset = symbolsBefore * symbolBytes + opening.chunk * CHUNK_BYTES + byteIndex
  return offset >= header.length && opening.bytes[byteIndex] !== 0
}

/** Where a read of the batch at `offset` is opened (§7.3). @throws FloeError `malformed` for an offset that L1 reads nothing at */
export function readPlace(
  { header, geometry }: Subject,
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

/** The bytes of the batch at `offset`, at most 32, that an opening shows; undefined if it does not show them. */
export function readOpening(subject: Subject, offset: number, encoded: Uint8Array): Uint8Array | undefined {
  const { header, geometry } = subject
  const place = readPlace(subject, offset)
  const opening = decodeOpening(header, geometry, encoded)
  const { pair, side, symbol, chunk } = opening
  const inPlace = side === 'row' && pair === place.pair && symbol === place.symbol && chunk === place.chunk
  if (!inPlace || !verifyOpening(header, opening)) return undefined
  const start = (offset % symbolBytesOf(geometry, header.length)) - chunk * CHUNK_BYTES
  return opening.bytes.subarray(start, start + Math.min(32, header.length - offset))
}
