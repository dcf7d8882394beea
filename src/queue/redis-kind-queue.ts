// The jobs of one kind on Redis: adding, listing, removing and counting them. Every call needs Redis to be reachable.
import { Queue } from 'bullmq'
import type { Redis } from 'ioredis'
import type { Logger } from '../runtime/logger.ts'
import { JOB_DATA_BYTES_MAX, queueFull } from './job.ts'
import type { Job, JobCounts, JobKind } from './queue.ts'
import { checkedJob, parseData } from './redis-worker.ts'

/** Attempts as BullMQ counts them: the handler's policy decides instead. */
const ATTEMPTS_UNBOUNDED = 1_000_000
const EVENTS_KEPT = 100
const LOGGED_IDS_MAX = 10

export type RedisKindQueueOptions = {
  readonly kind: JobKind
  readonly producer: Redis
  readonly prefix: string
  readonly logger: Logger
  readonly jobsMax: number
}

export class RedisKindQueue {
  /** For the dashboard of the queue. */
  readonly queue: Queue
  readonly #options: RedisKindQueueOptions

  constructor(options: RedisKindQueueOptions) {
    const { kind, producer, prefix, logger } = options
    this.#options = options
    this.queue = new Queue(kind, {
      connection: producer,
      prefix,
      // BullMQ checks the version once; a connection that breaks during the check leaves the queue unusable.
      skipVersionCheck: true,
      streams: { events: { maxLen: EVENTS_KEPT } },
    })
    this.queue.on('error', (error) =>
      logger.debug({ kind, reason: error.message }, 'command of a redis queue failed'),
    )
  }

  async add({ id, data }: Job, delayMs: number): Promise<void> {
    const { kind, producer, jobsMax } = this.#options
    const [exists, failedAt, { waiting, active, delayed }] = await Promise.all([
      producer.exists(this.queue.toKey(id)),
      producer.zscore(this.queue.toKey('failed'), id),
      this.counts(),
    ])
    if (exists === 1 && failedAt === null) return
    const jobs = waiting + active + delayed
    if (jobs >= jobsMax) throw queueFull(kind, jobs)
    // Two processes that do this concurrently may remove each other's job, but the later one has then added it.
    if (failedAt !== null) await this.remove([id])
    const backoff = { type: 'custom' }
    await this.queue.add(kind, data, { jobId: id, delay: delayMs, attempts: ATTEMPTS_UNBOUNDED, backoff })
  }

  async list(limit: number): Promise<Job[]> {
    const { kind, logger } = this.#options
    const ids = await this.queue.getRanges(['waiting'], 0, limit - 1, true)
    const jobs = await Promise.all(ids.map(async (id) => this.#read(id)))
    const invalid = ids.filter((_, index) => jobs[index] === undefined)
    if (invalid.length > 0) {
      const facts = { kind, ids: invalid.slice(0, LOGGED_IDS_MAX), count: invalid.length }
      logger.error(facts, 'invalid jobs removed from redis')
      await this.remove(invalid)
    }
    return jobs.filter((job) => job !== undefined)
  }

  async remove(ids: readonly string[]): Promise<void> {
    await Promise.all(ids.map(async (id) => this.queue.remove(id)))
  }

  async counts(): Promise<JobCounts> {
    const counts = await this.queue.getJobCounts('waiting', 'active', 'delayed', 'failed')
    const { waiting = 0, active = 0, delayed = 0, failed = 0 } = counts
    return { waiting, active, delayed, failed }
  }

  /** A waiting job, or undefined if it is invalid. Not read through BullMQ, which would fetch data of any length. */
  async #read(id: string): Promise<Job | undefined> {
    const { kind, producer } = this.#options
    const key = this.queue.toKey(id)
    if ((await producer.hstrlen(key, 'data')) > JOB_DATA_BYTES_MAX) return undefined
    const text = await producer.hget(key, 'data')
    try {
      const { data } = checkedJob(kind, { id, name: kind, attemptsMade: 0, data: parseData(text) })
      return { kind, id, data }
    } catch {
      return undefined
    }
  }
}
