// viem transports whose timeouts and pauses come from the injected clock. viem's own retries are switched off: their pause is as
// long as an endpoint's Retry-After says, without a bound.
import {
  BaseError,
  type EIP1193RequestFn,
  HttpRequestError,
  RpcRequestError,
  TimeoutError,
  type Transport,
  createTransport,
  fallback,
  http,
} from 'viem'
import { withDeadline } from '../runtime/async/deadline.ts'
import type { Clock } from '../runtime/clock.ts'

/** JSON-RPC's internal error, and the codes with which providers limit the rate of requests: EIP-1474's, Alchemy's, QuickNode's. */
const TRANSIENT_CODES = new Set([-32603, -32005, 429, -32007])
/** Milliseconds before all endpoints are asked a second time. */
const RETRY_DELAY_MS = 100

export type EndpointOptions = {
  readonly url: string
  readonly clock: Clock
  readonly timeoutMs: number
  /** Ends every request. */
  readonly signal?: AbortSignal | undefined
}

/** One endpoint over HTTP. A request with its whole response takes at most `timeoutMs`; viem bounds the response (10 MiB). */
export function endpointTransport({ url, clock, timeoutMs, signal }: EndpointOptions): Transport {
  const unbounded = http(url, { timeout: 0, retryCount: 0 })
  return wrapTransport(unbounded, (request) => async (args, options) => {
    const reason = (): Error => new TimeoutError({ body: { method: args.method }, url })
    return withDeadline({ clock, timeoutMs, signals: [signal, options?.signal], reason }, async (within) =>
      request(args, { signal: within }),
    )
  })
}

/** The first endpoint that answers, in the order given. When none does and that may pass, all are asked once more. */
export function fallbackTransport(endpoints: readonly Transport[], clock: Clock): Transport {
  const once = fallback([...endpoints], { rank: false, retryCount: 0 })
  return wrapTransport(once, (request) => async (args, options) => {
    try {
      return await request(args, options)
    } catch (error) {
      if (!mayPass(error)) throw error
      await clock.sleep(RETRY_DELAY_MS, options?.signal)
      return request(args, options)
    }
  })
}

type Request = EIP1193RequestFn

function wrapTransport(inner: Transport, wrap: (request: Request) => Request): Transport {
  return (config) => {
    const { request } = inner(config)
    return createTransport({
      key: 'floe',
      name: 'Floe',
      type: 'floe',
      retryCount: 0,
      request: wrap(request) as Request,
    })
  }
}

/** Whether the same request may succeed a moment later: the endpoint was unreachable, too busy or broken. */
function mayPass(error: unknown): boolean {
  if (!(error instanceof BaseError)) return false
  if (error instanceof TimeoutError) return true
  const failure = error.walk((cause) => cause instanceof HttpRequestError || cause instanceof RpcRequestError)
  if (failure instanceof HttpRequestError) return failure.status === undefined || isTransient(failure.status)
  if (!(failure instanceof RpcRequestError)) return false
  return TRANSIENT_CODES.has(failure.code) || (failure.status !== undefined && isTransient(failure.status))
}

function isTransient(status: number): boolean {
  return status >= 500 || status === 403 || status === 408 || status === 429
}
