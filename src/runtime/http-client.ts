// HTTP out: keep-alive pools with a bound on connections, time and bytes for every request.
//
// A server may answer before it has read the body, and undici settles a request with the answer, so an answer says nothing
// about the body's memory. A body in parts does: it is asked for the part after the last one only when the socket has drained or
// closed. Then the operating system has the bytes, or nobody wants them any more.
import { type Readable, getDefaultHighWaterMark } from 'node:stream'
import { Agent, type Dispatcher, request } from 'undici'
import { FloeError } from '../protocol/errors.ts'

export type HttpRequest = {
  readonly method: 'GET' | 'POST'
  readonly url: string
  /** The body; in parts, they are sent one after the other. */
  readonly body?: Uint8Array | readonly Uint8Array[]
  readonly headers?: Record<string, string>
  /** Milliseconds for the whole exchange. */
  readonly timeoutMs: number
  /** Most bytes that the answer's body may have; more is an error, not a truncation. */
  readonly responseBytesMax: number
  readonly signal?: AbortSignal
}

export type HttpResponse = {
  readonly status: number
  readonly body: Uint8Array
  readonly contentType: string
  /** Unix milliseconds of the answer's Date header, to the second, if it has one. */
  readonly dateMs: number | undefined
  /** Whether nothing here reads the request's body any more. False where that cannot be told. */
  readonly bodyReleased: boolean
}

export type HttpClient = {
  /** @throws FloeError `unavailable` when there is no answer in time, or it is longer than it may be */
  send(request: HttpRequest): Promise<HttpResponse>
  close(): Promise<void>
}

export type HttpClientLimits = { connectionsPerOrigin: number; connectTimeoutMs: number }

const defaultHttpClientLimits: HttpClientLimits = { connectionsPerOrigin: 32, connectTimeoutMs: 2_000 }

export function createHttpClient(limits: HttpClientLimits = defaultHttpClientLimits): HttpClient {
  const agent = new Agent({
    connections: limits.connectionsPerOrigin,
    pipelining: 1,
    connect: { timeout: limits.connectTimeoutMs, noDelay: true },
    maxHeaderSize: 16 * 1024,
    keepAliveTimeout: 30_000,
  })
  return { send: async (outgoing) => send(agent, outgoing), close: async () => agent.destroy() }
}

/** What webGet is in a browser, by `http`: a GET bounded in time and bytes. */
export function getBy(
  http: Pick<HttpClient, 'send'>,
): (
  request: Pick<HttpRequest, 'url' | 'timeoutMs' | 'signal'> & { readonly bytesMax: number },
) => Promise<HttpResponse> {
  return async ({ bytesMax, ...request }) =>
    http.send({ method: 'GET', responseBytesMax: bytesMax, ...request })
}

async function send(agent: Dispatcher, outgoing: HttpRequest): Promise<HttpResponse> {
  const { method, url, timeoutMs, responseBytesMax } = outgoing
  const limit = limitedSignal(outgoing.signal, timeoutMs)
  const sent = outgoingBody(outgoing.body)
  try {
    const response = await request(url, {
      dispatcher: agent,
      method,
      signal: limit.signal,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      ...(sent.body === undefined ? {} : { body: sent.body }),
      headers: { ...sent.headers, ...outgoing.headers },
    })
    const body = await readResponse(response, responseBytesMax)
    const { 'content-type': contentType, date } = response.headers
    return {
      status: response.statusCode,
      body,
      contentType: String(contentType ?? ''),
      dateMs: timeOf(date),
      bodyReleased: sent.released(),
    }
  } catch (error) {
    if (error instanceof FloeError) throw error
    const said = error instanceof Error ? error.message : String(error)
    const reason = limit.timedOut() ? `no answer within ${timeoutMs} ms` : said
    throw new FloeError('unavailable', `${method} ${url}: ${reason}.`, { cause: error })
  } finally {
    limit.end()
  }
}

function timeOf(date: string | string[] | undefined): number | undefined {
  const ms = new Date(String(date)).getTime()
  return Number.isNaN(ms) ? undefined : ms
}

type OutgoingBody = {
  readonly body?: Uint8Array | Readable
  readonly headers: Record<string, string>
  readonly released: () => boolean
}

/**
 * Bytes that are written at once. A socket takes megabytes in one call and copies them there and then; bodies for ten operators
 * would hold up the event loop for ten milliseconds.
 */
const PIECE_BYTES = 256 * 1024

function outgoingBody(body: HttpRequest['body']): OutgoingBody {
  if (body === undefined) return { headers: {}, released: () => true }
  const type = { 'content-type': 'application/octet-stream' }
  const parts = body instanceof Uint8Array ? [body] : body
  const [first, last] = [parts[0], parts.at(-1)]
  // A socket asks to wait for its drain only from this many bytes on; shorter parts may still be in it when the next is asked for.
  const drains = last !== undefined && last.length >= getDefaultHighWaterMark(false)
  if (parts.length === 1 && first !== undefined && !drains)
    return { body: first, headers: type, released: () => false }
  let released = false
  async function* inPieces(): AsyncGenerator<Uint8Array> {
    for (const part of parts) {
      let at = 0
      // No piece is shorter than that, or the socket would not tell when it is done with it.
      for (; part.length - at >= 2 * PIECE_BYTES; at += PIECE_BYTES) {
        yield part.subarray(at, at + PIECE_BYTES)
        await new Promise((resolve) => setImmediate(resolve))
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

/**
 * A signal that aborts with `outer`, or after `timeoutMs`. AbortSignal.any and AbortSignal.timeout would do the same and leave
 * their garbage to finalizers, seven times a put.
 */
function limitedSignal(
  outer: AbortSignal | undefined,
  timeoutMs: number,
): { signal: AbortSignal; timedOut: () => boolean; end: () => void } {
  const controller = new AbortController()
  const abort = (): void => controller.abort()
  let timedOut = false
  const timer = setTimeout(() => {
    timedOut = true
    abort()
  }, timeoutMs)
  if (outer?.aborted === true) abort()
  else outer?.addEventListener('abort', abort, { once: true })
  const end = (): void => {
    clearTimeout(timer)
    outer?.removeEventListener('abort', abort)
  }
  return { signal: controller.signal, timedOut: () => timedOut, end }
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
  // Destroying a body that is still arriving is an error of the body, which nobody else listens for.
  response.body.on('error', () => undefined).destroy()
  throw new FloeError(
    'unavailable',
    `Expected an answer of at most ${bytesMax} bytes, got ${Math.max(declared, length)} or more.`,
  )
}
