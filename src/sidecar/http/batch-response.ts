// Sends a batch, for all interfaces alike. A commitment names bytes that never change, so caches may store them until the promise ends.
import type { Request, Response } from 'express'
import type { CheckedCertificate } from '../../client/certified-header.ts'
import { parseCommitment } from '../../protocol/certificate.ts'
import { type Clock, systemClock, unixSeconds } from '../../runtime/clock.ts'
import type { Sidecar } from '../service.ts'

/** A year, which is as long as caches store anything. */
const CACHE_SECONDS_MAX = 365 * 86_400

export type BatchResponseOptions = {
  /** Whether a client that has the batch already, by its If-None-Match, gets 304. Clients of the OP Stack take that for an error. */
  readonly conditional: boolean
  readonly clock?: Clock
  /** Called once the certificate was checked; an error of it is the answer. */
  readonly beforeRetrieval?: (checked: CheckedCertificate) => Promise<void>
}

/** Answers with the batch of the commitment in the path. @throws FloeError as `Retriever.get` */
export async function sendBatch(
  { retriever }: Pick<Sidecar, 'retriever'>,
  request: Request<{ commitment: string }>,
  response: Response,
  { conditional, clock = systemClock, beforeRetrieval }: BatchResponseOptions,
): Promise<void> {
  const checked = await retriever.certificate(parseCommitment(request.params.commitment))
  await beforeRetrieval?.(checked)
  const batch = await retriever.batchOf(checked)
  const { digest, header } = checked
  const seconds = Math.min(CACHE_SECONDS_MAX, Math.max(0, header.expiry - unixSeconds(clock)))
  response.set({
    'cache-control': `public, max-age=${seconds}, immutable`,
    // The digest is that of the header, whose root binds every byte.
    etag: `"${digest}"`,
    'content-type': 'application/octet-stream',
  })
  if (conditional && request.fresh) {
    response.status(304).end()
    return
  }
  response.set('content-length', String(batch.length))
  // Not `send`, which answers 304 by itself.
  response.end(
    request.method === 'HEAD' ? undefined : Buffer.from(batch.buffer, batch.byteOffset, batch.length),
  )
}
