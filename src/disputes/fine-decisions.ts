// Which fine is due over a fault that L1 has recorded, as plain functions of its state, of the signatures at hand and of the time
// (docs/protocol.md §7.3).
import type { ExpiredPair, Proof } from '../l1/disputes.ts'

/**
 * Whose deposit a fine would take now. `later`: none yet, because a signature is missing or the disperser's time has not come.
 * `none`: none any more.
 */
export type DueFine = 'holder' | 'disperser' | 'later' | 'none'

/** Which signatures are at hand. */
export type KnownSignatures = {
  /** The holder's, of an attestation of the header. */
  readonly holder: boolean
  /** The disperser's, of the header. */
  readonly disperser: boolean
}

export type FineTime = {
  /** Of the newest block of L1, in unix seconds. */
  readonly timestamp: number
  readonly windowSeconds: number
}

/** The last second in which a fine over an expired pair is accepted. */
export function pairFinableUntil(
  { expiredAt }: Pick<ExpiredPair, 'expiredAt'>,
  windowSeconds: number,
): number {
  return expiredAt + 2 * windowSeconds
}

/** The holder comes first, for a window; the disperser, which had the batch too, in the window after it. */
export function dueFineOverPair(
  { expiredAt, fined }: Pick<ExpiredPair, 'expiredAt' | 'fined'>,
  { finedOverWithheld }: Pick<Proof, 'finedOverWithheld'>,
  known: KnownSignatures,
  { timestamp, windowSeconds }: FineTime,
): DueFine {
  if (fined || timestamp > expiredAt + 2 * windowSeconds) return 'none'
  if (timestamp <= expiredAt + windowSeconds) {
    if (known.holder) return 'holder'
    return 'later'
  }
  // A disperser is fined once over a header, however many of its pairs expired.
  if (finedOverWithheld) return 'none'
  return known.disperser ? 'disperser' : 'later'
}

/** The disperser of an inconsistent header, until a window after the proof. */
export function dueFineOverProof(
  { proven, finedOverInconsistent }: Pick<Proof, 'proven' | 'finedOverInconsistent'>,
  known: Pick<KnownSignatures, 'disperser'>,
  { timestamp, windowSeconds }: FineTime,
): Exclude<DueFine, 'holder'> {
  if (proven === undefined || finedOverInconsistent || timestamp > proven.provedAt + windowSeconds)
    return 'none'
  return known.disperser ? 'disperser' : 'later'
}
