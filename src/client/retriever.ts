// A get: from a commitment to the batch, with nothing trusted but L1. (The disk of this sidecar is never asked: principle 1 of
// the design.) Answers differ by what a rollup should do: wait (503), or skip for ever (418, and 404 once expired).
import { type Hex, toHex } from '../protocol/bytes.ts'
import {
  type Certificate,
  type Checker,
  checkCertificate,
  decodeCertificate,
} from '../protocol/certificate.ts'
import type { Committee } from '../protocol/committee.ts'
import { FloeError } from '../protocol/errors.ts'
import { headerDigest } from '../protocol/header.ts'
import { retrieveJudged } from './retrieve-undisputed.ts'
import type { RetrieveOptions, Wanted } from './retrieve.ts'
import type { Committees } from '../l1/committees.ts'
import type { Disputes } from '../l1/disputes.ts'
import { type Clock, unixSeconds } from '../runtime/clock.ts'

export type CheckedCertificate = Wanted & {
  readonly certificate: Certificate
  /** Its bytes. */
  readonly commitment: Uint8Array
}

export type Library = {
  /** @throws FloeError `commitment-invalid`, `batch-invalid`, `expired`, `unavailable` */
  get(commitment: Uint8Array): Promise<Uint8Array>
  /** The certificate in a commitment, checked against the committee of its epoch. @throws FloeError likewise */
  certificate(commitment: Uint8Array): Promise<CheckedCertificate>
}

export type LibraryOptions = {
  readonly committees: Committees
  readonly checker: Checker
  readonly clock: Clock
  readonly retrieval: Omit<RetrieveOptions, 'signal'>
  /** Where L1 says which headers are invalid (docs/protocol.md §7); left out, nobody is asked. */
  readonly disputes?: Pick<Disputes, 'isInvalid'> | undefined
  /** Told of every certified header whose slivers are no codeword, as its readers are answered. Must not throw. */
  readonly onNoBatch?: ((checked: CheckedCertificate) => void) | undefined
  /** Retrievals at once; more are answered with 429. */
  readonly retrievalsMax: number
}

/**
 * Seconds past expiry until 404 is said. 404 makes a rollup's node go on without the batch, so a clock that is a little fast
 * must not be able to cause it; in between, whoever still serves it is asked.
 */
const EXPIRY_GRACE_SECONDS = 600

export function createLibrary(options: LibraryOptions): Library {
  const inFlight = new Map<Hex, Promise<Uint8Array>>()
  const certificate = async (commitment: Uint8Array): Promise<CheckedCertificate> => {
    const decoded = decodeCertificate(commitment)
    const committee = await committeeOfEpoch(options.committees, decoded.header.epoch)
    checkCertificate(options.checker, committee, decoded)
    const digest = toHex(headerDigest(options.checker.domain, decoded.header))
    return { certificate: decoded, header: decoded.header, digest, committee, commitment }
  }
  return {
    certificate,
    get: async (commitment) => {
      const wanted = await certificate(commitment)
      checkExpiry(wanted, unixSeconds(options.clock))
      const running = inFlight.get(wanted.digest)
      if (running !== undefined) return running
      if (inFlight.size >= options.retrievalsMax) {
        throw new FloeError('overloaded', `${inFlight.size} retrievals are under way.`, {
          retryAfterSeconds: 1,
        })
      }
      const retrieval = retrieveJudged(wanted, {
        ...options.retrieval,
        disputes: options.disputes,
        onNoBatch: () => options.onNoBatch?.(wanted),
      }).finally(() => inFlight.delete(wanted.digest))
      inFlight.set(wanted.digest, retrieval)
      return retrieval
    },
  }
}

function checkExpiry({ header, digest }: Wanted, now: number): void {
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

/**
 * The committee of an epoch. One that L1 does not know may be the next one, seen late: that is waited for. One further ahead
 * cannot have signed anything: its certificate is invalid.
 */
async function committeeOfEpoch(committees: Committees, epoch: number): Promise<Committee> {
  const committee = await committees.ofEpoch(epoch)
  if (committee !== undefined) return committee
  const current = await committees.current()
  if (epoch === current.epoch + 1) {
    throw new FloeError('unavailable', `Epoch ${epoch} has not started on L1 as seen from here.`, {
      retryAfterSeconds: 5,
    })
  }
  throw new FloeError(
    'commitment-invalid',
    `There is no epoch ${epoch}; the current one is ${current.epoch}.`,
  )
}
