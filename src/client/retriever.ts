// From a commitment to its batch, with nothing trusted but L1. A sidecar's own disk is never read (principle 1 of the design).
// The errors tell a rollup what to do: try again (503, 429), or skip the commitment permanently (418, and 404 once expired).
import { type Hex, toHex } from '../protocol/bytes.ts'
import { type SignatureChecker, checkCertificate, decodeCertificate } from '../protocol/certificate.ts'
import { FloeError } from '../protocol/errors.ts'
import { headerDigest } from '../protocol/header.ts'
import type { Committees } from '../l1/committees.ts'
import type { FinalDisputes } from '../l1/final-disputes.ts'
import { untilAborted } from '../runtime/async/deadline.ts'
import { SingleFlight } from '../runtime/async/single-flight.ts'
import { type Clock, unixSeconds } from '../runtime/clock.ts'
import type { CallOptions } from './call-options.ts'
import type { CertifiedHeader, CheckedCertificate } from './certified-header.ts'
import { committeeOfCertificate } from './committee-of-certificate.ts'
import { retrieveUndisputed } from './retrieve-undisputed.ts'
import type { RetrieveOptions } from './retrieve.ts'

export type RetrieverOptions = {
  readonly committees: Pick<Committees, 'ofEpoch'>
  readonly checker: SignatureChecker
  readonly clock: Clock
  readonly retrieval: Omit<RetrieveOptions, 'signal'>
  /** Where L1 says which headers are invalid for good (docs/protocol.md §7); left out, L1 is not asked. */
  readonly disputes?: Pick<FinalDisputes, 'isInvalid'> | undefined
  /** Called for every commitment that `get` is asked for, once its certificate was checked. Must not throw. */
  readonly onRequest?: ((checked: CheckedCertificate) => void) | undefined
  /** Called for every certified header whose slivers are an invalid encoding, before its readers are answered. Must not throw. */
  readonly onInvalidEncoding?: ((checked: CheckedCertificate) => void) | undefined
  /** Most retrievals in flight; further ones are refused with `overloaded`. */
  readonly retrievalsMax: number
}

/**
 * Seconds past expiry until `expired` is answered. It makes a rollup's node go on without the batch, so a clock that is a little
 * fast must not be able to cause it. In between, the storage nodes are asked.
 */
const EXPIRY_GRACE_SECONDS = 600

export class Retriever {
  readonly #options: RetrieverOptions
  /** By digest: several certificates can name one batch. */
  readonly #retrievals = new SingleFlight<Hex, Uint8Array>()

  constructor(options: RetrieverOptions) {
    this.#options = options
  }

  /**
   * The batch of a commitment. Concurrent calls for one batch share a retrieval, which ends when all of them have aborted.
   * @throws FloeError `commitment-invalid`, `batch-invalid`, `expired`, `unavailable`, `overloaded`
   */
  async get(commitment: Uint8Array, { signal }: CallOptions = {}): Promise<Uint8Array> {
    return this.batchOf(await this.certificate(commitment, { signal }), { signal })
  }

  /**
   * As `get`, for a certificate that was checked.
   * @param inMemory the batch, where it was retrieved before; L1 is asked nevertheless
   */
  async batchOf(
    checked: CheckedCertificate,
    { signal, inMemory }: CallOptions & { readonly inMemory?: Uint8Array | undefined } = {},
  ): Promise<Uint8Array> {
    const { clock, retrievalsMax, onRequest } = this.#options
    onRequest?.(checked)
    checkExpiry(checked, unixSeconds(clock))
    if (this.#retrievals.size >= retrievalsMax && !this.#retrievals.has(checked.digest)) {
      throw new FloeError(
        'overloaded',
        `Expected at most ${retrievalsMax} retrievals in flight, got one more.`,
        { remedy: 'Try again later.', retryAfterSeconds: 1 },
      )
    }
    return this.#retrievals.run(
      checked.digest,
      async (stop) => this.#retrieve(checked, inMemory, stop),
      signal,
    )
  }

  /**
   * The certificate in a commitment, checked against the committee of its epoch.
   * @throws FloeError `commitment-invalid`, `unavailable`
   */
  async certificate(commitment: Uint8Array, { signal }: CallOptions = {}): Promise<CheckedCertificate> {
    const { committees, checker } = this.#options
    const certificate = decodeCertificate(commitment)
    const { header } = certificate
    const { epoch } = header
    const committee = await untilAborted(committeeOfCertificate(committees, { epoch, commitment }), signal)
    checkCertificate(checker, committee, certificate)
    return { certificate, header, digest: toHex(headerDigest(checker.domain, header)), committee, commitment }
  }

  async #retrieve(
    checked: CheckedCertificate,
    inMemory: Uint8Array | undefined,
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    const { retrieval, disputes, onInvalidEncoding } = this.#options
    return retrieveUndisputed(checked, {
      retrieval,
      inMemory,
      disputes,
      onInvalidEncoding: () => onInvalidEncoding?.(checked),
      signal,
    })
  }
}

function checkExpiry({ header, digest }: CertifiedHeader, now: number): void {
  if (now <= header.expiry + EXPIRY_GRACE_SECONDS) return
  throw new FloeError(
    'expired',
    `The batch ${digest} expired at ${header.expiry} (unix seconds), it is ${now} now.`,
    {
      facts: { expiry: header.expiry, now },
      remedy: 'Its signers may have deleted it; ask an archive of the rollup.',
    },
  )
}
