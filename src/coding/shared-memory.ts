// Large arrays that coding threads write to where they stand, used again for the next batch.
//
// Shared, because memory that moves between threads counts as new for the garbage collector of each: a batch of 16 MiB there and
// back cost a full collection on both sides, a quarter of the processor time of its encoding. And used again, because new pages
// cost as much once more.
//
// Guarantees:
// - Bounded in bytes: what is in use, what is kept, and what was dropped and not yet collected. Beyond that there is none.
// - Nobody else's: an array that was taken is given to nobody until it is put back. What it holds is undefined, so whoever takes
//   it writes all of the bytes that he shows.
// - Never lost: an array that is not put back is the garbage collector's, with all that still reads it, and then there is room again.

export type SharedMemory = {
  /**
   * `count` arrays of `bytes` bytes each; undefined when there is no room for all of them, or they are too short to be worth it.
   * Their byte `aligned` stands at a multiple of 8: V8 copies to shared memory word by word there, and byte by byte elsewhere.
   */
  take(bytes: number, count: number, aligned?: number): Uint8Array[] | undefined
  /** Keeps the memory of `array`, which came from here and which nobody may use any more. */
  put(array: Uint8Array): void
}

/** Shorter ones cost less as they are. */
const ARRAY_BYTES_MIN = 64 * 1024
const WORD_BYTES = 8

/** Three batches of 16 MiB with their bodies, for any committee: two are encoded while a third's bodies come back. */
const BYTES_MAX = 320 * 1024 * 1024

export function createSharedMemory(bytesMax: number = BYTES_MAX): SharedMemory {
  let spare: SharedArrayBuffer[] = []
  /** Of everything that was made here and not yet collected. */
  let bytes = 0
  const collected = new FinalizationRegistry<number>((length) => void (bytes -= length))
  const make = (length: number): SharedArrayBuffer => {
    const buffer = new SharedArrayBuffer(length)
    collected.register(buffer, length)
    bytes += length
    return buffer
  }
  return {
    take: (length, count, aligned = 0) => {
      if (length < ARRAY_BYTES_MIN) return undefined
      const start = -aligned & (WORD_BYTES - 1)
      const capacity = capacityFor(start + length)
      const kept = spare.filter(({ byteLength }) => byteLength === capacity).slice(0, count)
      const missing = count - kept.length
      if (bytes + missing * capacity > bytesMax) {
        // Those of another size make way, for a later batch: they count until they are collected.
        spare = spare.filter(({ byteLength }) => byteLength === capacity)
        return undefined
      }
      spare = spare.filter((buffer) => !kept.includes(buffer))
      const made = Array.from({ length: missing }, () => make(capacity))
      return [...kept, ...made].map((buffer) => new Uint8Array(buffer, start, length))
    },
    put: ({ buffer }) => {
      if (buffer instanceof SharedArrayBuffer && !spare.includes(buffer)) spare.push(buffer)
    },
  }
}

/**
 * Bytes of memory for `bytes` bytes: in steps of a quarter at most, so that batches of nearly one size share it. Pages that nobody
 * writes to take no memory.
 */
export function capacityFor(bytes: number): number {
  const step = 2 ** Math.max(0, Math.floor(Math.log2(bytes)) - 2)
  return step * Math.ceil(bytes / step)
}
