// The job queue that several processes share, on Redis.
//
// Guarantees:
// - Redis may go away: `add` rejects soon as `unavailable`, and handlers and recurring jobs resume when Redis is back, even empty.
// - Bounded: jobs of a kind (a few more when several processes add concurrently), failed jobs, events, connections and commands.
// - Secret: no log line and no error contains the address, which may hold a password.
import type { Queue } from 'bullmq'
import { FloeError, assert } from '../protocol/errors.ts'
import { settledWithin } from '../runtime/async/deadline.ts'
import { InFlight } from './in-flight.ts'
import { ABORTED_MS, JOBS_MAX, LISTED_MAX, jobText, queueClosed } from './job.ts'
import type { MemoryQueueOptions } from './memory-queue.ts'
import {
  type Job,
  type JobCounts,
  type JobHandler,
  type JobKind,
  type JobPolicy,
  type JobQueue,
  jobKinds,
  perKind,
} from './queue.ts'
import { RecurringJobs } from './recurring-jobs.ts'
import { ConsumerConnections, connectProducer, redisAddress } from './redis-connection.ts'
import { RedisKindQueue } from './redis-kind-queue.ts'
import { Reachability, redisUnreachable } from './redis-reachability.ts'
import { RedisWorker } from './redis-worker.ts'

export type RedisQueueOptions = MemoryQueueOptions & {
  readonly redisUrl: string
  /** Separates the queues of several deployments on one Redis: 1 to 200 characters of [A-Za-z0-9._-]. */
  readonly namespace: string
  /** Milliseconds after which a job of a process that died or is paused goes to another process. */
  readonly stalledMs?: number
}

const STALLED_MS = 15_000

export class RedisQueue implements JobQueue {
  /** BullMQ's queues, for a dashboard. */
  readonly queues: readonly Queue[]
  readonly #options: RedisQueueOptions
  readonly #prefix: string
  readonly #stopping = new AbortController()
  readonly #inFlight: InFlight
  readonly #recurring: RecurringJobs
  readonly #producer: ReturnType<typeof connectProducer>
  readonly #consumer: ConsumerConnections
  readonly #reachability: Reachability
  readonly #kinds: Record<JobKind, RedisKindQueue>
  readonly #handled = new Map<JobKind, { readonly policy: JobPolicy; readonly handler: JobHandler }>()
  readonly #workers = new Map<JobKind, RedisWorker>()

  /** @throws FloeError `configuration` for an invalid address of Redis */
  constructor(options: RedisQueueOptions) {
    const { redisUrl, namespace, clock, random, logger, jobsMax = JOBS_MAX } = options
    assert(
      /^[A-Za-z0-9._-]{1,200}$/.test(namespace),
      `a namespace is 1 to 200 of [A-Za-z0-9._-], got ${namespace}`,
    )
    const address = redisAddress(redisUrl)
    const stopping = this.#stopping.signal
    const producer = connectProducer(address, random)
    const prefix = `floe:${namespace}`
    this.#options = options
    this.#prefix = prefix
    this.#producer = producer
    this.#consumer = new ConsumerConnections({ address, random, logger })
    this.#inFlight = new InFlight(clock)
    this.#recurring = new RecurringJobs({
      clock,
      stopping,
      add: async (job, addOptions) => this.add(job, addOptions),
    })
    this.#kinds = perKind((kind) => new RedisKindQueue({ kind, producer, prefix, logger, jobsMax }))
    this.queues = jobKinds.map((kind) => this.#kinds[kind].queue)
    this.#reachability = new Reachability({
      redis: producer,
      probeKey: `${prefix}:probe`,
      clock,
      logger,
      onReached: () => this.#startWorkers(),
      reconnect: () => this.#reconnect(),
    })
    void this.#reachability.watch(stopping)
  }

  async add(job: Job, { delayMs = 0 }: { readonly delayMs?: number } = {}): Promise<void> {
    jobText(job.id, job.data, delayMs)
    await this.#runCommand(async () => this.#kinds[job.kind].add(job, delayMs))
  }

  handle(kind: JobKind, policy: JobPolicy, handler: JobHandler): void {
    assert(!this.#handled.has(kind), `${kind} has one handler`)
    this.#handled.set(kind, { policy, handler })
    if (this.reachable()) this.#startWorkers()
  }

  every(kind: JobKind, everyMs: number): void {
    this.#recurring.start(kind, everyMs)
  }

  async waiting(kind: JobKind, limit: number): Promise<Job[]> {
    return this.#runCommand(async () => this.#kinds[kind].list(Math.min(limit, LISTED_MAX)))
  }

  async remove(kind: JobKind, ids: readonly string[]): Promise<void> {
    await this.#runCommand(async () => this.#kinds[kind].remove(ids))
  }

  async counts(): Promise<Record<JobKind, JobCounts>> {
    const zeroes = { waiting: 0, active: 0, delayed: 0, failed: 0 }
    const counted = jobKinds.map(async (kind): Promise<[JobKind, JobCounts]> => {
      const counts = await this.#runCommand(async () => this.#kinds[kind].counts()).catch(() => zeroes)
      return [kind, counts]
    })
    const counts = new Map(await Promise.all(counted))
    return perKind((kind) => counts.get(kind) ?? zeroes)
  }

  reachable(): boolean {
    return this.#reachability.reachable() && !this.#stopping.signal.aborted
  }

  async close(graceMs: number): Promise<void> {
    this.#stopping.abort(queueClosed())
    const closing = [...this.#workers.values()].map(async (worker) => worker.close())
    await this.#inFlight.finish(graceMs)
    // Bounded: a worker does not close while Redis cannot be reached.
    await settledWithin(this.#options.clock, ABORTED_MS, Promise.allSettled(closing))
    this.#consumer.disconnect()
    this.#producer.disconnect()
  }

  #reconnect(): void {
    this.#consumer.reconnect()
    this.#producer.disconnect(true)
  }

  /** Asks Redis for something. @throws FloeError `unavailable` while it cannot be reached */
  async #runCommand<T>(command: () => Promise<T>): Promise<T> {
    if (this.#stopping.signal.aborted) throw queueClosed()
    this.#reachability.check()
    try {
      return await command()
    } catch (error) {
      this.#reachability.commandFailed(error)
      throw error instanceof FloeError ? error : redisUnreachable(String(error))
    }
  }

  /** Starts the workers that are not running yet. BullMQ needs Redis for the start; afterwards a worker survives its absence. */
  #startWorkers(): void {
    const { clock, random, logger, stalledMs = STALLED_MS } = this.#options
    for (const [kind, { policy, handler }] of this.#handled) {
      if (this.#workers.has(kind) || this.#stopping.signal.aborted) continue
      const worker = new RedisWorker({
        kind,
        policy,
        handler,
        connection: this.#consumer.redis,
        prefix: this.#prefix,
        clock,
        random,
        logger,
        stalledMs,
        inFlight: this.#inFlight,
        reachable: () => this.reachable(),
        onCommandFailed: (error) => this.#reachability.commandFailed(error),
        onJobEnded: (ended, id) => this.#recurring.jobEnded(ended, id),
      })
      this.#workers.set(kind, worker)
    }
  }
}
