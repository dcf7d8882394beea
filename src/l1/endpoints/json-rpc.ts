// JSON-RPC over HTTP with one endpoint, and nothing more: no retries, no order. A request with its whole response is bounded in time
// by the injected clock, and in bytes by viem (10 MiB). What the endpoint answers is checked to be a response, and secrets that it
// repeats are replaced, here and nowhere else.
import { HttpRequestError, RpcRequestError, TimeoutError } from 'viem'
import { type HttpRequestReturnType, getHttpRpcClient } from 'viem/utils'
import { withDeadline } from '../../runtime/async/deadline.ts'
import type { Clock } from '../../runtime/clock.ts'
import { EndpointFaultError } from './fault.ts'
import { type EndpointIdentity, redactedError, redactedResult } from './redacted-errors.ts'
import { canBeResultOf } from './result-shape.ts'

export type RpcCall = { readonly method: string; readonly params?: unknown }

export type JsonRpcOptions = {
  readonly url: string
  readonly identity: EndpointIdentity
  readonly clock: Clock
  /** Milliseconds for a request with its whole response. */
  readonly timeoutMs: number
}

/** A response as an endpoint may send it. */
type UncheckedResponse = { readonly id?: unknown; readonly result?: unknown; readonly error?: unknown } | null

type RpcRequest = RpcCall & { readonly id?: number }

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
    try {
      const response = await this.#request({ method, params }, method, signals)
      return this.#resultOf(response, method)
    } catch (error) {
      throw redactedError(error, method, this.#identity)
    }
  }

  /**
   * The results of several calls in one request, in their order.
   * @throws as `call`, when there is no response to all of them
   */
  async batch(
    calls: readonly RpcCall[],
    signals: readonly (AbortSignal | undefined)[],
  ): Promise<PromiseSettledResult<unknown>[]> {
    const name = `a batch of ${calls.length}`
    try {
      const body = calls.map(({ method, params }, id) => ({ method, params, id }))
      const responses = await this.#request(body, name, signals)
      const byId = new Map((responses as UncheckedResponse[]).map((response) => [response?.id, response]))
      if (calls.some((_, id) => !byId.has(id))) throw this.#batchError(responses[0] ?? null, name)
      return calls.map(({ method }, id) => this.#settled(byId.get(id) ?? null, method))
    } catch (error) {
      throw redactedError(error, name, this.#identity)
    }
  }

  async #request<body extends RpcRequest | RpcRequest[]>(
    body: body,
    method: string,
    signals: readonly (AbortSignal | undefined)[],
  ): Promise<HttpRequestReturnType<body>> {
    const reason = (): Error => new TimeoutError({ body: { method }, url: this.#identity.name })
    const limits = { clock: this.#clock, timeoutMs: this.#timeoutMs, signals, reason }
    let head: Response | undefined
    const onResponse = (response: Response): void => void (head = response)
    try {
      return await withDeadline(limits, async (signal) =>
        this.#client.request({ body, fetchOptions: { signal }, onResponse }),
      )
    } catch (error) {
      throw withStatus(error, head)
    }
  }

  /** A refusal of the whole batch has no id. */
  #batchError(response: UncheckedResponse, name: string): Error {
    const settled = this.#settled(response, name)
    if (settled.status === 'rejected' && settled.reason instanceof RpcRequestError) return settled.reason
    return new EndpointFaultError('wrong-answer', 'The batch has not a response for every call.')
  }

  #settled(response: UncheckedResponse, method: string): PromiseSettledResult<unknown> {
    try {
      return { status: 'fulfilled', value: this.#resultOf(response, method) }
    } catch (error) {
      return { status: 'rejected', reason: redactedError(error, method, this.#identity) }
    }
  }

  #resultOf(response: UncheckedResponse, method: string): unknown {
    if (typeof response === 'object' && response !== null) {
      const { result, error } = response
      if (isRefusal(error)) throw new RpcRequestError({ body: { method }, error, url: this.#identity.name })
      if (result !== undefined && canBeResultOf(method, result))
        return redactedResult(result, this.#identity.redactor)
      if (result !== undefined)
        throw new EndpointFaultError('wrong-answer', `The result cannot be one of ${method}.`)
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
