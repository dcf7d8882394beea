// Vectors of products, inverses, interpolation matrices and parity weights of GF(2^8)/0x11d, computed by schoolbook arithmetic.
import { toHex } from '../../src/protocol/bytes.ts'
import { lagrangeCoefficient } from '../../test/support/evil-encoder.ts'
import { fieldProduct } from '../../test/support/reference-kernel.ts'

export type FieldVectors = {
  readonly about: string
  /** 2^0 … 2^254, one byte each. */
  readonly powersOfTwo: string
  /** 1 / a for a = 1 … 255. */
  readonly inverses: string
  /** The matrix takes the values at the points to the value at a target, row by row. */
  readonly lagrange: readonly { points: readonly number[]; targets: readonly number[]; matrix: string }[]
  readonly parity: readonly { points: readonly number[]; weights: string }[]
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)

function inverseOf(a: number): number {
  return range(1, 256).find((b) => fieldProduct(a, b) === 1) as number
}

function lagrange(points: readonly number[], targets: readonly number[]): FieldVectors['lagrange'][number] {
  const rows = targets.flatMap((target) => points.map((_, i) => lagrangeCoefficient(points, i, target)))
  return { points, targets, matrix: toHex(Uint8Array.from(rows)) }
}

function parity(points: readonly number[]): FieldVectors['parity'][number] {
  const weights = points.map((point) => {
    const others = points.filter((other) => other !== point)
    return inverseOf(others.reduce((product, other) => fieldProduct(product, point ^ other), 1))
  })
  return { points, weights: toHex(Uint8Array.from(weights)) }
}

export function fieldVectors(): FieldVectors {
  const powers: number[] = [1]
  while (powers.length < 255) powers.push(fieldProduct(powers.at(-1) as number, 2))
  return {
    about: 'GF(2^8) with x^8+x^4+x^3+x^2+1 (docs/protocol.md §1)',
    powersOfTwo: toHex(Uint8Array.from(powers)),
    inverses: toHex(Uint8Array.from(range(1, 256), inverseOf)),
    lagrange: [
      lagrange(range(0, 2), range(2, 4)),
      lagrange(range(0, 3), range(3, 4)),
      lagrange(range(0, 5), range(5, 7)),
      lagrange([6, 1, 4], [0, 2]),
      lagrange([30, 3, 14, 15, 9, 2, 6, 5, 27, 8, 29], range(0, 31)),
      lagrange(range(168, 255), [0, 1, 86]),
    ],
    parity: [parity([0, 1, 2]), parity([0, 1, 3]), parity([6, 1, 4, 2]), parity(range(0, 255))],
  }
}
