// viem transports over endpoints: each endpoint by itself, and the first one that answers. viem's own retries are switched off: their
// pause is as long as an endpoint's Retry-After says, without a bound.
import { type Client, type EIP1193RequestFn, type Transport, createTransport } from 'viem'
import type { Clock } from '../../runtime/clock.ts'
import type { Endpoint } from './endpoint.ts'
import { type EndpointFault, faultOf, isRevert } from './fault.ts'
import type { RpcCall } from './json-rpc.ts'

/** Milliseconds for which a call waits for an endpoint that limits the rate. */
const PATIENCE_MS = 15_000
/** While another endpoint answers. */
const PATIENCE_WITH_OTHERS_MS = 1_000
/** Milliseconds before all endpoints are asked a second time. */
const RETRY_DELAY_MS = 100

/** The same call may succeed a moment later. */
const TRANSIENT: ReadonlySet<EndpointFault | undefined> = new Set<EndpointFault>([
  'unreachable',
  'timeout',
  'rate-limited',
  'forbidden',
  'broken',
])

/** A transport whose client tells of its endpoint. */
type EndpointTransport = Transport<'floe', { readonly endpoint?: Endpoint }>

/** One endpoint. It is waited for longer where there is no other. */
export function endpointTransport(endpoint: Endpoint, all: readonly Endpoint[]): EndpointTransport {
  const request: Request = async (call, { signal } = {}) => {
    const others = all.some((other) => other !== endpoint && other.avoidedMs() === 0)
    return endpoint.request(call, { signal, patienceMs: others ? PATIENCE_WITH_OTHERS_MS : PATIENCE_MS })
  }
  return transportOf(request, { endpoint })
}

/**
 * The first endpoint that answers, in the order given; those that failed lately come last. When none does and that may pass, all are
 * asked once more.
 */
export function fallbackTransport(endpoints: readonly Endpoint[], clock: Clock): EndpointTransport {
  return transportOf(async (call, { signal } = {}) => {
    try {
      return await firstAnswer(endpoints, call, signal)
    } catch (error) {
      if (!TRANSIENT.has(faultOf(error))) throw error
      await clock.sleep(RETRY_DELAY_MS, signal)
      return firstAnswer(endpoints, call, signal)
    }
  }, {})
}

/** Undefined for a client of several endpoints. */
export function endpointOf(client: Client): Endpoint | undefined {
  return (client as Client<EndpointTransport>).transport.endpoint
}

async function firstAnswer(
  endpoints: readonly Endpoint[],
  call: RpcCall,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  const order = [...endpoints].sort((a, b) => a.avoidedMs() - b.avoidedMs())
  const failures: unknown[] = []
  for (const [i, endpoint] of order.entries()) {
    try {
      // The last one is waited for.
      return await endpoint.request(call, { signal, patienceMs: i === order.length - 1 ? PATIENCE_MS : 0 })
    } catch (error) {
      signal?.throwIfAborted()
      if (isRevert(error)) throw error
      failures.push(error)
    }
  }
  // What the chain says is worth more than that an endpoint is away.
  throw failures.find((failure) => faultOf(failure) === undefined) ?? failures[0]
}

type Request = (call: RpcCall, options?: { readonly signal?: AbortSignal }) => Promise<unknown>

function transportOf(request: Request, value: { readonly endpoint?: Endpoint }): EndpointTransport {
  return () =>
    createTransport(
      { key: 'floe', name: 'Floe', type: 'floe', retryCount: 0, request: request as EIP1193RequestFn },
      value,
    )
}
