// A lost sliver is repaired from single symbols of the fewest peers, at the cost in bytes that design §3 states.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { concatBytes, toHex } from '../../src/protocol/bytes.ts'
import { range } from '../../src/protocol/field.ts'
import { geometryOf, sliverBytesOf } from '../../src/protocol/geometry.ts'
import { sliverRoot } from '../../src/protocol/hashing.ts'
import { type Point, extendSliver, repairSliver } from '../../src/protocol/repair.ts'
import { type Side, checkSliver, checkSymbol, pairProof, sliverWidth } from '../../src/protocol/sliver.ts'
import { batches, picks } from '../support/arbitraries.ts'
import { fullMatrix } from '../support/evil-encoder.ts'
import { seededBytes } from '../support/random-bytes.ts'
import {
  type Stored,
  codeThrownBy,
  flipped,
  kernel,
  placeOf,
  sliverOf,
  stored,
  symbolAnswer,
} from './support.ts'

const otherSide = (side: Side): Side => (side === 'row' ? 'column' : 'row')

/**
 * The answer of `peer` to the repair of sliver `lost` of `side`: the point that it gives, and its bytes on the wire, with an opening if
 * the peer stores the symbol and without one if it has to extend its own sliver.
 */
function help(
  store: Stored,
  lost: { side: Side; index: number },
  peer: number,
): { point: Point; bytes: number } {
  const { geometry } = store.encoding
  const helping = otherSide(lost.side)
  if (lost.index < sliverWidth(geometry, helping)) {
    const answer = symbolAnswer(store, { side: helping, pair: peer }, lost.index)
    const symbol = checkSymbol(kernel, placeOf(store, helping, peer), lost.index, answer)
    return { point: { at: peer, symbol }, bytes: answer.length }
  }
  const bytes = sliverOf(store, helping, peer)
  const symbol = extendSliver(kernel, geometry, helping, { bytes, at: lost.index })
  return { point: { at: peer, symbol: symbol.slice() }, bytes: symbol.length }
}

/** Repairs a sliver from `peers`. @returns the sliver and the bytes that it cost */
function repaired(
  store: Stored,
  lost: { side: Side; index: number },
  peers: readonly number[],
): { sliver: Uint8Array; traffic: number } {
  const answers = peers.map((peer) => help(store, lost, peer))
  return {
    sliver: repairSliver(
      kernel,
      store.encoding.geometry,
      lost.side,
      answers.map(({ point }) => point),
    ),
    traffic: answers.reduce((sum, { bytes }) => sum + bytes, 0),
  }
}

function peersOf(n: number, lost: number): number[] {
  return range(0, n).filter((peer) => peer !== lost)
}

describe('repair', () => {
  test.each([4, 7])('every sliver for %s shards is repaired from every window of peers', (n) => {
    const store = stored(geometryOf(n), seededBytes(`repair ${n}`, 3000))
    for (const side of ['row', 'column'] as const) {
      const width = sliverWidth(store.encoding.geometry, side)
      range(0, n).forEach((index) => {
        const peers = peersOf(n, index)
        range(0, peers.length - width + 1).forEach((first) => {
          const { sliver } = repaired(store, { side, index }, peers.slice(first, first + width))
          expect(sliver, `${side} ${index}`).toEqual(sliverOf(store, side, index))
        })
      })
    }
  })

  test('any sliver of any committee is repaired from the fewest peers, whichever they are', () => {
    const cases = fc.integer({ min: 4, max: 100 }).chain((n) =>
      fc.nat(n - 1).chain((index) =>
        fc.record({
          n: fc.constant(n),
          index: fc.constant(index),
          batch: batches(5000),
          rowPeers: picks(peersOf(n, index), geometryOf(n).columns),
          columnPeers: picks(peersOf(n, index), geometryOf(n).rows),
        }),
      ),
    )
    fc.assert(
      fc.property(cases, ({ n, index, batch, rowPeers, columnPeers }) => {
        const store = stored(geometryOf(n), batch)
        const column = repaired(store, { side: 'column', index }, columnPeers)
        expect(column.sliver).toEqual(sliverOf(store, 'column', index))
        const row = repaired(store, { side: 'row', index }, rowPeers)
        expect(row.sliver).toEqual(sliverOf(store, 'row', index))
      }),
    )
  })

  test('repairing any pair of 1 MiB for 31 shards costs at most 1.3 times its bytes, with proofs', () => {
    const geometry = geometryOf(31)
    const store = stored(geometry, seededBytes('traffic', 1024 * 1024))
    const { pair } = sliverBytesOf(geometry, store.encoding.symbolBytes)
    for (const index of [0, 10, 11, 20, 21, 30]) {
      const peers = peersOf(31, index)
      const column = repaired(store, { side: 'column', index }, peers.slice(0, geometry.rows))
      const row = repaired(store, { side: 'row', index }, peers.slice(-geometry.columns))
      expect(Buffer.from(sliverOf(store, 'column', index)).equals(column.sliver)).toBe(true)
      expect(Buffer.from(sliverOf(store, 'row', index)).equals(row.sliver)).toBe(true)
      const traffic = column.traffic + row.traffic
      expect(traffic, `pair ${index}`).toBeGreaterThanOrEqual(pair)
      expect(traffic, `pair ${index}`).toBeLessThanOrEqual(1.3 * pair)
    }
  })

  test('a sliver that is repaired from a wrong symbol does not match its pair leaf', () => {
    const geometry = geometryOf(7)
    const store = stored(geometry, seededBytes('lying helper', 5000))
    // Column 6 is a parity column: peers extend their rows to compute its symbols, which cannot be checked one by one.
    const points = range(0, geometry.rows).map(
      (peer) => help(store, { side: 'column', index: 6 }, peer).point,
    )
    const lied = points.map(({ at, symbol }, i) => ({ at, symbol: i === 1 ? flipped(symbol, 77) : symbol }))
    const checkRepaired = (sliver: Uint8Array) => {
      const other = sliverRoot(kernel, sliverOf(store, 'row', 6), geometry.columns)
      const answer = concatBytes(pairProof(store.encoding.leaves, 6, other), sliver)
      return checkSliver(kernel, placeOf(store, 'column', 6), answer)
    }
    const honest = repairSliver(kernel, geometry, 'column', points)
    expect(checkRepaired(honest)).toEqual(sliverOf(store, 'column', 6))
    const wrong = repairSliver(kernel, geometry, 'column', lied)
    expect(codeThrownBy(() => checkRepaired(wrong))).toBe('sliver-mismatch')
  })

  test('repairing from too few or too many symbols fails an assertion', () => {
    const geometry = geometryOf(7)
    const store = stored(geometry, seededBytes('count', 5000))
    const points = range(1, 7).map((peer) => help(store, { side: 'column', index: 0 }, peer).point)
    expect(() => repairSliver(kernel, geometry, 'column', points)).toThrow('3 symbols repair a column, got 6')
    expect(() => repairSliver(kernel, geometry, 'column', [])).toThrow('3 symbols repair a column, got 0')
  })
})

describe('extending a sliver', () => {
  test.each([4, 7, 10])('extending a sliver for %s shards gives the symbols of the n × n matrix', (n) => {
    const geometry = geometryOf(n)
    const padded = seededBytes(`extend ${n}`, geometry.rows * geometry.columns * 64)
    const matrix = fullMatrix(geometry, padded)
    const store = stored(geometry, padded)
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        const fromRow = extendSliver(kernel, geometry, 'row', { bytes: sliverOf(store, 'row', i), at: j })
        const column = { bytes: sliverOf(store, 'column', j), at: i }
        const fromColumn = extendSliver(kernel, geometry, 'column', column)
        const expected = toHex(matrix[i]?.[j] as Uint8Array)
        expect([toHex(fromRow), toHex(fromColumn)], `E[${i}][${j}]`).toEqual([expected, expected])
      }
    }
  })
})
