// GF(2^8) with the polynomial x^8+x^4+x^3+x^2+1, and the Lagrange matrices of the code (docs/protocol.md §1). This file computes
// matrices of at most 255 × 255 coefficients; the kernel multiplies batches by them.
import { assert } from './errors.ts'

const POLYNOMIAL = 0x11d
const exponents = new Uint8Array(510)
const logarithms = new Uint8Array(256)
for (let power = 0, value = 1; power < 255; power++) {
  exponents[power] = value
  exponents[power + 255] = value
  logarithms[value] = power
  value = value << 1
  if (value > 255) value ^= POLYNOMIAL
}

export function multiply(a: number, b: number): number {
  if (a === 0 || b === 0) return 0
  return exponents[(logarithms[a] as number) + (logarithms[b] as number)] as number
}

export function invert(a: number): number {
  assert(a !== 0, 'zero has no inverse')
  return exponents[255 - (logarithms[a] as number)] as number
}

/** w_i = Π_{j≠i} (q_i − q_j)^−1 for distinct points q: the weights of the parity relation Σ w_i·v_i = 0 (design §2). */
export function parityWeights(points: readonly number[]): Uint8Array {
  const weights = new Uint8Array(points.length)
  points.forEach((point, i) => {
    let sum = 0
    points.forEach((other, j) => {
      assert(i === j || point !== other, `points are distinct, ${point} occurs twice`)
      if (i !== j) sum += logarithms[point ^ other] as number
    })
    weights[i] = exponents[(255 - (sum % 255)) % 255] as number
  })
  return weights
}

/**
 * The matrix that takes a polynomial's values at `points` to its values at `targets`, `targets.length` rows of
 * `points.length` bytes: L_i(t) = w_i · Π_{j≠i}(t − q_j), the i-th Lagrange polynomial.
 */
export function lagrangeMatrix(points: readonly number[], targets: readonly number[]): Uint8Array {
  const weights = parityWeights(points)
  const matrix = new Uint8Array(targets.length * points.length)
  targets.forEach((target, row) => {
    const known = points.indexOf(target)
    if (known >= 0) {
      matrix[row * points.length + known] = 1
      return
    }
    let product = 0
    for (const point of points) product += logarithms[target ^ point] as number
    points.forEach((point, column) => {
      const power =
        product +
        255 -
        (logarithms[target ^ point] as number) +
        (logarithms[weights[column] as number] as number)
      matrix[row * points.length + column] = exponents[power % 255] as number
    })
  })
  return matrix
}

/** The numbers `from` to `to − 1`. */
export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i)
}
