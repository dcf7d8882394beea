// The field, compared with schoolbook arithmetic, and the Lagrange matrices, compared with polynomials that are evaluated directly.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { invert, lagrangeMatrix, multiply, parityWeights, range } from '../../src/protocol/field.ts'
import { picks, shardCounts } from '../support/arbitraries.ts'
import { fieldProduct } from '../support/reference-kernel.ts'

const elements = fc.nat(255)
const everyPoint = range(0, 255)

/** The value at `x` of the polynomial with these coefficients, lowest first, by Horner's method. */
function valueAt(coefficients: readonly number[], x: number): number {
  return coefficients.reduceRight((sum, coefficient) => fieldProduct(sum, x) ^ coefficient, 0)
}

/** A polynomial of degree < k, and k + extra distinct points, as many as exist. */
function polynomials(extra: number): fc.Arbitrary<{ coefficients: number[]; points: number[] }> {
  return fc.integer({ min: 1, max: 254 }).chain((k) =>
    fc.record({
      coefficients: fc.array(elements, { minLength: k, maxLength: k }),
      points: picks(everyPoint, k + extra),
    }),
  )
}

describe('field', () => {
  test('every product equals the schoolbook product', () => {
    for (let a = 0; a < 256; a++) {
      const row = range(0, 256).map((b) => multiply(a, b))
      expect(row, `multiples of ${a}`).toEqual(range(0, 256).map((b) => fieldProduct(a, b)))
    }
    expect([multiply(2, 0x80), multiply(0xff, 0xff)]).toEqual([0x1d, 0xe2])
  })

  test('multiplication is associative, commutative and distributive, with one and inverses', () => {
    fc.assert(
      fc.property(elements, elements, elements, (a, b, c) => {
        expect(multiply(a, multiply(b, c))).toBe(multiply(multiply(a, b), c))
        expect(multiply(a, b)).toBe(multiply(b, a))
        expect(multiply(a, b ^ c)).toBe(multiply(a, b) ^ multiply(a, c))
        expect(multiply(a, 1)).toBe(a)
      }),
    )
    for (let a = 1; a < 256; a++) expect(multiply(a, invert(a)), `inverse of ${a}`).toBe(1)
  })

  test('zero has no inverse', () => {
    expect(() => invert(0)).toThrow('assertion failed: zero has no inverse')
  })
})

describe('Lagrange matrices', () => {
  test('a Lagrange matrix takes the values of a polynomial at any points to its values at all others', () => {
    fc.assert(
      fc.property(polynomials(0), ({ coefficients, points }) => {
        const matrix = lagrangeMatrix(points, everyPoint)
        const values = points.map((point) => valueAt(coefficients, point))
        for (const target of everyPoint) {
          const row = matrix.subarray(target * points.length, (target + 1) * points.length)
          const sum = values.reduce((total, value, i) => total ^ fieldProduct(row[i] as number, value), 0)
          expect(sum, `value at ${target}`).toBe(valueAt(coefficients, target))
        }
      }),
      { numRuns: 10 },
    )
  })

  test('a Lagrange matrix is the identity where a target is one of the points', () => {
    const points = [3, 0, 200]
    expect([...lagrangeMatrix(points, points)]).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1])
  })

  test('a repeated point fails an assertion', () => {
    expect(() => lagrangeMatrix([1, 2, 1], [4])).toThrow('points are distinct')
  })
})

describe('the parity relation', () => {
  test('the parity relation holds for a polynomial of degree < k at any k + 1 points', () => {
    fc.assert(
      fc.property(polynomials(1), ({ coefficients, points }) => {
        const weights = parityWeights(points)
        const sum = points.reduce(
          (total, point, i) => total ^ fieldProduct(weights[i] as number, valueAt(coefficients, point)),
          0,
        )
        expect(sum).toBe(0)
      }),
    )
  })

  test('the parity relation does not hold when one value differs', () => {
    fc.assert(
      fc.property(polynomials(1), fc.nat(), elements, ({ coefficients, points }, which, error) => {
        fc.pre(error !== 0)
        const weights = parityWeights(points)
        const wrong = which % points.length
        const sum = points.reduce((total, point, i) => {
          const value = valueAt(coefficients, point) ^ (i === wrong ? error : 0)
          return total ^ fieldProduct(weights[i] as number, value)
        }, 0)
        expect(sum).not.toBe(0)
      }),
    )
  })

  test('the parity relation has a weight for every point of the largest committee', () => {
    fc.assert(
      fc.property(shardCounts, (shards) => {
        expect(parityWeights(range(0, shards)).every((weight) => weight !== 0)).toBe(true)
      }),
    )
  })
})
