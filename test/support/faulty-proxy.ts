// An endpoint of a storage node with faults: it forwards requests to the real node, and changes the answers as its fault says. An
// error of a fault is thrown when the proxy is closed, so that it fails the test that owns the proxy.
import { type IncomingMessage, type Server, type ServerResponse, createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { systemClock } from '../../src/runtime/clock.ts'
import { BackgroundErrors } from './background-errors.ts'

/** The request to which a changed answer belongs. */
export type Asked = { readonly path: string; readonly body: Buffer }

/** What the proxy does with the answer of the node. */
export type Fault =
  | { readonly kind: 'none' }
  /** It closes the connection. */
  | { readonly kind: 'cut' }
  /** It never answers. */
  | { readonly kind: 'stall' }
  /** It answers with a body without an end. */
  | { readonly kind: 'endless' }
  /** It answers once the promise has settled: the test decides how slow the node is. */
  | { readonly kind: 'held'; readonly until: Promise<unknown> }
  /** It answers after that many milliseconds. */
  | { readonly kind: 'slow'; readonly ms: number }
  /** It sends the head of the answer and half of its body, and keeps the connection open. */
  | { readonly kind: 'half' }
  /** It changes answers with status 200 to requests whose `METHOD path` matches `of`, and forwards all others unchanged. */
  | { readonly kind: 'change'; readonly of: RegExp; readonly change: (body: Buffer, asked: Asked) => Buffer }

export class FaultyProxy implements AsyncDisposable {
  fault: Fault = { kind: 'none' }
  /** The requests that arrived, as `METHOD path`. */
  readonly seen: string[] = []
  /** Bytes of the bodies of forwarded answers. */
  bytesPassed = 0
  readonly #server: Server
  readonly #target: () => string
  readonly #errors = new BackgroundErrors('a faulty proxy')

  /** @param target returns the URL of the node; called for every request */
  static async start(target: () => string): Promise<FaultyProxy> {
    const proxy = new FaultyProxy(target)
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve))
    return proxy
  }

  private constructor(target: () => string) {
    this.#target = target
    this.#server = createServer((incoming, outgoing) => {
      // Clients close connections on purpose in these tests; that is no error of the proxy.
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
        await systemClock.sleep(fault.ms)
        break
      case 'none':
      case 'half':
      case 'change':
        break
    }
    // The client has closed the connection meanwhile.
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

/** Headers of the node that clients read. */
const PASSED = /^(content-type|retry-after|date|vary|x-floe-.*|access-control-.*)$/

async function forward(target: string, incoming: IncomingMessage): Promise<Answer> {
  return new Promise((resolve, reject) => {
    // A new connection for each request: the node would wait for a kept connection when it closes.
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
