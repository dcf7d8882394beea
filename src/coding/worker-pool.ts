// Coding on threads of their own, so that the event loop goes on answering while batches are encoded.
//
// Guarantees:
// - Bounded: at most `threads` threads, one job each, and at most `waitingMax` jobs waiting; more are refused at once.
// - Not copied: bodies of dispersals are written to memory that all threads share, or move; rows that were opened, and pairs to be
//   hashed, move. What a caller may still hold is copied once, when a thread is free to take it, so that waiting costs no memory;
//   a batch in shared memory is read where it stands.
// - Used again only when given back: bodies are written over after Body.reuse, and left to the garbage collector without.
// - Contained: a thread that dies fails its own job as `unavailable`, and the next job gets a new thread.
// - Quiet: threads start with the first job for them, and idle ones do not keep the process alive.
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { type Coder, type EncodedBatch, type PairHashes, assembleBodies, pairMemory, threadCoder } from './coder.ts'
import type { IndexedRow } from '../protocol/batch.ts'
import type { Committee } from '../protocol/committee.ts'
import { FloeError } from '../protocol/errors.ts'
import type { Kernel } from '../protocol/kernel.ts'
import type { Dispersed, JobMessage, Outcome } from './worker.ts'
import { unzeroed } from './node-kernel.ts'
import { type SharedMemory, createSharedMemory } from './shared-memory.ts'

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
  /** For bodies and copies of batches; what it has no room for is moved. Left out: memory of the pool's own. */
  readonly sharedMemory?: SharedMemory
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
  readonly pack: () => { job: JobMessage; moved: readonly Uint8Array[] }
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

type Thread = { readonly worker: Worker; ticket: Ticket | undefined }

export function createCodingPool(options: CodingPoolOptions): CodingPool {
  const threads = options.threads ?? Math.min(THREADS_MAX, availableParallelism())
  const nearBytesMax = threads === 0 ? Number.POSITIVE_INFINITY : (options.nearBytesMax ?? NEAR_BYTES_MAX)
  const near = threadCoder(options.kernel, unzeroed)
  const crew = createCrew({ ...options, threads })
  const shared = options.sharedMemory ?? createSharedMemory()
  /** Buffers of rows that nobody else has. */
  const opened = new WeakSet<ArrayBufferLike>()
  return {
    disperse: async (committee, batch) => {
      if (batch.length <= nearBytesMax) return near.disperse(committee, batch)
      return disperseFar(crew, shared, committee, batch)
    },
    openRow: async (place, answer) => {
      // One more job in a line would hold up the row, and reading it does not hold up the event loop for long.
      if (answer.length <= nearBytesMax || !crew.idle()) return near.openRow(place, answer)
      const row = (await crew.run(() => {
        const own = ownOrCopy(answer)
        return { job: { kind: 'openRow', place, answer: own }, moved: [own] }
      })) as IndexedRow
      opened.add(row.row.buffer)
      return row
    },
    decode: async (geometry, commitment, rows) => {
      if (commitment.length <= nearBytesMax) return near.decode(geometry, commitment, rows)
      return (await crew.run(() => {
        const own = rows.map((row) => ({
          ...row,
          row: opened.has(row.row.buffer) ? row.row : copyOf(row.row),
        }))
        const { root, length } = commitment
        const job: JobMessage = { kind: 'decode', geometry, commitment: { root: root.slice(), length }, rows: own }
        return { job, moved: own.map(({ row }) => row) }
      })) as Uint8Array | undefined
    },
    hashPairs: async (geometry, pairs) => {
      if (pairs.bytes.length <= nearBytesMax) return near.hashPairs(geometry, pairs)
      return (await crew.run(() => {
        const own = ownOrCopy(pairs.bytes)
        return { job: { kind: 'hashPairs', geometry, pairs: { ...pairs, bytes: own } }, moved: [own] }
      })) as PairHashes
    },
    close: async () => crew.close(),
  }
}

async function disperseFar(
  crew: Crew,
  shared: SharedMemory,
  committee: Committee,
  batch: Uint8Array,
): Promise<EncodedBatch> {
  const { geometry } = committee
  const lent = batch.buffer instanceof SharedArrayBuffer
  let [copy, memory]: [Uint8Array?, Uint8Array[]?] = []
  const dispersed = (await crew.run(() => {
    const { bytes, pairAt } = pairMemory(geometry, batch.length)
    memory = shared.take(bytes, geometry.shards, pairAt)
    if (lent) return { job: { kind: 'disperse', committee, batch, memory }, moved: [] }
    copy = shared.take(batch.length, 1)?.[0] ?? unzeroed(batch.length)
    copy.set(batch)
    const moved = [copy].filter(({ buffer }) => buffer instanceof ArrayBuffer)
    return { job: { kind: 'disperse', committee, batch: copy, memory }, moved }
  })) as Dispersed
  // Not when the job failed: its thread may be writing still.
  if (copy !== undefined) shared.put(copy)
  if ('draft' in dispersed) return dispersed.draft
  const { root, bodies } = assembleBodies(committee, memory ?? [], dispersed.commitment)
  return {
    root,
    bodies: bodies.map(({ parts }) => ({
      parts,
      reuse: once(() => parts.forEach((part) => shared.put(part))),
    })),
  }
}

/** Memory that was given back is another's from then on. */
function once(action: () => void): () => void {
  let done = false
  return () => {
    if (!done) action()
    done = true
  }
}

/** Only an array that has its memory for itself can move without taking another's along. */
function ownOrCopy(bytes: Uint8Array): Uint8Array {
  return bytes.length === bytes.buffer.byteLength ? bytes : copyOf(bytes)
}

function copyOf(bytes: Uint8Array): Uint8Array {
  const copy = unzeroed(bytes.length)
  copy.set(bytes)
  return copy
}

/** The threads, and the line of jobs in front of them. */
type Crew = {
  run(pack: Ticket['pack']): Promise<unknown>
  /** Whether a job would begin at once. */
  idle(): boolean
  close(): Promise<void>
}

function createCrew(options: CodingPoolOptions & { threads: number }): Crew {
  const { threads, waitingMax = WAITING_MAX } = options
  const script = options.script ?? new URL('./worker.ts', import.meta.url)
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
    idle: () =>
      waiting.length === 0 && [...crew].filter(({ ticket }) => ticket !== undefined).length < threads,
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
