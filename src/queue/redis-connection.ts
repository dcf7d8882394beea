// Connections to Redis, which may go away at any time: a process that adds jobs is told within a second or two, and a process that
// handles jobs waits for Redis to return. The address may hold a password, so this folder never logs or quotes it.
import { Redis } from 'ioredis'
import { FloeError } from '../protocol/errors.ts'
import type { Logger } from '../runtime/logger.ts'

const CONNECT_MS = 5_000
/** Milliseconds for the response to one command of the producer. */
const COMMAND_MS = 1_500
/** Milliseconds without a response after which a connection is closed; longer than a worker ever blocks. */
const SILENT_MS = 15_000
const RECONNECT_MS_MAX = 2_000

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
    throw new FloeError('configuration', 'Expected an address of Redis, got something else.', {
      remedy: 'Write redis://user:password@host:6379/0 or, with TLS, rediss://…, without further parameters.',
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

/** The connection for adding and listing jobs: a command that cannot be answered soon is rejected, and none waits in memory. */
export function connectProducer(address: RedisAddress, random: () => number): Redis {
  return new Redis({
    ...commonOptions(address, random),
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: COMMAND_MS,
  })
}

export type ConsumerOptions = {
  readonly address: RedisAddress
  readonly random: () => number
  readonly logger: Logger
}

/** The connections for handling jobs: commands wait until Redis is back. A worker has only a few commands in flight. */
export class ConsumerConnections {
  readonly redis: Redis
  readonly #all: Redis[]

  constructor({ address, random, logger }: ConsumerOptions) {
    const redis = new Redis({ ...commonOptions(address, random), maxRetriesPerRequest: null })
    this.redis = redis
    this.#all = [redis]
    const duplicate = redis.duplicate.bind(redis)
    // BullMQ opens one more connection for each worker, and cannot close it while Redis is away.
    redis.duplicate = (options) => {
      const another = duplicate(options)
      this.#all.push(another)
      return another
    }
    redis.on('error', (error: Error) => logger.debug({ reason: error.message }, 'redis connection failed'))
  }

  disconnect(): void {
    for (const connection of this.#all) if (connection.status !== 'end') connection.disconnect()
  }

  /** Closes the open connections, which ioredis then opens again: the address may name another server by now. */
  reconnect(): void {
    for (const connection of this.#all) if (connection.status === 'ready') connection.disconnect(true)
  }
}

function commonOptions(address: RedisAddress, random: () => number) {
  return {
    ...address,
    connectTimeout: CONNECT_MS,
    socketTimeout: SILENT_MS,
    retryStrategy: (times: number): number =>
      Math.min(100 * 2 ** Math.min(times - 1, 10), RECONNECT_MS_MAX) * (1 - random() / 2),
  }
}
