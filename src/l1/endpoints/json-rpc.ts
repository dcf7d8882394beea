// JSON-RPC over HTTP with one endpoint, and nothing more: no retries, no order. A request with its whole response is bounded in time
// by the injected clock, and in bytes by viem (10 MiB). What the endpoint answers is checked to be a response, and secrets that it
// repeats are replaced, here and nowhere else.
import { HttpRequestError, RpcRequestError, TimeoutError } from 'viem'
import { getHttpRpcClient } from 'viem/utils'
import { withDeadline } from '../../runtime/async/deadline.ts'
import type { Clock } from '../../runtime/clock.ts'
import { EndpointFaultError } from './fault.ts'
import { type EndpointIdentity, redactedError, redactedResult } from './redacted-errors.ts'

export type RpcCall = { readonly method: string; readonly params?: unknown }

export type JsonRpcOptions = {
  readonly url: string
  readonly identity: EndpointIdentity
  readonly clock: Clock
  /** Milliseconds for a request with its whole response. */
  readonly timeoutMs: number
}

/** A response as an endpoint may send it. */
type UncheckedResponse = { readonly result?: unknown; readonly error?: unknown } | null

export class JsonRpc {
  readonly #client: ReturnType<typeof getHttpRpcClient>
  readonly #identity: EndpointIdentity
  readonly #clock: Clock
  readonly #timeoutMs: number

  constructor({ url, identity, clock, timeoutMs }: JsonRpcOptions) {
    // viem's own timeout uses the system's timers.
    this.#client = getHttpRpcClient(url, { timeout: 0 })
    this.#identity = identity
    this.#clock = clock
    this.#timeoutMs = timeoutMs
  }

  /** The result of a call. @throws viem's errors without secrets; `EndpointFaultError` for anything but a response */
  async call(call: RpcCall, signals: readonly (AbortSignal | undefined)[]): Promise<unknown> {
    const { method, params } = call
    const reason = (): Error => new TimeoutError({ body: { method }, url: this.#identity.name })
    const limits = { clock: this.#clock, timeoutMs: this.#timeoutMs, signals, reason }
    let head: Response | undefined
    const onResponse = (response: Response): void => void (head = response)
    try {
      const response = await withDeadline(limits, async (signal) =>
        this.#client.request({ body: { method, params }, fetchOptions: { signal }, onResponse }),
      )
      return this.#resultOf(response, method)
    } catch (error) {
      throw redactedError(withStatus(error, head), method, this.#identity)
    }
  }

  #resultOf(response: UncheckedResponse, method: string): unknown {
    if (typeof response === 'object' && response !== null) {
      const { result, error } = response
      if (isRefusal(error)) throw new RpcRequestError({ body: { method }, error, url: this.#identity.name })
      if (result !== undefined) return redactedResult(result, this.#identity.redactor)
    }
    throw new EndpointFaultError('wrong-answer', 'The response is not one of JSON-RPC.')
  }
}

/** viem drops the status of a response whose body is not the JSON that its header names. */
function withStatus(error: unknown, head: Response | undefined): unknown {
  if (!(error instanceof HttpRequestError) || error.status !== undefined || head === undefined || head.ok)
    return error
  const { status, headers, statusText: details } = head
  return new HttpRequestError({ details, status, headers, url: '' })
}

function isRefusal(error: unknown): error is { code: number; message: string; data?: unknown } {
  return typeof error === 'object' && error !== null && 'code' in error && 'message' in error
}
