// The check of the Redis of a shared queue. A sidecar works without it, but not together with others, so every finding is a warning.
import { type Check, type Finding, ok, warning } from './check.ts'

const TIMEOUT_MS = 3_000
/** The version that BullMQ requires. */
const VERSION_MIN = [6, 2] as const

export function redisCheck(url: string): Check {
  return {
    name: 'Redis',
    run: async () => {
      // Loaded on demand: a sidecar without Redis does not need ioredis.
      const { Redis } = await import('ioredis')
      const redis = new Redis(url, {
        lazyConnect: true,
        connectTimeout: TIMEOUT_MS,
        commandTimeout: TIMEOUT_MS,
        maxRetriesPerRequest: 0,
        retryStrategy: () => null,
      })
      // The rejection below only says that the connection is closed; this event has the reason.
      let reason: string | undefined
      redis.on('error', (error) => (reason ??= error.message))
      const { host } = new URL(url)
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
    },
  }
}

/** @param info the answer of Redis to INFO */
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
