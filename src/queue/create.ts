// Which queue a process has: its own, or one on Redis that it shares with others.
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import { systemRandom } from '../runtime/random.ts'
import { createMemoryQueue } from './memory-queue.ts'
import type { WorkQueue } from './queue.ts'
import type { RedisQueue } from './redis-queue.ts'

export type QueueOptions = {
  /** Undefined: in this process. */
  readonly redisUrl: string | undefined
  /** Whose work it is, so that strangers on one Redis do not meet: the same for all sidecars that share work. */
  readonly namespace: string
  readonly clock: Clock
  readonly logger: Logger
}

/** Resolves at once, whether Redis can be reached or not. @throws FloeError `configuration` for what is no address of Redis */
export async function createQueue({ redisUrl, ...options }: QueueOptions): Promise<WorkQueue> {
  if (redisUrl === undefined) return createMemoryQueue({ ...options, random: systemRandom })
  // Only who has Redis waits for its library to load.
  const { createRedisQueue } = await import('./redis-queue.ts')
  return createRedisQueue({ ...options, redisUrl, random: systemRandom })
}

/** Whether others share it. */
export function isShared(queue: WorkQueue): queue is RedisQueue {
  return 'queues' in queue
}
