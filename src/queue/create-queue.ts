// Selects the queue of a process: its own in memory, or one on Redis that it shares with other processes.
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import { loadOptional } from '../runtime/optional-package.ts'
import { systemRandom } from '../runtime/random.ts'
import { MemoryQueue } from './memory-queue.ts'
import type { JobQueue } from './queue.ts'
import type { RedisQueue } from './redis-queue.ts'

export type QueueOptions = {
  /** Undefined selects the queue in memory. */
  readonly redisUrl: string | undefined
  /** Separates the queues of several deployments on one Redis: the same for all sidecars that share jobs. */
  readonly namespace: string
  readonly clock: Clock
  readonly logger: Logger
}

/**
 * Does not wait for Redis to be reachable.
 * @throws FloeError `configuration` for an invalid address of Redis, and where BullMQ or ioredis is not installed
 */
export async function createQueue(options: QueueOptions): Promise<JobQueue> {
  const { redisUrl, namespace, clock, logger } = options
  const random = systemRandom
  if (redisUrl === undefined) return new MemoryQueue({ clock, random, logger })
  // Loaded on demand: a sidecar without Redis needs neither BullMQ nor ioredis.
  const { RedisQueue } = await loadOptional(
    ['bullmq', 'ioredis'],
    'a queue on Redis',
    async () => import('./redis-queue.ts'),
  )
  return new RedisQueue({ redisUrl, namespace, clock, random, logger })
}

/** Whether other processes share the queue. */
export function isShared(queue: JobQueue): queue is RedisQueue {
  return 'queues' in queue
}
