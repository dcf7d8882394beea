// Connections to L1's JSON-RPC: one client that falls back over the endpoints, for reads, and each endpoint by itself, for
// broadcasts and for facts that the endpoints must agree on. Requests are bounded in time and bytes (transport.ts). Errors are
// translated here, once; they never carry an endpoint's URL, which may hold a provider's key, also when the provider repeats it.
//
// Clients are viem's plain ones, without methods: a bundler then drops the actions that are not imported.
import {
  BaseError,
  type Client,
  HttpRequestError,
  ResponseBodyTooLargeError,
  RpcRequestError,
  TimeoutError,
  createClient,
} from 'viem'
import { FloeError } from '../protocol/errors.ts'
import { type Clock, systemClock } from '../runtime/clock.ts'
import { systemRandom } from '../runtime/random.ts'
import { Redactor } from '../runtime/redaction.ts'
import { type EndpointFault, faultOf } from './endpoints/fault.ts'
import { Endpoint, type EndpointWatcher } from './endpoints/endpoint.ts'
import { rpcReason } from './endpoints/reason.ts'
import { endpointTransport, endpointOf, fallbackTransport } from './endpoints/transport.ts'
import { type LogSettings, LogSpans, type LogSpansLogger } from './log-spans.ts'

export { rpcReason }

export type L1 = {
  /** Asks the first endpoint that answers. */
  readonly client: Client
  readonly endpoints: readonly Client[]
  /** What is known about the logs of the contracts. */
  readonly logs: LogSpans
}

export type L1Options = LogSettings & {
  /** For timeouts; the system's when left out. */
  readonly clock?: Clock | undefined
  /** Milliseconds for one request to one endpoint; 5,000 when left out. */
  readonly timeoutMs?: number | undefined
  /** For the jitter of pauses, in [0, 1); the system's when left out. */
  readonly random?: (() => number) | undefined
  readonly watcher?: EndpointWatcher | undefined
  /** Ends every request in flight, and refuses later ones. */
  readonly signal?: AbortSignal | undefined
  readonly logger?: LogSpansLogger | undefined
}

/** Most endpoints of one configuration: every post is broadcast to all of them. */
const ENDPOINTS_MAX = 8
const TIMEOUT_MS_DEFAULT = 5_000

/** @throws FloeError `configuration` for URLs that are not valid, or too many */
export function connectL1(rpcUrls: readonly string[], options: L1Options = {}): L1 {
  if (rpcUrls.length < 1 || rpcUrls.length > ENDPOINTS_MAX) {
    throw new FloeError('configuration', `Expected 1…${ENDPOINTS_MAX} L1 endpoints, got ${rpcUrls.length}.`, {
      remedy: 'Give them with --rpc-url or FLOE_RPC_URL.',
    })
  }
  rpcUrls.forEach(checkUrl)
  const {
    clock = systemClock,
    timeoutMs = TIMEOUT_MS_DEFAULT,
    random = systemRandom,
    watcher,
    signal,
  } = options
  const redactor = new Redactor(rpcUrls)
  const all = rpcUrls.map((url, index) => {
    const identity = { name: `L1 endpoint ${index + 1}`, redactor }
    return new Endpoint({ url, number: index + 1, identity, clock, random, timeoutMs, watcher, signal })
  })
  const endpoints = all.map((endpoint) =>
    createClient({ transport: endpointTransport(endpoint, all), cacheTime: 0 }),
  )
  return {
    client: createClient({ transport: fallbackTransport(all, clock), cacheTime: 0 }),
    endpoints,
    logs: new LogSpans({ ...options, endpoints }),
  }
}

/** A connection that asks one of the endpoints of another. */
export function onlyEndpoint(endpoint: Client): L1 {
  return { client: endpoint, endpoints: [endpoint], logs: new LogSpans({ endpoints: [endpoint] }) }
}

/** From now on an endpoint of another chain is asked for nothing but its chain, until it is the right one. */
export function expectChain({ endpoints }: L1, chainId: number): void {
  for (const client of endpoints) endpointOf(client)?.expectChain(chainId)
}

/** The same connections; every request through the result also ends when `signal` aborts, with its reason. */
export function withSignal(l1: L1, signal: AbortSignal | undefined): L1 {
  if (signal === undefined) return l1
  const { client, endpoints, logs } = l1
  return {
    logs,
    client: client.scope({ signal }),
    endpoints: endpoints.map((endpoint) => endpoint.scope({ signal })),
  }
}

function checkUrl(text: string, index: number): void {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return
  throw new FloeError('configuration', `Expected L1 endpoint ${index + 1} to be an http or https URL.`, {
    remedy: 'Correct --rpc-url or FLOE_RPC_URL.',
  })
}

/** The endpoints that answered lately; all of them when none did. */
export function preferredEndpoints({ endpoints }: L1): readonly Client[] {
  const available = endpoints.filter((client) => (endpointOf(client)?.avoidedMs() ?? 0) === 0)
  return available.length > 0 ? available : endpoints
}

/**
 * Asks every endpoint concurrently, for facts on which they must agree. One in a pause is left alone while another answers.
 * @returns the results of those that answer, at least one
 * @throws FloeError `unavailable` when none answers
 */
export async function askEach<T>(
  l1: L1,
  action: string,
  ask: (endpoint: Client) => Promise<T>,
): Promise<T[]> {
  const asked = await Promise.allSettled(preferredEndpoints(l1).map(ask))
  const results = asked.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  if (results.length > 0) return results
  const [first] = asked
  throw l1Unavailable(first?.status === 'rejected' ? first.reason : undefined, action)
}

/** The error of a request that no endpoint answered. It has no cause, because the text of viem's error has the endpoint's URL. */
export function l1Unavailable(error: unknown, action: string): FloeError {
  if (error instanceof FloeError) return error
  const fault = faultOf(error)
  return new FloeError('unavailable', `Cannot ${action}: ${rpcReason(error)}`, {
    remedy: remedyOf(fault),
    facts: fault === undefined ? {} : { fault },
    retryAfterSeconds: 5,
  })
}

/** What an operator can do about an endpoint with this fault. */
function remedyOf(fault: EndpointFault | undefined): string {
  switch (fault) {
    case 'rate-limited':
      return 'The provider limits the rate of requests: add an endpoint of another provider, or use a larger plan.'
    case 'forbidden':
      return 'Check the key of the L1 endpoint and what its plan allows.'
    case 'wrong-chain':
      return 'Correct the L1 endpoint, or the chain id.'
    case 'no-history':
      return 'The endpoint has deleted what is that old: add one with the history, such as an archive node.'
    case 'range-limited':
      return 'The endpoint allows fewer blocks or logs in one request: use a larger plan, or another endpoint.'
    case 'wrong-answer':
    case 'broken':
      return 'If this continues, use another endpoint.'
    case 'unreachable':
    case 'timeout':
    case undefined:
      return 'Check that the L1 endpoints answer.'
  }
}

/** An endpoint with one of these faults refuses a smaller request as well. */
const REFUSES_ALL: ReadonlySet<EndpointFault | undefined> = new Set<EndpointFault>([
  'unreachable',
  'rate-limited',
  'forbidden',
  'wrong-chain',
])

/** Whether an endpoint refused a request, as opposed to any request: a smaller one may succeed. */
export function isRefusal(error: unknown): boolean {
  if (!(error instanceof BaseError) || REFUSES_ALL.has(faultOf(error))) return false
  const refusal = error.walk(
    (cause) =>
      cause instanceof RpcRequestError ||
      cause instanceof ResponseBodyTooLargeError ||
      cause instanceof TimeoutError ||
      (cause instanceof HttpRequestError && cause.status !== undefined && cause.status < 500),
  )
  return refusal !== null
}

/** Whether no endpoint answered. */
export function isUnanswered(error: unknown): boolean {
  if (!(error instanceof BaseError)) return false
  return error.walk((cause) => cause instanceof HttpRequestError || cause instanceof TimeoutError) !== null
}
