// What the checks ask one L1 endpoint by itself: an operator wants to know which of the endpoints is at fault, and how. Whether it
// answers is asked as a service asks, with its pauses and repetitions; the limits are asked for without them. Each question is sent
// once, however many checks need its result.
import type { Client } from 'viem'
import { getHttpRpcClient } from 'viem/utils'
import { type EndpointFault, EndpointFaultError, faultOf } from '../l1/endpoints/fault.ts'
import { JsonRpc, type RpcCall } from '../l1/endpoints/json-rpc.ts'
import { rpcReason } from '../l1/rpc.ts'
import type { Hex } from '../protocol/bytes.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Redactor } from '../runtime/redaction.ts'
import { once } from './check.ts'

/** The value of an answer, or what is wrong with the endpoint and why. */
export type Answer<T> =
  | { readonly value: T }
  | { readonly fault: EndpointFault | undefined; readonly reason: string }

export type EndpointHead = { readonly chainId: number; readonly number: number; readonly timestamp: number }

/** How many blocks the endpoint accepts in one eth_getLogs, and whether it has refused more. */
export type LogRange = {
  readonly blocks: number
  readonly refused: number | undefined
}

/** Both ends are included. */
export type BlockSpan = { readonly fromBlock: number; readonly toBlock: number }

export type EndpointProbeOptions = {
  /** The endpoint as a service asks it. */
  readonly client: Client
  readonly url: string
  /** Counted from 1: findings name endpoints by it, because a URL may contain a provider's key. */
  readonly number: number
  readonly redactor: Redactor
  readonly clock: Clock
  /** The contracts whose logs are read. */
  readonly contracts: readonly Hex[]
}

const TIMEOUT_MS = 5_000
/** More is not asked for by a service. */
const LOG_BLOCKS = [10_000, 1_000, 100, 10, 5, 2, 1]
const SPEED_CALLS = 3
/** Requests for the logs that are compared. */
export const LOG_REQUESTS_MAX = 20
/** Free plans allow 5 to 25 requests a second. */
export const BURST_CALLS = 30

type Block = { readonly number: Hex; readonly timestamp: Hex }
export type Log = { readonly blockNumber: Hex; readonly logIndex: Hex }

export class EndpointProbe {
  readonly name: string
  /** The chain and the newest block. */
  readonly head: () => Promise<Answer<EndpointHead>>
  /** Milliseconds of a call: the median of several. */
  readonly callMs: () => Promise<Answer<number>>
  readonly logRange: () => Promise<Answer<LogRange>>
  /** Whether two calls in one request are answered. */
  readonly takesBatches: () => Promise<boolean>
  readonly #rpc: JsonRpc
  readonly #options: EndpointProbeOptions

  constructor(options: EndpointProbeOptions) {
    const { url, number, redactor, clock } = options
    this.#options = options
    this.name = `endpoint ${number}`
    const identity = { name: `L1 ${this.name}`, redactor }
    this.#rpc = new JsonRpc({ url, identity, clock, timeoutMs: TIMEOUT_MS })
    this.head = once(async () => this.#answer(async () => this.#readHead()))
    this.callMs = once(async () => this.#answer(async () => this.#measureCall()))
    this.logRange = once(async () => this.#answer(async () => this.#findLogRange()))
    this.takesBatches = once(async () => this.#sendBatch())
  }

  /** The logs of the contracts in these blocks, in requests about as many as the endpoint gives. */
  async logsOf({ fromBlock, toBlock }: BlockSpan): Promise<Answer<readonly Log[]>> {
    return this.#answer(async () => {
      if (fromBlock === toBlock) return this.#readLogs(fromBlock, toBlock)
      const range = await this.logRange()
      const blocks = 'value' in range ? Math.max(1, range.value.blocks) : 1
      const logs: Log[] = []
      let requests = 0
      for (
        let first = fromBlock;
        first <= toBlock && requests < LOG_REQUESTS_MAX;
        first += blocks, requests++
      ) {
        logs.push(...(await this.#readLogs(first, Math.min(first + blocks - 1, toBlock))))
      }
      return logs
    })
  }

  /** How many of `BURST_CALLS` concurrent calls are refused because they are too many. */
  async refusedOfBurst(): Promise<number> {
    const calls = Array.from({ length: BURST_CALLS }, async () =>
      this.#answer(async () => this.#call({ method: 'eth_blockNumber', params: [] })),
    )
    const answers = await Promise.all(calls)
    return answers.filter((answer) => 'fault' in answer && answer.fault === 'rate-limited').length
  }

  async #answer<T>(ask: () => Promise<T>): Promise<Answer<T>> {
    try {
      return { value: await ask() }
    } catch (error) {
      return { fault: faultOf(error), reason: rpcReason(error) }
    }
  }

  async #call(call: RpcCall): Promise<unknown> {
    return this.#rpc.call(call, [])
  }

  async #readHead(): Promise<EndpointHead> {
    const { client } = this.#options
    const [chainId, block] = await Promise.all([
      client.request({ method: 'eth_chainId' }),
      client.request({ method: 'eth_getBlockByNumber', params: ['latest', false] }),
    ])
    const { number, timestamp } = (block ?? {}) as Partial<Block>
    return { chainId: numberOf(chainId), number: numberOf(number), timestamp: numberOf(timestamp) }
  }

  async #measureCall(): Promise<number> {
    const { clock } = this.#options
    const measured: number[] = []
    for (let i = 0; i < SPEED_CALLS; i++) {
      const startedAt = clock.monotonic()
      await this.#call({ method: 'eth_blockNumber', params: [] })
      measured.push(clock.monotonic() - startedAt)
    }
    return measured.toSorted((a, b) => a - b)[Math.floor(SPEED_CALLS / 2)] ?? 0
  }

  async #findLogRange(): Promise<LogRange> {
    const head = await this.head()
    if (!('value' in head)) throw new EndpointFaultError(head.fault ?? 'wrong-answer', head.reason)
    const { number } = head.value
    let refused: number | undefined
    for (const blocks of LOG_BLOCKS) {
      const fromBlock = Math.max(0, number - blocks + 1)
      try {
        await this.#readLogs(fromBlock, number)
        return { blocks: number - fromBlock + 1, refused }
      } catch (error) {
        const fault = faultOf(error)
        // A range that begins before the history of the endpoint says nothing about the ranges that it allows.
        if (fault !== 'range-limited' && fault !== 'no-history') throw error
        if (fault === 'range-limited') refused = number - fromBlock + 1
      }
    }
    return { blocks: 0, refused }
  }

  async #readLogs(fromBlock: number, toBlock: number): Promise<readonly Log[]> {
    const filter = {
      address: this.#options.contracts,
      fromBlock: quantity(fromBlock),
      toBlock: quantity(toBlock),
    }
    return (await this.#call({ method: 'eth_getLogs', params: [filter] })) as readonly Log[]
  }

  async #sendBatch(): Promise<boolean> {
    const client = getHttpRpcClient(this.#options.url, { timeout: TIMEOUT_MS })
    const body = [
      { method: 'eth_chainId', params: [] },
      { method: 'eth_blockNumber', params: [] },
    ]
    try {
      const responses = await client.request({ body })
      return (
        Array.isArray(responses) && responses.every((each: { result?: unknown }) => each.result !== undefined)
      )
    } catch {
      // Whatever the refusal is, the same calls are answered one by one.
      return false
    }
  }
}

function numberOf(value: unknown): number {
  const number = typeof value === 'string' && /^0x[0-9a-f]{1,16}$/i.test(value) ? Number(value) : Number.NaN
  if (Number.isSafeInteger(number)) return number
  throw new EndpointFaultError('wrong-answer', 'The response is not that of an Ethereum node.')
}

function quantity(value: number): Hex {
  return `0x${value.toString(16)}`
}
