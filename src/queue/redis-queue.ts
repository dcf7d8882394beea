// The work queue that several processes share, on Redis.
//
// Guarantees:
// - Redis may be away at the start, go away, come back, and come back empty: the process goes on, `add` rejects soon with
//   `unavailable`, and handlers and what recurs resume by themselves.
// - Bounded: units of a kind (by counting before adding, so that several processes at once may pass it by a few), failed ones,
//   events, connections (two, and one for each kind that is handled), and every command of who adds.
import { Queue, type Worker } from 'bullmq'
import type { Redis } from 'ioredis'
import { FloeError, assert } from '../protocol/errors.ts'
import type { Clock } from '../runtime/clock.ts'
import { createInHand } from './in-flight.ts'
import type { MemoryQueueOptions } from './memory-queue.ts'
import {
  type Work,
  type WorkCounts,
  type WorkHandler,
  type WorkKind,
  type WorkPolicy,
  type WorkQueue,
  perKind,
  workKinds,
} from './queue.ts'
import { createRecurrences } from './recurrence.ts'
import { connectConsumer, connectProducer, redisAddress, redisAway, watchReach } from './redis-connection.ts'
import { checkedWork, readData, startWorker } from './redis-worker.ts'
import {
  ABORTED_MS,
  LISTED_MAX,
  UNITS_MAX,
  WORK_DATA_BYTES_MAX,
  queueClosed,
  queueFull,
  workText,
} from './work.ts'

export type RedisQueueOptions = MemoryQueueOptions & {
  readonly redisUrl: string
  /** Whose work it is: 1 to 200 characters of [A-Za-z0-9._-]. */
  readonly namespace: string
  /** Milliseconds after which work of a process that died or is paused is another's. */
  readonly stalledMs?: number
}

/** A queue on Redis, with what a dashboard shows. */
export type RedisQueue = WorkQueue & { readonly queues: readonly Queue[] }

const STALLED_MS = 15_000
/** Attempts in a job's own terms: the handler's policy decides. */
const ATTEMPTS_UNBOUNDED = 1_000_000
const EVENTS_KEPT = 100
/** @throws FloeError `configuration` for what is no address of Redis */
export function createRedisQueue(options: RedisQueueOptions): RedisQueue {
  const { clock, random, logger, namespace, stalledMs = STALLED_MS } = options
  assert(
    /^[A-Za-z0-9._-]{1,200}$/.test(namespace),
    `a namespace is 1 to 200 of [A-Za-z0-9._-], got ${namespace}`,
  )
  const address = redisAddress(options.redisUrl)
  const prefix = `floe:${namespace}`
  const stopping = new AbortController()
  const inHand = createInHand(clock)
  const producer = connectProducer(address, random)
  const consumer = connectConsumer(address, random)
  consumer.redis.on('error', (error: Error) => logger.debug({ reason: error.message }, 'redis connection'))
  const lines = perKind((kind) => createLine(kind, { ...options, producer, prefix }))
  const queues = workKinds.map((kind) => lines[kind].queue)
  const workers = new Map<WorkKind, Worker>()
  const handled = new Map<WorkKind, Handled>()
  /** Workers start when Redis is there for the first time, and from then on wait for it by themselves. */
  const startWorkers = (): void => {
    const shared = { ...options, connection: consumer.redis, prefix, stalledMs, inHand, ended, ...reach }
    for (const [kind, by] of handled) {
      if (workers.has(kind) || stopping.signal.aborted) continue
      workers.set(kind, startWorker(kind, by, shared))
    }
  }
  const reach = watchReach(producer, { clock, logger, signal: stopping.signal, onReach: startWorkers })
  const asked = async <T>(ask: () => Promise<T>): Promise<T> => {
    if (stopping.signal.aborted) throw queueClosed()
    reach.check()
    return ask().catch((error: unknown) => {
      throw error instanceof FloeError ? error : redisAway(String(error))
    })
  }
  const add: WorkQueue['add'] = async (work, { delayMs = 0 } = {}) => {
    workText(work.id, work.data, delayMs)
    await asked(async () => lines[work.kind].add(work, delayMs))
  }
  const { every, ended } = createRecurrences(clock, stopping.signal, add)
  return {
    add,
    every,
    queues,
    handle: (kind, policy, handler) => {
      assert(!handled.has(kind), `${kind} is handled twice`)
      handled.set(kind, { policy, handler })
      if (reach.reachable()) startWorkers()
    },
    waiting: async (kind, limit) => asked(async () => lines[kind].list(Math.min(limit, LISTED_MAX))),
    remove: async (kind, ids) => asked(async () => lines[kind].remove(ids)),
    counts: async () => {
      const none = { waiting: 0, active: 0, delayed: 0, failed: 0 }
      const all = workKinds.map(async (kind) => asked(lines[kind].counts).catch(() => none))
      const counts = await Promise.all(all)
      return perKind((kind) => counts[workKinds.indexOf(kind)] ?? none)
    },
    reachable: () => reach.reachable(),
    close: async (graceMs) => {
      stopping.abort(queueClosed())
      const closing = [...workers.values()].map(async (worker) => worker.close())
      await inHand.finish(graceMs)
      await settled(closing, clock)
      consumer.disconnect()
      producer.disconnect()
    },
  }
}

type Handled = { readonly policy: WorkPolicy; readonly handler: WorkHandler }

/** Waits for what may hang because Redis is away, for a moment. */
async function settled(closing: readonly Promise<void>[], clock: Clock): Promise<void> {
  const done = new AbortController()
  const all = Promise.allSettled(closing).then(() => done.abort())
  await Promise.race([all, clock.sleep(ABORTED_MS, done.signal).catch(() => undefined)])
}

/** The work of one kind, with Redis in reach. */
type Line = {
  readonly queue: Queue
  readonly add: (work: Work, delayMs: number) => Promise<void>
  readonly list: (limit: number) => Promise<Work[]>
  readonly remove: (ids: readonly string[]) => Promise<void>
  readonly counts: () => Promise<WorkCounts>
}

function createLine(
  kind: WorkKind,
  { producer, prefix, logger, unitsMax = UNITS_MAX }: RedisQueueOptions & { producer: Redis; prefix: string },
): Line {
  const queue = new Queue(kind, {
    connection: producer,
    prefix,
    // Done once for all, and would leave a queue unusable for ever if the connection broke meanwhile.
    skipVersionCheck: true,
    streams: { events: { maxLen: EVENTS_KEPT } },
  })
  queue.on('error', (error) => logger.debug({ kind, reason: error.message }, 'work queue on redis'))
  const counts = async (): Promise<WorkCounts> => {
    const {
      waiting = 0,
      active = 0,
      delayed = 0,
      failed = 0,
    } = await queue.getJobCounts('waiting', 'active', 'delayed', 'failed')
    return { waiting, active, delayed, failed }
  }
  const remove = async (ids: readonly string[]): Promise<void> => {
    await Promise.all(ids.map(async (id) => queue.remove(id)))
  }
  return {
    queue,
    counts,
    remove,
    add: async ({ id, data }, delayMs) => {
      const [exists, failedAt, { waiting, active, delayed }] = await Promise.all([
        producer.exists(queue.toKey(id)),
        producer.zscore(queue.toKey('failed'), id),
        counts(),
      ])
      if (exists === 1 && failedAt === null) return
      const units = waiting + active + delayed
      if (units >= unitsMax) throw queueFull(kind, units)
      // Two who do this at once may remove each other's, and one of them has added it in the end.
      if (failedAt !== null) await remove([id])
      const backoff = { type: 'custom' }
      await queue.add(kind, data, { jobId: id, delay: delayMs, attempts: ATTEMPTS_UNBOUNDED, backoff })
    },
    list: async (limit) => {
      const ids = await queue.getRanges(['waiting'], 0, limit - 1, true)
      const found = await Promise.all(
        ids.map(async (id) => read(producer, { kind, id, key: queue.toKey(id) })),
      )
      const bad = ids.filter((_, index) => found[index] === undefined)
      if (bad.length > 0) {
        logger.error(
          { kind, ids: bad.slice(0, 10), count: bad.length },
          'what redis had is not work, it is removed',
        )
        await remove(bad)
      }
      return found.filter((work) => work !== undefined)
    },
  }
}

/** A listed unit, not through BullMQ: what is too long is not even asked for. Undefined if it is none. */
async function read(
  redis: Redis,
  { kind, id, key }: { kind: WorkKind; id: string; key: string },
): Promise<Work | undefined> {
  if ((await redis.hstrlen(key, 'data')) > WORK_DATA_BYTES_MAX) return undefined
  const text = await redis.hget(key, 'data')
  try {
    const { data } = checkedWork(kind, { id, name: kind, attemptsMade: 0, data: readData(text) })
    return { kind, id, data }
  } catch {
    return undefined
  }
}
