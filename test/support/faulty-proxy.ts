// A storage node's endpoint with faults: requests go to the real node behind it, and the answers come back as the fault says.
// A fault that throws fails the test that closes the proxy, by name.
import { type IncomingMessage, type Server, type ServerResponse, createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { BackgroundErrors } from './background-errors.ts'

/** What a lie can be made from: the path of the request and its body. */
export type Asked = { readonly path: string; readonly body: Buffer }

/** What happens to the node's answer. */
export type Fault =
  | { readonly kind: 'none' }
  /** Connections are cut. */
  | { readonly kind: 'cut' }
  /** No request is ever answered. */
  | { readonly kind: 'stall' }
  /** A body without an end. */
  | { readonly kind: 'endless' }
  /** Answered only once the promise is settled: a node as slow as the test wants it. */
  | { readonly kind: 'held'; readonly until: Promise<unknown> }
  /** Answered that many milliseconds late. */
  | { readonly kind: 'slow'; readonly ms: number }
  /** The head of the answer and half of its body, and then no more. */
  | { readonly kind: 'half' }
  /** Answers with status 200 to requests whose `METHOD path` matches `of` are changed; all others pass as they are. */
  | { readonly kind: 'change'; readonly of: RegExp; readonly change: (body: Buffer, asked: Asked) => Buffer }

export class FaultyProxy implements AsyncDisposable {
  fault: Fault = { kind: 'none' }
  /** Requests seen, as `METHOD path`. */
  readonly seen: string[] = []
  /** Bytes of answers passed on. */
  bytesPassed = 0
  readonly #server: Server
  readonly #target: () => string
  readonly #errors = new BackgroundErrors('a faulty proxy')

  /** @param target the URL of the node, asked anew for every request */
  static async start(target: () => string): Promise<FaultyProxy> {
    const proxy = new FaultyProxy(target)
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve))
    return proxy
  }

  private constructor(target: () => string) {
    this.#target = target
    this.#server = createServer((incoming, outgoing) => {
      // Clients cut connections on purpose in these tests; that is no error of the proxy.
      incoming.on('error', () => undefined)
      outgoing.on('error', () => undefined)
      this.seen.push(`${incoming.method} ${incoming.url}`)
      this.#errors.watch(this.#answer(incoming, outgoing), () => incoming.socket.destroy())
    })
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve))
    this.#server.closeAllConnections()
    await closed
    this.#errors.throwIfAny()
  }

  async #answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { fault } = this
    switch (fault.kind) {
      case 'cut':
        incoming.socket.destroy()
        return
      case 'stall':
        incoming.resume()
        return
      case 'endless':
        incoming.resume()
        sendEndlessly(outgoing)
        return
      case 'held':
        await fault.until
        break
      case 'slow':
        await delay(fault.ms)
        break
      case 'none':
      case 'half':
      case 'change':
        break
    }
    // The client has gone meanwhile.
    if (incoming.socket.destroyed) return
    await this.#forward(fault, incoming, outgoing)
  }

  async #forward(fault: Fault, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const changes = fault.kind === 'change' && fault.of.test(`${incoming.method} ${incoming.url}`)
    const sent: Buffer[] = []
    if (changes) incoming.on('data', (part: Buffer) => sent.push(part))
    const real = await forward(this.#target(), incoming).catch(() => undefined)
    if (real === undefined) {
      incoming.socket.destroy()
      return
    }
    const asked: Asked = { path: incoming.url ?? '', body: Buffer.concat(sent) }
    const body = changes && real.status === 200 ? fault.change(real.body, asked) : real.body
    this.bytesPassed += body.length
    outgoing.writeHead(real.status, { ...real.headers, 'content-length': body.length })
    if (fault.kind === 'half') outgoing.write(body.subarray(0, body.length >> 1))
    else outgoing.end(body)
  }
}

function sendEndlessly(outgoing: ServerResponse): void {
  outgoing.writeHead(200, { 'content-type': 'application/octet-stream' })
  const flood = (): void => {
    while (!outgoing.destroyed && outgoing.write(Buffer.alloc(64 * 1024))) void 0
  }
  outgoing.on('drain', flood)
  flood()
}

type Answer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** Headers of the node that a client may look at. */
const PASSED = /^(content-type|retry-after|date|vary|x-floe-.*|access-control-.*)$/

async function forward(target: string, incoming: IncomingMessage): Promise<Answer> {
  return new Promise((resolve, reject) => {
    // A connection for each request: one that is kept for later would make the node wait for it when it closes.
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
            headers: Object.fromEntries(
              Object.entries(response.headers).flatMap(([name, value]) =>
                typeof value === 'string' && PASSED.test(name) ? [[name, value]] : [],
              ),
            ),
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
