// viem transports whose timeouts and pauses come from the injected clock. viem's own retries are switched off: their pause is as
// long as an endpoint's Retry-After says, without a bound.
import { type EIP1193RequestFn, type Transport, createTransport, fallback } from 'viem'
import type { Clock } from '../../runtime/clock.ts'
import { type EndpointFault, faultOf } from './fault.ts'
import { JsonRpc, type JsonRpcOptions } from './json-rpc.ts'

/** The same request may succeed a moment later. */
const TRANSIENT: ReadonlySet<EndpointFault | undefined> = new Set<EndpointFault>([
  'unreachable',
  'timeout',
  'rate-limited',
  'forbidden',
  'broken',
])
/** Milliseconds before all endpoints are asked a second time. */
const RETRY_DELAY_MS = 100

export type EndpointOptions = JsonRpcOptions & {
  /** Ends every request. */
  readonly signal?: AbortSignal | undefined
}

/** One endpoint over HTTP. */
export function endpointTransport({ signal, ...options }: EndpointOptions): Transport {
  const rpc = new JsonRpc(options)
  return transportOf(async (call, options) => rpc.call(call, [signal, options?.signal]))
}

/** The first endpoint that answers, in the order given. When none does and that may pass, all are asked once more. */
export function fallbackTransport(endpoints: readonly Transport[], clock: Clock): Transport {
  const once = fallback([...endpoints], { rank: false, retryCount: 0 })
  return (config) => {
    const { request } = once(config)
    return transportOf(async (call, options) => {
      try {
        return await request(call, options)
      } catch (error) {
        if (!TRANSIENT.has(faultOf(error))) throw error
        await clock.sleep(RETRY_DELAY_MS, options?.signal)
        return request(call, options)
      }
    })(config)
  }
}

type Request = (...call: Parameters<EIP1193RequestFn>) => Promise<unknown>

function transportOf(request: Request): Transport {
  return () =>
    createTransport({
      key: 'floe',
      name: 'Floe',
      type: 'floe',
      retryCount: 0,
      request: request as EIP1193RequestFn,
    })
}
