// Jobs that outlive the request that caused them, and the port through which processes add and handle them. There are two
// implementations: MemoryQueue in one process, RedisQueue for several sidecars. Both pass test/queue/contract.ts.
//
// A queue is never the only record of a job. After a restart, or after the queue was lost, the process that added a job finds
// on its own disk that the job is still due, and adds it again. Therefore every handler is idempotent, a job may be handed to a
// handler more than once, and losing a queue delays jobs but loses no data.

/** All kinds of jobs. Metrics and dashboards take their label values from this list. */
export const jobKinds = ['announce', 'backfill', 'checkpoint'] as const
export type JobKind = (typeof jobKinds)[number]

export type Job = {
  readonly kind: JobKind
  /**
   * Identifies the job within its kind: adding the same id again changes nothing while the job is queued or in flight. 1 to 128
   * characters of [A-Za-z0-9._-], not only digits.
   */
  readonly id: string
  /** Input of the handler, as JSON of at most 64 KiB. It came over a network: a handler checks it before use. */
  readonly data: unknown
}

export type JobPolicy = {
  /** Most jobs of this kind that this process handles concurrently. */
  readonly concurrency: number
  /** Attempts after which a job has failed. A failed job may be added again. */
  readonly attemptsMax: number
  /** Milliseconds before the second attempt; doubled for each further one up to `backoffMsMax`, less a random part up to half. */
  readonly backoffMs: number
  readonly backoffMsMax: number
}

/**
 * Handles one job. After a retryable FloeError the job is attempted again as the policy says; after any other error it has
 * failed. An error thrown after `signal` aborted does not count as an attempt.
 */
export type JobHandler = (job: Job & { readonly attempt: number }, signal: AbortSignal) => Promise<void>

export type JobCounts = {
  readonly waiting: number
  readonly active: number
  readonly delayed: number
  readonly failed: number
}

export type JobQueue = {
  /**
   * Resolves when the queue holds the job, within a bounded time. A failed job starts again with its first attempt.
   * @throws FloeError `unavailable` when the queue cannot be reached, `overloaded` when it is full
   */
  add(job: Job, options?: { readonly delayMs?: number }): Promise<void>
  /**
   * Starts handling the jobs of a kind. Call it once for each kind. The signal of a handler aborts when the job was lost to
   * another process, or when the queue closes.
   */
  handle(kind: JobKind, policy: JobPolicy, handler: JobHandler): void
  /**
   * Makes a job of this kind (id `every`) due at each multiple of `everyMs` of unix time, unless the previous one is still in
   * flight. Exactly one of the processes that share the queue gets it. A process that dies or is paused while it handles the
   * job loses it within `stalledMs`. A queue that cannot be reached, or lost the job, gets it again without further calls.
   */
  every(kind: JobKind, everyMs: number): void
  /** Waiting jobs of a kind that has no handler, oldest first: a shared list. @throws FloeError `unavailable` */
  waiting(kind: JobKind, limit: number): Promise<Job[]>
  /** Removes waiting jobs from such a list. @throws FloeError `unavailable` */
  remove(kind: JobKind, ids: readonly string[]): Promise<void>
  /** Jobs by kind and state. Never rejects; zeroes while the queue cannot be reached. */
  counts(): Promise<Record<JobKind, JobCounts>>
  /** Whether the queue can be reached now. */
  reachable(): boolean
  /** Starts no further job, gives the handlers in flight `graceMs` to end, then aborts their signals. */
  close(graceMs: number): Promise<void>
}

/** A record with one value for each kind. */
export function perKind<T>(valueOf: (kind: JobKind) => T): Record<JobKind, T> {
  return Object.fromEntries(jobKinds.map((kind) => [kind, valueOf(kind)])) as Record<JobKind, T>
}
