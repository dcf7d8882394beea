// The kernel as an executable specification: schoolbook field arithmetic and @noble's SHA-256 over a plain byte array, with one loop
// for each sentence of docs/protocol.md §1–2. It is slow on purpose; every fast kernel must write the same bytes.

import { sha256 } from '@noble/hashes/sha2.js'
import type { Kernel, PairSpan, Product, SymbolSpan, TreeSpan } from '../../src/protocol/kernel.ts'

const chunkBytes = 2048

/** products[256a + b] = a · b: a table, because tests multiply long vectors. */
const products = Uint8Array.from({ length: 65536 }, (_, index) => fieldProduct(index >> 8, index & 0xff))

/** A kernel without optimisations. */
export function referenceKernel(): Kernel {
  let workspace = new Uint8Array(0)
  return {
    name: 'reference',
    reserve(bytes: number): Uint8Array {
      if (!Number.isSafeInteger(bytes) || bytes < 0) throw new RangeError(`"bytes" is ${bytes}`)
      if (bytes > workspace.length) workspace = new Uint8Array(bytes)
      return workspace.subarray(0, bytes)
    },
    multiply: (product) => multiply(workspace, product),
    symbolRoots: (span) => symbolRoots(workspace, span),
    treeRoots: (span) => treeRoots(workspace, span),
    pairLeaves: (span) => pairLeaves(workspace, span),
  }
}

/** a · b over GF(2^8) with x^8+x^4+x^3+x^2+1. */
export function fieldProduct(a: number, b: number): number {
  let product = 0
  for (let bit = 7; bit >= 0; bit--) {
    product = (product << 1) ^ (product & 0x80 ? 0x11d : 0)
    if ((b >> bit) & 1) product ^= a
  }
  return product
}

/** Root of the tree over leaves, padded on the right with zero leaves to a power of two. */
export function referenceTreeRoot(leaves: readonly Uint8Array[]): Uint8Array {
  let level = [...leaves]
  while (!isPowerOfTwo(level.length)) level.push(new Uint8Array(32))
  while (level.length > 1) {
    const above: Uint8Array[] = []
    for (let i = 0; i < level.length; i += 2) {
      above.push(hashOf(Uint8Array.of(1), item(level, i), item(level, i + 1)))
    }
    level = above
  }
  return item(level, 0)
}

/** Root of the tree over a symbol's chunks. */
export function referenceSymbolRoot(symbol: Uint8Array): Uint8Array {
  const leaves: Uint8Array[] = []
  for (let at = 0; at < symbol.length; at += chunkBytes) {
    leaves.push(hashOf(Uint8Array.of(0), symbol.subarray(at, at + chunkBytes)))
  }
  return referenceTreeRoot(leaves)
}

function multiply(workspace: Uint8Array, product: Product): void {
  const { matrix, inputs, outputs, length } = product
  const groups = product.groups ?? { count: 1, inputStride: 0, outputStride: 0 }
  if (matrix.length !== inputs.length * outputs.length) throw new RangeError('the matrix does not fit')
  if (length % 32 !== 0) throw new RangeError('"length" is not a multiple of 32')
  for (let group = 0; group < groups.count; group++) {
    for (const [o, outputOffset] of outputs.entries()) {
      const output = span(workspace, outputOffset + group * groups.outputStride, length)
      output.fill(0)
      for (const [i, inputOffset] of inputs.entries()) {
        const coefficient = matrix[o * inputs.length + i] ?? 0
        const input = span(workspace, inputOffset + group * groups.inputStride, length)
        for (let at = 0; at < length; at++) {
          output[at] = (output[at] ?? 0) ^ (products[coefficient * 256 + (input[at] ?? 0)] ?? 0)
        }
      }
    }
  }
}

function symbolRoots(workspace: Uint8Array, { offset, count, symbolBytes, out }: SymbolSpan): void {
  if (symbolBytes % 32 !== 0 || symbolBytes === 0)
    throw new RangeError('"symbolBytes" is not a multiple of 32')
  for (let i = 0; i < count; i++) {
    const symbol = span(workspace, offset + i * symbolBytes, symbolBytes)
    span(workspace, out + 32 * i, 32).set(referenceSymbolRoot(symbol))
  }
}

function treeRoots(workspace: Uint8Array, trees: TreeSpan): void {
  const { offset, count, width, out, leafStride = 32, treeStride = width * leafStride } = trees
  if (width < 1) throw new RangeError('"width" is below 1')
  for (let tree = 0; tree < count; tree++) {
    const leaves: Uint8Array[] = []
    for (let leaf = 0; leaf < width; leaf++) {
      leaves.push(span(workspace, offset + tree * treeStride + leaf * leafStride, 32))
    }
    span(workspace, out + 32 * tree, 32).set(referenceTreeRoot(leaves))
  }
}

function pairLeaves(workspace: Uint8Array, { rows, columns, count, out }: PairSpan): void {
  for (let i = 0; i < count; i++) {
    const row = span(workspace, rows + 32 * i, 32)
    const column = span(workspace, columns + 32 * i, 32)
    span(workspace, out + 32 * i, 32).set(hashOf(Uint8Array.of(2), row, column))
  }
}

function span(workspace: Uint8Array, offset: number, length: number): Uint8Array {
  if (offset < 0 || offset + length > workspace.length) {
    throw new RangeError(`${offset} + ${length} bytes leave the workspace of ${workspace.length}`)
  }
  return workspace.subarray(offset, offset + length)
}

function hashOf(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = sha256.create()
  for (const part of parts) hash.update(part)
  return hash.digest()
}

function isPowerOfTwo(value: number): boolean {
  return (value & (value - 1)) === 0
}

function item<T>(items: readonly T[], index: number): T {
  const value = items[index]
  if (value === undefined) throw new RangeError(`no item ${index}`)
  return value
}
