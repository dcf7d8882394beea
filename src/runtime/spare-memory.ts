// Large arrays that were used before, kept for the next one: new pages cost a third of an encoding, and two threads of a process
// wait for each other while they get them.
//
// Guarantees:
// - Bounded in bytes: beyond that the oldest goes to the garbage collector.
// - Nobody's: an array is in here once, and what is taken out is in here no more. What it holds is undefined, so whoever takes
//   it writes all of the bytes that he shows.
import { unzeroed } from './node-kernel.ts'

export type SpareMemory = {
  /** Keeps the memory of `array`, all of its buffer, which nobody may use any more. */
  put(array: Uint8Array): void
  /** At most `count` arrays of capacityFor(bytes) bytes. */
  take(bytes: number, count: number): Uint8Array[]
  bytes(): number
}

/** Shorter ones come from the allocator's own lists. */
const SPARE_BYTES_MIN = 64 * 1024

export function createSpareMemory(bytesMax: number): SpareMemory {
  let spare: ArrayBufferLike[] = []
  const bytes = (): number => spare.reduce((sum, { byteLength }) => sum + byteLength, 0)
  return {
    put: ({ buffer }) => {
      if (buffer.byteLength < SPARE_BYTES_MIN || spare.includes(buffer)) return
      spare.push(buffer)
      while (bytes() > bytesMax) spare.shift()
    },
    take: (least, count) => {
      const capacity = capacityFor(least)
      const taken = spare.filter(({ byteLength }) => byteLength === capacity).slice(0, count)
      spare = spare.filter((buffer) => !taken.includes(buffer))
      return taken.map((buffer) => new Uint8Array(buffer))
    },
    bytes,
  }
}

/** Bytes of memory for `bytes` bytes: in steps of an eighth at most, so that batches of nearly one size share it. */
export function capacityFor(bytes: number): number {
  const step = 2 ** Math.max(0, Math.floor(Math.log2(bytes)) - 3)
  return step * Math.ceil(bytes / step)
}

/** `bytes` bytes of new memory that spare memory can take back. */
export function recyclable(bytes: number): Uint8Array {
  return unzeroed(capacityFor(bytes)).subarray(0, bytes)
}
