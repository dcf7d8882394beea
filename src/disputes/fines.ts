// Fines (docs/protocol.md §7.3): makes the transaction of a fine that is due, from the state of L1 and the signature of the account
// that pays. A signature is checked here before it is sent, so its source does not have to be trusted.
import { keccak256 } from 'viem'
import type { CertifiedHeader } from '../client/certified-header.ts'
import {
  type Attested,
  fineDisperserOverInconsistentCall,
  fineDisperserOverWithheldCall,
  fineHolderCall,
} from '../l1/dispute-calls.ts'
import type { Disputes, ExpiredPair, Proof } from '../l1/disputes.ts'
import { disputesAbi } from '../l1/generated/disputes.ts'
import type { Call, Intent } from '../l1/tx-manager/calls.ts'
import { type Hex, concatBytes, fromHex, uintBytes } from '../protocol/bytes.ts'
import type { SignatureChecker } from '../protocol/certificate.ts'
import { memberOfPair } from '../protocol/committee.ts'
import { assert } from '../protocol/errors.ts'
import { attestationDigest, headersRootOfPath } from '../protocol/header.ts'
import { recoverSigner } from '../protocol/signature.ts'
import { dueFineOverPair, dueFineOverProof } from './fine-decisions.ts'

/** Where the signatures of fines come from. What a source returns is checked. */
export type FineSources = {
  /** Attestations of a member of the header's committee, of any headersRoot to which the header leads; empty: none is known. */
  readonly attestationsOf: (
    certified: CertifiedHeader,
    member: number,
    signal: AbortSignal,
  ) => Promise<readonly Attested[]>
  /** Signatures of the header by its disperser; empty: none is known. */
  readonly disperserSignaturesOf: (certified: CertifiedHeader, signal: AbortSignal) => Promise<readonly Hex[]>
}

export type FinesOptions = {
  readonly disputes: Pick<Disputes, 'address' | 'terms' | 'expiredPairOf' | 'proofOf'>
  readonly checker: SignatureChecker
  readonly sources: FineSources
}

/**
 * What can be done about a fault now. The intent takes the fine from `account`, and half of it goes to `beneficiary`. `later`: a
 * signature is missing, or the time of the disperser has not come; `none`: nothing any more.
 */
export type Fine =
  | {
      readonly due: 'holder' | 'disperser'
      readonly account: Hex
      readonly beneficiary: Hex
      readonly intent: Intent
    }
  | { readonly due: 'later' | 'none' }

/** When a fine is asked for. */
export type FineMoment = {
  /** Of the newest block of L1, in unix seconds. */
  readonly timestamp: number
  readonly signal: AbortSignal
}

type PairState = { readonly expired: ExpiredPair | undefined; readonly proof: Proof }

const ALL_KNOWN = { holder: true, disperser: true }

export class Fines {
  readonly #options: FinesOptions

  constructor(options: FinesOptions) {
    this.#options = options
  }

  /** The fine over an expired pair. @throws FloeError `unavailable` */
  async overPair(certified: CertifiedHeader, pair: number, moment: FineMoment): Promise<Fine> {
    const { window: windowSeconds } = await this.#options.disputes.terms()
    const { expired, proof } = await this.#pairState(certified.digest, pair)
    if (expired === undefined) return { due: 'none' }
    const due = dueFineOverPair(expired, proof, ALL_KNOWN, { ...moment, windowSeconds })
    // A signature is looked for only when it would be used now.
    if (due === 'holder') return this.#ofHolder(certified, pair, expired, moment.signal)
    if (due === 'disperser') return this.#overWithheld(certified, pair, expired, moment.signal)
    return { due }
  }

  /** The fine of the disperser of a header that was proven inconsistent. @throws FloeError `unavailable` */
  async overProof(certified: CertifiedHeader, { timestamp, signal }: FineMoment): Promise<Fine> {
    const { disputes } = this.#options
    const { digest, header } = certified
    const { window: windowSeconds } = await disputes.terms()
    const proof = await disputes.proofOf(digest)
    const due = dueFineOverProof(proof, ALL_KNOWN, { timestamp, windowSeconds })
    if (due !== 'disperser' || proof.proven === undefined) return { due: due === 'disperser' ? 'none' : due }
    const signature = await this.#disperserSignature(certified, signal)
    if (signature === undefined) return { due: 'later' }
    const intent = fineIntent('inconsistent', certified, 0, {
      call: fineDisperserOverInconsistentCall(disputes.address, header, signature),
      precondition: async (block) => !(await disputes.proofOf(digest, block)).finedOverInconsistent,
    })
    return { due: 'disperser', account: header.disperser, beneficiary: proof.proven.prover, intent }
  }

  async #ofHolder(
    certified: CertifiedHeader,
    pair: number,
    { challenger }: ExpiredPair,
    signal: AbortSignal,
  ): Promise<Fine> {
    const { disputes, sources } = this.#options
    const { digest, header, committee } = certified
    const index = memberOfPair(committee, header.root, pair)
    const holder = committee.members[index]
    assert(holder !== undefined, 'every pair has a holder')
    const known = await sources.attestationsOf(certified, index, signal)
    const attested = known.find((one) => this.#isAttestation(certified, holder.signer, one))
    if (attested === undefined) return { due: 'later' }
    const intent = fineIntent('holder', certified, pair, {
      call: fineHolderCall(disputes.address, header, pair, { attested, committee }),
      precondition: async (block) => isUnfined(await this.#pairState(digest, pair, block)),
    })
    return { due: 'holder', account: holder.signer, beneficiary: challenger, intent }
  }

  async #overWithheld(
    certified: CertifiedHeader,
    pair: number,
    { challenger }: ExpiredPair,
    signal: AbortSignal,
  ): Promise<Fine> {
    const { disputes } = this.#options
    const { digest, header } = certified
    const signature = await this.#disperserSignature(certified, signal)
    if (signature === undefined) return { due: 'later' }
    const intent = fineIntent('withheld', certified, pair, {
      call: fineDisperserOverWithheldCall(disputes.address, header, pair, signature),
      precondition: async (block) => {
        const state = await this.#pairState(digest, pair, block)
        return isUnfined(state) && !state.proof.finedOverWithheld
      },
    })
    return { due: 'disperser', account: header.disperser, beneficiary: challenger, intent }
  }

  async #pairState(digest: Hex, pair: number, blockNumber?: number): Promise<PairState> {
    const { disputes } = this.#options
    const [expired, proof] = await Promise.all([
      disputes.expiredPairOf(digest, pair, blockNumber),
      disputes.proofOf(digest, blockNumber),
    ])
    return { expired, proof }
  }

  async #disperserSignature(certified: CertifiedHeader, signal: AbortSignal): Promise<Hex | undefined> {
    const { sources, checker } = this.#options
    const { digest, header } = certified
    const known = await sources.disperserSignaturesOf(certified, signal)
    return known.find((signature) => {
      const signer = recoverSigner(checker.curve, fromHex(digest), fromHex(signature))
      return signer === header.disperser
    })
  }

  #isAttestation({ digest, committee }: CertifiedHeader, holder: Hex, attested: Attested): boolean {
    const { curve, domain } = this.#options.checker
    const { index, path, signature } = attested
    const headersRoot = headersRootOfPath(fromHex(digest), index, path.map(fromHex))
    const attestation = attestationDigest(domain, headersRoot, fromHex(committee.root))
    return recoverSigner(curve, attestation, fromHex(signature)) === holder
  }
}

function isUnfined({ expired }: PairState): boolean {
  return expired !== undefined && !expired.fined
}

const KINDS = ['holder', 'withheld', 'inconsistent'] as const

/** The id does not depend on the signature: one fine is not sent twice with two signatures. */
function fineIntent(
  kind: (typeof KINDS)[number],
  { digest }: Pick<CertifiedHeader, 'digest'>,
  pair: number,
  { call, precondition }: { readonly call: Call; readonly precondition: Intent['precondition'] },
): Intent {
  const name = Uint8Array.of(KINDS.indexOf(kind))
  const id = keccak256(concatBytes(fromHex(digest), name, uintBytes(pair, 1)))
  return { id, label: 'fine', call, keys: [id], abi: disputesAbi, precondition }
}
