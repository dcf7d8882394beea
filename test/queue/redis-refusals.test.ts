// The queue on a Redis that answers and refuses writes, as after a failover, without memory, without a disk or without its
// replicas. Redis is real, and is made to refuse by its own commands. The clock of the queue runs ten times faster.
import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { jobKinds } from '../../src/queue/queue.ts'
import { RedisQueue } from '../../src/queue/redis-queue.ts'
import { type Clock, systemClock } from '../../src/runtime/clock.ts'
import { PostScheduler } from '../../src/sidecar/post-scheduler.ts'
import { LogCapture } from '../support/log-capture.ts'
import { TestRedis, canStartRedis } from '../support/redis.ts'
import { until } from '../support/until.ts'
import { quick } from './contract.ts'

const SPEED = 10
/** Sleeps of the queue after which its probe and its workers have met the refusal again and again. */
const SLEEPS = 60

const logs = new LogCapture()

describe.skipIf(!canStartRedis('a Redis that refuses writes'))('a Redis that refuses writes', () => {
  let redis: TestRedis
  let queue: RedisQueue
  let sleeps = 0
  const fastClock: Clock = {
    now: () => systemClock.now(),
    monotonic: () => systemClock.monotonic() * SPEED,
    sleep: async (ms, signal) => {
      sleeps += 1
      await systemClock.sleep(ms / SPEED, signal)
    },
  }

  beforeAll(async () => {
    redis = await TestRedis.start({ flags: ['--appendonly', 'no'] })
  })
  afterAll(async () => redis[Symbol.asyncDispose]())

  beforeEach(async () => {
    const { logger } = logs
    const options = { redisUrl: redis.url, namespace: randomUUID(), stalledMs: 2_000 }
    queue = new RedisQueue({ ...options, clock: fastClock, random: Math.random, logger })
    await until('redis is reached', () => queue.reachable() || undefined)
  })
  afterEach(async () => {
    for (const { end } of Object.values(refusals)) await end()
    await queue.close(0)
    logs.clear()
  })

  /** How Redis comes to refuse writes, and how it takes them again. */
  const refusals: Record<string, { begin: () => Promise<unknown>; end: () => Promise<unknown> }> = {
    READONLY: {
      begin: async () => redis.client.call('REPLICAOF', '127.0.0.1', '1'),
      end: async () => redis.client.call('REPLICAOF', 'NO', 'ONE'),
    },
    OOM: {
      begin: async () => redis.client.config('SET', 'maxmemory', '1'),
      end: async () => redis.client.config('SET', 'maxmemory', '0'),
    },
    NOREPLICAS: {
      begin: async () => redis.client.config('SET', 'min-replicas-to-write', '1'),
      end: async () => redis.client.config('SET', 'min-replicas-to-write', '0'),
    },
    MISCONF: {
      begin: async () => {
        await rm(String(((await redis.client.config('GET', 'dir')) as unknown[])[1]), { recursive: true })
        await redis.client.config('SET', 'save', '100000 1')
        await redis.client.bgsave()
      },
      end: async () => redis.client.config('SET', 'save', ''),
    },
  }
  const lines = (): string[] =>
    logs
      .lines()
      .filter(({ level }) => level >= 30)
      .map(({ msg }) => msg)

  it.each(Object.entries(refusals))(
    'a Redis that answers %s is unreachable, costs one line, and is used again when it takes writes',
    async (code, { begin, end }) => {
      const seen: string[] = []
      for (const kind of jobKinds)
        queue.handle(kind, quick, async ({ id }) => void seen.push(`${kind} ${id}`))
      queue.every('checkpoint', 50)
      await until('a job runs', () => seen.length > 0 || undefined)
      await begin()
      await until('the queue notices the refusal', () => !queue.reachable() || undefined)
      const before = sleeps
      await until('the refusal lasted', () => sleeps > before + SLEEPS || undefined)
      const refusal = { code: 'unavailable', message: expect.stringContaining(code) as string }
      await expect(queue.add({ kind: 'backfill', id: 'b', data: 0 })).rejects.toMatchObject(refusal)
      expect(queue.reachable()).toBe(false)
      expect(await redis.client.echo('still here')).toBe('still here')
      await end()
      await until('redis is reached', () => queue.reachable() || undefined)
      // A worker whose last request was refused may wait for ten seconds; a new job ends that.
      for (const kind of jobKinds) await queue.add({ kind, id: 'new', data: 0 })
      await until('new jobs of each kind run', () => {
        return jobKinds.every((kind) => seen.includes(`${kind} new`)) || undefined
      })
      expect(lines()).toEqual([
        'redis reached',
        'redis lost: jobs wait, and new jobs are refused',
        'redis reached again',
      ])
    },
  )

  it('posting goes on without an election while Redis refuses writes, and by election afterwards', async () => {
    const posts: string[] = []
    const scheduler = new PostScheduler({
      queue,
      // Enough for a whole post, so that a job is added in each step.
      batchIndex: { counts: () => ({ certified: 10 }) as never },
      groupPoster: { postWaiting: async () => void posts.push(queue.reachable() ? 'elected' : 'unelected') },
      clock: fastClock,
      logger: logs.logger,
      postingIntervalMs: 500,
      postingBatchesMax: 10,
      onFailure: () => undefined,
    })
    const { signal } = new AbortController()
    const untilPosted = async (as: string, count: number): Promise<true> =>
      until(`${count} posts were ${as}`, async () => {
        await scheduler.tick(signal).catch(() => undefined)
        return posts.filter((post) => post === as).length >= count || undefined
      })
    scheduler.start()
    await untilPosted('elected', 1)
    await refusals['READONLY']?.begin()
    await untilPosted('unelected', 3)
    await refusals['READONLY']?.end()
    await until('redis is reached', () => queue.reachable() || undefined)
    posts.length = 0
    await untilPosted('elected', 2)
    expect(posts).not.toContain('unelected')
    expect(lines()).toEqual([
      'redis reached',
      'redis lost: jobs wait, and new jobs are refused',
      'posts made without an election: the queue is unreachable',
      'redis reached again',
      'posts elected again',
    ])
  })
})
