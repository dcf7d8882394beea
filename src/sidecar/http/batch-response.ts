// Sends a batch, for all interfaces alike. A commitment names bytes that never change, so caches may store them until the promise ends.
import type { Request, Response } from 'express'
import type { CheckedCertificate } from '../../client/certified-header.ts'
import { parseCommitment } from '../../protocol/certificate.ts'
import { FloeError } from '../../protocol/errors.ts'
import { unixSeconds } from '../../runtime/clock.ts'
import { sendBody } from '../../runtime/http-send.ts'
import { clientOf } from '../../runtime/http-server.ts'
import type { Sidecar } from '../service.ts'

/** A year, which is as long as caches store anything. */
const CACHE_SECONDS_MAX = 365 * 86_400

export type BatchResponseOptions = {
  /** Whether a client that has the batch already, by its If-None-Match, gets 304. Clients of the OP Stack take that for an error. */
  readonly conditional: boolean
  /** Called once the certificate was checked; an error of it is the answer. */
  readonly beforeRetrieval?: (checked: CheckedCertificate) => Promise<void>
}

/** What a read needs of a sidecar. */
export type ReadTarget = Pick<Sidecar, 'retriever' | 'outgoing' | 'clock'>

/** Answers with the batch of the commitment in the path. @throws FloeError as `Retriever.get` */
export async function sendBatch(
  { retriever, outgoing, clock }: ReadTarget,
  request: Request<{ commitment: string }>,
  response: Response,
  { conditional, beforeRetrieval }: BatchResponseOptions,
): Promise<void> {
  const left = new AbortController()
  response.once('close', () => left.abort(READER_LEFT))
  const checked = await retriever.certificate(parseCommitment(request.params.commitment), left)
  await beforeRetrieval?.(checked)
  const { batch, release } = await outgoing.open(checked, clientOf(request), left)
  try {
    const { digest, header } = checked
    const seconds = Math.min(CACHE_SECONDS_MAX, Math.max(0, header.expiry - unixSeconds(clock)))
    response.set({
      'cache-control': `public, max-age=${seconds}, immutable`,
      // The digest is that of the header, whose root binds every byte.
      etag: `"${digest}"`,
      'content-type': 'application/octet-stream',
    })
    if (conditional && request.fresh) response.status(304).end()
    else await sendBody(clock, response, [batch])
  } finally {
    release()
  }
}

/** One object, so that ending a response builds no stack. */
const READER_LEFT = new FloeError('unavailable', 'The reader has left.')
