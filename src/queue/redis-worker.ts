// Handles the jobs of one kind that come from Redis. BullMQ hands them out; this file decides three things itself:
//
// - A job is checked before a handler sees it: any client of that Redis may have written it.
// - A job is held by a lease (lease.ts), so that a process that was paused stops handling what another process now handles.
// - The handler's policy decides what follows a failed attempt, not the options that are stored with the job.
import { type JobJson, type Job as StoredJob, UnrecoverableError, WaitingError, Worker } from 'bullmq'
import type { WorkerOptions } from 'bullmq'
import type { Redis } from 'ioredis'
import { z } from 'zod'
import { FloeError } from '../protocol/errors.ts'
import { linkAbort } from '../runtime/async/deadline.ts'
import type { Clock } from '../runtime/clock.ts'
import { ConditionLog } from '../runtime/condition-log.ts'
import type { Logger } from '../runtime/logger.ts'
import type { InFlight } from './in-flight.ts'
import { FAILED_KEPT, JOB_DATA_BYTES_MAX, JOB_ID, backoffMs, jobFailures, judgeFailure } from './job.ts'
import { Lease } from './lease.ts'
import type { Job, JobHandler, JobKind, JobPolicy } from './queue.ts'

export type RedisWorkerOptions = {
  readonly kind: JobKind
  readonly policy: JobPolicy
  readonly handler: JobHandler
  readonly connection: Redis
  readonly prefix: string
  readonly clock: Clock
  readonly random: () => number
  readonly logger: Logger
  /** Milliseconds after which a job of a process that died or is paused goes to another process. */
  readonly stalledMs: number
  readonly inFlight: InFlight
  readonly reachable: () => boolean
  readonly onCommandFailed: (error: Error) => void
  /** Called for a job that is done or has failed. */
  readonly onJobEnded: (kind: JobKind, id: string) => void
}

/** Processes that may die while they handle the same job before it counts as failed. */
const STALLED_MAX = 10
/** Milliseconds before BullMQ repeats a command that failed. */
const RETRY_MS = 1_000

export class RedisWorker {
  readonly #options: RedisWorkerOptions
  readonly #worker: Worker<unknown, void>
  readonly #commandLog: ConditionLog
  readonly #failures: ConditionLog

  /** Starts to handle jobs. */
  constructor(options: RedisWorkerOptions) {
    this.#options = options
    this.#failures = jobFailures(options)
    this.#commandLog = new ConditionLog({
      logger: options.logger,
      clock: options.clock,
      began: 'command of a redis worker failed',
      ended: 'commands of a redis worker succeed again',
    })
    this.#worker = new CheckingWorker({
      kind: options.kind,
      processor: async (job, token = '') => this.#perform(job, token),
      options: workerOptions(options),
      clock: options.clock,
      onFetched: () => this.#commandLog.held(options.kind),
    })
    this.#report()
    this.#worker.run().catch((error: Error) => this.#logFailedCommand(error))
  }

  /** Resolves when no job of this worker is in flight. Does not resolve while Redis cannot be reached. */
  async close(): Promise<void> {
    await this.#worker.close()
  }

  /** Handles a job once. What it throws tells BullMQ what to do with the job. */
  async #perform(job: StoredJob<unknown, void>, token: string): Promise<void> {
    const { clock, stalledMs, inFlight } = this.#options
    const lease = new Lease({
      clock,
      leaseMs: leaseMs(stalledMs),
      ageMs: clock.now() - (job.processedOn ?? 0),
      extend: async () => (await job.extendLock(token, leaseMs(stalledMs))) === 1,
    })
    const run = this.#handle(job, lease)
    inFlight.track(run)
    try {
      await run
    } catch (thrown) {
      if (!lease.lost.aborted && inFlight.closing.aborted) {
        await job.moveToWait(token)
        throw new WaitingError()
      }
      if (!lease.lost.aborted) throw this.#afterFailure(job, thrown)
    } finally {
      lease.release()
    }
    // The process that holds the job now decides about it. A WaitingError makes BullMQ leave the job alone here.
    if (lease.lost.aborted) throw new WaitingError()
  }

  async #handle(job: StoredJob<unknown, void>, lease: Lease): Promise<void> {
    const { kind, handler, logger, inFlight } = this.#options
    const checked = checkedJob(kind, job)
    const { id } = checked
    const controller = new AbortController()
    lease.lost.addEventListener('abort', () => {
      logger.warn({ kind, id }, 'job lost: this process was paused or cut off from redis')
      controller.abort(jobLost(kind, id))
    })
    const unlink = linkAbort(controller, [inFlight.closing])
    void lease.keep()
    try {
      await handler(checked, controller.signal)
    } finally {
      unlink()
    }
  }

  /** The error that makes BullMQ attempt the job again, or not. */
  #afterFailure(job: StoredJob, thrown: unknown): Error {
    const { kind, policy, logger } = this.#options
    const failures = this.#failures
    const id = job.id?.slice(0, 200) ?? ''
    const attempt = job.attemptsMade + 1
    const { retry, error } = judgeFailure({ kind, id, attempt, policy, logger, failures, thrown })
    return retry ? new Error(error.message) : new UnrecoverableError(error.message)
  }

  #report(): void {
    const { kind, logger, onJobEnded } = this.#options
    this.#worker.on('error', (error) => this.#logFailedCommand(error))
    this.#worker.on('stalled', (id) =>
      logger.warn({ kind, id }, 'job of another process requeued: its lease ended'),
    )
    this.#worker.on('completed', (job) => {
      this.#failures.held(kind)
      onJobEnded(kind, job.id ?? '')
    })
    this.#worker.on('failed', (job, error) => {
      // Set when BullMQ itself gives up a job: judgeFailure did not log it.
      if (job?.deferredFailure !== undefined)
        this.#failures.failed(kind, { kind, id: job.id, attempt: job.attemptsMade, reason: error.message })
      onJobEnded(kind, job?.id ?? '')
    })
  }

  #logFailedCommand(error: Error): void {
    const { kind, logger, reachable, onCommandFailed } = this.#options
    onCommandFailed(error)
    const facts = { kind, reason: error.message }
    // Whether Redis is reachable has a line of its own.
    if (reachable()) this.#commandLog.failed(kind, facts)
    else logger.debug(facts, 'command of a redis worker failed')
  }
}

function leaseMs(stalledMs: number): number {
  return Math.ceil(stalledMs / 2)
}

function workerOptions(options: RedisWorkerOptions): WorkerOptions {
  const { connection, prefix, policy, random, stalledMs } = options
  return {
    connection,
    prefix,
    concurrency: policy.concurrency,
    // Another process notices the end of a lease within one interval: together less than `stalledMs`.
    lockDuration: leaseMs(stalledMs),
    stalledInterval: Math.ceil(stalledMs / 4),
    skipLockRenewal: true,
    maxStalledCount: STALLED_MAX,
    // Redis may announce a new job to a process that is paused. The others therefore look this often without being told.
    drainDelay: Math.min(stalledMs / 4, 5_000) / 1_000,
    runRetryDelay: RETRY_MS,
    removeOnComplete: { count: 0 },
    removeOnFail: { count: FAILED_KEPT },
    autorun: false,
    settings: { backoffStrategy: (attemptsMade) => backoffMs(policy, attemptsMade, random) },
  }
}

type CheckingWorkerOptions = {
  readonly kind: JobKind
  readonly processor: (job: StoredJob<unknown, void>, token?: string) => Promise<void>
  readonly options: WorkerOptions
  readonly clock: Clock
  /** Called when Redis answered a request for the next job. */
  readonly onFetched: () => void
}

/** Adds what BullMQ does not do when Redis refuses commands or holds jobs that were not written by this program. */
class CheckingWorker extends Worker<unknown, void> {
  readonly #clock: Clock
  readonly #onFetched: () => void

  constructor({ kind, processor, options, clock, onFetched }: CheckingWorkerOptions) {
    super(kind, processor, options)
    this.#clock = clock
    this.#onFetched = onFetched
  }

  /** BullMQ would throw on a job that it cannot parse, and fetch it again without end. */
  protected override createJob(raw: JobJson, id: string): StoredJob<unknown, void> {
    const job = super.createJob({ ...raw, data: 'null' }, id)
    job.data = parseData(raw.data)
    // This program does not use BullMQ's schedulers: a job that names one was written by another client.
    delete job.repeatJobKey
    return job
  }

  /** BullMQ would ask again without a pause, thousands of times a second, while Redis answers with errors. */
  protected override async moveToActive(token: string, name?: string): Promise<StoredJob<unknown, void>> {
    try {
      const job = await super.moveToActive(token, name)
      this.#onFetched()
      return job
    } catch (error) {
      // Reported before the pause: afterwards it may no longer be true.
      this.emit('error', error as Error)
      await this.#clock.sleep(RETRY_MS)
      // BullMQ's types leave out that there may be no job.
      return undefined as unknown as StoredJob<unknown, void>
    }
  }

  /** BullMQ would wait for a job again after 100 ms, in each worker, while Redis refuses that. */
  override async delay(...[milliseconds, abortController]: Parameters<Worker['delay']>): Promise<void> {
    if (milliseconds === undefined) await this.#clock.sleep(RETRY_MS)
    else await super.delay(milliseconds, abortController)
  }
}

/** Stands for data that is not JSON or is too long. */
const UNREADABLE: symbol = Symbol('unreadable')

/** The data of a stored job, or `UNREADABLE`. */
export function parseData(text: string | null | undefined): unknown {
  if (typeof text !== 'string' || text.length > JOB_DATA_BYTES_MAX) return UNREADABLE
  try {
    return JSON.parse(text) as unknown
  } catch {
    return UNREADABLE
  }
}

const storedJobShape = z.object({
  name: z.string(),
  id: z.string().regex(JOB_ID),
  data: z.unknown().refine((data) => data !== UNREADABLE, `not JSON of at most ${JOB_DATA_BYTES_MAX} bytes`),
  attemptsMade: z.int().min(0),
})

/** @throws FloeError `malformed` */
export function checkedJob(kind: JobKind, stored: unknown): Job & { readonly attempt: number } {
  const { success, data: job, error } = storedJobShape.safeParse(stored)
  if (!success) {
    const issues = error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')
    throw new FloeError(
      'malformed',
      `Expected a ${kind} job from Redis, got one with ${issues.slice(0, 500)}.`,
    )
  }
  return { kind, id: job.id, data: job.data, attempt: job.attemptsMade + 1 }
}

function jobLost(kind: JobKind, id: string): FloeError {
  return new FloeError('unavailable', `The job ${kind} ${id} was lost to another process.`)
}
