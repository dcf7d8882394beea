// The proof that Nitro's one-step prover takes for the validity of a certificate (docs/protocol.md §8): every certificate has
// one, whether it is valid or not.
import type { Retriever } from '../../client/retriever.ts'
import type { Committees } from '../../l1/committees.ts'
import type { Disputes } from '../../l1/disputes.ts'
import type { Hex } from '../../protocol/bytes.ts'
import { type Certificate, decodeCertificate } from '../../protocol/certificate.ts'
import { FloeError } from '../../protocol/errors.ts'
import { NO_CERTIFICATE_PROOF, isNitroLength, validityProof } from '../../protocol/nitro.ts'
import type { CheckedCertificate } from '../../client/certified-header.ts'

type Sources = {
  readonly retriever: Pick<Retriever, 'certificate'>
  readonly committees: Pick<Committees, 'ofEpoch'>
  readonly disputes: Pick<Disputes, 'isInvalid'>
}

/** @throws FloeError `unavailable` when L1 does not answer */
export async function nitroValidity(
  { retriever, committees, disputes }: Sources,
  certificate: Uint8Array,
): Promise<{ proof: Uint8Array; digest: Hex | undefined }> {
  const decoded = decodeOrUndefined(certificate)
  const committee = decoded && (await committees.ofEpoch(decoded.header.epoch))
  if (decoded === undefined || committee === undefined)
    return { proof: NO_CERTIFICATE_PROOF, digest: undefined }
  const checked = await checkOrUndefined(retriever, certificate)
  if (!isNitroLength(decoded.header)) return { proof: NO_CERTIFICATE_PROOF, digest: checked?.digest }
  if (checked === undefined) return { proof: validityProof(false, committee.members), digest: undefined }
  const { digest } = checked
  if (await disputes.isInvalid(digest)) return { proof: NO_CERTIFICATE_PROOF, digest }
  return { proof: validityProof(true, committee.members), digest }
}

function decodeOrUndefined(certificate: Uint8Array): Certificate | undefined {
  try {
    return decodeCertificate(certificate)
  } catch {
    return undefined
  }
}

/** Undefined for a certificate that does not hold. */
async function checkOrUndefined(
  retriever: Pick<Retriever, 'certificate'>,
  certificate: Uint8Array,
): Promise<CheckedCertificate | undefined> {
  try {
    return await retriever.certificate(certificate)
  } catch (error) {
    if (error instanceof FloeError && error.code === 'commitment-invalid') return undefined
    throw error
  }
}
