// How old the newest block is that a service has seen of L1. A service whose head stands still knows nothing of new posts, epochs and
// challenges, whatever its endpoints answer, so it is not ready.
//
// Two clocks measure the age, and the greater counts: the unix clock against the block's timestamp, which shows an endpoint that lags,
// and the time since another block was seen, which does not depend on a clock that is right.
import { getBlock } from 'viem/actions'
import { FloeError } from '../protocol/errors.ts'
import { runLoop } from '../runtime/async/loop.ts'
import { type Clock, unixSeconds } from '../runtime/clock.ts'
import { ConditionLog } from '../runtime/condition-log.ts'
import type { Logger } from '../runtime/logger.ts'
import { type L1, askEach } from './rpc.ts'

/** Ethereum misses ten slots in a row only when something is wrong. */
export const L1_AGE_SECONDS_DEFAULT = 120

export type HeadWatchOptions = {
  readonly clock: Clock
  readonly logger: Pick<Logger, 'warn' | 'error' | 'info'>
  /** Seconds from which on the head counts as standing still. */
  readonly ageSecondsMax?: number | undefined
}

/** Six requests an endpoint in the time after which a head stands still by default; 180 an hour. */
const POLL_MS = 20_000
const CHECK_MS = 5_000
/** A block further ahead of this clock is not believed while another endpoint has one that is not. */
const AHEAD_SECONDS_MAX = 15
const RETRY_SECONDS = 12

export class HeadWatch {
  readonly ageSecondsMax: number
  readonly #clock: Clock
  readonly #condition: ConditionLog
  readonly #startedMs: number
  #head: { readonly timestamp: number; readonly seenMs: number } | undefined

  constructor({ clock, logger, ageSecondsMax = L1_AGE_SECONDS_DEFAULT }: HeadWatchOptions) {
    this.#clock = clock
    this.ageSecondsMax = ageSecondsMax
    const [began, ended] = ['head of L1 stands still', 'head of L1 moves again']
    this.#condition = new ConditionLog({ logger: logger as Logger, clock, began, ended, level: 'error' })
    this.#startedMs = clock.monotonic()
  }

  /** Takes the timestamp, in unix seconds, of the newest block that was followed or read. */
  observe(timestamp: number): void {
    if (this.#head?.timestamp !== timestamp) this.#head = { timestamp, seenMs: this.#clock.monotonic() }
    this.check()
  }

  /** Seconds; before the first block, since the process started. */
  ageSeconds(): number {
    const { timestamp, seenMs } = this.#head ?? { timestamp: Infinity, seenMs: this.#startedMs }
    return Math.max(this.#clock.now() / 1000 - timestamp, (this.#clock.monotonic() - seenMs) / 1000, 0)
  }

  /** Logs when the head stands still, and when it moves again. */
  check(): void {
    const { ageSecondsMax } = this
    const l1AgeSeconds = Math.round(this.ageSeconds())
    const neverFollowed = this.#head === undefined
    if (l1AgeSeconds > ageSecondsMax)
      this.#condition.failed('head', { l1AgeSeconds, ageSecondsMax, neverFollowed })
    else if (!neverFollowed) this.#condition.held('head', { l1AgeSeconds })
  }

  /** @throws FloeError `unavailable` before the first block, and while the head stands still */
  requireRecent(): void {
    const ageSeconds = this.ageSeconds()
    if (this.#head !== undefined && ageSeconds <= this.ageSecondsMax) return
    const l1AgeSeconds = Math.round(ageSeconds)
    const found =
      this.#head === undefined
        ? `it has not followed L1 since it started ${l1AgeSeconds} s ago`
        : `it is ${l1AgeSeconds} s old`
    throw new FloeError(
      'unavailable',
      `Expected the newest block of L1 to be at most ${this.ageSecondsMax} s old (--l1-age-max), ${found}.`,
      {
        remedy:
          'Use another service, or try again. Its operator finds the reason in the log and with floe doctor.',
        facts: { l1AgeSeconds, l1AgeSecondsMax: this.ageSecondsMax },
        retryAfterSeconds: RETRY_SECONDS,
      },
    )
  }

  /** Checks repeatedly until the signal aborts, for a service that follows L1 otherwise. */
  async runChecks(signal: AbortSignal): Promise<void> {
    await runLoop({ clock: this.#clock, intervalMs: CHECK_MS }, async () => this.check(), signal)
  }

  /** Reads the head repeatedly until the signal aborts, for a service that does not follow L1. */
  async runPolls(l1: L1, signal: AbortSignal): Promise<void> {
    const onError = (): void => this.check()
    await runLoop({ clock: this.#clock, intervalMs: POLL_MS, onError }, async () => this.#poll(l1), signal)
  }

  async #poll(l1: L1): Promise<void> {
    const timestamps = await askEach(l1, 'read the newest block of L1', async (endpoint) =>
      Number((await getBlock(endpoint, { blockTag: 'latest' })).timestamp),
    )
    const latest = unixSeconds(this.#clock) + AHEAD_SECONDS_MAX
    const plausible = timestamps.filter((timestamp) => timestamp <= latest)
    this.observe(plausible.length > 0 ? Math.max(...plausible) : Math.min(...timestamps))
  }
}
