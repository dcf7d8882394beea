// A process that handles a recurring job on Redis until the signal aborts, and prints both events:
//
//     node queue-process.ts REDIS_URL NAMESPACE STALLED_MS
import { writeSync } from 'node:fs'
import { RedisQueue } from '../../src/queue/redis-queue.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { createLogger } from '../../src/runtime/logger.ts'
import { aborted } from '../../src/runtime/signals.ts'

const [redisUrl = '', namespace = '', stalledMs = ''] = process.argv.slice(2)
const print = (line: string): void => void writeSync(1, `${line}\n`)

const queue = new RedisQueue({
  redisUrl,
  namespace,
  stalledMs: Number(stalledMs),
  clock: systemClock,
  random: Math.random,
  logger: createLogger('queue', 'silent'),
})
const policy = { concurrency: 1, attemptsMax: 1, backoffMs: 1, backoffMsMax: 1 }
queue.handle('checkpoint', policy, async (_job, signal) => {
  print('started')
  await aborted(signal)
  print('aborted')
})
queue.every('checkpoint', 100)
process.stdin.on('end', () => process.exit(0)).resume()
