// The newest blocks of the endpoints, read once for all parts of a service, and no more often than a new block can be there: a
// service that does nothing else would ask for them thousands of times an hour.
//
// The time between blocks is learned. After a block, nothing is asked until shortly before the next one is expected; then more and
// more rarely until it is there.
import type { Client } from 'viem'
import { type FloeError, asFloeError } from '../protocol/errors.ts'
import { coalesce } from '../runtime/async/single-flight.ts'
import { type Clock, systemClock } from '../runtime/clock.ts'
import { type Block, readBlock } from './blocks.ts'
import type { Finality } from './finality-rule.ts'
import { finalBlock } from './finality.ts'
import type { L1 } from './rpc.ts'

/** What the endpoints say. Another object when there is anything new. */
export type ChainHeads = {
  readonly newestFinal: number
  /** Of the endpoints that answer, in the configured order, with those that lag at the end. */
  readonly tips: readonly EndpointTip[]
}

/** @param endpoint its index among the endpoints */
export type EndpointTip = { readonly endpoint: number; readonly tip: Block }

export type HeadFeedOptions = {
  readonly l1: L1
  readonly finality: Finality
  readonly clock?: Clock | undefined
}

/** An endpoint that is more blocks behind another one is tried after it. */
const LAG_MAX = 3
const PAUSE_MS_MIN = 1_000
/** Less than a block of Ethereum. */
const PAUSE_MS_MAX = 11_000
/** How long before the next block is expected it is first asked for. */
const LEAD_MS = 1_000
const LATE_PAUSE_MS_MAX = 6_000
/** The pause grows with the time since the last block. */
const LATE_PARTS = 8
const FAILED_PAUSE_MS = 3_000
/** Intervals from which the time between blocks is learned. */
const INTERVALS_MIN = 4
const INTERVALS_MAX = 8

export class HeadFeed {
  readonly #l1: L1
  readonly #finality: Finality
  readonly #clock: Clock
  readonly #intervalsMs: number[] = []
  readonly #readAll: () => Promise<ChainHeads>
  readonly #readIfDue: () => Promise<ChainHeads>
  #heads: ChainHeads | undefined
  /** Number of reads that began, and the one that found `#heads`. */
  #reads = 0
  #taken = 0
  #failure: FloeError | undefined
  #seenMs = 0
  #nextMs = -Infinity

  constructor({ l1, finality, clock = systemClock }: HeadFeedOptions) {
    this.#l1 = l1
    this.#finality = finality
    this.#clock = clock
    this.#readAll = coalesce(async () => this.#read())
    this.#readIfDue = coalesce(async () => this.#look())
  }

  /** What the endpoints say now; every request is sent after the call. @throws FloeError `unavailable`, `configuration` */
  async refresh(): Promise<ChainHeads> {
    return this.#readAll()
  }

  /** What they said when a new block could last be there. @throws FloeError as `refresh`; also while that read would be repeated */
  async current(): Promise<ChainHeads> {
    return this.#readIfDue()
  }

  async #look(): Promise<ChainHeads> {
    if (this.#clock.monotonic() < this.#nextMs) {
      if (this.#failure !== undefined) throw this.#failure
      if (this.#heads !== undefined) return this.#heads
    }
    this.#reads += 1
    const read = this.#reads
    const tips = await this.#guarded(async () => readTips(this.#l1.endpoints))
    if (this.#heads !== undefined && nameOf(this.#heads.tips) === nameOf(tips)) {
      const nowMs = this.#clock.monotonic()
      this.#nextMs = nowMs + clamp((nowMs - this.#seenMs) / LATE_PARTS, LATE_PAUSE_MS_MAX)
      return this.#heads
    }
    const newestFinal = await this.#guarded(async () => finalBlock(this.#l1, this.#finality))
    return this.#take(read, { newestFinal, tips })
  }

  async #read(): Promise<ChainHeads> {
    this.#reads += 1
    const read = this.#reads
    const [newestFinal, tips] = await this.#guarded(async () =>
      Promise.all([finalBlock(this.#l1, this.#finality), readTips(this.#l1.endpoints)]),
    )
    return this.#take(read, { newestFinal, tips })
  }

  /** A read that began before another one may end after it, and does not replace what that one found. */
  #take(read: number, heads: ChainHeads): ChainHeads {
    if (this.#heads !== undefined && read < this.#taken) return this.#heads
    this.#taken = read
    this.#learn(newestOf(heads.tips))
    this.#heads = heads
    return heads
  }

  async #guarded<T>(read: () => Promise<T>): Promise<T> {
    try {
      const result = await read()
      this.#failure = undefined
      return result
    } catch (error) {
      this.#failure = asFloeError(error)
      this.#nextMs = this.#clock.monotonic() + FAILED_PAUSE_MS
      throw error
    }
  }

  /** Learns the time between blocks, and when the one after `number` is expected. */
  #learn(number: number): void {
    const nowMs = this.#clock.monotonic()
    const before = this.#heads && newestOf(this.#heads.tips)
    if (before === undefined || number !== before) {
      if (before !== undefined && number > before)
        this.#intervalsMs.push((nowMs - this.#seenMs) / (number - before))
      if (this.#intervalsMs.length > INTERVALS_MAX) this.#intervalsMs.shift()
      this.#seenMs = nowMs
    }
    const sorted = this.#intervalsMs.toSorted((a, b) => a - b)
    const median = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0
    const expectedMs = sorted.length < INTERVALS_MIN ? 0 : this.#seenMs + median - LEAD_MS - nowMs
    this.#nextMs = nowMs + clamp(expectedMs, PAUSE_MS_MAX)
  }
}

function clamp(ms: number, max: number): number {
  return Math.min(Math.max(ms, PAUSE_MS_MIN), max)
}

function newestOf(tips: readonly EndpointTip[]): number {
  return Math.max(...tips.map(({ tip }) => tip.number))
}

function nameOf(tips: readonly EndpointTip[]): string {
  return tips.map(({ endpoint, tip }) => `${endpoint}:${tip.hash}`).join()
}

/** The tips of the endpoints that answer. @throws FloeError `unavailable` */
async function readTips(endpoints: readonly Client[]): Promise<EndpointTip[]> {
  const results = await Promise.allSettled(
    endpoints.map(async (client, endpoint) => ({
      endpoint,
      tip: await readBlock(client, { blockTag: 'latest' }),
    })),
  )
  const tips = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  if (tips.length === 0) throw (results[0] as PromiseRejectedResult).reason
  const newest = newestOf(tips)
  const lags = ({ tip }: EndpointTip): boolean => tip.number < newest - LAG_MAX
  return [...tips.filter((other) => !lags(other)), ...tips.filter(lags)]
}
