// What one view of L1 decides about a certificate for Nitro, with the proof that Nitro's one-step prover takes for it (docs/protocol.md
// §8). The commands about disputes and the Nitro interface of a sidecar answer by it, so that all of them agree with the contract.
import { faultsInView, readPosting } from '../client/posting.ts'
import type { CheckedCertificate } from '../client/certified-header.ts'
import type { Retriever } from '../client/retriever.ts'
import type { Committees } from '../l1/committees.ts'
import type { Disputes } from '../l1/disputes.ts'
import type { LedgerReader } from '../l1/ledger-reader.ts'
import { type Hex, toHex } from '../protocol/bytes.ts'
import { type Certificate, type SignatureChecker, decodeCertificate } from '../protocol/certificate.ts'
import { FloeError } from '../protocol/errors.ts'
import { headerDigest } from '../protocol/header.ts'
import { PROOF_WITHOUT_MEMBERS, isNitroLength, nitroVerdict, validityProof } from '../protocol/nitro.ts'

export type NitroSources = {
  readonly checker: Pick<SignatureChecker, 'domain'>
  readonly retriever: Pick<Retriever, 'certificate'>
  readonly committees: Pick<Committees, 'ofEpoch'>
  readonly ledger: LedgerReader
  readonly disputes: Pick<Disputes, 'address'>
}

export type NitroDecision =
  | {
      readonly verdict: 'valid'
      readonly digest: Hex
      readonly checked: CheckedCertificate
      readonly proof: Uint8Array
    }
  | {
      readonly verdict: 'invalid'
      /** Undefined for bytes that do not decode. */
      readonly digest: Hex | undefined
      /** Which point of the rule does not hold. */
      readonly reason: string
      readonly proof: Uint8Array
    }
  | {
      readonly verdict: 'not-decided'
      readonly digest: Hex
      readonly checked: CheckedCertificate
      /** The last second in which a post can still make it valid. */
      readonly postableUntil: number | undefined
    }

/** @throws FloeError `unavailable` when L1 does not answer */
export async function decideForNitro(sources: NitroSources, commitment: Uint8Array): Promise<NitroDecision> {
  const decoded = decodeOrReason(commitment)
  if (typeof decoded === 'string') return invalid(undefined, decoded)
  const { header } = decoded
  const { domain } = sources.checker
  const digest = toHex(headerDigest(domain, header))
  if (!isNitroLength(header)) return invalid(digest, `its length ${header.length} is a multiple of 32`)
  const checked = await checkedOrUndefined(sources.retriever, commitment)
  const { posting, view } = await readPosting(sources.ledger, domain, decoded)
  const faults = await faultsInView(view, sources.disputes.address, digest)
  const isInvalid = faults.withheld || faults.inconsistent
  const facts = { header, posting: posting.status, isInvalid }
  const verdict = nitroVerdict({ ...facts, signaturesHold: checked !== undefined })
  if (checked === undefined) {
    // L1 needs the members where only the signatures are at fault.
    const needsMembers = nitroVerdict({ ...facts, signaturesHold: true }) === 'valid'
    const committee = needsMembers ? await sources.committees.ofEpoch(header.epoch, commitment) : undefined
    return invalid(digest, 'its signatures do not hold', committee && validityProof(false, committee))
  }
  if (verdict === 'not-decided') return { verdict, digest, checked, postableUntil: posting.postableUntil }
  if (verdict === 'valid') return { verdict, digest, checked, proof: validityProof(true, checked.committee) }
  return invalid(digest, isInvalid ? 'L1 has made its header invalid' : 'its header was not posted in time')
}

function invalid(
  digest: Hex | undefined,
  reason: string,
  proof: Uint8Array = PROOF_WITHOUT_MEMBERS,
): NitroDecision {
  return { verdict: 'invalid', digest, reason, proof }
}

function decodeOrReason(commitment: Uint8Array): Certificate | string {
  try {
    return decodeCertificate(commitment)
  } catch (error) {
    if (error instanceof FloeError) return error.message
    throw error
  }
}

async function checkedOrUndefined(
  retriever: Pick<Retriever, 'certificate'>,
  commitment: Uint8Array,
): Promise<CheckedCertificate | undefined> {
  try {
    return await retriever.certificate(commitment)
  } catch (error) {
    if (error instanceof FloeError && error.code === 'commitment-invalid') return undefined
    throw error
  }
}
