// The fast kernels, compared with the readable one over random shapes: the guarantees "Same bytes" and "Contained" of
// src/protocol/kernel.ts. The whole workspace is compared, so a byte that is changed before a chunk, or by an unused lane, is found.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { seededBytes } from '../support/random-bytes.ts'
import { disagreements, fastKernels } from './kernels.ts'

/** Bytes after the outputs, which a write by an unused lane would change. */
const slack = 128

const seeds = fc.integer({ min: 0, max: 1_000_000 })
const small = fc.integer({ min: 1, max: 9 })
const wide = fc.integer({ min: 1, max: 255 })

type Shape = { inputs: number; outputs: number; words: number; groups: number; gap: number; seed: number }

/** A product whose vectors have any order and gaps of any size, the same in every group. */
function disagreementsOnProduct({ inputs, outputs, words, groups, gap, seed }: Shape): string[] {
  const length = 32 * words
  const slots = Uint32Array.from({ length: inputs + outputs }, (_, slot) => gap + slot * (length + gap))
  const random = seededBytes(`order ${seed}`, 4 * slots.length)
  const order = new Uint32Array(random.buffer)
  const offsets = slots
    .map((_, slot) => slot)
    .sort((a, b) => (order[a] ?? 0) - (order[b] ?? 0))
    .map((slot) => slots[slot] ?? 0)
  const stride = slots.length * (length + gap)
  const product = {
    matrix: seededBytes(`matrix ${seed}`, inputs * outputs),
    inputs: offsets.subarray(0, inputs),
    outputs: offsets.subarray(inputs),
    length,
    groups: { count: groups, inputStride: stride, outputStride: stride },
  }
  const workspace = { bytes: Math.max(groups, 1) * stride + gap + slack, seed }
  const { groups: _, ...once } = product
  return [
    ...disagreements(workspace, (kernel) => kernel.multiply(product)),
    ...disagreements(workspace, (kernel) => kernel.multiply(once)),
  ]
}

test('Same bytes: small products agree', () => {
  const shapes = fc.record({
    inputs: small,
    outputs: small,
    words: fc.integer({ min: 0, max: 60 }),
    groups: fc.integer({ min: 0, max: 4 }),
    gap: fc.integer({ min: 0, max: 40 }),
    seed: seeds,
  })
  fc.assert(
    fc.property(shapes, (shape) => {
      expect(disagreementsOnProduct(shape)).toEqual([])
    }),
  )
})

test('Same bytes: products with many vectors agree', () => {
  const shapes = fc.record({
    inputs: wide,
    outputs: wide,
    words: fc.integer({ min: 1, max: 4 }),
    groups: fc.constant(1),
    gap: fc.constant(0),
    seed: seeds,
  })
  fc.assert(
    fc.property(shapes, (shape) => {
      expect(disagreementsOnProduct(shape)).toEqual([])
    }),
    { numRuns: 10 },
  )
})

test('Same bytes: products over vectors longer than a tile agree', () => {
  expect(disagreementsOnProduct({ inputs: 1, outputs: 1, words: 2000, groups: 1, gap: 1, seed: 1 })).toEqual(
    [],
  )
  expect(disagreementsOnProduct({ inputs: 4, outputs: 6, words: 500, groups: 2, gap: 0, seed: 2 })).toEqual(
    [],
  )
  expect(disagreementsOnProduct({ inputs: 34, outputs: 66, words: 67, groups: 1, gap: 0, seed: 3 })).toEqual(
    [],
  )
  expect(disagreementsOnProduct({ inputs: 255, outputs: 255, words: 3, groups: 1, gap: 3, seed: 4 })).toEqual(
    [],
  )
})

test('Same bytes: products with repeated inputs, and with inputs that groups share, agree', () => {
  const product = {
    matrix: seededBytes('twice', 6),
    inputs: Uint32Array.of(32, 96, 32),
    outputs: Uint32Array.of(200, 300),
    length: 64,
    groups: { count: 3, inputStride: 0, outputStride: 256 },
  }
  expect(disagreements({ bytes: 1024, seed: 5 }, (kernel) => kernel.multiply(product))).toEqual([])
})

test('Same bytes: products by every coefficient agree', () => {
  const product = {
    matrix: Uint8Array.from({ length: 255 }, (_, i) => i + 1),
    inputs: Uint32Array.of(0),
    outputs: Uint32Array.from({ length: 255 }, (_, i) => 256 + 256 * i),
    length: 256,
  }
  const found = disagreements({ bytes: 256 * 256, seed: 6 }, (kernel) => {
    kernel.reserve(256 * 256).set(Uint8Array.from({ length: 256 }, (_, i) => i))
    kernel.multiply(product)
  })
  expect(found).toEqual([])
})

type Symbols = { count: number; symbolBytes: number; offset: number; seed: number }

function disagreementsOnSymbols({ count, symbolBytes, offset, seed }: Symbols): string[] {
  const out = offset + count * symbolBytes
  return disagreements({ bytes: out + 32 * count + slack, seed }, (kernel) =>
    kernel.symbolRoots({ offset, count, symbolBytes, out }),
  )
}

test('Same bytes: symbol roots agree', () => {
  const shapes = fc.record({
    count: fc.integer({ min: 0, max: 11 }),
    symbolBytes: fc.integer({ min: 1, max: 330 }).map((words) => 32 * words),
    offset: fc.integer({ min: 0, max: 70 }),
    seed: seeds,
  })
  fc.assert(
    fc.property(shapes, (shape) => {
      expect(disagreementsOnSymbols(shape)).toEqual([])
    }),
  )
})

test.each([32, 64, 96, 480, 512, 2016, 2048, 2080, 4064, 4096, 4128, 6144, 8192, 10240])(
  'Same bytes: roots of symbols of %i bytes agree',
  (symbolBytes) => {
    for (const count of [1, 2, 3, 4, 5])
      expect(disagreementsOnSymbols({ count, symbolBytes, offset: 0, seed: symbolBytes })).toEqual([])
  },
)

test('Same bytes: roots of more symbols than are hashed together agree', () => {
  expect(disagreementsOnSymbols({ count: 300, symbolBytes: 4096 + 32, offset: 3, seed: 7 })).toEqual([])
  expect(disagreementsOnSymbols({ count: 2, symbolBytes: 700 * 2048 + 32, offset: 0, seed: 8 })).toEqual([])
})

type Trees = { count: number; width: number; leafGap: number; treeGap: number; offset: number; seed: number }

function disagreementsOnTrees({ count, width, leafGap, treeGap, offset, seed }: Trees): string[] {
  const leafStride = 32 + leafGap
  const treeStride = width * leafStride + treeGap
  const out = offset + count * treeStride
  const workspace = { bytes: out + 32 * count + slack, seed }
  const apart = { offset, count, width, leafStride, treeStride, out }
  return [
    ...disagreements(workspace, (kernel) => kernel.treeRoots(apart)),
    ...disagreements(workspace, (kernel) => kernel.treeRoots({ offset, count, width, out })),
  ]
}

/** Trees over the columns of a grid: the leaves of a tree are a row apart, the trees a leaf apart. */
function disagreementsOnGrid({
  rows,
  columns,
  seed,
}: {
  rows: number
  columns: number
  seed: number
}): string[] {
  const out = 32 * rows * columns
  const grid = { offset: 0, count: columns, width: rows, leafStride: 32 * columns, treeStride: 32, out }
  return disagreements({ bytes: out + 32 * columns + slack, seed }, (kernel) => kernel.treeRoots(grid))
}

test('Same bytes: tree roots agree', () => {
  const shapes = fc.record({
    count: fc.integer({ min: 0, max: 9 }),
    width: fc.oneof(small, wide),
    leafGap: fc.integer({ min: 0, max: 33 }),
    treeGap: fc.integer({ min: 0, max: 33 }),
    offset: fc.integer({ min: 0, max: 70 }),
    seed: seeds,
  })
  fc.assert(
    fc.property(shapes, (shape) => {
      expect(disagreementsOnTrees(shape)).toEqual([])
    }),
  )
})

test('Same bytes: roots of many trees and of very wide trees agree', () => {
  expect(disagreementsOnTrees({ count: 100, width: 67, leafGap: 0, treeGap: 0, offset: 0, seed: 9 })).toEqual(
    [],
  )
  expect(
    disagreementsOnTrees({ count: 2, width: 5000, leafGap: 0, treeGap: 0, offset: 0, seed: 10 }),
  ).toEqual([])
  const widest = { offset: 0, count: 1, width: 2 ** 14, out: 2 ** 19 }
  expect(
    disagreements({ bytes: 2 ** 19 + 32 + slack, seed: 11 }, (kernel) => kernel.treeRoots(widest)),
  ).toEqual([])
})

test('Same bytes: pair leaves agree', () => {
  const shapes = fc.record({
    count: fc.integer({ min: 0, max: 255 }),
    offset: fc.integer({ min: 0, max: 70 }),
    seed: seeds,
  })
  fc.assert(
    fc.property(shapes, ({ count, offset, seed }) => {
      const columns = offset + 32 * count + 5
      const out = columns + 32 * count
      const span = { rows: offset, columns, count, out }
      const workspace = { bytes: out + 32 * count + slack, seed }
      expect(disagreements(workspace, (kernel) => kernel.pairLeaves(span))).toEqual([])
    }),
  )
})

test('Same bytes: inner nodes agree for every last byte', () => {
  // The kernels look up the schedule of the last block by that byte.
  const found = disagreements({ bytes: 256 * 96 + slack, seed: 12 }, (kernel) => {
    const workspace = kernel.reserve(256 * 96 + slack)
    for (let byte = 0; byte < 256; byte++) workspace[64 * byte + 63] = byte
    kernel.treeRoots({ offset: 0, count: 256, width: 2, out: 256 * 64 })
  })
  expect(found).toEqual([])
})

test('Same bytes: roots of trees over the columns of a grid agree', () => {
  const shapes = fc.record({ rows: wide, columns: fc.oneof(small, wide), seed: seeds })
  fc.assert(
    fc.property(shapes, (shape) => {
      expect(disagreementsOnGrid(shape)).toEqual([])
    }),
    { numRuns: 5 },
  )
})

test('the hashes of the kernels equal those of sha256sum', () => {
  // sha256sum of 33 and of 2049 zero bytes; of 0x01 and 64 zeros; of 0x02 and 64 zeros.
  const chunk32 = '7f9c9e31ac8256ca2f258583df262dbc7d6f68f2a03043d5c99a4ae5a7396ce9'
  const chunk2048 = '5373c2d1dc4c5333681ef9fccfe13fcb842c4779960359570e994a864145c2d2'
  const node = 'ae0798d0ecaed2b778eddebf18f071a561c53658c05e76cedecc27cafbdbc577'
  const pair = '977c6d24ff2b851777af4dce0615e547112c6c0128a37338b3a1db9d055fff09'
  for (const { kernel, title } of fastKernels) {
    kernel.reserve(4096).fill(0)
    kernel.symbolRoots({ offset: 0, count: 1, symbolBytes: 32, out: 2048 })
    kernel.symbolRoots({ offset: 0, count: 1, symbolBytes: 2048, out: 2080 })
    kernel.treeRoots({ offset: 0, count: 1, width: 2, out: 2112 })
    kernel.pairLeaves({ rows: 0, columns: 32, count: 1, out: 2144 })
    const written = Buffer.from(kernel.reserve(4096).subarray(2048, 2176)).toString('hex')
    expect({ title, written }).toEqual({ title, written: chunk32 + chunk2048 + node + pair })
  }
})
