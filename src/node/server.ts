// The HTTP face of a storage node: thin shells that parse, ask the functions next door, and answer.
//
//     POST /v1/dispersals                                   src/protocol/dispersal.ts → attestation
//     POST /v1/attestations                                 { epoch, digests } → attestation
//     GET  /v1/batches/{digest}                             header, signature, pairs, attestation
//     GET  /v1/batches/{digest}/{rows|columns}/{pair}       a sliver with its proof
//     GET  /v1/batches/{digest}/{rows|columns}/{pair}/symbols/{index}
//     GET  /v1/health (or /health, as on a sidecar), GET /metrics
import express, { type Express, type Request, type RequestHandler, type Response } from 'express'
import * as z from 'zod'
import type { Hex } from '../protocol/bytes.ts'
import { FloeError, asFloeError } from '../protocol/errors.ts'
import { memberIndexOf } from '../protocol/committee.ts'
import { POST_HEADERS_MAX } from '../protocol/limits.ts'
import type { Side } from '../protocol/sliver.ts'
import { type Clock, unixSeconds } from '../runtime/clock.ts'
import { answerErrors, declaredLength, discardRest, noRoute, tooLarge } from '../runtime/http-server.ts'
import type { Logger } from '../runtime/logger.ts'
import { serveMetrics } from '../runtime/metrics.ts'
import { attestHeld, firstNotHeld } from './attestation.ts'
import { createBodyReader } from './body.ts'
import { type IntakeParts, takeDispersal } from './intake.ts'
import type { NodeMetrics } from './node-metrics.ts'
import {
  type Answer,
  type ServingParts,
  type SliverName,
  servedBatch,
  sliverAnswer,
  symbolAnswer,
} from './serving.ts'
import { inTime } from './transfer.ts'

export type NodeParts = {
  readonly intake: IntakeParts
  readonly serving: ServingParts
  readonly metrics: NodeMetrics
  readonly logger: Logger
  readonly version: string
}

export function nodeApp(node: NodeParts): Express {
  const app = express()
  // Slivers are named by what they hash to; an ETag would only hash them again.
  app.disable('x-powered-by').disable('etag')
  app.post('/v1/dispersals', postDispersal(node))
  app.post('/v1/attestations', postAttestations(node))
  app.get('/v1/batches/:digest', getBatch(node))
  for (const side of ['row', 'column'] as const) {
    app.get(`/v1/batches/:digest/${side}s/:pair`, getSliver(node, side))
    app.get(`/v1/batches/:digest/${side}s/:pair/symbols/:index`, getSymbol(node, side))
  }
  app.get(['/v1/health', '/health'], getHealth(node))
  app.get('/metrics', refreshMetrics(node), serveMetrics(node.metrics.metrics))
  app.use(noRoute, undecodablePath, answerErrors(node.logger))
  return app
}

function postDispersal(node: NodeParts): RequestHandler {
  const { clock } = node.intake
  return async (request, response) => {
    const start = clock.monotonic()
    const count = (outcome: string): void =>
      node.metrics.dispersal(outcome, (clock.monotonic() - start) / 1000)
    try {
      const incoming = { declaredBytes: declaredLength(request), body: createBodyReader(request) }
      const { attestation, outcome } = await takeDispersal(node.intake, incoming)
      count(outcome)
      // Held already: the body was not read, and is not wanted.
      discardRest(request)
      response.json(attestation)
    } catch (error) {
      count(asFloeError(error).code)
      throw error
    }
  }
}

/** Two quotes, a comma and 66 characters for each digest, and as much again for white space. */
const ATTESTATIONS_BYTES_MAX: number = 2 * 69 * POST_HEADERS_MAX

const HELD_LIST = z.strictObject({
  epoch: z.int().min(0).max(0xffffffff),
  digests: z
    .array(z.string().regex(/^0x[0-9a-fA-F]{64}$/))
    .min(1)
    .max(POST_HEADERS_MAX),
})

function postAttestations(node: NodeParts): RequestHandler {
  const { clock } = node.intake
  return async (request, response) => {
    try {
      const body = await readSmallBody(clock, request, ATTESTATIONS_BYTES_MAX)
      response.json(attestHeld(node.intake, parseHeldList(body), unixSeconds(clock)))
      node.metrics.attestations('attested')
    } catch (error) {
      node.metrics.attestations(asFloeError(error).code)
      throw error
    }
  }
}

async function readSmallBody(clock: Clock, request: Request, bytesMax: number): Promise<Buffer> {
  const bytes = declaredLength(request)
  if (bytes === undefined) {
    throw new FloeError('malformed', 'Expected a Content-Length, got none.', {
      remedy: 'Send the body with its length, not chunked.',
    })
  }
  if (bytes > bytesMax) throw tooLarge(bytesMax, bytes)
  const body = Buffer.alloc(bytes)
  await inTime(clock, bytes, async (signal) => createBodyReader(request).fill(body, signal))
  return body
}

function parseHeldList(body: Buffer): { epoch: number; digests: Hex[] } {
  let value: unknown
  try {
    value = JSON.parse(body.toString('utf8'))
  } catch (error) {
    throw new FloeError('malformed', 'Expected a body of JSON.', { cause: error })
  }
  const parsed = HELD_LIST.safeParse(value)
  if (parsed.success) {
    const { epoch, digests } = parsed.data
    return { epoch, digests: digests.map((digest) => digest.toLowerCase() as Hex) }
  }
  const issue = parsed.error.issues[0]
  const where = issue?.path.join('.') ?? ''
  throw new FloeError(
    'malformed',
    `Expected { "epoch": number, "digests": [1…${POST_HEADERS_MAX} digests] }; ${where}: ${issue?.message ?? ''}.`,
  )
}

function getBatch(node: NodeParts): RequestHandler<{ digest: string }> {
  const { custody, attester, clock } = node.intake
  return (request, response) => {
    const digest = digestOf(request.params.digest)
    const { header, signature, pairs } = servedBatch(node.serving, digest)
    const list = { epoch: header.epoch, digests: [digest] }
    const now = unixSeconds(clock)
    // Pairs of another key of this operator are served, but not sworn to.
    const whole = firstNotHeld(custody, attester.signer, list, now) === undefined
    const attestation = whole ? attestHeld(node.intake, list, now).signature : null
    response.json({ header, signature, pairs, signer: attester.signer, attestation })
  }
}

function getSliver(node: NodeParts, side: Side): RequestHandler<{ digest: string; pair: string }> {
  return async (request, response) => {
    const { digest, pair } = request.params
    const name: SliverName = { digest: digestOf(digest), side, pair: indexOf(pair, 'pair') }
    const answer = await sliverAnswer(node.serving, name)
    node.metrics.served('sliver', side, await sendAnswer(node, response, answer))
  }
}

function getSymbol(
  node: NodeParts,
  side: Side,
): RequestHandler<{ digest: string; pair: string; index: string }> {
  return async (request, response) => {
    const { digest, pair, index } = request.params
    const name: SliverName = { digest: digestOf(digest), side, pair: indexOf(pair, 'pair') }
    const answer = await symbolAnswer(node.serving, name, indexOf(index, 'symbol'))
    node.metrics.served('symbol', side, await sendAnswer(node, response, answer))
  }
}

/** Sends an answer and gives back its memory once it has left, or its reader has gone or is too slow. Resolves with the bytes sent. */
async function sendAnswer(node: NodeParts, response: Response, answer: Answer): Promise<number> {
  const length = answer.parts.reduce((sum, part) => sum + part.length, 0)
  try {
    await inTime(node.serving.clock, length, async (signal) => {
      await new Promise<void>((resolve) => {
        response.once('close', resolve)
        signal.addEventListener('abort', () => response.destroy(), { once: true })
        if (response.destroyed) resolve()
        response.set({ 'content-type': 'application/octet-stream', 'content-length': String(length) })
        response.cork()
        for (const part of answer.parts) response.write(part)
        response.end()
      })
    })
  } finally {
    answer.release()
  }
  return response.writableFinished ? length : 0
}

function getHealth(node: NodeParts): RequestHandler {
  const { committees, attester, custody } = node.intake
  return async (_request, response) => {
    const committee = await committees.current().catch(() => undefined)
    const member = committee?.members[memberIndexOf(committee, attester.signer)]
    const status = committee === undefined ? 'no-l1' : member === undefined ? 'no-member' : 'ok'
    response.json({
      status,
      signer: attester.signer,
      epoch: committee?.epoch ?? null,
      shards: member?.shards ?? 0,
      ...custody.usage.totals(),
      version: node.version,
    })
  }
}

function refreshMetrics(node: NodeParts): RequestHandler {
  return (_request, _response, next) => {
    node.metrics.refresh()
    next()
  }
}

/** Express fails with a status of its own where a path cannot be decoded; it is the client's error, not ours. */
const undecodablePath = (
  thrown: unknown,
  request: Request,
  _response: Response,
  next: (error: unknown) => void,
): void => {
  const { status } = (thrown ?? {}) as { status?: unknown }
  const foreign =
    !(thrown instanceof FloeError) && typeof status === 'number' && status >= 400 && status < 500
  next(foreign ? new FloeError('malformed', `Cannot decode the path ${request.url.slice(0, 200)}.`) : thrown)
}

function digestOf(text: string): Hex {
  if (/^0x[0-9a-fA-F]{64}$/.test(text)) return text.toLowerCase() as Hex
  throw new FloeError('malformed', `Expected a digest of 32 bytes, 0x and 64 digits, got ${shown(text)}.`)
}

/** Shards and symbols are counted in one byte; whether a batch has that many is told where the batch is known. */
function indexOf(text: string, what: string): number {
  const index = /^(0|[1-9][0-9]{0,2})$/.test(text) ? Number(text) : 256
  if (index <= 255) return index
  throw new FloeError('malformed', `Expected a ${what} in 0…255, got ${shown(text)}.`)
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 80))
}
