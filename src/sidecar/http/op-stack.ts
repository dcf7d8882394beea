// The OP Stack's Alt-DA interface with generic commitments: op-batcher puts, op-node gets (github.com/ethereum-optimism/specs,
// alt-da.md). Where op-alt-da/daclient.go differs from it, this follows the client: a put is answered with the raw commitment.
//
// `/put` and `/put/` are both served without a redirect, because Go's client turns a redirected POST into a GET. Errors of a get
// have an empty body, because that client leaks the connection of an error with a body, except 418, whose JSON gives the reason.
import { type ErrorRequestHandler, Router } from 'express'
import { fromHex } from '../../protocol/bytes.ts'
import { FloeError } from '../../protocol/errors.ts'
import { answerErrorHead, requestError } from '../../runtime/http-server.ts'
import type { Logger } from '../../runtime/logger.ts'
import type { Sidecar } from '../service.ts'
import { putBody } from './batch-body.ts'
import { sendBatch } from './batch-response.ts'

const QUOTED_CHARACTERS_MAX = 80
const HEADER_CHARACTERS_MAX = 500
/** Status codes of EigenDA's proxy, which its clients read: 3, the commitment is invalid; 4, the batch is invalid. */
const COMMITMENT_INVALID = 3
const BATCH_INVALID = 4

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
    await sendBatch(sidecar, request, response, { conditional: false })
  })
  return router
}

/** Answers errors of gets without a body, also those that were thrown before the routes. */
export function answerGetErrors(logger: Logger): ErrorRequestHandler {
  return (thrown: unknown, request, response, next) => {
    if (response.headersSent || !/^\/+get(?=[/?]|$)/.test(request.originalUrl)) {
      next(thrown)
      return
    }
    const error = requestError(thrown, request)
    answerErrorHead(error, request, response)
    if (error.status === 418) {
      const StatusCode = error.code === 'batch-invalid' ? BATCH_INVALID : COMMITMENT_INVALID
      response.json({ StatusCode, Msg: error.message })
      return
    }
    const internal = error.code === 'internal'
    if (internal) logger.error({ err: thrown, path: request.path }, 'request failed')
    response.set('x-floe-message', internal ? 'internal error' : headerText(error.message)).end()
  }
}

/** Text that a header may carry: printable ASCII of bounded length. */
function headerText(text: string): string {
  return text.slice(0, HEADER_CHARACTERS_MAX).replace(/[^ -~]/g, '?')
}
