// The committees and dispersers on L1, as the rest of the program reads them.
import type { Hex } from '../protocol/bytes.ts'
import type { Committee } from '../protocol/committee.ts'
import { FloeError } from '../protocol/errors.ts'

export type Committees = {
  /** The committee of the newest final epoch, read at most a refresh interval ago. @throws FloeError `unavailable` */
  current(): Promise<Committee>
  /**
   * The committee of a final epoch, which never changes; undefined when the epoch had not started on L1 when this certificate was first
   * asked about, so that no signature in it can hold (docs/protocol.md §6.1).
   * @param certificate its bytes; left out, an epoch that has not started is `unavailable`
   * @throws FloeError `unavailable`, also for an epoch that has started and is not final yet, and before a block decides that is younger
   *   than the question (`isUndecided`)
   */
  ofEpoch(epoch: number, certificate?: Uint8Array): Promise<Committee | undefined>
  /** Bytes of unexpired batches that a disperser may have; 0n when it is not registered. @throws FloeError `unavailable` */
  disperserQuota(disperser: Hex): Promise<bigint>
}

/** The committee of an epoch that a certificate names. @throws FloeError `unavailable` */
export async function committeeFor(
  epoch: number,
  committees: Pick<Committees, 'ofEpoch'>,
): Promise<Committee> {
  const committee = await committees.ofEpoch(epoch)
  if (committee !== undefined) return committee
  throw new FloeError('unavailable', `Expected epoch ${epoch} on L1, and the L1 endpoints do not have it.`, {
    remedy: 'If this continues, replace the L1 endpoint that lags, or correct the address of the committee.',
    retryAfterSeconds: 5,
  })
}
