// What a shared work queue needs of its Redis. The sidecar works without it, only not together with others, so all is a warning.
import { Redis } from 'ioredis'
import { type Check, type Finding, ok, warning } from './check.ts'

const CONNECT_MS_MAX = 3_000
/** What the queue's library asks for. */
const VERSION_MIN = [6, 2] as const

export function redisCheck(url: string): Check {
  return {
    name: 'Redis',
    look: async () => {
      const redis = new Redis(url, {
        lazyConnect: true,
        connectTimeout: CONNECT_MS_MAX,
        commandTimeout: CONNECT_MS_MAX,
        maxRetriesPerRequest: 0,
        retryStrategy: () => null,
      })
      // Tells more than the rejection does, which only says that the connection is closed.
      let reason: string | undefined
      redis.on('error', (error) => (reason ??= error.message))
      const { host } = new URL(url)
      try {
        await redis.connect()
        return infoFinding(host, await redis.info())
      } catch (error) {
        return warning(`${host}: ${reason ?? (error as Error).message}`, {
          expected: 'a Redis that answers',
          remedy: 'Start it, or correct REDIS_URL; until then work waits, and nothing is lost.',
        })
      } finally {
        redis.disconnect()
      }
    },
  }
}

/** @param info the answer to INFO */
export function infoFinding(host: string, info: string): Finding {
  const value = (name: string): string => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? 'unknown'
  const version = value('redis_version')
  const policy = value('maxmemory_policy')
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [majorMin, minorMin] = VERSION_MIN
  if (major < majorMin || (major === majorMin && minor < minorMin)) {
    return warning(`${host}: version ${version}`, {
      expected: `${majorMin}.${minorMin} or later`,
      remedy: 'Use a later Redis.',
    })
  }
  if (policy !== 'noeviction') {
    return warning(`${host}: maxmemory-policy ${policy}`, {
      expected: 'noeviction: queued work must not be dropped to make room',
      remedy: 'redis-server --maxmemory-policy noeviction',
    })
  }
  return ok(`${host}: version ${version}, ${policy}`)
}
