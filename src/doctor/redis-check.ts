// The check of the Redis of a shared queue. A sidecar works without Redis, but not together with others, so what Redis answers is at
// most a warning. The packages for it must be installed.
import type { Redis } from 'ioredis'
import { asFloeError } from '../protocol/errors.ts'
import { loadOptional } from '../runtime/optional-package.ts'
import { type Check, type Finding, failure, ok, warning } from './check.ts'

const TIMEOUT_MS = 3_000
/** The version that BullMQ requires. */
const VERSION_MIN = [6, 2] as const

const connectionOptions = {
  lazyConnect: true,
  connectTimeout: TIMEOUT_MS,
  commandTimeout: TIMEOUT_MS,
  maxRetriesPerRequest: 0,
  retryStrategy: () => null,
}

export function redisCheck(url: string): Check {
  return {
    name: 'Redis',
    run: async () => {
      let client: Redis
      try {
        client = await createClient(url)
      } catch (error) {
        return failure(asFloeError(error).message, {
          expected: 'the packages for a queue on Redis',
          remedy: 'Install them, or leave out REDIS_URL.',
        })
      }
      return serverFinding(client, new URL(url).host)
    },
  }
}

/** The client connects later. @throws FloeError `configuration` when a package is missing */
async function createClient(url: string): Promise<Redis> {
  const packages = ['bullmq', 'ioredis']
  const ioredis = await loadOptional(packages, 'a queue on Redis', async () => import('ioredis'))
  return new ioredis.Redis(url, connectionOptions)
}

async function serverFinding(redis: Redis, host: string): Promise<Finding> {
  // The rejection below only says that the connection is closed; this event has the reason.
  let reason: string | undefined
  redis.on('error', (error) => (reason ??= error.message))
  try {
    await redis.connect()
    return infoFinding(host, await redis.info())
  } catch (error) {
    return warning(`${host}: ${reason ?? (error as Error).message}`, {
      expected: 'a Redis that answers',
      remedy: 'Start it, or correct REDIS_URL. Until then jobs wait, and nothing is lost.',
    })
  } finally {
    redis.disconnect()
  }
}

/** @param info the response of Redis to INFO */
export function infoFinding(host: string, info: string): Finding {
  const value = (name: string): string => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? 'unknown'
  const version = value('redis_version')
  const policy = value('maxmemory_policy')
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [majorMin, minorMin] = VERSION_MIN
  if (major < majorMin || (major === majorMin && minor < minorMin)) {
    return warning(`${host}: version ${version}`, {
      expected: `${majorMin}.${minorMin} or later`,
      remedy: 'Use a newer Redis.',
    })
  }
  if (policy !== 'noeviction') {
    return warning(`${host}: maxmemory-policy ${policy}`, {
      expected: 'noeviction, because Redis must not drop queued jobs when its memory is full',
      remedy: 'Start it with redis-server --maxmemory-policy noeviction.',
    })
  }
  return ok(`${host}: version ${version}, ${policy}`)
}
