// A storage node's endpoint with faults: what is asked goes to the real node behind it, and comes back as the fault says.
import { type IncomingMessage, type ServerResponse, createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

/** What a lie can be made from: the path that was asked and the body that was sent. */
export type Asked = { readonly path: string; readonly body: Buffer }

/** What becomes of the node's answer. */
export type Fault =
  | { readonly kind: 'none' }
  /** Connections are cut. */
  | { readonly kind: 'cut' }
  /** Nothing is ever answered. */
  | { readonly kind: 'stall' }
  /** A body without an end. */
  | { readonly kind: 'endless' }
  /** Answered only once the promise is settled: a node as slow as the test wants it. */
  | { readonly kind: 'held'; readonly until: Promise<unknown> }
  /** Answered that many milliseconds late. */
  | { readonly kind: 'slow'; readonly ms: number }
  /** The head of the answer and half of its body, and then no more. */
  | { readonly kind: 'half' }
  /** The answer, if it is a good one, changed. */
  | { readonly kind: 'change'; readonly change: (body: Buffer, asked: Asked) => Buffer }

export type FaultyProxy = AsyncDisposable & {
  readonly url: string
  fault: Fault
  /** Requests seen, by path. */
  readonly seen: string[]
  /** Bytes of answers passed on. */
  bytesPassed: number
}

export async function startFaultyProxy(target: () => string): Promise<FaultyProxy> {
  const server = createServer((incoming, outgoing) => {
    incoming.on('error', () => undefined)
    outgoing.on('error', () => undefined)
    proxy.seen.push(`${incoming.method} ${incoming.url}`)
    void answer(proxy, target(), incoming, outgoing)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const proxy: FaultyProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    fault: { kind: 'none' },
    seen: [],
    bytesPassed: 0,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return proxy
}

async function answer(
  proxy: FaultyProxy,
  target: string,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const { fault } = proxy
  if (fault.kind === 'cut') {
    incoming.socket.destroy()
    return
  }
  if (fault.kind === 'stall') {
    incoming.resume()
    return
  }
  if (fault.kind === 'endless') {
    incoming.resume()
    outgoing.writeHead(200, { 'content-type': 'application/octet-stream' })
    const flood = (): void => {
      while (!outgoing.destroyed && outgoing.write(Buffer.alloc(64 * 1024))) void 0
    }
    outgoing.on('drain', flood)
    flood()
    return
  }
  if (fault.kind === 'held') await fault.until
  if (fault.kind === 'slow') await delay(fault.ms)
  // Whoever asked has gone meanwhile.
  if (incoming.socket.destroyed) return
  const sent: Buffer[] = []
  if (fault.kind === 'change') incoming.on('data', (part: Buffer) => sent.push(part))
  const real = await forward(target, incoming).catch(() => undefined)
  if (real === undefined) {
    incoming.socket.destroy()
    return
  }
  const asked: Asked = { path: incoming.url ?? '', body: Buffer.concat(sent) }
  const body = fault.kind === 'change' && real.status === 200 ? fault.change(real.body, asked) : real.body
  proxy.bytesPassed += body.length
  outgoing.writeHead(real.status, { 'content-type': real.contentType, 'content-length': body.length })
  if (fault.kind === 'half') outgoing.write(body.subarray(0, body.length >> 1))
  else outgoing.end(body)
}

type Answer = { readonly status: number; readonly contentType: string; readonly body: Buffer }

async function forward(target: string, incoming: IncomingMessage): Promise<Answer> {
  return new Promise((resolve, reject) => {
    // A connection each: one that is kept for later would make the node wait for it when it closes.
    const headers = { ...incoming.headers, connection: 'close' }
    const outgoing = request(
      `${target}${incoming.url}`,
      { method: incoming.method, headers, agent: false },
      (response) => {
        const parts: Buffer[] = []
        response.on('data', (part: Buffer) => parts.push(part))
        response.on('error', reject)
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 502,
            contentType: response.headers['content-type'] ?? '',
            body: Buffer.concat(parts),
          }),
        )
      },
    )
    outgoing.on('error', reject)
    incoming.on('close', () => {
      if (!incoming.complete) outgoing.destroy()
    })
    incoming.pipe(outgoing)
  })
}
