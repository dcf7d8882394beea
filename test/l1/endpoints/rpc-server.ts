// An endpoint of JSON-RPC in this process. A test decides how it answers each request.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'

export type SentCall = { readonly id: number; readonly method: string; readonly params?: readonly unknown[] }

/** An answer to a whole request; or, per call, its result. */
type Answer = {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string
}

export type RpcServer = {
  readonly url: string
  /** The methods of each request. */
  readonly requests: string[][]
  /** Undefined: the request is answered with `result` of every call. */
  answer: (calls: readonly SentCall[], isBatch: boolean) => Answer | undefined | Promise<Answer | undefined>
  result: (call: SentCall) => unknown
}

export async function startRpcServer(): Promise<RpcServer> {
  const server = createServer((request, response) => {
    text(request).then(
      async (body) => {
        const sent = JSON.parse(body) as SentCall | SentCall[]
        const calls = [sent].flat()
        rpc.requests.push(calls.map(({ method }) => method))
        const answer = (await rpc.answer(calls, Array.isArray(sent))) ?? { body: results(sent) }
        const { status = 200, headers = {} } = answer
        response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(answer.body)
      },
      () => undefined,
    )
  })
  const results = (sent: SentCall | readonly SentCall[]): string => {
    const one = (call: SentCall): object => ({ jsonrpc: '2.0', id: call.id, result: rpc.result(call) })
    return JSON.stringify(Array.isArray(sent) ? sent.map(one) : one(sent as SentCall))
  }
  const rpc: RpcServer = { url: '', requests: [], answer: () => undefined, result: () => '0x1' }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return Object.assign(rpc, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
}

export function rpcError(code: number, message: string, id: number | null = null): string {
  return JSON.stringify({ jsonrpc: '2.0', id, error: { code, message } })
}

export function tooManyRequests(retryAfterSeconds?: number): Answer {
  const headers = retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }
  return { status: 429, headers, body: rpcError(-32005, 'too many requests') }
}
