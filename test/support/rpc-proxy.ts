// A JSON-RPC endpoint that stands in front of a real one and does what a test needs an endpoint to do: lie, refuse, lose an
// answer after the request got through, or be gone.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'

export type RpcCall = { readonly method: string; readonly params: readonly unknown[] }

/** What becomes of a call. `forward` asks the real endpoint and returns its `result`. */
export type RpcBehaviour = (call: RpcCall, forward: () => Promise<unknown>) => unknown

/** Thrown by a behaviour: the endpoint answers with a JSON-RPC error. */
export class RpcRefusal extends Error {
  readonly reply: object

  constructor(message: string, reply: object = { code: -32000, message }) {
    super(message)
    this.reply = reply
  }
}
/** Thrown by a behaviour: the connection is cut without an answer. */
export class RpcSilence extends Error {}

export type RpcProxy = AsyncDisposable & {
  readonly url: string
  /** Methods in the order in which they were called. */
  readonly calls: string[]
  behave(behaviour: RpcBehaviour): void
}

const honest: RpcBehaviour = async (_call, forward) => forward()

export async function startRpcProxy(target: string, behaviour: RpcBehaviour = honest): Promise<RpcProxy> {
  let current = behaviour
  const calls: string[] = []
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const body = Buffer.concat(parts).toString('utf8')
      const { id, method, params = [] } = JSON.parse(body) as Partial<RpcCall> & { id: number }
      const call: RpcCall = { method: method ?? '', params }
      calls.push(call.method)
      const answer = (reply: object): void => {
        response.setHeader('content-type', 'application/json')
        response.end(JSON.stringify({ jsonrpc: '2.0', id, ...reply }))
      }
      Promise.resolve()
        .then(() => current(call, async () => forward(target, body)))
        .then((result) => answer({ result }))
        .catch((error: unknown) => {
          if (error instanceof RpcSilence) request.socket.destroy()
          else answer({ error: (error instanceof RpcRefusal ? error : new RpcRefusal(String(error))).reply })
        })
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    behave: (next) => {
      current = next
    },
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

/** Asks an endpoint what a behaviour would rather have answered. */
export async function askRpc(target: string, { method, params }: RpcCall): Promise<unknown> {
  return forward(target, JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }))
}

async function forward(target: string, body: string): Promise<unknown> {
  const response = await fetch(target, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  })
  const { result, error } = (await response.json()) as { result?: unknown; error?: { message: string } }
  if (error !== undefined) throw new RpcRefusal(error.message, error)
  return result
}
