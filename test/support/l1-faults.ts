// An L1 endpoint with the faults that providers have, in front of a real one. A test injects faults by name, any number together, and
// takes them away again. The texts and codes are those of providers. Faults of the connection and of whole requests are here, those of
// what an endpoint knows about the chain in `l1-chain-faults.ts`.
import { type Clock, systemClock } from '../../src/runtime/clock.ts'
import { type ChainFault, chainBehaviour, pinnedHead } from './l1-chain-faults.ts'
import { HttpAnswer, type RpcRequest, RpcProxy, RpcSilence } from './rpc-proxy.ts'

/** How a provider says that there were too many requests. */
type RateAnswer = 'http-429' | 'rpc-429' | 'rpc-32005' | 'rpc-32007'

type RequestFault =
  /** Requests end with a closed connection. */
  | { readonly kind: 'down' }
  /** Requests are taken and never answered. */
  | { readonly kind: 'silent' }
  /** More than so many calls a second are refused; each call of a batch counts. */
  | {
      readonly kind: 'rate-limit'
      readonly perSecond: number
      /** The default is `http-429`. */
      readonly as?: RateAnswer
      readonly retryAfterSeconds?: number
    }
  /** So many requests are refused with 429, the later ones are answered. */
  | { readonly kind: 'refused-first'; readonly requests: number }
  | { readonly kind: 'forbidden' }
  /** Every answer takes so long. */
  | { readonly kind: 'slow'; readonly ms: number }
  /** Every answer is an error that repeats the URL of the request, with the key in it. */
  | { readonly kind: 'secrets'; readonly as?: 'http' | 'rpc' }
  /** Answers are a page of a proxy, JSON that ends early, or JSON that is no answer to the call. */
  | { readonly kind: 'garbage'; readonly as?: 'page' | 'cut' | 'foreign' }
  /** Batches of more than so many calls are refused; the default is 1, so that every real batch is. */
  | { readonly kind: 'no-batches'; readonly callsMax?: number }

export type L1Fault = RequestFault | ChainFault
export type L1FaultKind = L1Fault['kind']

const RATE_ANSWERS: Record<RateAnswer, { status: number; code: number; message: string }> = {
  'http-429': {
    status: 429,
    code: 429,
    message: 'Your app has exceeded its compute units per second capacity.',
  },
  'rpc-429': {
    status: 200,
    code: 429,
    message: 'Your app has exceeded its compute units per second capacity.',
  },
  'rpc-32005': {
    status: 200,
    code: -32005,
    message: 'project ID request rate exceeded',
  },
  'rpc-32007': {
    status: 429,
    code: -32007,
    message: 'request limit reached - reduce calls per second or upgrade your account',
  },
}

const GARBAGE = {
  page: { type: 'text/html', text: '<html><body><h1>502 Bad Gateway</h1></body></html>' },
  cut: { type: 'application/json', text: '{"jsonrpc":"2.0","id":1,"result":{"number":"0x' },
  foreign: { type: 'application/json', text: '{"jsonrpc":"2.0","id":1,"result":{"number":["0x"]}}' },
}

export class L1Faults implements AsyncDisposable {
  /** How many requests, or calls where the fault is of the chain, each kind has spoiled. */
  readonly spoiled: Map<L1FaultKind, number> = new Map()
  readonly #target: string
  readonly #clock: Clock
  readonly #proxy: Promise<RpcProxy>
  #url = ''
  #faults: readonly L1Fault[] = []
  /** The height at which a head stands still, by the fault. */
  #pinned: bigint | undefined
  #refusals = 0
  #second = { start: -Infinity, calls: 0 }

  /** @param clock for slow answers and for the seconds of a rate limit */
  static async start(target: string, clock: Clock = systemClock): Promise<L1Faults> {
    const faults = new L1Faults(target, clock)
    faults.#url = (await faults.#proxy).url
    return faults
  }

  private constructor(target: string, clock: Clock) {
    this.#target = target
    this.#clock = clock
    this.#proxy = RpcProxy.start(
      target,
      async (call, forward) => {
        const context = {
          target: this.#target,
          faults: this.#faults,
          pinned: this.#pinned,
          spoil: (kind: L1FaultKind) => this.#count(kind),
        }
        return chainBehaviour(context, call, forward)
      },
      async (request) => this.#gate(request),
    )
  }

  get url(): string {
    return this.#url
  }

  /** The URL as a provider gives it, with a key in the path and in the query. */
  urlWithKey(key: string): string {
    return `${this.#url}/v3/${key}?token=${key}`
  }

  get faults(): readonly L1Fault[] {
    return this.#faults
  }

  /** The methods of all calls, in their order. */
  async calls(): Promise<readonly string[]> {
    return (await this.#proxy).calls
  }

  /** Replaces all faults by these; none heals the endpoint. A head that stands still does so from now on. */
  async inject(...faults: readonly L1Fault[]): Promise<void> {
    this.#pinned = await pinnedHead(this.#target, faults)
    this.#refusals = 0
    this.#second = { start: -Infinity, calls: 0 }
    this.#faults = faults
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#proxy)[Symbol.asyncDispose]()
  }

  #count(kind: L1FaultKind): void {
    this.spoiled.set(kind, (this.spoiled.get(kind) ?? 0) + 1)
  }

  async #gate(request: RpcRequest): Promise<void> {
    for (const fault of this.#faults) {
      const answer = await this.#answerOf(fault, request)
      if (answer === undefined) continue
      this.#count(fault.kind)
      throw answer
    }
  }

  /** What a fault answers to a whole request; undefined: the request goes on. */
  async #answerOf(fault: L1Fault, request: RpcRequest): Promise<Error | undefined> {
    switch (fault.kind) {
      case 'down':
        return new RpcSilence()
      case 'silent':
        this.#count(fault.kind)
        return new Promise(() => undefined)
      case 'rate-limit':
        return this.#isWithinRate(fault.perSecond, request.calls.length) ? undefined : tooMany(fault)
      case 'refused-first':
        this.#refusals += 1
        return this.#refusals <= fault.requests ? tooMany({}) : undefined
      case 'forbidden':
        return new HttpAnswer({
          status: 403,
          body: { code: -32002, message: 'rejected due to project ID settings' },
        })
      case 'slow':
        this.#count(fault.kind)
        await this.#clock.sleep(fault.ms)
        return undefined
      case 'secrets':
        return repeatingUrl(new URL(request.path, this.#url), fault.as ?? 'rpc')
      case 'garbage': {
        const { type, text } = GARBAGE[fault.as ?? 'cut']
        return new HttpAnswer({ status: 200, headers: { 'content-type': type }, body: text })
      }
      case 'no-batches':
        return request.isBatch && request.calls.length > (fault.callsMax ?? 1) ? batchRefused() : undefined
      case 'pruned':
      case 'log-range':
      case 'standing-head':
      case 'lag':
      case 'wrong-chain':
      case 'truncated-logs':
        return undefined
    }
  }

  /** Counts calls in whole seconds from the first one on. */
  #isWithinRate(perSecond: number, calls: number): boolean {
    const now = this.#clock.monotonic()
    if (now - this.#second.start >= 1000) this.#second = { start: now, calls: 0 }
    if (this.#second.calls + calls > perSecond) return false
    this.#second.calls += calls
    return true
  }
}

function tooMany({
  as = 'http-429',
  retryAfterSeconds,
}: {
  as?: RateAnswer
  retryAfterSeconds?: number
}): HttpAnswer {
  const { status, code, message } = RATE_ANSWERS[as]
  const headers = retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }
  return new HttpAnswer({ status, headers, body: { code, message } })
}

function repeatingUrl(url: URL, as: 'http' | 'rpc'): HttpAnswer {
  const message = `no access to ${url.href} (key ${url.pathname.split('/').at(-1)}, ${url.search})`
  if (as === 'http')
    return new HttpAnswer({ status: 401, headers: { 'content-type': 'text/plain' }, body: message })
  return new HttpAnswer({ status: 200, body: { code: -32000, message } })
}

/** As servers do that know no batches: one error, whose id is null. */
function batchRefused(): HttpAnswer {
  const error = { code: -32600, message: 'batch requests are not supported' }
  return new HttpAnswer({ status: 400, body: JSON.stringify({ jsonrpc: '2.0', id: null, error }) })
}
