// The committees and dispersers that L1 knows, as the rest of the program asks for them.
import type { Hex } from '../protocol/bytes.ts'
import type { Committee } from '../protocol/committee.ts'
import { FloeError } from '../protocol/errors.ts'

export type Committees = {
  /** The committee of the newest epoch that is final, at most a refresh interval old. @throws FloeError `unavailable` */
  current(): Promise<Committee>
  /**
   * The committee of an epoch that is final, which never changes; undefined if L1 knows no such epoch.
   * @throws FloeError `unavailable`, also for an epoch that has started and is not final yet
   */
  ofEpoch(epoch: number): Promise<Committee | undefined>
  /** Bytes of unexpired batches that a disperser may have; 0n: not registered. @throws FloeError `unavailable` */
  disperserQuota(disperser: Hex): Promise<bigint>
}

/** The committee of an epoch that something certified names. @throws FloeError `unavailable` */
export async function committeeFor(
  epoch: number,
  committees: Pick<Committees, 'ofEpoch'>,
): Promise<Committee> {
  const committee = await committees.ofEpoch(epoch)
  if (committee !== undefined) return committee
  throw new FloeError('unavailable', `Epoch ${epoch} is not on L1 as seen from here.`, {
    remedy: 'If it goes on, replace the L1 endpoint that lags, or correct the address of the committee.',
    retryAfterSeconds: 5,
  })
}
