// OP Stack Alt-DA, generic commitments: what op-batcher puts and op-node gets (github.com/ethereum-optimism/specs, alt-da.md,
// and op-alt-da/daclient.go where the two differ: a put is answered with the raw commitment, not with its hexadecimal).
//
// Both `/put` and `/put/` are served without a redirect, since Go's client turns a redirected POST into a GET. Errors of a GET
// have an empty body (that client leaks the connection of an error that has one), except 418, whose JSON tells why.
import { type ErrorRequestHandler, Router } from 'express'
import { parseCommitment } from '../../protocol/certificate.ts'
import { FloeError, asFloeError } from '../../protocol/errors.ts'
import { answerErrorHead } from '../../runtime/http-server.ts'
import { commitmentBytes } from '../batch-intake.ts'
import type { Logger } from '../../runtime/logger.ts'
import type { Sidecar } from '../service.ts'
import { putBody } from './batch-body.ts'
import { undecodablePath } from './paths.ts'

export function opStackGateway(sidecar: Sidecar): Router {
  const router = Router()
  router.all(['/put', '/put/'], async (request, response, next) => {
    if (request.method !== 'POST' && request.method !== 'PUT') {
      next()
      return
    }
    const commitment = Buffer.from(commitmentBytes(await putBody(sidecar, request)))
    response.type('application/octet-stream').send(commitment)
  })
  router.all('/put/:commitment', (request) => {
    throw new FloeError(
      'malformed',
      `Expected a put without a commitment, got ${request.params.commitment.slice(0, 80)}.`,
      {
        remedy: 'Use generic commitments: --altda.da-service=true on op-batcher and op-node.',
      },
    )
  })
  router.get('/get/:commitment', async (request, response) => {
    const batch = await sidecar.library.get(parseCommitment(request.params.commitment))
    response.type('application/octet-stream').send(Buffer.from(batch.buffer, batch.byteOffset, batch.length))
  })
  router.use('/get', undecodablePath, emptyErrors(sidecar.logger))
  return router
}

function emptyErrors(logger: Logger): ErrorRequestHandler {
  return (thrown: unknown, request, response, next) => {
    if (response.headersSent) {
      next(thrown)
      return
    }
    const error = asFloeError(thrown)
    answerErrorHead(error, request, response)
    if (error.status === 418) {
      response.json({ StatusCode: error.code === 'batch-invalid' ? 4 : 3, Msg: error.message })
      return
    }
    const internal = error.code === 'internal'
    if (internal) logger.error({ err: thrown, path: request.path }, 'request failed')
    response.set('x-floe-message', internal ? 'internal error' : headerText(error.message)).end()
  }
}

/** Text as a header may carry it: printable ASCII, bounded. */
function headerText(text: string): string {
  return text.slice(0, 500).replace(/[^ -~]/g, '?')
}
