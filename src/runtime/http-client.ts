// HTTP out: keep-alive pools with a bound on connections, time and bytes for every request.
import { Agent, type Dispatcher, request } from 'undici'
import { FloeError } from '../protocol/errors.ts'

export type HttpRequest = {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly body?: Uint8Array
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

async function send(agent: Dispatcher, outgoing: HttpRequest): Promise<HttpResponse> {
  const { method, url, timeoutMs, responseBytesMax } = outgoing
  const limit = limitedSignal(outgoing.signal, timeoutMs)
  try {
    const response = await request(url, {
      dispatcher: agent,
      method,
      signal: limit.signal,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      ...(outgoing.body === undefined ? {} : { body: outgoing.body }),
      headers: {
        ...(outgoing.body === undefined ? {} : { 'content-type': 'application/octet-stream' }),
        ...outgoing.headers,
      },
    })
    const body = await readResponse(response, responseBytesMax)
    const { 'content-type': contentType, date } = response.headers
    return { status: response.statusCode, body, contentType: String(contentType ?? ''), dateMs: timeOf(date) }
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
