// The requests to one endpoint: a bounded number at a time, and calls that wait together go as one batch of JSON-RPC.
//
// Guarantees:
// - Bounded: calls that wait, requests in flight, calls of a batch and the wait for a turn have limits.
// - Adaptive: an endpoint that limits the rate gets fewer and smaller requests, and slowly more when it answers.
// - No batch for those who refuse it: the calls are sent one by one, and batches are tried again later.
// - Left is cancelled: a request ends when no caller waits for any of its calls.
import { TimeoutError } from 'viem'
import { linkAbort, untilAborted } from '../../runtime/async/deadline.ts'
import type { Clock } from '../../runtime/clock.ts'
import { type EndpointFault, EndpointFaultError, faultOf } from './fault.ts'
import type { JsonRpc, RpcCall } from './json-rpc.ts'

/** Calls that wait for their request. A follower asks for 64 blocks at a time. */
const WAITING_MAX = 1_024
const REQUESTS_MAX = 8
/** Calls of a batch; free plans allow as few. */
const BATCH_MAX = 10
/** Answered requests after which one more may be in flight, and a batch may have one more call. */
const ANSWERS_TO_GROW = 16
/** After so long, batches are tried again with an endpoint that refused them. */
const BATCH_AGAIN_MS = 10 * 60_000
/** Calls that are made at the same time arrive within so many steps of their promises. */
const STEPS_TO_GATHER = 10

/** Calls with small answers, which take an endpoint no time. A search of logs in many blocks would delay the others in its batch. */
const BATCHED = new Set([
  'eth_blockNumber',
  'eth_call',
  'eth_chainId',
  'eth_feeHistory',
  'eth_gasPrice',
  'eth_getBalance',
  'eth_getBlockByHash',
  'eth_getBlockByNumber',
  'eth_getCode',
  'eth_getTransactionByHash',
  'eth_getTransactionCount',
  'eth_getTransactionReceipt',
  'eth_maxPriorityFeePerGas',
])

type Waiting = {
  readonly call: RpcCall
  readonly sinceMs: number
  readonly resolve: (result: unknown) => void
  readonly reject: (error: unknown) => void
  /** Set when its caller no longer waits. */
  left: boolean
  group: Group | undefined
}

/** The calls of one request in flight. */
type Group = { readonly stop: AbortController; waiting: number }

/** The reason of the abort when every caller has left or has its answer; one object, so that ending a request builds no stack. */
const ALL_SETTLED = new Error('no caller waits for the request')

export type RequestQueueOptions = {
  readonly rpc: JsonRpc
  readonly clock: Clock
  /** The longest wait for a turn, in milliseconds. */
  readonly timeoutMs: number
  /** The endpoint as messages name it. */
  readonly name: string
}

export class RequestQueue {
  readonly #rpc: JsonRpc
  readonly #clock: Clock
  readonly #timeoutMs: number
  readonly #name: string
  readonly #waiting: Waiting[] = []
  #gathering = false
  #inFlight = 0
  #requestsMax = REQUESTS_MAX
  #batchMax = BATCH_MAX
  /** Whether the endpoint has answered a batch. */
  #knowsBatches = false
  #batchAgainMs = Infinity
  #answers = 0

  constructor({ rpc, clock, timeoutMs, name }: RequestQueueOptions) {
    this.#rpc = rpc
    this.#clock = clock
    this.#timeoutMs = timeoutMs
    this.#name = name
  }

  /** The result of a call. @throws as `JsonRpc.call`; the reason of a signal that aborts */
  async send(call: RpcCall, signals: readonly (AbortSignal | undefined)[]): Promise<unknown> {
    if (this.#waiting.length >= WAITING_MAX)
      throw new EndpointFaultError('timeout', `${WAITING_MAX} requests wait for ${this.#name}.`)
    const stop = new AbortController()
    const unlink = linkAbort(stop, signals)
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    const sinceMs = this.#clock.monotonic()
    const waiting: Waiting = { call, sinceMs, resolve, reject, left: false, group: undefined }
    this.#waiting.push(waiting)
    void this.#startSoon()
    try {
      return await untilAborted(promise, stop.signal)
    } finally {
      unlink()
      leave(waiting)
    }
  }

  /** To be called when the endpoint limits the rate of requests. */
  slowDown(): void {
    this.#requestsMax = Math.max(1, Math.floor(this.#requestsMax / 2))
    this.#answers = 0
  }

  async #startSoon(): Promise<void> {
    if (this.#gathering) return
    this.#gathering = true
    for (let step = 0; step < STEPS_TO_GATHER; step++) await Promise.resolve()
    this.#gathering = false
    this.#start()
  }

  #start(): void {
    while (this.#inFlight < this.#requestsMax) {
      const calls = this.#take()
      if (calls.length === 0) return
      this.#inFlight += 1
      void this.#request(calls).finally(() => {
        this.#inFlight -= 1
        this.#start()
      })
    }
  }

  /** The calls of the next request: the oldest one, with others if it may be in a batch. */
  #take(): Waiting[] {
    if (this.#clock.monotonic() >= this.#batchAgainMs) {
      this.#batchMax = BATCH_MAX
      this.#batchAgainMs = Infinity
    }
    const taken: Waiting[] = []
    for (const waiting of this.#waiting.splice(0)) {
      const isFirst = taken.length === 0
      const fits = isFirst || (taken.length < this.#batchMax && isBatched(waiting) && taken.every(isBatched))
      if (waiting.left) continue
      if (this.#clock.monotonic() - waiting.sinceMs > this.#timeoutMs)
        waiting.reject(this.#lateError(waiting))
      else if (fits) taken.push(waiting)
      else this.#waiting.push(waiting)
    }
    return taken
  }

  #lateError({ call: { method } }: Waiting): Error {
    return new TimeoutError({ body: { method }, url: this.#name })
  }

  /** Settles the calls. Never rejects. */
  async #request(calls: readonly Waiting[]): Promise<void> {
    const group: Group = { stop: new AbortController(), waiting: calls.length }
    for (const waiting of calls) waiting.group = group
    if (calls.length === 1) await this.#requestEach(calls, group.stop.signal)
    else await this.#requestBatch(calls, group.stop.signal)
  }

  /** @returns how many calls were answered with a result */
  async #requestEach(calls: readonly Waiting[], signal: AbortSignal): Promise<number> {
    const answered = await Promise.all(
      calls.map(async ({ call, resolve, reject }) => {
        try {
          resolve(await this.#rpc.call(call, [signal]))
          this.#grow()
          return 1
        } catch (error) {
          reject(error)
          return 0
        }
      }),
    )
    return answered.reduce<number>((sum, one) => sum + one, 0)
  }

  async #requestBatch(calls: readonly Waiting[], signal: AbortSignal): Promise<void> {
    try {
      const answers = await this.#rpc.batch(
        calls.map(({ call }) => call),
        [signal],
      )
      this.#knowsBatches = true
      this.#grow()
      calls.forEach(({ resolve, reject }, i) => {
        const answer = answers[i]
        if (answer?.status === 'fulfilled') resolve(answer.value)
        else reject(answer?.reason)
      })
    } catch (error) {
      await this.#afterBatch(calls, signal, error)
    }
  }

  /** A batch failed as a whole. Its calls are sent one by one where the batch may be the reason. */
  async #afterBatch(calls: readonly Waiting[], signal: AbortSignal, error: unknown): Promise<void> {
    const fault = faultOf(error)
    const smaller = Math.max(1, Math.floor(calls.length / 2))
    if (fault === 'timeout' || fault === 'rate-limited') this.#batchMax = Math.min(this.#batchMax, smaller)
    if (signal.aborted || !(this.#knowsBatches ? REFUSES_BATCH : MAY_REFUSE_BATCH).has(fault)) {
      for (const { reject } of calls) reject(error)
      return
    }
    if ((await this.#requestEach(calls, signal)) === 0) return
    this.#batchMax = smaller
    this.#batchAgainMs = this.#clock.monotonic() + BATCH_AGAIN_MS
  }

  #grow(): void {
    this.#answers += 1
    if (this.#answers < ANSWERS_TO_GROW) return
    this.#answers = 0
    this.#requestsMax = Math.min(REQUESTS_MAX, this.#requestsMax + 1)
    if (this.#batchAgainMs === Infinity) this.#batchMax = Math.min(BATCH_MAX, this.#batchMax + 1)
  }
}

/** A batch is refused with an error of JSON-RPC, with something else than a list, or as too large. */
const REFUSES_BATCH: ReadonlySet<EndpointFault | undefined> = new Set([
  undefined,
  'wrong-answer',
  'range-limited',
] as const)
/** A server that knows no batches may also close the connection, fail, or forbid it. */
const MAY_REFUSE_BATCH: ReadonlySet<EndpointFault | undefined> = new Set([
  ...REFUSES_BATCH,
  'unreachable',
  'forbidden',
  'broken',
] as const)

function leave(waiting: Waiting): void {
  waiting.left = true
  const { group } = waiting
  if (group === undefined) return
  group.waiting -= 1
  if (group.waiting === 0) group.stop.abort(ALL_SETTLED)
}

/** The logs of one block are few, those of a range may be many. */
function isBatched({ call: { method, params } }: Waiting): boolean {
  if (BATCHED.has(method)) return true
  if (method !== 'eth_getLogs' || !Array.isArray(params)) return false
  const [filter] = params as readonly unknown[]
  return typeof filter === 'object' && filter !== null && 'blockHash' in filter
}
