// Memory that is used again: bounded, of the right size, and never in two hands.
import { describe, expect, test } from 'vitest'
import { capacityFor, createSpareMemory, recyclable } from '../../src/runtime/spare-memory.ts'

describe('spare memory', () => {
  test('gives back what it got, once', () => {
    const spare = createSpareMemory(1024 * 1024)
    const array = recyclable(100_000)
    spare.put(array)
    spare.put(array.subarray(5))
    expect(spare.bytes()).toBe(array.buffer.byteLength)
    expect(spare.take(100_000, 3).map(({ buffer }) => buffer)).toEqual([array.buffer])
    expect(spare.take(100_000, 3)).toEqual([])
  })

  test('serves batches of nearly one size, and no others', () => {
    const spare = createSpareMemory(1024 * 1024)
    spare.put(recyclable(100_000))
    expect(spare.take(80_000, 1)).toEqual([])
    expect(spare.take(150_000, 1)).toEqual([])
    expect(spare.take(99_000, 1)).toHaveLength(1)
  })

  test('keeps no more bytes than it may, the newest of them', () => {
    const spare = createSpareMemory(3 * capacityFor(100_000))
    const arrays = [1, 2, 3, 4, 5].map(() => recyclable(100_000))
    for (const array of arrays) spare.put(array)
    expect(spare.bytes()).toBe(3 * capacityFor(100_000))
    expect(new Set(spare.take(100_000, 9).map(({ buffer }) => buffer))).toEqual(
      new Set(arrays.slice(2).map(({ buffer }) => buffer)),
    )
  })

  test('leaves small arrays to the allocator, and wastes an eighth at most', () => {
    const spare = createSpareMemory(1024 * 1024)
    spare.put(recyclable(1000))
    expect(spare.bytes()).toBe(0)
    for (let bytes = 1; bytes < 2 ** 27; bytes = Math.ceil(bytes * 1.37)) {
      expect(capacityFor(bytes)).toBeGreaterThanOrEqual(bytes)
      expect(capacityFor(bytes)).toBeLessThan(bytes * 1.126 + 1)
      expect(capacityFor(capacityFor(bytes))).toBe(capacityFor(bytes))
    }
  })
})
