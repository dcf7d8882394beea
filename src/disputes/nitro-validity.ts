// What Nitro's prover is given for the validity of a certificate (docs/protocol.md §8), whether it is valid or not.
import type { Library } from '../client/retriever.ts'
import type { Committees } from '../l1/committees.ts'
import type { Disputes } from '../l1/disputes.ts'
import type { Hex } from '../protocol/bytes.ts'
import { type Certificate, decodeCertificate } from '../protocol/certificate.ts'
import { FloeError } from '../protocol/errors.ts'
import { NO_CERTIFICATE_PROOF, isNitroLength, validityProof } from '../protocol/nitro.ts'

type Sources = {
  readonly library: Pick<Library, 'certificate'>
  readonly committees: Pick<Committees, 'ofEpoch'>
  readonly disputes: Pick<Disputes, 'isInvalid'>
}

/** @throws FloeError `unavailable` where L1 cannot be asked */
export async function nitroValidity(
  { library, committees, disputes }: Sources,
  certificate: Uint8Array,
): Promise<{ proof: Uint8Array; digest: Hex | undefined }> {
  const decoded = decodedOrNone(certificate)
  const committee = decoded && (await committees.ofEpoch(decoded.header.epoch))
  if (decoded === undefined || committee === undefined)
    return { proof: NO_CERTIFICATE_PROOF, digest: undefined }
  const checked = await library.certificate(certificate).catch((error: unknown) => {
    if (error instanceof FloeError && error.code === 'commitment-invalid') return undefined
    throw error
  })
  if (!isNitroLength(decoded.header)) return { proof: NO_CERTIFICATE_PROOF, digest: checked?.digest }
  if (checked === undefined) return { proof: validityProof(false, committee.members), digest: undefined }
  const { digest } = checked
  if (await disputes.isInvalid(digest)) return { proof: NO_CERTIFICATE_PROOF, digest }
  return { proof: validityProof(true, committee.members), digest }
}

function decodedOrNone(certificate: Uint8Array): Certificate | undefined {
  try {
    return decodeCertificate(certificate)
  } catch {
    return undefined
  }
}
