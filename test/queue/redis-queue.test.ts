// The queue on Redis passes the contract of every queue.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe } from 'vitest'
import { RedisQueue } from '../../src/queue/redis-queue.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { createLogger } from '../../src/runtime/logger.ts'
import { until } from '../support/until.ts'
import { anyTestRedis, canUseRedis } from '../support/redis.ts'
import { queueContract } from './contract.ts'

const logger = createLogger('test', 'silent')
describe.skipIf(!canUseRedis('everything about the queue on Redis'))('the queue on Redis', () => {
  let redis: Awaited<ReturnType<typeof anyTestRedis>>
  beforeAll(async () => {
    redis = await anyTestRedis()
  })
  afterAll(async () => redis[Symbol.asyncDispose]())
  queueContract(async ({ jobsMax }) => {
    const queue = new RedisQueue({
      redisUrl: redis.url,
      namespace: `t-${randomUUID()}`,
      clock: systemClock,
      random: Math.random,
      logger,
      jobsMax,
      stalledMs: 800,
    })
    await until('Redis is reached', () => queue.reachable() || undefined)
    return queue
  })
})
