// The HTTP API of a storage node (docs/api.md): handlers parse a request, call the service, and send the response.
//
//     POST /v1/dispersals                                   src/protocol/dispersal.ts → attestation
//     POST /v1/attestations                                 { epoch, digests } → attestation
//     GET  /v1/batches/{digest}                             header, disperserSignature, pairs, attestation
//     GET  /v1/headers/{digest}                             header, disperserSignature: also after the batch was deleted
//     GET  /v1/batches/{digest}/{rows|columns}/{pair}       a sliver with its proof
//     GET  /v1/batches/{digest}/{rows|columns}/{pair}/symbols/{index}
//     GET  /v1/health (or /health, as on a sidecar), GET /v1/ready (or /ready), GET /metrics
import type { Express, Request, Response } from 'express'
import * as z from 'zod'
import type { Committees } from '../l1/committees.ts'
import type { HeadWatch } from '../l1/head-watch.ts'
import type { Hex } from '../protocol/bytes.ts'
import { memberIndexOf } from '../protocol/committee.ts'
import { FloeError, asFloeError } from '../protocol/errors.ts'
import { POST_HEADERS_MAX } from '../protocol/limits.ts'
import type { Side } from '../protocol/sliver.ts'
import { BodyReader } from '../runtime/body-reader.ts'
import type { Clock } from '../runtime/clock.ts'
import { type CorsOrigins, allowReads } from '../runtime/http-cors.ts'
import {
  type ListenerOptions,
  answerErrors,
  clientOf,
  declaredLength,
  discardRest,
  newApp,
  noRoute,
  tooLarge,
} from '../runtime/http-server.ts'
import { withMinimumPace } from '../runtime/pace.ts'
import type { Logger } from '../runtime/logger.ts'
import { serveMetrics } from '../runtime/metrics.ts'
import type { SliverStore } from '../store/sliver-store.ts'
import type { DispersalIntake } from './dispersal-intake.ts'
import type { HeaderAttester, HeaderList } from './header-attester.ts'
import type { NodeMetrics } from './node-metrics.ts'
import type { ServedBytes, SliverName, SliverServing } from './serving.ts'
import { sendBody } from '../runtime/http-send.ts'

export type NodeApiOptions = {
  readonly intake: DispersalIntake
  readonly serving: SliverServing
  readonly sliverStore: Pick<SliverStore, 'header' | 'usage'>
  readonly headerAttester: HeaderAttester
  readonly committees: Pick<Committees, 'current'>
  readonly headWatch: Pick<HeadWatch, 'requireRecent'>
  readonly metrics: NodeMetrics
  readonly clock: Clock
  readonly logger: Logger
  /** Where the routes are served. */
  readonly listener: ListenerOptions
  /** Origins whose pages may read. */
  readonly corsOrigins: CorsOrigins
  /** Version of the program, for the health route. */
  readonly version: string
}

/** An express application with the routes of a storage node. */
export function nodeApp(options: NodeApiOptions): Express {
  const api = new NodeApi(options)
  const app = newApp(options.listener)
  app.use(['/v1', '/health', '/ready'], allowReads(options.corsOrigins))
  app.post('/v1/dispersals', async (request, response) => api.postDispersal(request, response))
  app.post('/v1/attestations', async (request, response) => api.postAttestations(request, response))
  app.get('/v1/batches/:digest', async (request, response) => api.getBatch(request.params.digest, response))
  app.get('/v1/headers/:digest', (request, response) => api.getHeader(request.params.digest, response))
  for (const side of ['row', 'column'] as const) {
    app.get(`/v1/batches/:digest/${side}s/:pair`, async (request, response) =>
      api.getSliver(sliverNameOf(side, request.params), request, response),
    )
    app.get(`/v1/batches/:digest/${side}s/:pair/symbols/:index`, async (request, response) => {
      const name = sliverNameOf(side, request.params)
      await api.getSymbol(name, indexOf(request.params.index, 'symbol'), request, response)
    })
  }
  addOperationsRoutes(app, api, options)
  app.use(noRoute, answerErrors(options.logger))
  return app
}

/** What operators and their tools ask, on an address of its own: it answers when clients hold all connections of the other one. */
export function nodeOperationsApp(options: NodeApiOptions, listener: ListenerOptions): Express {
  const app = newApp(listener)
  addOperationsRoutes(app, new NodeApi(options), options)
  app.use(noRoute, answerErrors(options.logger))
  return app
}

function addOperationsRoutes(app: Express, api: NodeApi, { headWatch, metrics }: NodeApiOptions): void {
  app.get(['/v1/health', '/health'], async (_request, response) => api.getHealth(response))
  app.get(['/v1/ready', '/ready'], (_request, response) => {
    headWatch.requireRecent()
    response.json({ status: 'ok' })
  })
  app.get('/metrics', serveMetrics(metrics.metrics))
}

/** Two quotes, a comma and 66 characters for each digest, and as much again for white space. */
const ATTESTATIONS_BYTES_MAX: number = 2 * 69 * POST_HEADERS_MAX

const HEADER_LIST = z.strictObject({
  epoch: z.int().min(0).max(0xffffffff),
  digests: z
    .array(z.string().regex(/^0x[0-9a-fA-F]{64}$/))
    .min(1)
    .max(POST_HEADERS_MAX),
})

class NodeApi {
  readonly #options: NodeApiOptions

  constructor(options: NodeApiOptions) {
    this.#options = options
  }

  async postDispersal(request: Request, response: Response): Promise<void> {
    const { intake, metrics, clock } = this.#options
    const startMs = clock.monotonic()
    const count = (outcome: string): void => metrics.dispersal(outcome, (clock.monotonic() - startMs) / 1000)
    try {
      const incoming = {
        declaredBytes: declaredLength(request),
        body: new BodyReader(request),
        client: clientOf(request),
      }
      const { attestation, outcome } = await intake.accept(incoming)
      count(outcome)
      // The body of a batch that was stored already has not been read.
      discardRest(request)
      response.json(attestation)
    } catch (error) {
      count(asFloeError(error).code)
      throw error
    }
  }

  async postAttestations(request: Request, response: Response): Promise<void> {
    const { headerAttester, metrics } = this.#options
    try {
      const list = parseHeaderList(await this.#readBody(request, ATTESTATIONS_BYTES_MAX))
      response.json(await headerAttester.attest(list))
      metrics.attestation('attested')
    } catch (error) {
      metrics.attestation(asFloeError(error).code)
      throw error
    }
  }

  /** Pairs that were stored under another key of this operator are served, but this key does not attest them. */
  async getBatch(digestText: string, response: Response): Promise<void> {
    const { serving, headerAttester } = this.#options
    const digest = digestOf(digestText)
    const { header, signature: disperserSignature, pairs } = serving.batch(digest)
    const attestation = (await headerAttester.repeat(digest)) ?? null
    response.json({ header, disperserSignature, pairs, signer: headerAttester.signer, attestation })
  }

  getHeader(digestText: string, response: Response): void {
    const digest = digestOf(digestText)
    const kept = this.#options.sliverStore.header(digest)
    if (kept === undefined) {
      throw new FloeError('not-held', `The header ${digest} is not stored here.`, {
        facts: { digest },
        remedy: 'Ask the other members of the committee, or the sidecar of its disperser.',
      })
    }
    response.json({ header: kept.header, disperserSignature: kept.signature })
  }

  async getSliver(name: SliverName, request: Request, response: Response): Promise<void> {
    const { serving, metrics } = this.#options
    const served = await serving.sliver(name, clientOf(request))
    metrics.served('sliver', name.side, await this.#send(response, served))
  }

  async getSymbol(name: SliverName, index: number, request: Request, response: Response): Promise<void> {
    const { serving, metrics } = this.#options
    const served = await serving.symbol(name, index, clientOf(request))
    metrics.served('symbol', name.side, await this.#send(response, served))
  }

  async getHealth(response: Response): Promise<void> {
    const { committees, headerAttester, sliverStore, version } = this.#options
    const { signer } = headerAttester
    const committee = await committees.current().catch(() => undefined)
    const member = committee?.members[memberIndexOf(committee, signer)]
    const status = committee === undefined ? 'no-l1' : member === undefined ? 'no-member' : 'ok'
    const { batches, storedBytes } = sliverStore.usage.totals()
    const shards = member?.shards.length ?? 0
    response.json({ status, signer, epoch: committee?.epoch ?? null, shards, batches, storedBytes, version })
  }

  async #readBody(request: Request, bytesMax: number): Promise<Buffer> {
    const bytes = declaredLength(request)
    if (bytes === undefined) {
      throw new FloeError('malformed', 'Expected a Content-Length, got none.', {
        remedy: 'Send the body with its length, not chunked.',
      })
    }
    if (bytes > bytesMax) throw tooLarge(bytesMax, bytes)
    const body = Buffer.alloc(bytes)
    const reader = new BodyReader(request)
    await withMinimumPace(this.#options.clock, async (signal, onProgress) =>
      reader.fill(body, signal, onProgress),
    )
    return body
  }

  /**
   * Sends a response, and releases its memory once it has been sent, or the reader has disconnected or is too slow.
   * @returns the bytes that were sent
   */
  async #send(response: Response, { parts, release }: ServedBytes): Promise<number> {
    try {
      response.type('application/octet-stream')
      const sending = await sendBody(this.#options.clock, response, parts)
      return sending === 'sent' ? parts.reduce((sum, part) => sum + part.length, 0) : 0
    } finally {
      release()
    }
  }
}

function parseHeaderList(body: Buffer): HeaderList {
  let value: unknown
  try {
    value = JSON.parse(body.toString('utf8'))
  } catch (error) {
    throw new FloeError('malformed', 'Expected a body of JSON.', { cause: error })
  }
  const parsed = HEADER_LIST.safeParse(value)
  if (parsed.success) {
    const { epoch, digests } = parsed.data
    return { epoch, digests: digests.map((digest) => digest.toLowerCase() as Hex) }
  }
  const issue = parsed.error.issues[0]
  const path = issue?.path.join('.') ?? ''
  throw new FloeError(
    'malformed',
    `Expected { "epoch": number, "digests": [1…${POST_HEADERS_MAX} digests] }; ${path}: ${issue?.message ?? ''}.`,
  )
}

function sliverNameOf(side: Side, { digest, pair }: { digest: string; pair: string }): SliverName {
  return { digest: digestOf(digest), side, pair: indexOf(pair, 'pair') }
}

function digestOf(text: string): Hex {
  if (/^0x[0-9a-fA-F]{64}$/.test(text)) return text.toLowerCase() as Hex
  throw new FloeError('malformed', `Expected a digest of 32 bytes, 0x and 64 digits, got ${quoted(text)}.`)
}

/** Shards and symbols are counted in one byte. The smaller bound of a batch is checked where the batch is known. */
function indexOf(text: string, what: string): number {
  const index = /^(0|[1-9][0-9]{0,2})$/.test(text) ? Number(text) : 256
  if (index <= 255) return index
  throw new FloeError('malformed', `Expected a ${what} in 0…255, got ${quoted(text)}.`)
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 80))
}
