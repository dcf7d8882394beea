// Floe's own HTTP interface (docs/api.md): batches by commitment, certificates and headers as JSON, and the status of the sidecar.
import { Router } from 'express'
import type { Hex } from '../../protocol/bytes.ts'
import { parseCommitment } from '../../protocol/certificate.ts'
import { FloeError } from '../../protocol/errors.ts'
import type { Sidecar } from '../service.ts'
import { putBody } from './batch-body.ts'
import { sendBatch } from './batch-response.ts'

const QUOTED_CHARACTERS_MAX = 80

export function nativeInterface(sidecar: Sidecar): Router {
  const router = Router()
  router.post('/v1/batches', async (request, response) => {
    response.json(await putBody(sidecar, request))
  })
  router.get('/v1/batches/:commitment', async (request, response) => {
    await sendBatch(sidecar, request, response, { conditional: true })
  })
  router.get('/v1/batches/:commitment/certificate', async (request, response) => {
    const { certificate, digest, committee } = await sidecar.retriever.certificate(
      parseCommitment(request.params.commitment),
    )
    const signers = certificate.signatures.map(({ member, signature }) => {
      const { signer = '', shards = [] } = committee.members[member] ?? {}
      return { member, signer, shards: shards.length, signature }
    })
    const { header, index, path } = certificate
    response.json({ digest, header, index, path, signers })
  })
  router.get('/v1/headers/:digest', (request, response) => {
    response.json(sidecar.header(parseDigest(request.params.digest)))
  })
  router.get('/v1/status', async (_request, response) => {
    response.json(await sidecar.status())
  })
  router.get('/health', (_request, response) => {
    response.json({ status: 'ok' })
  })
  router.get('/ready', (_request, response) => {
    sidecar.headWatch.requireRecent()
    response.json({ status: 'ok' })
  })
  return router
}

function parseDigest(text: string): Hex {
  if (/^0x[0-9a-fA-F]{64}$/.test(text)) return text.toLowerCase() as Hex
  const got = text.slice(0, QUOTED_CHARACTERS_MAX)
  throw new FloeError('malformed', `Expected a digest of 32 bytes, 0x and 64 digits, got ${got}.`)
}
