// Floe's own HTTP interface (docs/api.md): batches by commitment, certificates as JSON, and the status of the sidecar.
import { Router } from 'express'
import { parseCommitment } from '../../protocol/certificate.ts'
import type { Sidecar } from '../service.ts'
import { putBody } from './batch-body.ts'

export function nativeInterface(sidecar: Sidecar): Router {
  const router = Router()
  router.post('/v1/batches', async (request, response) => {
    response.json(await putBody(sidecar, request))
  })
  router.get('/v1/batches/:commitment', async (request, response) => {
    const batch = await sidecar.retriever.get(parseCommitment(request.params.commitment))
    response.type('application/octet-stream').send(Buffer.from(batch.buffer, batch.byteOffset, batch.length))
  })
  router.get('/v1/batches/:commitment/certificate', async (request, response) => {
    const { certificate, digest, committee } = await sidecar.retriever.certificate(
      parseCommitment(request.params.commitment),
    )
    const signers = certificate.signatures.map(({ member, signature }) => {
      const { signer = '', shards = 0 } = committee.members[member] ?? {}
      return { member, signer, shards, signature }
    })
    response.json({ digest, header: certificate.header, path: certificate.path, signers })
  })
  router.get('/v1/status', async (_request, response) => {
    response.json(await sidecar.status())
  })
  router.get('/health', (_request, response) => {
    response.json({ status: 'ok' })
  })
  return router
}
