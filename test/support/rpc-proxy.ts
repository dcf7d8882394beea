// A JSON-RPC endpoint in front of a real one. A test decides how it behaves: it may lie, refuse, lose the answer to a forwarded
// request, or be unreachable. Any other error of a behaviour is thrown when the proxy is closed, and fails the test that owns it.
// Batches of calls are taken as well. `l1-faults.ts` has the faults that real endpoints have.
import { once } from 'node:events'
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { BackgroundErrors } from './background-errors.ts'

export type RpcCall = { readonly method: string; readonly params: readonly unknown[] }

/** Decides the answer to a call. `forward` asks the real endpoint and returns its `result`. */
export type RpcBehaviour = (call: RpcCall, forward: () => Promise<unknown>) => unknown

/** One HTTP request: a call, or a batch of them. */
export type RpcRequest = {
  readonly calls: readonly RpcCall[]
  readonly isBatch: boolean
  /** Path and query, where providers have their keys. */
  readonly path: string
}

/** Looks at a request before any of its calls is answered. It may throw what a behaviour may, or an `HttpAnswer`. */
export type RpcGate = (request: RpcRequest) => Promise<void> | void

/** Thrown by a behaviour: the endpoint answers with a JSON-RPC error. */
export class RpcRefusal extends Error {
  readonly reply: object

  constructor(message: string, reply: object = { code: -32000, message }) {
    super(message)
    this.reply = reply
  }
}

/** Thrown by a behaviour: the proxy closes the connection without an answer. */
export class RpcSilence extends Error {}

type HttpAnswerOptions = {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  /** The text, or the JSON-RPC error of every call. */
  readonly body: string | { readonly code: number; readonly message: string }
}

/** Thrown by a gate: the endpoint answers the whole request with this. */
export class HttpAnswer extends Error {
  readonly answer: HttpAnswerOptions

  constructor(answer: HttpAnswerOptions) {
    super(`answer ${answer.status}`)
    this.answer = answer
  }
}

type SentCall = RpcCall & { readonly id: unknown }

const honest: RpcBehaviour = async (_call, forward) => forward()

export class RpcProxy implements AsyncDisposable {
  /** The methods in the order of the calls. */
  readonly calls: string[] = []
  readonly #server: Server
  readonly #target: string
  readonly #errors = new BackgroundErrors('an RPC proxy')
  #behaviour: RpcBehaviour
  readonly #gate: RpcGate

  static async start(
    target: string,
    behaviour: RpcBehaviour = honest,
    gate: RpcGate = () => undefined,
  ): Promise<RpcProxy> {
    const proxy = new RpcProxy(target, behaviour, gate)
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  private constructor(target: string, behaviour: RpcBehaviour, gate: RpcGate) {
    this.#target = target
    this.#behaviour = behaviour
    this.#gate = gate
    this.#server = createServer((request, response) => {
      this.#errors.watch(this.#answer(request, response), () => request.socket.destroy())
    })
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  behave(behaviour: RpcBehaviour): void {
    this.#behaviour = behaviour
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
    this.#errors.throwIfAny()
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // A client that ends its request early is no error of the proxy.
    const body = await text(request).catch(() => undefined)
    if (body === undefined) return
    const sent = JSON.parse(body) as Partial<SentCall> | readonly Partial<SentCall>[]
    const isBatch = Array.isArray(sent)
    const calls = [sent].flat().map(({ id, method = '', params = [] }): SentCall => ({ id, method, params }))
    this.calls.push(...calls.map(({ method }) => method))
    const answer = await this.#answerTo({ calls, isBatch, path: request.url ?? '/' })
    if (answer === undefined) {
      request.socket.destroy()
      return
    }
    const { status, headers, body: reply } = answer
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(reply)
  }

  /** @returns undefined when the connection must be closed */
  async #answerTo(
    request: Omit<RpcRequest, 'calls'> & { readonly calls: readonly SentCall[] },
  ): Promise<{ status: number; headers?: Readonly<Record<string, string>>; body: string } | undefined> {
    const bodyOf = (replies: readonly object[]): string => {
      const all = replies.map((reply, i) => ({ jsonrpc: '2.0', id: request.calls[i]?.id, ...reply }))
      return JSON.stringify(request.isBatch ? all : all[0])
    }
    try {
      await this.#gate(request)
      return {
        status: 200,
        body: bodyOf(await Promise.all(request.calls.map(async (c) => this.#replyTo(c)))),
      }
    } catch (error) {
      if (error instanceof RpcSilence) return undefined
      if (!(error instanceof HttpAnswer)) throw error
      const { body } = error.answer
      return {
        ...error.answer,
        body: typeof body === 'string' ? body : bodyOf(request.calls.map(() => ({ error: body }))),
      }
    }
  }

  async #replyTo({ id, method, params }: SentCall): Promise<object> {
    const body = JSON.stringify({ jsonrpc: '2.0', id, method, params })
    try {
      return {
        result: await this.#behaviour({ method, params }, async () => forward(this.#target, body)),
      }
    } catch (error) {
      if (error instanceof RpcRefusal) return { error: error.reply }
      throw error
    }
  }
}

/** Sends a call of the behaviour itself to the endpoint. */
export async function askRpc(target: string, { method, params }: RpcCall): Promise<unknown> {
  return forward(target, JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }))
}

async function forward(target: string, body: string): Promise<unknown> {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(target, { method: 'POST', headers, body }).catch((error: unknown) => {
    throw new RpcRefusal(`the endpoint behind the proxy is unreachable: ${String(error)}`)
  })
  const { result, error } = (await response.json()) as { result?: unknown; error?: { message: string } }
  if (error !== undefined) throw new RpcRefusal(error.message, error)
  return result
}
