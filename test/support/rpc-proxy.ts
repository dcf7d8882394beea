// A JSON-RPC endpoint in front of a real one. A test decides how it behaves: it may lie, refuse, lose the answer to a forwarded
// request, or be unreachable. Any other error of a behaviour is thrown when the proxy is closed, and fails the test that owns it.
import { once } from 'node:events'
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { BackgroundErrors } from './background-errors.ts'

export type RpcCall = { readonly method: string; readonly params: readonly unknown[] }

/** Decides the answer to a call. `forward` asks the real endpoint and returns its `result`. */
export type RpcBehaviour = (call: RpcCall, forward: () => Promise<unknown>) => unknown

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

const honest: RpcBehaviour = async (_call, forward) => forward()

export class RpcProxy implements AsyncDisposable {
  /** The methods in the order of the calls. */
  readonly calls: string[] = []
  readonly #server: Server
  readonly #target: string
  readonly #errors = new BackgroundErrors('an RPC proxy')
  #behaviour: RpcBehaviour

  static async start(target: string, behaviour: RpcBehaviour = honest): Promise<RpcProxy> {
    const proxy = new RpcProxy(target, behaviour)
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  private constructor(target: string, behaviour: RpcBehaviour) {
    this.#target = target
    this.#behaviour = behaviour
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
    const { id, method, params = [] } = JSON.parse(body) as Partial<RpcCall> & { id: number }
    const call: RpcCall = { method: method ?? '', params }
    this.calls.push(call.method)
    const reply = await this.#replyTo(call, body)
    if (reply === undefined) {
      request.socket.destroy()
      return
    }
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ jsonrpc: '2.0', id, ...reply }))
  }

  /** @returns undefined when the connection must be closed */
  async #replyTo(call: RpcCall, body: string): Promise<object | undefined> {
    try {
      return { result: await this.#behaviour(call, async () => forward(this.#target, body)) }
    } catch (error) {
      if (error instanceof RpcSilence) return undefined
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
