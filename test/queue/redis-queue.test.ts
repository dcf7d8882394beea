// The queue on Redis holds to what every queue does.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe } from 'vitest'
import { createRedisQueue } from '../../src/queue/redis-queue.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { createLogger } from '../../src/runtime/logger.ts'
import { until } from '../e2e/until.ts'
import { anyTestRedis, redisAvailable, sayRedisIsMissing } from '../support/redis.ts'
import { queueContract } from './contract.ts'

const logger = createLogger('test', 'silent')
if (!redisAvailable) sayRedisIsMissing('everything about the queue on Redis')

describe.skipIf(!redisAvailable)('the queue on Redis', () => {
  let redis: Awaited<ReturnType<typeof anyTestRedis>>
  beforeAll(async () => {
    redis = await anyTestRedis()
  })
  afterAll(async () => redis[Symbol.asyncDispose]())
  queueContract(async ({ unitsMax }) => {
    const queue = createRedisQueue({
      redisUrl: redis.url,
      namespace: `t-${randomUUID()}`,
      clock: systemClock,
      random: Math.random,
      logger,
      unitsMax,
      stalledMs: 800,
    })
    await until('Redis is reached', () => queue.reachable() || undefined)
    return queue
  })
})
