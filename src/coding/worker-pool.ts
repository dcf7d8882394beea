// A coder whose larger jobs run on threads, so that the event loop stays responsive while batches are encoded.
//
// Guarantees:
// - Bounded: at most `threads` threads with one job each, and `waitingMax` waiting jobs; further jobs are refused.
// - Not copied: bodies, rows and pairs are shared or moved; only arguments that the caller keeps are copied, once.
// - Reused only when returned: the memory of bodies is overwritten after `DispersalBody.reuse`, never before.
// - Contained: a thread that dies fails its own job as `unavailable`, and the next job gets a new thread.
// - Quiet: threads start with the first job for them, and idle ones do not keep the process alive.
import { availableParallelism } from 'node:os'
import type { IndexedRow } from '../protocol/batch.ts'
import type { Committee } from '../protocol/committee.ts'
import type { Geometry } from '../protocol/geometry.ts'
import type { Kernel } from '../protocol/kernel.ts'
import type { SliverPosition } from '../protocol/sliver.ts'
import {
  type Coder,
  type EncodedBatch,
  InlineCoder,
  type PairBytes,
  type PairHashes,
  assembleBodies,
  pairMemory,
} from './coder.ts'
import { allocateUnzeroed } from './node-kernel.ts'
import { SharedMemory } from './shared-memory.ts'
import { WorkerThreads } from './worker-threads.ts'
import type { Dispersed, JobMessage } from './worker.ts'

export type WorkerPoolOptions = {
  /** Codes small jobs on the calling thread. */
  readonly kernel: Kernel
  /** Most threads; 0 codes everything on the calling thread. When left out: one for each core, at most 4. */
  readonly threads?: number
  /** Most jobs that wait for a thread. */
  readonly waitingMax?: number
  /** Bytes of batch, row or pairs up to which a job runs on the calling thread. */
  readonly inlineBytesMax?: number
  /** Holds bodies and copies of batches; what exceeds its bound is moved instead. When left out, the pool has its own. */
  readonly sharedMemory?: SharedMemory
  /** The program of the threads, for tests. */
  readonly script?: URL
}

const THREADS_MAX = 4
const WAITING_MAX = 128
/**
 * A job on a thread takes 0.1 ms longer than one on the calling thread on an idle machine, and far longer on a busy one. Encoding a
 * batch of this size blocks the event loop for 0.8 ms (n = 10) to 4 ms (n = 100). A put of 119,823 bytes on a devnet took a fifth
 * longer with the thread than without (measured; docs/coding-performance.md).
 */
const INLINE_BYTES_MAX = 256 * 1024

export class WorkerPool implements Coder {
  readonly #inlineBytesMax: number
  readonly #inline: InlineCoder
  readonly #threads: WorkerThreads
  readonly #sharedMemory: SharedMemory
  /** Buffers of rows that came back from a thread, so that no one else holds them. */
  readonly #ownedRows = new WeakSet<ArrayBufferLike>()

  constructor(options: WorkerPoolOptions) {
    const {
      kernel,
      threads = Math.min(THREADS_MAX, availableParallelism()),
      waitingMax = WAITING_MAX,
      inlineBytesMax = INLINE_BYTES_MAX,
      sharedMemory = new SharedMemory(),
      script = new URL('./worker.ts', import.meta.url),
    } = options
    this.#inlineBytesMax = threads === 0 ? Infinity : inlineBytesMax
    this.#inline = new InlineCoder(kernel, allocateUnzeroed)
    this.#threads = new WorkerThreads({ threads, waitingMax, script })
    this.#sharedMemory = sharedMemory
  }

  async disperse(committee: Committee, batch: Uint8Array): Promise<EncodedBatch> {
    if (batch.length <= this.#inlineBytesMax) return this.#inline.disperse(committee, batch)
    return this.#disperseOffThread(committee, batch)
  }

  async checkRow(place: SliverPosition, response: Uint8Array): Promise<IndexedRow> {
    // Waiting for a thread would delay the row more than checking it here delays the event loop.
    if (response.length <= this.#inlineBytesMax || !this.#threads.idle()) {
      return this.#inline.checkRow(place, response)
    }
    const row = (await this.#threads.run(() => {
      const owned = ownedOrCopied(response)
      return { job: { kind: 'checkRow', place, response: owned }, moved: [owned] }
    })) as IndexedRow
    this.#ownedRows.add(row.row.buffer)
    return row
  }

  async decode(
    geometry: Geometry,
    expected: { root: Uint8Array; length: number },
    rows: readonly IndexedRow[],
  ): Promise<Uint8Array | undefined> {
    if (expected.length <= this.#inlineBytesMax) return this.#inline.decode(geometry, expected, rows)
    return (await this.#threads.run(() => {
      const owned = rows.map((row) => ({
        ...row,
        row: this.#ownedRows.has(row.row.buffer) ? row.row : copied(row.row),
      }))
      const { root, length } = expected
      const job: JobMessage = {
        kind: 'decode',
        geometry,
        expected: { root: root.slice(), length },
        rows: owned,
      }
      return { job, moved: owned.map(({ row }) => row) }
    })) as Uint8Array | undefined
  }

  async hashPairs(geometry: Geometry, pairs: PairBytes): Promise<PairHashes> {
    if (pairs.bytes.length <= this.#inlineBytesMax) return this.#inline.hashPairs(geometry, pairs)
    return (await this.#threads.run(() => {
      const owned = ownedOrCopied(pairs.bytes)
      return { job: { kind: 'hashPairs', geometry, pairs: { ...pairs, bytes: owned } }, moved: [owned] }
    })) as PairHashes
  }

  /** Fails the running and waiting jobs as `unavailable`, and ends the threads. */
  async close(): Promise<void> {
    await this.#threads.close()
  }

  async #disperseOffThread(committee: Committee, batch: Uint8Array): Promise<EncodedBatch> {
    const shared = this.#sharedMemory
    const { geometry } = committee
    let memory: Uint8Array[] | undefined
    let copy: Uint8Array | undefined
    // Memory is taken when a thread starts the job, so that a waiting job holds none.
    const dispersed = (await this.#threads.run(() => {
      const { bytes, pairAt } = pairMemory(geometry, batch.length)
      memory = shared.take(bytes, geometry.shards, pairAt)
      if (batch.buffer instanceof SharedArrayBuffer) {
        return { job: { kind: 'disperse', committee, batch, memory }, moved: [] }
      }
      copy = shared.take(batch.length, 1)?.[0] ?? allocateUnzeroed(batch.length)
      copy.set(batch)
      const moved = copy.buffer instanceof ArrayBuffer ? [copy] : []
      return { job: { kind: 'disperse', committee, batch: copy, memory }, moved }
    })) as Dispersed
    // Not after a failure: the thread of a failed job may still be writing.
    if (copy !== undefined) shared.put(copy)
    if ('encoded' in dispersed) return dispersed.encoded
    const { root, bodies } = assembleBodies(committee, memory ?? [], dispersed.tree)
    return { root, bodies: bodies.map(({ parts }) => ({ parts, reuse: returnOnce(shared, parts) })) }
  }
}

/** Returns `parts` on the first call only: afterwards the memory belongs to another batch. */
function returnOnce(shared: SharedMemory, parts: readonly Uint8Array[]): () => void {
  let returned = false
  return () => {
    if (!returned) for (const part of parts) shared.put(part)
    returned = true
  }
}

/** An array that is alone in its buffer can move; moving any other would take foreign bytes along. */
function ownedOrCopied(bytes: Uint8Array): Uint8Array {
  return bytes.length === bytes.buffer.byteLength ? bytes : copied(bytes)
}

function copied(bytes: Uint8Array): Uint8Array {
  const copy = allocateUnzeroed(bytes.length)
  copy.set(bytes)
  return copy
}
