// How many blocks of logs an endpoint gives in one eth_getLogs. Providers limit the blocks, the logs, the bytes or the time of a
// request, each with its own error: from 10,000 blocks down to 10 or 5 on free plans. So the limit is found by asking.
//
// Guarantees:
// - Down to 1: a refused range is divided until it is one block.
// - Learned once: the next request of the same connection starts with what the endpoint accepted.
// - Growing back: a limit is tried again after a while, because a refusal may have been about the number of logs in those blocks.
import type { Client } from 'viem'

/** What an operator says about the logs of a deployment. */
export type LogSettings = {
  /** The block that deployed the contracts: older ones have no events of them. Left out, it is searched for. */
  readonly deploymentBlock?: number | undefined
  /** Most blocks of one eth_getLogs; left out, LOG_BLOCKS_DEFAULT. */
  readonly logBlocksMax?: number | undefined
}

/** The settings of logs among those of a service. */
export function logSettings({ deploymentBlock, logBlocksMax }: LogSettings): LogSettings {
  return { deploymentBlock, logBlocksMax }
}

export type LogSpansLogger = { info(facts: object, message: string): void }

export const LOG_BLOCKS_DEFAULT = 10_000
const SHRINK_FACTOR = 8
/** Requests in a row at the limit before a larger one is tried again. */
const ACCEPTED_BEFORE_RETRY = 64

/** The number of blocks to ask one endpoint for. */
export class LogSpan {
  readonly #max: number
  readonly #onLimit: (blocks: number) => void
  #blocks: number
  /** The most blocks that were accepted since the last refusal of as many; 0: none yet. */
  #accepted = 0
  /** The fewest blocks that were refused; Infinity: none. */
  #refused = Infinity
  #acceptedAtLimit = 0

  constructor(max: number, onLimit: (blocks: number) => void = () => undefined) {
    this.#max = max
    this.#blocks = max
    this.#onLimit = onLimit
  }

  /** Blocks of the next request. */
  get blocks(): number {
    return this.#blocks
  }

  /** Whether the endpoint has refused a range, and no larger one has been accepted since. */
  get isLimited(): boolean {
    return this.#refused !== Infinity
  }

  /** A request about so many blocks was answered. */
  accept(blocks: number): void {
    // The last request of a range is smaller, and shows nothing.
    if (blocks < this.#blocks) return
    this.#accepted = blocks
    if (this.#refused > blocks + 1) {
      const halfway = Math.floor((blocks + this.#refused) / 2)
      this.#blocks = Math.max(blocks, Math.min(this.#max, blocks * 2, halfway))
      return
    }
    if (this.#acceptedAtLimit === 0) this.#onLimit(blocks)
    this.#acceptedAtLimit += 1
    if (this.#acceptedAtLimit < ACCEPTED_BEFORE_RETRY) return
    this.#acceptedAtLimit = 0
    this.#refused = Infinity
    this.#blocks = Math.min(this.#max, blocks * 2)
  }

  /** A request about so many blocks was refused. Returns whether a smaller one may be accepted. */
  refuse(blocks: number): boolean {
    if (blocks <= this.#accepted) this.#accepted = 0
    this.#refused = blocks
    this.#acceptedAtLimit = 0
    this.#blocks = this.#accepted || Math.max(1, Math.floor(blocks / SHRINK_FACTOR))
    return blocks > 1
  }
}

export type LogSpansOptions = LogSettings & {
  /** In the configured order, for the line that names a limit. */
  readonly endpoints: readonly Client[]
  readonly logger?: LogSpansLogger | undefined
}

/** The spans of the endpoints of one connection, and what its operator says about their logs. */
export class LogSpans {
  readonly deploymentBlock: number | undefined
  readonly #options: LogSpansOptions
  readonly #spans = new WeakMap<Client, LogSpan>()

  constructor(options: LogSpansOptions) {
    this.deploymentBlock = options.deploymentBlock
    this.#options = options
  }

  /** @param endpoint one endpoint, or the client that asks several of them */
  of(endpoint: Client): LogSpan {
    const known = this.#spans.get(endpoint)
    if (known !== undefined) return known
    const { logBlocksMax = LOG_BLOCKS_DEFAULT } = this.#options
    const span = new LogSpan(logBlocksMax, this.#reportOnce(endpoint))
    this.#spans.set(endpoint, span)
    return span
  }

  /** The limit of a provider's plan lasts, so it is named once. */
  #reportOnce(client: Client): (blocks: number) => void {
    const { endpoints, logger } = this.#options
    const place = endpoints.indexOf(client)
    let isReported = false
    return (blocks) => {
      if (isReported || place < 0) return
      isReported = true
      logger?.info({ endpoint: place + 1, blocks }, 'ranges of logs limited by an L1 endpoint')
    }
  }
}
