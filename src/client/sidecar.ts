// The entry `floe/sidecar` of the package: a client of a sidecar's native API (docs/api.md), in Node and in browsers. A sidecar
// answers browsers on other origins only for reads.
//
//     const sidecar = new SidecarClient({ url: 'http://127.0.0.1:4242' })
//     const { commitment } = await sidecar.put(batch)
//
// Guarantees:
// - Same errors: an error that the sidecar answers is thrown as the FloeError that it was there.
// - Bounded retries: only 429 and 503 are retried, after the sidecar's Retry-After, `retriesMax` times.
// - Bounded responses: no response takes longer than `timeoutMs` or more memory than a batch can have.
import type { Hex } from '../protocol/bytes.ts'
import { type ErrorCode, FloeError } from '../protocol/errors.ts'
import { BATCH_BYTES_MAX } from '../protocol/limits.ts'
import { linkAbort } from '../runtime/async/deadline.ts'
import { retry } from '../runtime/async/retry.ts'
import { type Clock, systemClock } from '../runtime/clock.ts'
import { systemRandom } from '../runtime/random.ts'
import { type Fetch, WebClient, type WebRequest, type WebResponse } from '../runtime/web-http.ts'
import type { CallOptions } from './call-options.ts'
import type { Status } from './sidecar-status.ts'

export type { Hex } from '../protocol/bytes.ts'
export { type ErrorCode, FloeError } from '../protocol/errors.ts'
export type { CallOptions } from './call-options.ts'
export type * from './sidecar-status.ts'

export type SidecarClientOptions = {
  /** Where the sidecar listens, such as `http://127.0.0.1:4242`. */
  readonly url: string
  /** Milliseconds for one request; 120,000 when left out, which is longer than a sidecar's own timeouts. */
  readonly timeoutMs?: number
  /** How often a request is sent again after 429 or 503; 3 when left out. */
  readonly retriesMax?: number
  /** The global `fetch` when left out. */
  readonly fetch?: Fetch
  /** For timeouts and pauses; the system's when left out. */
  readonly clock?: Clock
}

/**
 * The bytes of a batch. A stream is read once, so it is given as a function that opens it for each attempt; browsers other than
 * Chromium send bytes and blobs only.
 */
export type BatchBody = Uint8Array | Blob | (() => ReadableStream<Uint8Array>)

/** What a sidecar answers to a put. */
export type Receipt = { readonly commitment: Hex } & Readonly<Record<string, unknown>>

const TIMEOUT_MS_DEFAULT = 120_000
const STATUS_TIMEOUT_MS = 15_000
const RETRIES_MAX_DEFAULT = 3
const BACKOFF_MS = 250
const BACKOFF_MS_MAX = 4_000
/** A sidecar asks for seconds; a longer pause is the caller's decision. */
const RETRY_AFTER_MS_MAX = 30_000
const JSON_BYTES_MAX = 1024 * 1024
/** Codes that are taken from a sidecar's response; another one is judged by the response's status. */
const relayedCodes: readonly ErrorCode[] = [
  'malformed',
  'empty',
  'too-large',
  'commitment-invalid',
  'batch-invalid',
  'expired',
  'unavailable',
  'overloaded',
  'over-quota',
  'unknown-disperser',
  'no-deposit',
  'storage',
  'internal',
]

/** One exchange, apart from the URL of the sidecar and what ends it. */
type Exchange = Pick<WebRequest, 'method' | 'timeoutMs' | 'bytesMax'> & {
  readonly route: string
  readonly batch?: BatchBody
}

export class SidecarClient {
  readonly #url: string
  readonly #timeoutMs: number
  readonly #retriesMax: number
  readonly #clock: Clock
  readonly #web: WebClient
  readonly #closed = new AbortController()

  constructor(options: SidecarClientOptions) {
    this.#url = options.url.replace(/\/+$/, '')
    this.#timeoutMs = options.timeoutMs ?? TIMEOUT_MS_DEFAULT
    this.#retriesMax = options.retriesMax ?? RETRIES_MAX_DEFAULT
    this.#clock = options.clock ?? systemClock
    this.#web = new WebClient({ clock: this.#clock, fetch: options.fetch })
  }

  /**
   * Makes a batch available.
   * @throws FloeError as the sidecar answers it, or `unavailable` when it does not answer; the signal's reason when it aborts
   */
  async put(batch: BatchBody, { signal }: CallOptions = {}): Promise<Receipt> {
    const limits = { timeoutMs: this.#timeoutMs, bytesMax: JSON_BYTES_MAX }
    const receipt = await this.#json({ method: 'POST', route: '/v1/batches', batch, ...limits }, signal)
    const { commitment } = receipt
    if (typeof commitment !== 'string' || !/^0x[0-9a-f]+$/.test(commitment)) throw notASidecar(this.#url)
    return { ...receipt, commitment: commitment as Hex }
  }

  /** The batch of a commitment, as the sidecar retrieved and checked it. @throws FloeError as `put` */
  async get(commitment: string, { signal }: CallOptions = {}): Promise<Uint8Array> {
    return this.#withRetries(signal, async () => this.#send(this.#batchOf(commitment), signal))
  }

  /**
   * The batch of a commitment as a stream. It fails when the connection ends early, when `signal` aborts, and at `close`.
   * @throws FloeError as `put`, before the first byte
   */
  async stream(commitment: string, { signal }: CallOptions = {}): Promise<ReadableStream<Uint8Array>> {
    return this.#withRetries(signal, async () => {
      const request = this.#request(this.#batchOf(commitment), signal)
      const { stream, ...response } = await this.#web.open(request).catch(unreachableAt(this.#url))
      if (response.status === 200) return stream
      const body = new Uint8Array(await new Response(stream).arrayBuffer())
      throw refusal(this.#url, { ...response, body })
    })
  }

  /** The committee and the progress of batches, as the sidecar sees them. @throws FloeError as `put` */
  async status({ signal }: CallOptions = {}): Promise<Status> {
    const limits = { timeoutMs: Math.min(this.#timeoutMs, STATUS_TIMEOUT_MS), bytesMax: JSON_BYTES_MAX }
    const status = await this.#json({ route: '/v1/status', ...limits }, signal)
    if (typeof status['committee'] !== 'object' || typeof status['batches'] !== 'object')
      throw notASidecar(this.#url)
    return status as unknown as Status
  }

  /** Ends the calls in flight, and makes later ones fail. */
  close(): void {
    this.#closed.abort(new FloeError('unavailable', 'The client of the sidecar is closed.'))
  }

  #batchOf(commitment: string): Exchange {
    const route = `/v1/batches/${encodeURIComponent(commitment)}`
    return { route, timeoutMs: this.#timeoutMs, bytesMax: BATCH_BYTES_MAX }
  }

  async #json(exchange: Exchange, signal: AbortSignal | undefined): Promise<Record<string, unknown>> {
    const body = await this.#withRetries(signal, async () => this.#send(exchange, signal))
    const value = parseJson(body)
    if (value === undefined) throw notASidecar(this.#url)
    return value
  }

  /** One attempt. */
  async #send(exchange: Exchange, signal: AbortSignal | undefined): Promise<Uint8Array> {
    const response = await this.#web.send(this.#request(exchange, signal)).catch(unreachableAt(this.#url))
    if (response.status !== 200) throw refusal(this.#url, response)
    return response.body
  }

  #request({ route, batch, ...limits }: Exchange, signal: AbortSignal | undefined): WebRequest {
    const request = { ...limits, url: `${this.#url}${route}`, signals: [signal, this.#closed.signal] }
    if (batch === undefined) return request
    return { ...request, body: typeof batch === 'function' ? batch() : batch }
  }

  async #withRetries<T>(signal: AbortSignal | undefined, attempt: () => Promise<T>): Promise<T> {
    const stop = new AbortController()
    const unlink = linkAbort(stop, [signal, this.#closed.signal])
    const policy = {
      clock: this.#clock,
      attemptsMax: 1 + this.#retriesMax,
      backoffMs: BACKOFF_MS,
      backoffMsMax: BACKOFF_MS_MAX,
      retryAfterMsMax: RETRY_AFTER_MS_MAX,
      random: systemRandom,
      retryIf: isWorthRetrying,
      signal: stop.signal,
    }
    try {
      return await retry(policy, attempt)
    } catch (error) {
      stop.signal.throwIfAborted()
      throw error
    } finally {
      unlink()
    }
  }
}

/** A response that asks for a retry, soon enough. A request without a response may have been carried out, so it is not repeated. */
function isWorthRetrying({ facts, retryAfterSeconds = 0 }: FloeError): boolean {
  const { status } = facts
  return (status === 429 || status === 503) && retryAfterSeconds * 1000 <= RETRY_AFTER_MS_MAX
}

function parseJson(body: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(body))
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

function notASidecar(url: string): FloeError {
  return new FloeError('configuration', `Expected a Floe sidecar at ${url}, got another response.`, {
    remedy: 'Correct --url or FLOE_URL.',
  })
}

/** Rethrows the error of a request that got no response, with a hint where nothing listens. */
function unreachableAt(url: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof FloeError) || !nothingListens(error)) throw error
    throw new FloeError('unavailable', `No sidecar answers at ${url}.`, {
      remedy: 'Start one with floe devnet, or name another with --url or FLOE_URL.',
      cause: error,
    })
  }
}

/** Whether a connection was refused or a name is not known; `fetch` of Node wraps the reason, browsers hide it. */
function nothingListens(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { code } = cause as { code?: unknown }
    if (code === 'ECONNREFUSED' || code === 'ENOTFOUND') return true
  }
  return false
}

/** The error that a sidecar answered. */
function refusal(url: string, { status, body, retryAfterSeconds }: WebResponse): FloeError {
  const { code, message } = parseJson(body) ?? {}
  const text = typeof message === 'string' ? message : `${url} answered with status ${status}.`
  const relayed = relayedCodes.find((known) => known === code)
  const byStatus = status >= 500 || status === 429 ? 'unavailable' : 'configuration'
  const after = retryAfterSeconds === undefined ? {} : { retryAfterSeconds }
  return new FloeError(relayed ?? byStatus, text, { facts: { status }, ...after })
}
