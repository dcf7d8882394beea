// Evidence (docs/protocol.md §7.2): there is none against a valid encoding, whatever is claimed, and reads show the batch.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Evidence,
  type Line,
  type DisputedBatch,
  paritySum,
  positionOfPoint,
  readOpening,
  positionOfRead,
  verifyEvidence,
} from '../../src/protocol/evidence.ts'
import { type Geometry, chunkCount, geometryOf, symbolBytesOf } from '../../src/protocol/geometry.ts'
import { type Opening, encodeOpening, openSliver } from '../../src/protocol/opening.ts'
import { type Side, checkProvenSliver, sliverWidth } from '../../src/protocol/sliver.ts'
import { batches, picks } from '../support/arbitraries.ts'
import { evilEncode } from '../support/evil-encoder.ts'
import { headerOf } from '../support/arbitraries.ts'
import { seededBytes } from '../support/random-bytes.ts'
import { type Stored, codeThrownBy, kernel, placeOf, sliverAnswer, stored } from './support.ts'

type Place = { readonly side: Side; readonly pair: number; readonly symbol: number; readonly chunk: number }

function open(store: Stored, { side, pair, symbol, chunk }: Place): Opening {
  const sliver = checkProvenSliver(kernel, placeOf(store, side, pair), sliverAnswer(store, side, pair))
  return openSliver(store.encoding.geometry, sliver, { symbol, chunk })
}

function subjectOf({ header, encoding }: Stored): DisputedBatch {
  return { header, geometry: encoding.geometry }
}

function chunksIn({ header, encoding }: Stored): number {
  return chunkCount(symbolBytesOf(encoding.geometry, header.length))
}

/** A line of a matrix, at arbitrary points. */
function lines(geometry: Geometry, chunks: number): fc.Arbitrary<Line> {
  const { shards, rows, columns } = geometry
  const all = Array.from({ length: shards }, (_, point) => point)
  const ofSide = (side: Side, indexes: number, degree: number): fc.Arbitrary<Line> =>
    fc.record({
      side: fc.constant(side),
      index: fc.nat(indexes - 1),
      chunk: fc.nat(chunks - 1),
      byteIndex: fc.nat(2047),
      points: picks(all, degree + 1).map((points) => points.sort((a, b) => a - b)),
    })
  return fc.oneof(ofSide('column', columns, rows), ofSide('row', rows, columns))
}

function places(geometry: Geometry, chunks: number): fc.Arbitrary<Place> {
  return fc.constantFrom<Side>('row', 'column').chain((side) =>
    fc.record({
      side: fc.constant(side),
      pair: fc.nat(geometry.shards - 1),
      symbol: fc.nat(sliverWidth(geometry, side) - 1),
      chunk: fc.nat(chunks - 1),
    }),
  )
}

/** Every kind of claim against a valid encoding, made of openings that all verify. */
function claims(store: Stored): fc.Arbitrary<Evidence> {
  const { geometry } = store.encoding
  const chunks = chunksIn(store)
  const parity = lines(geometry, chunks).map((line): Evidence => {
    const openings = line.points.map((point) =>
      open(store, { ...positionOfPoint(geometry, line, point), chunk: line.chunk }),
    )
    return { kind: 'parity', line, openings }
  })
  const symbol = fc.tuple(places(geometry, chunks), places(geometry, chunks), fc.boolean())
  const pairs = symbol.map(([row, column, aligned]): Evidence => {
    const crossing = { side: 'column' as const, pair: row.symbol, symbol: row.pair % geometry.rows }
    return {
      kind: 'symbol',
      row: open(store, row),
      column: open(store, aligned && row.side === 'row' ? { ...column, ...crossing } : column),
    }
  })
  const padding = fc
    .tuple(places(geometry, chunks), fc.nat(2047))
    .map(([place, byteIndex]): Evidence => ({ kind: 'padding', opening: open(store, place), byteIndex }))
  return fc.oneof(parity, pairs, padding)
}

test('no claim against a valid encoding verifies', () => {
  const cases = fc.tuple(fc.constantFrom(4, 5, 7, 10, 13), batches(9000)).chain(([shards, batch]) => {
    const store = stored(geometryOf(shards), batch)
    return claims(store).map((claim) => ({ store, claim }))
  })
  fc.assert(
    fc.property(cases, ({ store, claim }) => {
      expect(verifyEvidence(subjectOf(store), claim)).toBe(false)
    }),
    { numRuns: 40 },
  )
})

test('the parity sum is zero for values of a polynomial and not zero when one value differs', () => {
  // x² + 3 over GF(2^8), at points with obvious squares.
  const points = [0, 1, 2, 4]
  expect(paritySum(points, [3, 2, 7, 19])).toBe(0)
  expect(paritySum(points, [3, 2, 7, 18])).not.toBe(0)
})

describe('changed evidence', () => {
  const geometry = geometryOf(7)
  const encoding = evilEncode(geometry, seededBytes('spoiled', 3000), 'parity-row')
  const store: Stored = { header: headerOf(encoding.root, 3000), encoding }
  const points = [0, 1, 2, 6]
  const line: Line = { side: 'column', index: 0, chunk: 0, byteIndex: 0, points }
  const openings = points.map((pair) => open(store, { side: 'row', pair, symbol: 0, chunk: 0 }))
  const good: Evidence = { kind: 'parity', line, openings }
  const holds = (evidence: Evidence): boolean => verifyEvidence(subjectOf(store), evidence)

  test('the unchanged evidence verifies', () => expect(holds(good)).toBe(true))

  test.each<[string, Evidence]>([
    ['at a byte without the flaw', { ...good, line: { ...line, byteIndex: 1 } }],
    ['with a missing opening', { ...good, openings: openings.slice(1) }],
    ['with openings in another order', { ...good, openings: [...openings].reverse() }],
    ['with a repeated point', { ...good, line: { ...line, points: [0, 1, 1, 6] } }],
    ['with a point outside the codeword', { ...good, line: { ...line, points: [0, 1, 2, 7] } }],
    ['on another line', { ...good, line: { ...line, index: 1 } }],
    ['past the columns of the batch', { ...good, line: { ...line, index: 5 } }],
    ['on the other side', { ...good, line: { ...line, side: 'row' } }],
    ['at another chunk', { ...good, line: { ...line, chunk: 1 } }],
    ['past the end of the chunk', { ...good, line: { ...line, byteIndex: 2047 } }],
  ])('valid evidence no longer verifies %s', (_, evidence) => expect(holds(evidence)).toBe(false))

  test('valid evidence no longer verifies with any bit of an opening changed', () => {
    const at = { ...(openings[0] as Opening) }
    for (const field of ['bytes', 'symbolPath', 'sliverPath', 'other', 'pairPath'] as const) {
      if (at[field].length === 0) continue
      const changed = at[field].slice()
      changed[0] = (changed[0] as number) ^ 0x80
      expect(holds({ ...good, openings: [{ ...at, [field]: changed }, ...openings.slice(1)] })).toBe(false)
    }
  })
})

describe('a read', () => {
  test('a read shows the bytes of the batch at any offset, and only from the right opening', () => {
    const cases = fc.tuple(fc.constantFrom(4, 7, 10), batches(60_000), fc.nat(), fc.nat())
    fc.assert(
      fc.property(cases, ([shards, batch, anyOffset, otherOffset]) => {
        const store = stored(geometryOf(shards), batch)
        const subject = subjectOf(store)
        const words = Math.ceil(batch.length / 32)
        const offset = 32 * (anyOffset % words)
        const opening = open(store, { side: 'row', ...positionOfRead(subject, offset) })
        const shown = readOpening(subject, offset, encodeOpening(opening))
        expect(shown).toEqual(batch.subarray(offset, offset + 32))
        const elsewhere = 32 * (otherOffset % words)
        const places = [elsewhere, offset].map((at) => JSON.stringify(positionOfRead(subject, at)))
        const there = readOpening(subject, elsewhere, encodeOpening(opening))
        expect(there === undefined).toBe(places[0] !== places[1])
      }),
    )
  })

  test.each([-32, 1, 31, 64, 96, 2 ** 31, NaN])(
    'a read at offset %d of a batch of 64 bytes is refused',
    (offset) => {
      const store = stored(geometryOf(4), seededBytes('sixty-four', 64))
      expect(codeThrownBy(() => positionOfRead(subjectOf(store), offset))).toBe('malformed')
    },
  )
})
