// The arithmetic of docs/protocol.md §1, and the table of storage factors in the design.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  chunkCount,
  geometryOf,
  pairOfShard,
  shardOfPair,
  sliverBytesOf,
  symbolBytesOf,
  treeDepth,
} from '../../src/protocol/geometry.ts'
import { BATCH_BYTES_MAX, CHUNK_BYTES } from '../../src/protocol/limits.ts'
import { geometries, shardCounts } from '../support/arbitraries.ts'

describe('geometry', () => {
  test.each([
    { shards: 4, faults: 1, rows: 2, columns: 3, factor: 3.33 },
    { shards: 7, faults: 2, rows: 3, columns: 5, factor: 3.73 },
    { shards: 10, faults: 3, rows: 4, columns: 7, factor: 3.93 },
    { shards: 31, faults: 10, rows: 11, columns: 21, factor: 4.29 },
    { shards: 100, faults: 33, rows: 34, columns: 67, factor: 4.43 },
  ])('a committee of $shards has $rows × $columns symbols and stores $factor batches', (expected) => {
    const { factor, ...geometry } = expected
    expect(geometryOf(expected.shards)).toEqual(geometry)
    // A batch that fills its matrix, so that there is no padding.
    const symbolBytes = symbolBytesOf(geometry, 32 * geometry.rows * geometry.columns)
    const stored = geometry.shards * sliverBytesOf(geometry, symbolBytes).pair
    expect(stored / (geometry.rows * geometry.columns * symbolBytes)).toBeCloseTo(factor, 2)
  })

  test('every committee tolerates f faulty shards: the others are a quorum, and a quorum has r honest pairs', () => {
    for (let n = 4; n <= 255; n++) {
      const { faults, rows, columns } = geometryOf(n)
      expect(3 * faults < n && 3 * (faults + 1) >= n, `f of ${n}`).toBe(true)
      expect([rows, columns], `r and c of ${n}`).toEqual([columns - faults, n - faults])
    }
  })

  test.each([0, 3, 256, 4.5, -1, Number.NaN])('%s shards fail an assertion', (shards) => {
    expect(() => geometryOf(shards)).toThrow(/^assertion failed: shards/)
  })

  test('a symbol has the fewest words with which the matrix holds the batch', () => {
    const lengths = fc.integer({ min: 1, max: BATCH_BYTES_MAX })
    fc.assert(
      fc.property(geometries, lengths, (geometry, length) => {
        const symbolBytes = symbolBytesOf(geometry, length)
        const symbols = geometry.rows * geometry.columns
        expect(symbolBytes % 32).toBe(0)
        expect(symbols * symbolBytes).toBeGreaterThanOrEqual(length)
        expect(symbols * (symbolBytes - 32)).toBeLessThan(length)
      }),
    )
  })

  test.each([0, BATCH_BYTES_MAX + 1, 1.5, -1])('a batch of %s bytes fails an assertion', (length) => {
    expect(() => symbolBytesOf(geometryOf(4), length)).toThrow(/^assertion failed: length/)
  })

  test('the depth of a tree is the logarithm of its leaves, rounded up', () => {
    for (let leaves = 1; leaves <= 300; leaves++) {
      const depth = treeDepth(leaves)
      expect(2 ** depth >= leaves && (depth === 0 || 2 ** (depth - 1) < leaves), `${leaves} leaves`).toBe(
        true,
      )
    }
    expect(treeDepth(2 ** 14 + 1)).toBe(15)
  })

  test('the chunks cover a symbol, and the last one is not empty', () => {
    for (const symbolBytes of [32, 2016, 2048, 2080, 4096, 4128, 2 ** 25]) {
      const chunks = chunkCount(symbolBytes)
      expect(chunks * CHUNK_BYTES >= symbolBytes && (chunks - 1) * CHUNK_BYTES < symbolBytes).toBe(true)
    }
  })
})

describe('placement', () => {
  const roots = fc.uint8Array({ minLength: 32, maxLength: 32 })

  test('the shard of a pair follows from the root, read as an integer', () => {
    fc.assert(
      fc.property(roots, shardCounts, fc.nat(254), (root, shards, index) => {
        const pair = index % shards
        const integer = BigInt(`0x${Buffer.from(root).toString('hex')}`)
        const expected = (BigInt(pair) + (integer % BigInt(shards))) % BigInt(shards)
        expect(shardOfPair(root, pair, shards)).toBe(Number(expected))
      }),
    )
  })

  test('every shard holds exactly one pair', () => {
    fc.assert(
      fc.property(roots, shardCounts, (root, shards) => {
        const pairs = Array.from({ length: shards }, (_, shard) => pairOfShard(root, shard, shards))
        expect(new Set(pairs).size).toBe(shards)
        pairs.forEach((pair, shard) => expect(shardOfPair(root, pair, shards)).toBe(shard))
      }),
    )
  })
})
