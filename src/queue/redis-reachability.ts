// Whether Redis can be used: it can be reached, is of a version that this program can use, and takes writes. Checked every second
// and whenever a connection opens.
//
// A Redis that became a replica, has no memory left or cannot write its disk answers PING and refuses writes. It is of no more use
// than one that is away, so the probe writes.
import type { Redis } from 'ioredis'
import { FloeError, asFloeError } from '../protocol/errors.ts'
import { Loop } from '../runtime/async/loop.ts'
import type { Clock } from '../runtime/clock.ts'
import { ConditionLog } from '../runtime/condition-log.ts'
import type { Logger } from '../runtime/logger.ts'

/** BullMQ needs this version; so do short waits for delayed jobs. */
const REDIS_MAJOR_MIN = 6
const PROBE_MS = 1_000
/** A script, as all changes of jobs are: an account may be allowed to write and not to run scripts. */
const PROBE_SCRIPT = "return redis.call('SET', KEYS[1], '1', 'PX', ARGV[1])"
const PROBE_KEPT_MS = 60_000
/** How Redis refuses writes: as a replica, without memory, without a disk, without its replicas, or while it starts. */
const REFUSAL = /\b(READONLY|OOM|MISCONF|NOREPLICAS|MASTERDOWN|LOADING|UNBLOCKED)\b/
/** Milliseconds between two attempts to find the primary behind the same address. */
const RECONNECT_MS = 10_000

export type ReachabilityOptions = {
  readonly redis: Redis
  /** A key that the probe writes. */
  readonly probeKey: string
  readonly clock: Clock
  readonly logger: Logger
  /** Called each time that Redis becomes reachable. */
  readonly onReached: () => void
  /** Opens all connections again. */
  readonly reconnect: () => void
}

export class Reachability {
  readonly #options: ReachabilityOptions
  readonly #loop: Loop
  readonly #log: ConditionLog
  /** Undefined before the first probe. */
  #reachable: boolean | undefined
  #reason = 'not connected yet'
  /** Whether the server at the other end of the current connection was checked. */
  #serverChecked = false
  #reconnectedMs = -Infinity
  #stopping: AbortSignal | undefined

  constructor(options: ReachabilityOptions) {
    const { redis, clock, logger } = options
    this.#options = options
    this.#log = new ConditionLog({
      logger,
      clock,
      began: 'redis lost: jobs wait, and new jobs are refused',
      ended: 'redis reached again',
    })
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

  /** Reports the error of a command, which may say more than the last probe. */
  commandFailed(error: unknown): void {
    const { message } = asFloeError(error)
    if (this.#reachable !== true || !REFUSAL.test(message)) return
    this.#reason = message
    this.#set(false)
  }

  async #probe(): Promise<void> {
    const { redis, probeKey, logger } = this.#options
    if (redis.status !== 'ready') {
      if (this.#reachable === false) this.#set(false)
      return
    }
    try {
      if (!this.#serverChecked) checkServer(await redis.info(), logger)
      this.#serverChecked = true
      await redis.eval(PROBE_SCRIPT, 1, probeKey, PROBE_KEPT_MS)
      this.#set(true)
    } catch (error) {
      this.#reason = asFloeError(error).message
      this.#set(false)
      this.#leaveReplica()
    }
  }

  /** After a failover the address may name another server, while the connections are still those to the old one. */
  #leaveReplica(): void {
    const { clock, reconnect } = this.#options
    const nowMs = clock.monotonic()
    if (!/\bREADONLY\b/.test(this.#reason) || nowMs - this.#reconnectedMs < RECONNECT_MS) return
    this.#reconnectedMs = nowMs
    reconnect()
  }

  #set(reachable: boolean): void {
    const { logger, onReached } = this.#options
    if (this.#stopping?.aborted === true) return
    const before = this.#reachable
    this.#reachable = reachable
    if (!reachable) {
      this.#log.failed('redis', { reason: this.#reason })
      return
    }
    this.#log.held('redis')
    if (before === undefined) logger.info('redis reached')
    if (before !== true) onReached()
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
