// HTTP out by `fetch`, for code that also runs in browsers: every request is bounded in time and bytes, like those of
// http-client.ts. Uses only what Chromium, Firefox and Safari have in common: a stream is read with a reader, not `for await`.
import { concatBytes } from '../protocol/bytes.ts'
import { FloeError } from '../protocol/errors.ts'
import { linkAbort, startDeadline, untilAborted } from './async/deadline.ts'
import type { Clock } from './clock.ts'

export type Fetch = typeof globalThis.fetch

export type WebRequest = {
  readonly method?: 'GET' | 'POST'
  readonly url: string
  readonly body?: Uint8Array | Blob | ReadableStream<Uint8Array>
  /** Milliseconds for the whole exchange. */
  readonly timeoutMs: number
  /** Most bytes of the response's body; a longer one is an error, not a truncation. */
  readonly bytesMax: number
  /** Each of them ends the request. */
  readonly signals?: readonly (AbortSignal | undefined)[]
}

export type WebResponse = {
  readonly status: number
  readonly body: Uint8Array
  /** From the response's Retry-After header, where it names seconds. */
  readonly retryAfterSeconds: number | undefined
}

export type WebStream = Omit<WebResponse, 'body'> & { readonly stream: ReadableStream<Uint8Array> }

export type WebClientOptions = {
  readonly clock: Clock
  /** The global `fetch` when left out. */
  readonly fetch?: Fetch | undefined
}

/** The reason of the abort when a body has arrived whole; one object, so that ending a request builds no stack. */
const FINISHED = new Error('the body has ended')

/** Requests by `fetch`. It follows no redirect: a server must not choose another one to be asked. */
export class WebClient {
  readonly #clock: Clock
  readonly #fetch: Fetch

  constructor({ clock, fetch }: WebClientOptions) {
    this.#clock = clock
    // Looked up for each request and called without an object: browsers refuse `fetch` as another object's method.
    this.#fetch = fetch ?? (async (...request) => globalThis.fetch(...request))
  }

  /**
   * Sends a request and reads its whole response.
   * @throws FloeError `unavailable`; the reason of a signal that aborts
   */
  async send(request: WebRequest): Promise<WebResponse> {
    const { timeoutMs, signals = [] } = request
    const deadline = startDeadline({ clock: this.#clock, timeoutMs, signals })
    try {
      const response = await this.#request(request, deadline.signal)
      const body = await readAtMost(response, request)
      return { status: response.status, body, retryAfterSeconds: retryAfterOf(response) }
    } catch (error) {
      throw failure(request, deadline.expired(), error)
    } finally {
      deadline.release()
    }
  }

  /**
   * Sends a request and resolves when the headers of its response have arrived. The body is a stream, which fails after `bytesMax`
   * bytes, when no byte arrives for `timeoutMs`, and when a signal aborts.
   * @throws FloeError `unavailable`; the reason of a signal that aborts
   */
  async open(request: WebRequest): Promise<WebStream> {
    const stop = new AbortController()
    const unlink = linkAbort(stop, request.signals ?? [])
    const end = (reason: unknown): void => {
      unlink()
      stop.abort(reason)
    }
    const within = async <T>(promise: Promise<T>): Promise<T> => this.#within(request, stop.signal, promise)
    try {
      const response = await within(this.#request(request, stop.signal))
      const reader = (response.body ?? new Blob([]).stream()).getReader()
      const { status } = response
      const stream = boundedStream({ reader, request, within, end })
      return { status, retryAfterSeconds: retryAfterOf(response), stream }
    } catch (error) {
      end(error)
      throw error
    }
  }

  /** What `promise` resolves with, in time. */
  async #within<T>(request: WebRequest, signal: AbortSignal, promise: Promise<T>): Promise<T> {
    const deadline = startDeadline({ clock: this.#clock, timeoutMs: request.timeoutMs, signals: [signal] })
    try {
      return await untilAborted(promise, deadline.signal)
    } catch (error) {
      throw failure(request, deadline.expired(), error)
    } finally {
      deadline.release()
    }
  }

  async #request({ method = 'GET', url, body }: WebRequest, signal: AbortSignal): Promise<Response> {
    const request = { method, signal, redirect: 'error' as const }
    if (body === undefined) return this.#fetch(url, request)
    const headers = { 'content-type': 'application/octet-stream' }
    // A stream needs `duplex`, which the types do not know.
    return this.#fetch(url, { ...request, headers, body, duplex: 'half' } as RequestInit)
  }
}

/** A GET over `client`, as the client library asks storage nodes. */
export function webGet(
  client: Pick<WebClient, 'send'>,
): (
  request: Pick<WebRequest, 'url' | 'timeoutMs' | 'bytesMax'> & { readonly signal: AbortSignal },
) => Promise<WebResponse> {
  return async ({ signal, ...request }) => client.send({ ...request, signals: [signal] })
}

async function readAtMost(response: Response, { bytesMax, url }: WebRequest): Promise<Uint8Array> {
  const reader = response.body?.getReader()
  const parts: Uint8Array[] = []
  let length = 0
  while (reader !== undefined) {
    const { done, value } = await reader.read()
    if (done) break
    length += value.length
    if (length > bytesMax) {
      await reader.cancel().catch(() => undefined)
      throw tooLong(url, bytesMax)
    }
    parts.push(value)
  }
  return parts.length === 1 ? (parts[0] as Uint8Array) : concatBytes(...parts)
}

type BodyOptions = {
  readonly reader: ReadableStreamDefaultReader<Uint8Array>
  readonly request: WebRequest
  readonly within: <T>(promise: Promise<T>) => Promise<T>
  /** Frees what the exchange holds; later calls do nothing. */
  readonly end: (reason: unknown) => void
}

function boundedStream({ reader, request, within, end }: BodyOptions): ReadableStream<Uint8Array> {
  let length = 0
  return new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      try {
        const { done, value } = await within(reader.read())
        length += value?.length ?? 0
        if (length > request.bytesMax) throw tooLong(request.url, request.bytesMax)
        if (value !== undefined) controller.enqueue(value)
        if (!done) return
        controller.close()
        end(FINISHED)
      } catch (error) {
        end(error)
        throw error
      }
    },
    cancel: (reason) => end(reason),
  })
}

function retryAfterOf({ headers }: Response): number | undefined {
  const text = headers.get('retry-after') ?? ''
  return /^\d{1,6}$/.test(text) ? Number(text) : undefined
}

function tooLong(url: string, bytesMax: number): FloeError {
  return new FloeError('unavailable', `Expected at most ${bytesMax} bytes from ${url}, got more.`)
}

/** The error of a request: the reason of the signal where one aborted. */
function failure(request: WebRequest, expired: boolean, error: unknown): unknown {
  if (error instanceof FloeError) return error
  const { method = 'GET', url, timeoutMs, signals = [] } = request
  const aborted = signals.find((signal) => signal?.aborted === true)
  if (aborted !== undefined) return aborted.reason
  const reason = expired ? `no response within ${timeoutMs} ms` : String(error)
  return new FloeError('unavailable', `${method} ${url}: ${reason}.`, { cause: error })
}
