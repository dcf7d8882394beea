// Shared memory: bounded, of the requested size and alignment, reused, and never given out twice.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { SharedMemory, capacityFor } from '../../src/coding/shared-memory.ts'

const MIB = 1024 * 1024

function buffersOf(arrays: readonly Uint8Array[] | undefined): ArrayBufferLike[] {
  return (arrays ?? []).map(({ buffer }) => buffer)
}

/** Number of arrays that were taken. A separate function, because a suspended caller would keep the arrays alive. */
function taken(
  shared: SharedMemory,
  bytes: number,
  count: number,
  then?: (array: Uint8Array) => void,
): number {
  const arrays = shared.take(bytes, count) ?? []
  for (const array of arrays) then?.(array)
  return arrays.length
}

/** Runs a garbage collection from the event loop, where no call holds an array, and the finalizers after it. */
async function collect(): Promise<void> {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as (options: { execution: 'async' }) => Promise<void>
  let finalized = false
  const registry = new FinalizationRegistry(() => (finalized = true))
  registry.register({}, undefined)
  while (!finalized) {
    await gc({ execution: 'async' })
    await new Promise((resolve) => setImmediate(resolve))
  }
  // The same collection found all arrays. Their finalizers run in this or the next turn of the event loop.
  await new Promise((resolve) => setImmediate(resolve))
}

describe('shared memory', () => {
  test('Exclusive: an array is given out again only after it was put back', () => {
    const shared = new SharedMemory(MIB)
    const [first, second] = buffersOf(shared.take(100_000, 2))
    expect(first).not.toBe(second)
    shared.put(new Uint8Array(first as ArrayBufferLike))
    shared.put(new Uint8Array(first as ArrayBufferLike, 5))
    expect(buffersOf(shared.take(99_000, 1))).toEqual([first])
    expect(buffersOf(shared.take(99_000, 1))).not.toContain(first)
  })

  test('arrays have the requested length, with the requested byte on a word boundary', () => {
    const shared = new SharedMemory(MIB)
    for (let aligned = 0; aligned < 20; aligned++) {
      const arrays = shared.take(70_001, 2, aligned) ?? []
      for (const array of arrays) {
        expect([array.length, (array.byteOffset + aligned) % 8]).toEqual([70_001, 0])
        shared.put(array)
      }
      expect(arrays).toHaveLength(2)
    }
  })

  test('Bounded and Recovered: dropped arrays count until they are collected, and no longer', async () => {
    const shared = new SharedMemory(3 * capacityFor(100_000))
    expect([taken(shared, 100_000, 2), taken(shared, 100_000, 2)]).toEqual([2, 0])
    await collect()
    expect(taken(shared, 100_000, 3)).toBe(3)
  })

  test('Bounded: spare arrays of another size are dropped when there is no room', async () => {
    const shared = new SharedMemory(2 * capacityFor(100_000))
    expect(taken(shared, 100_000, 2, shared.put.bind(shared))).toBe(2)
    expect(taken(shared, 150_000, 1)).toBe(0)
    await collect()
    expect(taken(shared, 150_000, 1)).toBe(1)
  })

  test('shared memory refuses small arrays and wastes at most a quarter', () => {
    expect(new SharedMemory(MIB).take(1000, 1)).toBeUndefined()
    for (let bytes = 1; bytes < 2 ** 27; bytes = Math.ceil(bytes * 1.37)) {
      expect(capacityFor(bytes)).toBeGreaterThanOrEqual(bytes)
      expect(capacityFor(bytes)).toBeLessThan(bytes * 1.251 + 1)
      expect(capacityFor(capacityFor(bytes))).toBe(capacityFor(bytes))
    }
  })
})
