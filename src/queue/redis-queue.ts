// The work queue that several processes share, on Redis. To come: until then, asking for it is a mistake in configuration.
import { FloeError } from '../protocol/errors.ts'
import type { MemoryQueueOptions } from './memory-queue.ts'
import type { WorkQueue } from './queue.ts'

export type RedisQueueOptions = MemoryQueueOptions & { readonly redisUrl: string; readonly namespace: string }

export async function createRedisQueue(_options: RedisQueueOptions): Promise<WorkQueue> {
  throw new FloeError('configuration', 'A queue on Redis is not there yet.')
}
