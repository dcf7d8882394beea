// Whether Redis can be reached, and is one that this program can use. Checked every second and whenever a connection opens.
import type { Redis } from 'ioredis'
import { FloeError, asFloeError } from '../protocol/errors.ts'
import { Loop } from '../runtime/async/loop.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'

/** BullMQ needs this version; so do short waits for delayed jobs. */
const REDIS_MAJOR_MIN = 6
const PROBE_MS = 1_000

export type ReachabilityOptions = {
  readonly redis: Redis
  readonly clock: Clock
  readonly logger: Logger
  /** Called each time that Redis becomes reachable. */
  readonly onReached: () => void
}

export class Reachability {
  readonly #options: ReachabilityOptions
  readonly #loop: Loop
  /** Undefined before the first probe. */
  #reachable: boolean | undefined
  #reason = 'not connected yet'
  /** Whether the server at the other end of the current connection was checked. */
  #serverChecked = false
  #stopping: AbortSignal | undefined

  constructor(options: ReachabilityOptions) {
    const { redis, clock } = options
    this.#options = options
    this.#loop = new Loop({ clock, intervalMs: PROBE_MS }, async () => this.#probe())
    redis.on('error', (error: Error) => (this.#reason = error.message))
    redis.on('ready', () => this.#loop.wake())
    redis.on('close', () => {
      this.#serverChecked = false
      this.#set(false)
    })
  }

  /** Probes Redis until `stopping` aborts. Call it once. */
  async watch(stopping: AbortSignal): Promise<void> {
    this.#stopping = stopping
    await this.#loop.run(stopping)
  }

  reachable(): boolean {
    return this.#reachable === true
  }

  /** @throws FloeError `unavailable` while Redis cannot be reached */
  check(): void {
    if (this.#reachable !== true) throw redisUnreachable(this.#reason)
  }

  async #probe(): Promise<void> {
    const { redis, logger } = this.#options
    if (redis.status !== 'ready') return
    try {
      if (this.#serverChecked) await redis.ping()
      else checkServer(await redis.info(), logger)
      this.#serverChecked = true
      this.#set(true)
    } catch (error) {
      this.#reason = asFloeError(error).message
      this.#set(false)
    }
  }

  #set(reachable: boolean): void {
    const { logger, onReached } = this.#options
    if (reachable === this.#reachable || this.#stopping?.aborted === true) return
    this.#reachable = reachable
    if (!reachable) {
      logger.warn({ reason: this.#reason }, 'redis lost: jobs wait, and new jobs are refused')
      return
    }
    logger.info('redis reached')
    onReached()
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
    logger.warn({ policy }, 'redis configured to evict jobs: set maxmemory-policy to noeviction')
  }
}

export function redisUnreachable(reason: string): FloeError {
  return new FloeError(
    'unavailable',
    `Expected Redis to hold the job queue, but it cannot be reached: ${reason}.`,
    {
      remedy: 'Check that Redis runs; the connection is retried without end, and no batch is lost meanwhile.',
      retryAfterSeconds: 1,
    },
  )
}
