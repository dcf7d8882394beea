// What a sidecar knows of one header, for challengers and accounts that fine it (docs/api.md): its place on L1 and its signatures.
import type { Hex } from '../protocol/bytes.ts'
import { FloeError } from '../protocol/errors.ts'
import type { Header } from '../protocol/header.ts'
import type { BatchIndex } from '../store/batch-index.ts'
import type { HeaderPost } from '../store/batch-record.ts'
import type { MemberAttestation } from '../store/signed-headers.ts'

export type HeaderReport = {
  readonly digest: Hex
  readonly header: Header
  readonly disperserSignature: Hex | null
  /** Null while the header does not stand posted. */
  readonly post: HeaderPost | null
  readonly attestations: readonly MemberAttestation[]
}

/** @throws FloeError `not-held` for a header that is not known */
export function headerReport(
  batchIndex: Pick<BatchIndex, 'batch' | 'signedHeader'>,
  digest: Hex,
): HeaderReport {
  const batch = batchIndex.batch(digest)
  const signed = batchIndex.signedHeader(digest)
  const header = batch?.header ?? signed?.header
  if (header === undefined) {
    throw new FloeError('not-held', `The header ${digest} is not known here.`, {
      facts: { digest },
      remedy: "Ask the sidecar of the header's disperser, or the storage nodes.",
    })
  }
  return {
    digest,
    header,
    disperserSignature: batch?.signature ?? signed?.disperserSignature ?? null,
    post: batch?.post ?? null,
    attestations: signed?.attestations ?? [],
  }
}
