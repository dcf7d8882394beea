// The answers of storage nodes: they open under the root, and never with a bit changed anywhere.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { concatBytes } from '../../src/protocol/bytes.ts'
import { range } from '../../src/protocol/field.ts'
import { geometryOf } from '../../src/protocol/geometry.ts'
import {
  type Side,
  checkSliver,
  checkSymbol,
  sliverResponseBytes,
  sliverWidth,
  symbolResponseBytes,
} from '../../src/protocol/sliver.ts'
import { batches } from '../support/arbitraries.ts'
import { seededBytes } from '../support/random-bytes.ts'
import {
  type Stored,
  bitPositions,
  codeThrownBy,
  flipped,
  kernel,
  passes,
  placeOf,
  sliverAnswer,
  sliverOf,
  stored,
  symbolAnswer,
} from './support.ts'

const sides: readonly Side[] = ['row', 'column']
const placed = (n: number) => sides.flatMap((side) => range(0, n).map((pair) => ({ side, pair })))

function checkAnswer(store: Stored, side: Side, pair: number, answer: Uint8Array): Uint8Array {
  return checkSliver(kernel, placeOf(store, side, pair), answer)
}

/** Those of `bits` whose change `check` accepts. */
function unnoticed(
  answer: Uint8Array,
  bits: readonly number[],
  check: (bytes: Uint8Array) => Uint8Array,
): number[] {
  return bits.filter((bit) => passes('sliver-mismatch', () => void check(flipped(answer, bit))))
}

describe('sliver answers', () => {
  test('sliver answers open under the root, for both sides of every pair', () => {
    const cases = fc.integer({ min: 4, max: 40 }).chain((n) => fc.tuple(fc.constant(n), batches(9000)))
    fc.assert(
      fc.property(cases, ([n, batch]) => {
        const store = stored(geometryOf(n), batch)
        for (const { side, pair } of placed(n)) {
          const answer = sliverAnswer(store, side, pair)
          expect(answer).toHaveLength(sliverResponseBytes(store.header, store.encoding.geometry, side))
          expect(checkAnswer(store, side, pair, answer)).toEqual(sliverOf(store, side, pair))
        }
      }),
      { numRuns: 8 },
    )
  })

  test('a sliver answer with any single bit changed is refused', () => {
    const store = stored(geometryOf(4), seededBytes('every bit', 150))
    for (const { side, pair } of placed(4)) {
      const answer = sliverAnswer(store, side, pair)
      expect(
        unnoticed(answer, bitPositions(answer.length, 10_000), (bytes) =>
          checkAnswer(store, side, pair, bytes),
        ),
      ).toEqual([])
    }
  })

  test('a sliver answer with symbols of several chunks is refused with a bit changed anywhere', () => {
    const store = stored(geometryOf(7), seededBytes('sampled bits', 15 * 4200))
    for (const { side, pair } of placed(7)) {
      const answer = sliverAnswer(store, side, pair)
      expect(
        unnoticed(answer, bitPositions(answer.length, 40), (bytes) => checkAnswer(store, side, pair, bytes)),
      ).toEqual([])
    }
  })

  test('a sliver answer is refused for any other pair or side', () => {
    const store = stored(geometryOf(7), seededBytes('other place', 5000))
    for (const { side, pair } of placed(7)) {
      const answer = sliverAnswer(store, side, pair)
      for (const other of placed(7)) {
        if (other.side === side && other.pair === pair) continue
        expect(codeThrownBy(() => checkAnswer(store, other.side, other.pair, answer))).toBe('sliver-mismatch')
      }
    }
  })

  test('a sliver answer of another length is refused', () => {
    const store = stored(geometryOf(4), seededBytes('lengths', 150))
    const answer = sliverAnswer(store, 'row', 1)
    for (let length = 0; length < answer.length; length++) {
      expect(codeThrownBy(() => checkAnswer(store, 'row', 1, answer.subarray(0, length)))).toBe(
        'sliver-mismatch',
      )
    }
    const longer = concatBytes(answer, new Uint8Array(32))
    expect(codeThrownBy(() => checkAnswer(store, 'row', 1, longer))).toBe('sliver-mismatch')
  })

  test('a sliver answer is refused under the root of another batch', () => {
    const store = stored(geometryOf(4), seededBytes('one batch', 150))
    const other = stored(geometryOf(4), seededBytes('another batch', 150))
    const answer = sliverAnswer(store, 'column', 2)
    expect(codeThrownBy(() => checkAnswer(other, 'column', 2, answer))).toBe('sliver-mismatch')
  })
})

describe('symbol answers', () => {
  test('symbol answers open under the root, for every stored symbol', () => {
    for (const n of [4, 7, 31]) {
      const store = stored(geometryOf(n), seededBytes(`symbols ${n}`, 40_000))
      const { geometry, symbolBytes } = store.encoding
      for (const { side, pair } of placed(n)) {
        range(0, sliverWidth(geometry, side)).forEach((index) => {
          const answer = symbolAnswer(store, { side, pair }, index)
          expect(answer).toHaveLength(symbolResponseBytes(store.header, geometry, side))
          const symbol = checkSymbol(kernel, placeOf(store, side, pair), index, answer)
          const start = index * symbolBytes
          expect(
            Buffer.from(sliverOf(store, side, pair).subarray(start, start + symbolBytes)).equals(symbol),
          ).toBe(true)
        })
      }
    }
  })

  test('a symbol answer with any single bit changed is refused', () => {
    const store = stored(geometryOf(4), seededBytes('every bit', 150))
    for (const { side, pair } of placed(4)) {
      range(0, sliverWidth(store.encoding.geometry, side)).forEach((index) => {
        const answer = symbolAnswer(store, { side, pair }, index)
        const check = (bytes: Uint8Array) => checkSymbol(kernel, placeOf(store, side, pair), index, bytes)
        expect(unnoticed(answer, bitPositions(answer.length, 400), check)).toEqual([])
      })
    }
  })

  test('a symbol answer is refused for another symbol, pair, side or length', () => {
    const store = stored(geometryOf(7), seededBytes('other symbol', 5000))
    const answer = symbolAnswer(store, { side: 'row', pair: 3 }, 2)
    const check = (side: Side, pair: number, index: number, bytes: Uint8Array) =>
      codeThrownBy(() => checkSymbol(kernel, placeOf(store, side, pair), index, bytes))
    expect(check('row', 3, 1, answer)).toBe('sliver-mismatch')
    expect(check('row', 2, 2, answer)).toBe('sliver-mismatch')
    expect(check('column', 3, 2, answer)).toBe('sliver-mismatch')
    expect(check('row', 3, 2, answer.subarray(1))).toBe('sliver-mismatch')
    expect(check('row', 3, 2, new Uint8Array(0))).toBe('sliver-mismatch')
  })
})
