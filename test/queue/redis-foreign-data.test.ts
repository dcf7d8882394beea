// Data in Redis that another client wrote: invalid jobs fail or are removed, and valid ones run.
import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { RedisQueue } from '../../src/queue/redis-queue.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { TestRedis, canStartRedis } from '../support/redis.ts'
import { until } from '../support/until.ts'
import { quick } from './contract.ts'
import { LogCapture } from '../support/log-capture.ts'

const logs = new LogCapture()

describe.skipIf(!canStartRedis('data of another client in Redis'))('data of another client in Redis', () => {
  let redis: TestRedis
  beforeAll(async () => {
    redis = await TestRedis.start()
  })
  afterAll(async () => redis[Symbol.asyncDispose]())

  const queues: RedisQueue[] = []
  afterEach(async () => {
    await Promise.all(queues.splice(0).map(async (queue) => queue.close(0)))
    logs.clear()
  })

  const open = async (namespace: string = randomUUID()): Promise<RedisQueue> => {
    const queue = new RedisQueue({
      redisUrl: redis.url,
      namespace,
      clock: systemClock,
      random: Math.random,
      logger: logs.logger,
    })
    queues.push(queue)
    await until('redis is reached', () => queue.reachable() || undefined)
    return queue
  }
  const write = async (namespace: string, id: string, fields: Record<string, string>): Promise<void> => {
    const key = `floe:${namespace}:backfill`
    await redis.client.hset(`${key}:${id}`, {
      name: 'backfill',
      timestamp: '1',
      data: '{}',
      opts: '{}',
      ...fields,
    })
    await redis.client.lpush(`${key}:wait`, id)
    await redis.client.zadd(`${key}:marker`, 0, '0')
  }
  it.each([
    { what: 'data that is not JSON', id: 'bad', fields: { data: '{"a":' } },
    { what: 'data that is too long', id: 'bad', fields: { data: `"${'x'.repeat(100_000)}"` } },
    { what: 'a name that is not allowed', id: 'a/../b', fields: {} },
    { what: 'a negative number of attempts', id: 'bad', fields: { atm: '-7' } },
  ])('a job with $what fails with a log line, and the next job runs', async ({ id, fields }) => {
    const namespace = randomUUID()
    const queue = await open(namespace)
    await write(namespace, id, fields)
    await queue.add({ kind: 'backfill', id: 'good', data: 1 })
    const seen: unknown[] = []
    queue.handle('backfill', quick, async (job) => void seen.push(job))
    await until('the job failed', async () => (await queue.counts()).backfill.failed === 1 || undefined)
    await until('the job is done', () => seen.length > 0 || undefined)
    expect(seen).toEqual([{ kind: 'backfill', id: 'good', data: 1, attempt: 1 }])
    expect(logs.text).toContain('Expected a backfill job from Redis')
  })

  it('a job of a BullMQ scheduler fails once', async () => {
    const queue = await open()
    await queue.queues.find(({ name }) => name === 'backfill')?.upsertJobScheduler('x', { every: 10 })
    const seen: string[] = []
    queue.handle('backfill', quick, async ({ id }) => void seen.push(id))
    await until('the job failed', async () => (await queue.counts()).backfill.failed > 0 || undefined)
    await queue.add({ kind: 'backfill', id: 'good', data: 1 })
    await until('the job is done', () => seen.length > 0 || undefined)
    expect(seen).toEqual(['good'])
    await until('no job runs', async () => (await queue.counts()).backfill.active === 0 || undefined)
    expect((await queue.counts()).backfill).toEqual({ waiting: 0, active: 0, delayed: 0, failed: 1 })
  })

  it('invalid jobs are removed from the waiting list', async () => {
    const namespace = randomUUID()
    const queue = await open(namespace)
    await write(namespace, 'bad', { data: '{' })
    await write(namespace, 'long', { data: `"${'x'.repeat(100_000)}"` })
    await write(namespace, 'not/allowed', {})
    await queue.add({ kind: 'backfill', id: 'good', data: 1 })
    expect((await queue.waiting('backfill', 10)).map(({ id }) => id)).toEqual(['good'])
    await until(
      'the invalid jobs are removed',
      async () => (await queue.counts()).backfill.waiting === 1 || undefined,
    )
    expect(logs.text).toContain('invalid jobs removed')
  })
})
