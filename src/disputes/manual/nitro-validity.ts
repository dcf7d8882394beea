// The proof that Nitro's one-step prover takes for the validity of a certificate (docs/protocol.md §8): every certificate that L1 has
// decided about has one, whether it is valid or not.
import type { Retriever } from '../../client/retriever.ts'
import type { Committees } from '../../l1/committees.ts'
import type { Disputes } from '../../l1/disputes.ts'
import type { LedgerReader } from '../../l1/ledger-reader.ts'
import { type Hex, toHex } from '../../protocol/bytes.ts'
import { type Certificate, type SignatureChecker, decodeCertificate } from '../../protocol/certificate.ts'
import { FloeError } from '../../protocol/errors.ts'
import { headerDigest } from '../../protocol/header.ts'
import { PROOF_WITHOUT_MEMBERS, nitroVerdict, validityProof } from '../../protocol/nitro.ts'

type Sources = {
  readonly checker: Pick<SignatureChecker, 'domain'>
  readonly retriever: Pick<Retriever, 'certificate'>
  readonly committees: Pick<Committees, 'ofEpoch'>
  readonly ledger: Pick<LedgerReader, 'statusOf'>
  readonly disputes: Pick<Disputes, 'isInvalid'>
}

/** @throws FloeError `refused` for a certificate that can still be posted, `unavailable` when L1 does not answer */
export async function nitroValidity(
  sources: Sources,
  commitment: Uint8Array,
): Promise<{ proof: Uint8Array; digest: Hex | undefined }> {
  const certificate = decodeOrUndefined(commitment)
  if (certificate === undefined) return { proof: PROOF_WITHOUT_MEMBERS, digest: undefined }
  const { header } = certificate
  const digest = toHex(headerDigest(sources.checker.domain, header))
  const posting = await sources.ledger.statusOf(certificate)
  const committee = await sources.committees.ofEpoch(header.epoch)
  if (committee === undefined) return { proof: PROOF_WITHOUT_MEMBERS, digest }
  const signaturesHold = await holds(sources.retriever, commitment)
  const isInvalid = await sources.disputes.isInvalid(digest)
  const verdict = nitroVerdict({ header, signaturesHold, posting, isInvalid })
  if (verdict === 'not-decided') throw notPosted(digest)
  if (verdict === 'valid') return { proof: validityProof(true, committee), digest }
  // L1 needs the members where only the signatures are at fault.
  const needsMembers = nitroVerdict({ header, signaturesHold: true, posting, isInvalid }) === 'valid'
  return { proof: needsMembers ? validityProof(false, committee) : PROOF_WITHOUT_MEMBERS, digest }
}

function notPosted(digest: Hex): FloeError {
  return new FloeError('refused', `Expected a header that is posted on L1, ${digest} is not posted yet.`, {
    remedy: 'Its validity is not decided. Post it first: floe post COMMITMENT.',
    facts: { digest },
  })
}

function decodeOrUndefined(commitment: Uint8Array): Certificate | undefined {
  try {
    return decodeCertificate(commitment)
  } catch {
    return undefined
  }
}

async function holds(retriever: Pick<Retriever, 'certificate'>, commitment: Uint8Array): Promise<boolean> {
  try {
    await retriever.certificate(commitment)
    return true
  } catch (error) {
    if (error instanceof FloeError && error.code === 'commitment-invalid') return false
    throw error
  }
}
