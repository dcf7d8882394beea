// Jobs that become due at every multiple of an interval. The queue holds only the next one: each process adds it again and again,
// which changes nothing while it is queued. So a queue that lost the job gets it back, and processes agree on nothing but the time.
import { assert } from '../protocol/errors.ts'
import { runLoop } from '../runtime/async/loop.ts'
import type { Clock } from '../runtime/clock.ts'
import type { JobKind, JobQueue } from './queue.ts'

/** The id of a recurring job. */
const EVERY = 'every'
/** Most milliseconds between two additions of the same job: a queue that lost it gets it back within them. */
const ADD_MS = 5_000

export type RecurringJobsOptions = {
  readonly clock: Clock
  /** Ends the additions. */
  readonly stopping: AbortSignal
  /** Adds a job to the queue; may reject. */
  readonly add: JobQueue['add']
}

export class RecurringJobs {
  readonly #options: RecurringJobsOptions
  readonly #intervalsMs = new Map<JobKind, number>()

  constructor(options: RecurringJobsOptions) {
    this.#options = options
  }

  /** See JobQueue.every. */
  start(kind: JobKind, everyMs: number): void {
    const { clock, stopping } = this.#options
    assert(!this.#intervalsMs.has(kind), `${kind} recurs once`)
    this.#intervalsMs.set(kind, everyMs)
    void runLoop({ clock, intervalMs: Math.min(everyMs, ADD_MS) }, async () => this.#addNext(kind), stopping)
  }

  /** The queue calls this for every job that is done or has failed, so that a recurring one is added for its next time. */
  jobEnded(kind: JobKind, id: string): void {
    if (id === EVERY) void this.#addNext(kind)
  }

  async #addNext(kind: JobKind): Promise<void> {
    const { clock, stopping, add } = this.#options
    const everyMs = this.#intervalsMs.get(kind)
    if (everyMs === undefined || stopping.aborted) return
    try {
      await add({ kind, id: EVERY, data: {} }, { delayMs: everyMs - (clock.now() % everyMs) })
    } catch {
      // The queue is full or cannot be reached: the loop adds the job later.
    }
  }
}
