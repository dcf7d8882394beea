// Connections to Redis that may go away at any time: whoever adds work is told so at once, and whoever handles it waits for
// Redis to be back. The address may hold a password, so nothing here logs it or puts it into an error.
import { Redis } from 'ioredis'
import { FloeError, asFloeError } from '../protocol/errors.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'

/** BullMQ needs no more, and short waits for delayed work need this much. */
const REDIS_MAJOR_MIN = 6
const CONNECT_MS = 5_000
/** Milliseconds for the answer to one command of who adds work. */
const COMMAND_MS = 1_500
/** Milliseconds without an answer after which a connection is given up; longer than a worker ever blocks. */
const SILENT_MS = 15_000
const RECONNECT_MS_MAX = 2_000
const PROBE_MS = 1_000

export type RedisAddress = {
  readonly host: string
  readonly port: number
  readonly db: number
  readonly username?: string
  readonly password?: string
  readonly tls?: object
}

/** @throws FloeError `configuration`, which never quotes the address */
export function redisAddress(redisUrl: string): RedisAddress {
  const url = URL.parse(redisUrl)
  const db = /^\/?(\d{0,3})$/.exec(url?.pathname ?? '')?.[1]
  if (
    url === null ||
    !/^rediss?:$/.test(url.protocol) ||
    url.hostname === '' ||
    db === undefined ||
    url.search !== ''
  ) {
    throw new FloeError('configuration', 'The address of Redis is not one.', {
      remedy:
        'It looks like redis://user:password@host:6379/0; rediss: with TLS; without further parameters.',
    })
  }
  const { hostname, port, username, password, protocol } = url
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port === '' ? 6379 : port),
    db: Number(db),
    ...(username === '' ? {} : { username: decodeURIComponent(username) }),
    ...(password === '' ? {} : { password: decodeURIComponent(password) }),
    ...(protocol === 'rediss:' ? { tls: {} } : {}),
  }
}

/** For adding and asking: what cannot be sent or answered now is rejected soon, and nothing waits in memory. */
export function connectProducer(address: RedisAddress, random: () => number): Redis {
  return new Redis({
    ...shared(address, random),
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: COMMAND_MS,
  })
}

/** For handling: commands wait until Redis is back. A worker has only a few under way at a time. */
export function connectConsumer(
  address: RedisAddress,
  random: () => number,
): { redis: Redis; disconnect: () => void } {
  const redis = new Redis({ ...shared(address, random), maxRetriesPerRequest: null })
  const opened = [redis]
  const duplicate = redis.duplicate.bind(redis)
  // BullMQ opens one more for each worker, and cannot end it while Redis is away.
  redis.duplicate = (options) => {
    const another = duplicate(options)
    opened.push(another)
    return another
  }
  const disconnect = (): void => {
    for (const each of opened) if (each.status !== 'end') each.disconnect()
  }
  return { redis, disconnect }
}

function shared(address: RedisAddress, random: () => number) {
  return {
    ...address,
    connectTimeout: CONNECT_MS,
    socketTimeout: SILENT_MS,
    retryStrategy: (times: number): number =>
      Math.min(100 * 2 ** Math.min(times - 1, 10), RECONNECT_MS_MAX) * (1 - random() / 2),
  }
}

export type Reach = {
  readonly reachable: () => boolean
  /** @throws FloeError `unavailable` */
  readonly check: () => void
}

type ReachOptions = {
  readonly clock: Clock
  readonly logger: Logger
  readonly signal: AbortSignal
  /** Called each time that Redis comes into reach. */
  readonly onReach: () => void
}

/** Finds out all the time whether Redis answers, and logs when that changes. */
export function watchReach(redis: Redis, { clock, logger, signal, onReach }: ReachOptions): Reach {
  let reached: boolean | undefined
  let reason = 'not connected yet'
  /** Whether the server at the other end of this connection will do. */
  let checked = false
  const set = (now: boolean): void => {
    if (now === reached || signal.aborted) return
    reached = now
    if (now) logger.info('redis is reachable')
    else logger.warn({ reason }, 'redis is not reachable: work waits, and what is added is refused')
    if (now) onReach()
  }
  const look = async (): Promise<void> => {
    try {
      if (checked) await redis.ping()
      else checkServer(await redis.info(), logger)
      checked = true
      set(true)
    } catch (error) {
      reason = asFloeError(error).message
      set(false)
    }
  }
  redis.on('error', (error: Error) => (reason = error.message))
  redis.on('ready', () => void look())
  redis.on('close', () => {
    checked = false
    set(false)
  })
  void (async () => {
    while (!signal.aborted) {
      await clock.sleep(PROBE_MS, signal).catch(() => undefined)
      if (redis.status === 'ready') await look()
    }
  })()
  return {
    reachable: () => reached === true && !signal.aborted,
    check: () => {
      if (reached !== true) throw redisAway(reason)
    },
  }
}

/** @throws FloeError `configuration` for a Redis that cannot do what is needed */
function checkServer(info: string, logger: Logger): void {
  const version = /^redis_version:(\S+)/m.exec(info)?.[1] ?? 'unknown'
  if (Number(version.split('.')[0]) < REDIS_MAJOR_MIN) {
    throw new FloeError('configuration', `Expected Redis ${REDIS_MAJOR_MIN} or newer, got ${version}.`)
  }
  const policy = /^maxmemory_policy:(\S+)/m.exec(info)?.[1] ?? 'noeviction'
  if (policy !== 'noeviction') {
    logger.warn({ policy }, 'redis throws work away when its memory is full: set maxmemory-policy noeviction')
  }
}

export function redisAway(reason: string): FloeError {
  return new FloeError('unavailable', `The work queue on Redis cannot be reached: ${reason}.`, {
    remedy: 'It is tried again all the time; nothing but work to be done again is kept there.',
    retryAfterSeconds: 1,
  })
}
