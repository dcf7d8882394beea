// Coding on threads of their own, so that the event loop goes on answering while batches are encoded.
//
// Guarantees:
// - Bounded: at most `threads` threads, one job each, and at most `waitingMax` jobs waiting; more are refused at once.
// - Moved, not copied: what a job makes, and pairs to be hashed, change their thread and not their place. Batches and rows that
//   a caller may still hold are copied once, when a thread is free to take them: waiting costs no memory.
// - Contained: a thread that dies fails its own job as `unavailable`, and the next job gets a new thread.
// - Quiet: threads start with the first job for them, and idle ones do not keep the process alive.
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { type Coder, type Draft, type PairHashes, threadCoder } from '../kernel/coder.ts'
import { FloeError } from '../protocol/errors.ts'
import type { Kernel } from '../protocol/kernel.ts'
import type { Job, Outcome } from './coding-worker.ts'
import { unzeroed } from './node-kernel.ts'

export type CodingPool = Coder & {
  /** Fails the jobs that are under way or waiting as `unavailable`, and ends the threads. */
  close(): Promise<void>
}

export type CodingPoolOptions = {
  /** Codes what is small on the calling thread. */
  readonly kernel: Kernel
  /** Most threads; 0 codes everything on the calling thread. Left out: one for each core, at most 4. */
  readonly threads?: number
  /** Most jobs that wait for a thread. */
  readonly waitingMax?: number
  /** Bytes of batch or pairs up to which a job stays on the calling thread. */
  readonly nearBytesMax?: number
  /** What the threads run, for tests. */
  readonly script?: URL
}

const THREADS_MAX = 4
const WAITING_MAX = 128
/**
 * A job that goes to a thread and back takes 0.1 ms more than one that does not on an idle machine, and far more on a busy one;
 * an encoding of this size holds up the event loop for 0.8 ms (n = 10) to 4 ms (n = 100). A put of 119,823 bytes on a devnet took
 * a fifth more time with the hop than without (docs/coding-performance.md).
 */
const NEAR_BYTES_MAX = 256 * 1024
const RETRY_SECONDS = 1

/** A job until it settles. */
type Ticket = {
  /** Makes the message, and copies what has to be copied; called when a thread takes the job. */
  readonly pack: () => { job: Job; moved: readonly Uint8Array[] }
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

type Thread = { readonly worker: Worker; ticket: Ticket | undefined }

export function createCodingPool(options: CodingPoolOptions): CodingPool {
  const threads = options.threads ?? Math.min(THREADS_MAX, availableParallelism())
  const nearBytesMax = threads === 0 ? Number.POSITIVE_INFINITY : (options.nearBytesMax ?? NEAR_BYTES_MAX)
  const near = threadCoder(options.kernel, unzeroed)
  const crew = createCrew({ ...options, threads })
  return {
    disperse: async (committee, batch) => {
      if (batch.length <= nearBytesMax) return near.disperse(committee, batch)
      return (await crew.run(() => {
        const copy = copyOf(batch)
        return { job: { kind: 'disperse', committee, batch: copy }, moved: [copy] }
      })) as Draft
    },
    decode: async (geometry, commitment, rows) => {
      if (commitment.length <= nearBytesMax) return near.decode(geometry, commitment, rows)
      return (await crew.run(() => {
        const copies = rows.map(({ index, row }) => ({ index, row: copyOf(row) }))
        const { root, length } = commitment
        const job: Job = {
          kind: 'decode',
          geometry,
          commitment: { root: root.slice(), length },
          rows: copies,
        }
        return { job, moved: copies.map(({ row }) => row) }
      })) as Uint8Array | undefined
    },
    hashPairs: async (geometry, pairs) => {
      if (pairs.bytes.length <= nearBytesMax) return near.hashPairs(geometry, pairs)
      return (await crew.run(() => {
        const { bytes } = pairs
        // Only an array that has its memory for itself can move without taking another's along.
        const own = bytes.length === bytes.buffer.byteLength ? bytes : copyOf(bytes)
        return { job: { kind: 'hashPairs', geometry, pairs: { ...pairs, bytes: own } }, moved: [own] }
      })) as PairHashes
    },
    close: async () => crew.close(),
  }
}

function copyOf(bytes: Uint8Array): Uint8Array {
  const copy = unzeroed(bytes.length)
  copy.set(bytes)
  return copy
}

/** The threads, and the line of jobs in front of them. */
function createCrew(options: CodingPoolOptions & { threads: number }): {
  run(pack: Ticket['pack']): Promise<unknown>
  close(): Promise<void>
} {
  const { threads, waitingMax = WAITING_MAX } = options
  const script = options.script ?? new URL('./coding-worker.ts', import.meta.url)
  const crew = new Set<Thread>()
  const waiting: Ticket[] = []
  let closed = false

  const free = (): Thread | undefined => {
    for (const thread of crew) if (thread.ticket === undefined) return thread
    return crew.size < threads ? start() : undefined
  }
  const start = (): Thread => {
    const worker = new Worker(script, { execArgv: [] })
    const thread: Thread = { worker, ticket: undefined }
    crew.add(thread)
    worker.unref()
    worker.on('message', (outcome: Outcome) => {
      const { ticket } = thread
      thread.ticket = undefined
      worker.unref()
      if (ticket !== undefined) settle(ticket, outcome)
      next()
    })
    const gone = (cause: unknown): void => {
      if (!crew.delete(thread)) return
      void worker.terminate()
      thread.ticket?.reject(threadEnded(cause))
      next()
    }
    worker.on('error', gone)
    worker.on('messageerror', gone)
    worker.on('exit', gone)
    return thread
  }
  const next = (): void => {
    while (waiting.length > 0 && !closed) {
      const thread = free()
      if (thread === undefined) return
      const ticket = waiting.shift()
      if (ticket !== undefined) hand(thread, ticket)
    }
  }
  return {
    run: async (pack) =>
      new Promise((resolve, reject) => {
        if (closed) throw poolClosed()
        if (waiting.length >= waitingMax) throw poolFull(waiting.length)
        waiting.push({ pack, resolve, reject })
        next()
      }),
    close: async () => {
      closed = true
      for (const { reject } of waiting.splice(0)) reject(poolClosed())
      const ending = [...crew]
      crew.clear()
      for (const { ticket } of ending) ticket?.reject(poolClosed())
      await Promise.all(ending.map(async ({ worker }) => worker.terminate()))
    },
  }
}

function hand(thread: Thread, ticket: Ticket): void {
  try {
    const { job, moved } = ticket.pack()
    thread.worker.postMessage(
      job,
      moved.map((array) => array.buffer as ArrayBuffer),
    )
    thread.ticket = ticket
    thread.worker.ref()
  } catch (error) {
    ticket.reject(error instanceof Error ? error : new Error(String(error)))
  }
}

function settle(ticket: Ticket, outcome: Outcome): void {
  if ('value' in outcome) {
    ticket.resolve(outcome.value)
    return
  }
  const { code, message, facts } = outcome.error
  ticket.reject(new FloeError(code, message, { facts }))
}

function threadEnded(cause: unknown): FloeError {
  return new FloeError('unavailable', `A coding thread ended in the middle of a job: ${String(cause)}.`, {
    remedy: 'Try again; if it happens again, give the process more memory.',
    retryAfterSeconds: RETRY_SECONDS,
    cause,
  })
}

function poolClosed(): FloeError {
  return new FloeError('unavailable', 'The coding threads are shutting down.', {
    remedy: 'Try again when it is up again.',
    retryAfterSeconds: RETRY_SECONDS,
  })
}

function poolFull(waiting: number): FloeError {
  return new FloeError('overloaded', `${waiting} coding jobs are waiting.`, {
    facts: { waiting },
    remedy: 'Try again in a moment.',
    retryAfterSeconds: RETRY_SECONDS,
  })
}
