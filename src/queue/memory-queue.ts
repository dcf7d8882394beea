// The job queue of a sidecar without Redis: nothing to install, and empty after a restart. That loses nothing, because the
// process that added a job finds on its own disk that the job is still due.
//
// Guarantees:
// - Bounded: a kind has at most `jobsMax` jobs and `FAILED_KEPT` failed ones.
// - One state each: every job is in exactly one of the four counted states.
import { assert } from '../protocol/errors.ts'
import type { Clock } from '../runtime/clock.ts'
import type { ConditionLog } from '../runtime/condition-log.ts'
import type { Logger } from '../runtime/logger.ts'
import { InFlight } from './in-flight.ts'
import {
  FAILED_KEPT,
  JOBS_MAX,
  LISTED_MAX,
  backoffMs,
  jobText,
  jobFailures,
  judgeFailure,
  queueClosed,
  queueFull,
} from './job.ts'
import {
  type Job,
  type JobCounts,
  type JobHandler,
  type JobKind,
  type JobPolicy,
  type JobQueue,
  perKind,
} from './queue.ts'
import { RecurringJobs } from './recurring-jobs.ts'

export type MemoryQueueOptions = {
  readonly clock: Clock
  /** In [0, 1), for jitter. */
  readonly random: () => number
  readonly logger: Logger
  /** Most jobs of a kind; `JOBS_MAX` when left out. */
  readonly jobsMax?: number
}

export class MemoryQueue implements JobQueue {
  readonly #stopping = new AbortController()
  readonly #inFlight: InFlight
  readonly #recurring: RecurringJobs
  readonly #kinds: Record<JobKind, KindQueue>

  constructor({ clock, random, logger, jobsMax = JOBS_MAX }: MemoryQueueOptions) {
    const stopping = this.#stopping.signal
    const add: JobQueue['add'] = async (job, options) => this.add(job, options)
    const recurring = new RecurringJobs({ clock, stopping, add })
    const inFlight = new InFlight(clock)
    const onJobEnded = (kind: JobKind, id: string): void => recurring.jobEnded(kind, id)
    this.#inFlight = inFlight
    this.#recurring = recurring
    this.#kinds = perKind(
      (kind) => new KindQueue({ kind, clock, random, logger, jobsMax, stopping, inFlight, onJobEnded }),
    )
  }

  async add({ kind, id, data }: Job, { delayMs = 0 }: { readonly delayMs?: number } = {}): Promise<void> {
    this.#kinds[kind].add(id, data, delayMs)
  }

  handle(kind: JobKind, policy: JobPolicy, handler: JobHandler): void {
    this.#kinds[kind].handle(policy, handler)
  }

  every(kind: JobKind, everyMs: number): void {
    this.#recurring.start(kind, everyMs)
  }

  async waiting(kind: JobKind, limit: number): Promise<Job[]> {
    return this.#kinds[kind].list(limit)
  }

  async remove(kind: JobKind, ids: readonly string[]): Promise<void> {
    this.#kinds[kind].remove(ids)
  }

  async counts(): Promise<Record<JobKind, JobCounts>> {
    return perKind((kind) => this.#kinds[kind].counts())
  }

  reachable(): boolean {
    return !this.#stopping.signal.aborted
  }

  async close(graceMs: number): Promise<void> {
    this.#stopping.abort(queueClosed())
    await this.#inFlight.finish(graceMs)
  }
}

type KindQueueOptions = {
  readonly kind: JobKind
  readonly clock: Clock
  readonly random: () => number
  readonly logger: Logger
  readonly jobsMax: number
  /** Aborts when the queue closes: no further job starts. */
  readonly stopping: AbortSignal
  readonly inFlight: InFlight
  /** Called for a job that is done or has failed. */
  readonly onJobEnded: (kind: JobKind, id: string) => void
}

type StoredJob = { readonly id: string; readonly text: string; readonly attempt: number }
type Handled = { readonly policy: JobPolicy; readonly handler: JobHandler }

/** The jobs of one kind. */
class KindQueue {
  readonly #options: KindQueueOptions
  readonly #failures: ConditionLog
  /** Each state holds its jobs in the order in which they entered it. */
  readonly #waiting = new Map<string, StoredJob>()
  readonly #active = new Map<string, StoredJob>()
  readonly #delayed = new Map<string, StoredJob>()
  readonly #failed = new Map<string, StoredJob>()
  #handled: Handled | undefined

  constructor(options: KindQueueOptions) {
    this.#options = options
    this.#failures = jobFailures(options)
  }

  add(id: string, data: unknown, delayMs: number): void {
    const { kind, jobsMax, stopping } = this.#options
    const text = jobText(id, data, delayMs)
    if (stopping.aborted) throw queueClosed()
    if (this.#waiting.has(id) || this.#active.has(id) || this.#delayed.has(id)) return
    const jobs = this.#waiting.size + this.#active.size + this.#delayed.size
    if (jobs >= jobsMax) throw queueFull(kind, jobs)
    this.#failed.delete(id)
    this.#enqueue({ id, text, attempt: 1 }, delayMs)
  }

  handle(policy: JobPolicy, handler: JobHandler): void {
    assert(this.#handled === undefined, `${this.#options.kind} has one handler`)
    this.#handled = { policy, handler }
    this.#startWaiting()
  }

  list(limit: number): Job[] {
    return [...this.#waiting.values()].slice(0, Math.min(limit, LISTED_MAX)).map((job) => this.#parse(job))
  }

  remove(ids: readonly string[]): void {
    for (const id of ids) this.#waiting.delete(id)
  }

  counts(): JobCounts {
    return {
      waiting: this.#waiting.size,
      active: this.#active.size,
      delayed: this.#delayed.size,
      failed: this.#failed.size,
    }
  }

  #enqueue(job: StoredJob, delayMs: number): void {
    if (delayMs === 0) {
      this.#wait(job)
      return
    }
    const { clock, stopping } = this.#options
    this.#delayed.set(job.id, job)
    clock.sleep(delayMs, stopping).then(
      () => this.#wait(job),
      () => undefined,
    )
  }

  #wait(job: StoredJob): void {
    this.#delayed.delete(job.id)
    this.#waiting.set(job.id, job)
    this.#startWaiting()
  }

  /** Starts as many waiting jobs as the policy allows. */
  #startWaiting(): void {
    const handled = this.#handled
    if (handled === undefined) return
    const { inFlight, stopping } = this.#options
    for (const [id, job] of this.#waiting) {
      if (this.#active.size >= handled.policy.concurrency || stopping.aborted) return
      this.#waiting.delete(id)
      this.#active.set(id, job)
      inFlight.track(this.#run(job, handled))
    }
  }

  async #run(job: StoredJob, handled: Handled): Promise<void> {
    const { kind, random, onJobEnded } = this.#options
    const outcome = await this.#attempt(job, handled)
    this.#active.delete(job.id)
    if (outcome === 'failed') this.#keepFailed(job)
    if (outcome === 'retry') {
      this.#enqueue({ ...job, attempt: job.attempt + 1 }, backoffMs(handled.policy, job.attempt, random))
    } else {
      onJobEnded(kind, job.id)
    }
    this.#startWaiting()
  }

  async #attempt(job: StoredJob, { policy, handler }: Handled): Promise<'done' | 'retry' | 'failed'> {
    const { kind, logger, inFlight } = this.#options
    const { id, attempt } = job
    const failures = this.#failures
    try {
      // A handler never runs inside the call of `add`.
      await Promise.resolve()
      await handler({ ...this.#parse(job), attempt }, inFlight.closing)
      failures.held(kind)
      return 'done'
    } catch (thrown) {
      return judgeFailure({ kind, id, attempt, policy, logger, failures, thrown }).retry ? 'retry' : 'failed'
    }
  }

  /** Keeps the newest failed jobs and drops the oldest one beyond the bound. */
  #keepFailed(job: StoredJob): void {
    this.#failed.set(job.id, job)
    const [oldest] = this.#failed.keys()
    if (this.#failed.size > FAILED_KEPT && oldest !== undefined) this.#failed.delete(oldest)
  }

  #parse({ id, text }: StoredJob): Job {
    return { kind: this.#options.kind, id, data: JSON.parse(text) as unknown }
  }
}
