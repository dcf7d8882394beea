// The threads of the worker pool and the jobs that wait for them. See the guarantees of worker-pool.ts.
import { Worker } from 'node:worker_threads'
import { FloeError } from '../protocol/errors.ts'
import type { JobMessage, Outcome } from './worker.ts'

export type WorkerThreadsOptions = {
  readonly threads: number
  readonly waitingMax: number
  /** The program of the threads. */
  readonly script: URL
}

/** Makes the message of a job and copies what has to be copied. Called when a thread starts the job. */
export type PackJob = () => { readonly job: JobMessage; readonly moved: readonly Uint8Array[] }

const RETRY_SECONDS = 1

type Job = {
  readonly pack: PackJob
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

type Thread = { readonly worker: Worker; job: Job | undefined }

export class WorkerThreads {
  readonly #options: WorkerThreadsOptions
  readonly #threads = new Set<Thread>()
  readonly #waiting: Job[] = []
  #closed = false

  constructor(options: WorkerThreadsOptions) {
    this.#options = options
  }

  /**
   * Runs a job on a thread, once one is free.
   * @throws FloeError `overloaded` when too many jobs wait, `unavailable` when the thread dies or the pool closes
   */
  async run(pack: PackJob): Promise<unknown> {
    if (this.#closed) throw poolClosed()
    if (this.#waiting.length >= this.#options.waitingMax) throw poolFull(this.#waiting.length)
    return new Promise((resolve, reject) => {
      this.#waiting.push({ pack, resolve, reject })
      this.#startWaiting()
    })
  }

  /** Whether a job would start without waiting. */
  idle(): boolean {
    const busy = [...this.#threads].filter(({ job }) => job !== undefined).length
    return this.#waiting.length === 0 && busy < this.#options.threads
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const { reject } of this.#waiting.splice(0)) reject(poolClosed())
    const threads = [...this.#threads]
    this.#threads.clear()
    for (const { job } of threads) job?.reject(poolClosed())
    await Promise.all(threads.map(async ({ worker }) => worker.terminate()))
  }

  #startWaiting(): void {
    while (this.#waiting.length > 0 && !this.#closed) {
      const thread = this.#freeThread()
      if (thread === undefined) return
      const job = this.#waiting.shift()
      if (job !== undefined) start(thread, job)
    }
  }

  #freeThread(): Thread | undefined {
    for (const thread of this.#threads) if (thread.job === undefined) return thread
    return this.#threads.size < this.#options.threads ? this.#startThread() : undefined
  }

  #startThread(): Thread {
    const worker = new Worker(this.#options.script, { execArgv: [] })
    const thread: Thread = { worker, job: undefined }
    this.#threads.add(thread)
    worker.unref()
    worker.on('message', (outcome: Outcome) => {
      const { job } = thread
      thread.job = undefined
      worker.unref()
      if (job !== undefined) settle(job, outcome)
      this.#startWaiting()
    })
    const onEnd = (cause: unknown): void => this.#threadEnded(thread, cause)
    worker.on('error', onEnd)
    worker.on('messageerror', onEnd)
    worker.on('exit', onEnd)
    return thread
  }

  #threadEnded(thread: Thread, cause: unknown): void {
    if (!this.#threads.delete(thread)) return
    void thread.worker.terminate()
    thread.job?.reject(threadEnded(cause))
    this.#startWaiting()
  }
}

function start(thread: Thread, job: Job): void {
  try {
    const { job: message, moved } = job.pack()
    thread.worker.postMessage(
      message,
      moved.map((array) => array.buffer as ArrayBuffer),
    )
    thread.job = job
    // A thread that works keeps the process alive.
    thread.worker.ref()
  } catch (error) {
    job.reject(error instanceof Error ? error : new Error(String(error)))
  }
}

function settle(job: Job, outcome: Outcome): void {
  if ('value' in outcome) {
    job.resolve(outcome.value)
    return
  }
  const { code, message, facts } = outcome.error
  job.reject(new FloeError(code, message, { facts }))
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
    remedy: 'Try again after the restart.',
    retryAfterSeconds: RETRY_SECONDS,
  })
}

function poolFull(waiting: number): FloeError {
  return new FloeError('overloaded', `Expected a free coding thread, got ${waiting} waiting jobs.`, {
    facts: { waiting },
    remedy: 'Try again after a second.',
    retryAfterSeconds: RETRY_SECONDS,
  })
}
