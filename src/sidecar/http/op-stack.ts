// The OP Stack's Alt-DA interface with generic commitments: op-batcher puts, op-node gets (github.com/ethereum-optimism/specs,
// alt-da.md). Where op-alt-da/daclient.go differs from it, this follows the client: a put is answered with the raw commitment.
//
// `/put` and `/put/` are both served without a redirect, because Go's client turns a redirected POST into a GET. Errors have an empty
// body, because that client leaks the connection of an error with a body. A fork's client reads the body of a 418.
import { type ErrorRequestHandler, type Request, type Response, Router } from 'express'
import { fromHex } from '../../protocol/bytes.ts'
import { type ErrorCode, FloeError } from '../../protocol/errors.ts'
import { answerErrorHead, requestError } from '../../runtime/http-server.ts'
import type { Logger } from '../../runtime/logger.ts'
import { type OpAnswers, inclusionBlock, isForkRequest } from '../op-stack/dialect.ts'
import type { Sidecar } from '../service.ts'
import { putBody } from './batch-body.ts'
import { sendBatch } from './batch-response.ts'

const QUOTED_CHARACTERS_MAX = 80
const HEADER_CHARACTERS_MAX = 500
/**
 * Status codes of EigenDA's proxy. Its clients panic at any other: the commitment cannot be parsed, was included too late, is
 * invalid; the batch is invalid.
 */
const [NOT_PARSED, INCLUDED_LATE, COMMITMENT_INVALID, BATCH_INVALID] = [1, 2, 3, 4]
/** Characters of the message beside them, of which such a client reads 5,000 bytes. */
const MESSAGE_CHARACTERS_MAX = 1_000

export function opStackInterface(sidecar: Sidecar): Router {
  const router = Router()
  router.all(['/put', '/put/'], async (request, response, next) => {
    if (request.method !== 'POST' && request.method !== 'PUT') {
      next()
      return
    }
    const { commitment } = await putBody(sidecar, request)
    response.type('application/octet-stream').send(Buffer.from(fromHex(commitment)))
  })
  router.all('/put/:commitment', (request) => {
    const commitment = request.params.commitment.slice(0, QUOTED_CHARACTERS_MAX)
    throw new FloeError('malformed', `Expected a put without a commitment, got ${commitment}.`, {
      remedy: 'Use generic commitments: --altda.da-service=true on op-batcher and op-node.',
    })
  })
  router.get('/get/:commitment', async (request, response) => {
    const block = inclusionBlock(request)
    const check = block === undefined ? undefined : { check: sidecar.inclusionCheck, block }
    await sendBatch(sidecar, request, response, {
      conditional: false,
      beforeRetrieval: async (checked) => check?.check.check(checked, check.block),
    })
  })
  return router
}

/** Answers errors of these routes as their clients need it, also those that were thrown before the routes. */
export function answerOpErrors(logger: Logger, answers: OpAnswers): ErrorRequestHandler {
  return (thrown: unknown, request, response, next) => {
    const route = /^\/+(get|put)(?=[/?]|$)/.exec(request.originalUrl)?.[1]
    if (response.headersSent || route === undefined) {
      next(thrown)
      return
    }
    const error = requestError(thrown, request)
    if (error.code === 'internal') logger.error({ err: thrown, path: request.path }, 'request failed')
    if (route === 'put') answerEmpty(error, request, response)
    else if (isForkRequest(request)) answerFork(error, request, response)
    else answerUpstream(error, request, response, answers)
  }
}

function answerEmpty(error: FloeError, request: Request, response: Response, status = error.status): void {
  answerErrorHead(error, request, response)
  const message = error.code === 'internal' ? 'internal error' : headerText(error.message)
  response.status(status).set('x-floe-message', message).end()
}

/** A fork's node drops a commitment at 418, and asks again at anything else but 404, which is never answered. */
function answerFork(error: FloeError, request: Request, response: Response): void {
  if (error.status !== 418) {
    answerEmpty(error, request, response, error.status === 404 ? 503 : error.status)
    return
  }
  answerErrorHead(error, request, response)
  response.json({ StatusCode: statusCodeOf(error), Msg: error.message.slice(0, MESSAGE_CHARACTERS_MAX) })
}

function statusCodeOf({ code, facts }: FloeError): number | undefined {
  const codes: Partial<Record<ErrorCode, number>> = {
    'included-late': INCLUDED_LATE,
    'batch-invalid': BATCH_INVALID,
  }
  return codes[code] ?? (facts['decodes'] === false ? NOT_PARSED : COMMITMENT_INVALID)
}

/** Upstream's node goes on only after 200, and stops after 404. */
function answerUpstream(
  error: FloeError,
  request: Request,
  response: Response,
  { invalid, expired }: OpAnswers,
): void {
  if (error.status === 418 && invalid === 'skip') answerEmpty(error, request, response, 200)
  else if (error.status === 404 && expired === 'unavailable') answerEmpty(error, request, response, 503)
  else answerEmpty(error, request, response)
}

/** Text that a header may carry: printable ASCII of bounded length. */
function headerText(text: string): string {
  return text.slice(0, HEADER_CHARACTERS_MAX).replace(/[^ -~]/g, '?')
}
