// HTTP out: keep-alive pools, with a bound on connections, time and bytes for every request. It follows no redirect: a server must
// not choose another one to be asked.
//
// A server may answer before it has read the body, and undici settles a request with the response, so a response does not say that
// the body's memory is free. A body in parts does: undici asks for the next part only when the socket has drained or closed. From
// then on the operating system has the bytes, or no one needs them.
import { type Readable, getDefaultHighWaterMark } from 'node:stream'
import { Agent, type Dispatcher, request } from 'undici'
import { FloeError } from '../protocol/errors.ts'
import { type AddressRule, guardedConnector } from './addresses.ts'
import { withDeadline } from './async/deadline.ts'
import { type Clock, parseDateMs, systemClock, yieldToEventLoop } from './clock.ts'

export type HttpRequest = {
  readonly method: 'GET' | 'POST'
  readonly url: string
  /** The body; parts are sent one after the other. */
  readonly body?: Uint8Array | readonly Uint8Array[]
  readonly headers?: Record<string, string>
  /** Milliseconds for the whole exchange. */
  readonly timeoutMs: number
  /** Most bytes of the response's body; a longer one is an error, not a truncation. */
  readonly responseBytesMax: number
  readonly signal?: AbortSignal
}

export type HttpResponse = {
  readonly status: number
  readonly body: Uint8Array
  readonly contentType: string
  /** Unix milliseconds of the response's Date header, to the second, if it has one. */
  readonly dateMs: number | undefined
  /** Whether this process no longer reads the memory of the request's body. False where that is not known. */
  readonly bodyReleased: boolean
}

export type HttpClientOptions = {
  readonly clock?: Clock
  readonly connectionsPerOrigin?: number
  readonly connectTimeoutMs?: number
  /** Where it may connect to; left out: anywhere. */
  readonly addresses?: AddressRule
}

export class HttpClient {
  readonly #agent: Agent
  readonly #clock: Clock

  constructor(options: HttpClientOptions = {}) {
    const { clock = systemClock, connectionsPerOrigin = 32, connectTimeoutMs = 2_000, addresses } = options
    this.#clock = clock
    const connect = { timeout: connectTimeoutMs, noDelay: true }
    this.#agent = new Agent({
      connections: connectionsPerOrigin,
      pipelining: 1,
      connect: addresses === undefined ? connect : guardedConnector(addresses, connect),
      maxHeaderSize: 16 * 1024,
      keepAliveTimeout: 30_000,
      // The deadline of a request bounds the whole exchange.
      headersTimeout: 0,
      bodyTimeout: 0,
    })
  }

  /** @throws FloeError `unavailable` when the whole response does not come in time, or is longer than `responseBytesMax` */
  async send(outgoing: HttpRequest): Promise<HttpResponse> {
    const { method, url, timeoutMs, signal: outer } = outgoing
    const deadline = { clock: this.#clock, timeoutMs, signals: [outer], reason: () => timedOut(timeoutMs) }
    try {
      return await withDeadline(deadline, async (signal) => exchange(this.#agent, outgoing, signal))
    } catch (error) {
      if (error instanceof ResponseTooLong) throw error
      const reason = outer?.aborted === true ? 'the request was cancelled' : messageOf(error)
      throw new FloeError('unavailable', `${method} ${url}: ${reason}.`, { cause: error })
    }
  }

  /** Ends all connections, and with them the requests in flight. */
  async close(): Promise<void> {
    await this.#agent.destroy()
  }
}

/** A GET over `http`, as the client library asks storage nodes; `webGet` is the same in a browser. */
export function httpGet(
  http: Pick<HttpClient, 'send'>,
): (
  request: Pick<HttpRequest, 'url' | 'timeoutMs' | 'signal'> & { readonly bytesMax: number },
) => Promise<HttpResponse> {
  return async ({ bytesMax, ...request }) =>
    http.send({ method: 'GET', responseBytesMax: bytesMax, ...request })
}

async function exchange(agent: Agent, outgoing: HttpRequest, signal: AbortSignal): Promise<HttpResponse> {
  const { method, url, responseBytesMax } = outgoing
  const sent = outgoingBody(outgoing.body)
  const response = await request(url, {
    dispatcher: agent,
    method,
    signal,
    ...(sent.body === undefined ? {} : { body: sent.body }),
    headers: { ...sent.headers, ...outgoing.headers },
  })
  const body = await readResponse(response, responseBytesMax)
  const { 'content-type': contentType, date } = response.headers
  return {
    status: response.statusCode,
    body,
    contentType: String(contentType ?? ''),
    dateMs: parseDateMs(String(date)),
    bodyReleased: sent.released(),
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function timedOut(timeoutMs: number): Error {
  return new Error(`no response within ${timeoutMs} ms`)
}

type OutgoingBody = {
  readonly body?: Uint8Array | Readable
  readonly headers: Record<string, string>
  readonly released: () => boolean
}

/**
 * Bytes of one write. A socket takes megabytes in one call and copies them within it; the bodies for ten operators would hold up
 * the event loop for ten milliseconds.
 */
const PIECE_BYTES = 256 * 1024

function outgoingBody(body: HttpRequest['body']): OutgoingBody {
  if (body === undefined) return { headers: {}, released: () => true }
  const type = { 'content-type': 'application/octet-stream' }
  const parts = body instanceof Uint8Array ? [body] : body
  const [first, last] = [parts[0], parts.at(-1)]
  // A socket asks its writer to wait for a drain only from this many bytes on; a shorter part may still be in it after that.
  const drains = last !== undefined && last.length >= getDefaultHighWaterMark(false)
  if (parts.length === 1 && first !== undefined && !drains)
    return { body: first, headers: type, released: () => false }
  let released = false
  async function* inPieces(): AsyncGenerator<Uint8Array> {
    for (const part of parts) {
      let at = 0
      // No piece is shorter than PIECE_BYTES, or the socket would not tell when it has written it.
      for (; part.length - at >= 2 * PIECE_BYTES; at += PIECE_BYTES) {
        yield part.subarray(at, at + PIECE_BYTES)
        await yieldToEventLoop()
      }
      yield part.subarray(at)
    }
    released = drains
  }
  const bytes = parts.reduce((sum, { length }) => sum + length, 0)
  // undici takes any iterable; its types know only some.
  const iterable = inPieces() as unknown as Readable
  return { body: iterable, headers: { ...type, 'content-length': String(bytes) }, released: () => released }
}

async function readResponse(response: Dispatcher.ResponseData, bytesMax: number): Promise<Uint8Array> {
  const declared = Number(response.headers['content-length'] ?? 0)
  const parts: Uint8Array[] = []
  let length = 0
  if (declared <= bytesMax) {
    for await (const part of response.body as AsyncIterable<Uint8Array>) {
      length += part.length
      if (length > bytesMax) break
      parts.push(part)
    }
    if (length <= bytesMax)
      return parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts, length)
  }
  // Destroying a body that is still arriving emits an error, for which there is no other listener.
  response.body.on('error', () => undefined).destroy()
  throw new ResponseTooLong(bytesMax, Math.max(declared, length))
}

class ResponseTooLong extends FloeError {
  constructor(bytesMax: number, bytes: number) {
    super('unavailable', `Expected a response of at most ${bytesMax} bytes, got ${bytes} or more.`)
  }
}
