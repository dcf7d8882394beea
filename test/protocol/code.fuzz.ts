// The code over FLOE_RUNS random committees, batches and losses: encoding agrees with the specification, any r rows decode, any peers
// repair, and an invalid encoding decodes to no batch.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeBatch } from '../../src/protocol/batch.ts'
import { toHex } from '../../src/protocol/bytes.ts'
import { range } from '../../src/protocol/field.ts'
import { geometryOf } from '../../src/protocol/geometry.ts'
import { extendSliver, repairSliver } from '../../src/protocol/repair.ts'
import { sliverWidth } from '../../src/protocol/sliver.ts'
import { batches, picks, shardCounts } from '../support/arbitraries.ts'
import { type EvilEncoding, evilEncode, flaws } from '../support/evil-encoder.ts'
import { seededBytes } from '../support/random-bytes.ts'
import { encodedCopy, kernel } from './support.ts'

function decoded(encoding: EvilEncoding, length: number, indices: readonly number[]): Uint8Array | undefined {
  const rows = indices.map((index) => ({ index, row: encoding.rows[index] as Uint8Array }))
  return decodeBatch(kernel, encoding.geometry, { root: encoding.root, length }, rows)
}

test('any r rows of any batch decode to the batch', () => {
  const cases = shardCounts.chain((n) =>
    fc.tuple(fc.constant(n), batches(200_000), picks(range(0, n), geometryOf(n).rows)),
  )
  fc.assert(
    fc.property(cases, ([n, batch, indices]) => {
      const encoding = encodedCopy(geometryOf(n), batch)
      const back = decoded(encoding, batch.length, indices)
      expect(back !== undefined && Buffer.from(back).equals(batch)).toBe(true)
    }),
  )
})

test('encoding agrees with the specification for any batch', () => {
  const cases = fc.tuple(fc.integer({ min: 4, max: 64 }), batches(20_000))
  fc.assert(
    fc.property(cases, ([n, batch]) => {
      const geometry = geometryOf(n)
      expect(toHex(encodedCopy(geometry, batch).root)).toBe(toHex(evilEncode(geometry, batch, 'none').root))
    }),
  )
})

test('any sliver is repaired from any set of peers', () => {
  const cases = shardCounts.chain((n) =>
    fc.record({
      n: fc.constant(n),
      batch: batches(20_000),
      index: fc.nat(n - 1),
      side: fc.constantFrom('row' as const, 'column' as const),
      order: fc.shuffledSubarray(range(0, n), { minLength: n, maxLength: n }),
    }),
  )
  fc.assert(
    fc.property(cases, ({ n, batch, index, side, order }) => {
      const encoding = encodedCopy(geometryOf(n), batch)
      const [lost, helpers] = side === 'row' ? (['rows', 'columns'] as const) : (['columns', 'rows'] as const)
      const width = sliverWidth(encoding.geometry, side)
      const peers = order.filter((peer) => peer !== index).slice(0, width)
      const points = peers.map((peer) => {
        const own = { bytes: encoding[helpers][peer] as Uint8Array, at: index }
        const helping = side === 'row' ? 'column' : 'row'
        return { at: peer, symbol: extendSliver(kernel, encoding.geometry, helping, own).slice() }
      })
      const sliver = repairSliver(kernel, encoding.geometry, side, points)
      expect(toHex(sliver)).toBe(toHex(encoding[lost][index] as Uint8Array))
    }),
  )
})

test('any invalid encoding decodes to no batch', () => {
  const cases = fc.integer({ min: 4, max: 64 }).chain((n) =>
    fc.record({
      n: fc.constant(n),
      length: fc.integer({ min: 1, max: 10_000 }),
      flaw: fc.constantFrom(...flaws),
      indices: picks(range(0, n), geometryOf(n).rows),
    }),
  )
  fc.assert(
    fc.property(cases, ({ n, length, flaw, indices }) => {
      const geometry = geometryOf(n)
      fc.pre(length % (32 * geometry.rows * geometry.columns) !== 0)
      const evil = evilEncode(geometry, seededBytes(`evil ${length}`, length), flaw)
      expect(decoded(evil, length, indices)).toBeUndefined()
    }),
  )
})
