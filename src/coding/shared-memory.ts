// Large arrays that several threads read and write in place, and that are used again for the next batch.
//
// Memory that moves between threads counts as new for the garbage collector of each thread: a batch of 16 MiB moved there and back
// caused a full collection on both sides, a quarter of the processor time of its encoding (measured). New pages cost as much again.
//
// Guarantees:
// - Bounded: arrays in use, spare arrays, and dropped arrays that are not yet collected have at most `bytesMax` bytes together.
// - Exclusive: an array that was taken is not given out again before it is put back.
// - Recovered: an array that is never put back is freed by the garbage collector and then no longer counts.

/** Shorter arrays cost less as ordinary memory. */
const ARRAY_BYTES_MIN = 64 * 1024
const WORD_BYTES = 8

/** Three batches of 16 MiB with their bodies, for any committee: two are encoded while the bodies of a third are being sent. */
const BYTES_MAX = 320 * 1024 * 1024

export class SharedMemory {
  readonly #bytesMax: number
  #spare: SharedArrayBuffer[] = []
  /** Bytes of all buffers that were allocated here and not yet collected. */
  #bytes = 0
  readonly #collected = new FinalizationRegistry<number>((length) => void (this.#bytes -= length))

  constructor(bytesMax: number = BYTES_MAX) {
    this.#bytesMax = bytesMax
  }

  /**
   * `count` arrays of `length` bytes with undefined content, or undefined when the bound leaves no room for all of them or they
   * are too short to be worth it. The byte at `aligned` lies on a multiple of 8: there V8 copies to shared memory word by word,
   * elsewhere byte by byte.
   */
  take(length: number, count: number, aligned: number = 0): Uint8Array[] | undefined {
    if (length < ARRAY_BYTES_MIN) return undefined
    const start = -aligned & (WORD_BYTES - 1)
    const capacity = capacityFor(start + length)
    const reused = this.#spare.filter(({ byteLength }) => byteLength === capacity).slice(0, count)
    const missing = count - reused.length
    if (this.#bytes + missing * capacity > this.#bytesMax) {
      // Spare buffers of other sizes are dropped to make room for a later batch: they count until they are collected.
      this.#spare = this.#spare.filter(({ byteLength }) => byteLength === capacity)
      return undefined
    }
    this.#spare = this.#spare.filter((buffer) => !reused.includes(buffer))
    const allocated = Array.from({ length: missing }, () => this.#allocate(capacity))
    return [...reused, ...allocated].map((buffer) => new Uint8Array(buffer, start, length))
  }

  /** Returns the memory of `array`, which came from `take` and which no thread reads or writes any more. */
  put({ buffer }: Uint8Array): void {
    if (buffer instanceof SharedArrayBuffer && !this.#spare.includes(buffer)) this.#spare.push(buffer)
  }

  #allocate(length: number): SharedArrayBuffer {
    const buffer = new SharedArrayBuffer(length)
    this.#collected.register(buffer, length)
    this.#bytes += length
    return buffer
  }
}

/**
 * Bytes of the buffer for an array of `bytes` bytes. Rounded up by at most a quarter, so that batches of similar size share
 * buffers. The operating system gives no memory to pages that are never written.
 */
export function capacityFor(bytes: number): number {
  const step = 2 ** Math.max(0, Math.floor(Math.log2(bytes)) - 2)
  return step * Math.ceil(bytes / step)
}
