// The terms of the contracts that a sidecar works under. They never change, so they are read once, at the start.
import { DisputesContract } from '../l1/disputes.ts'
import { readPostingTerms } from '../l1/posting-terms.ts'
import type { L1 } from '../l1/rpc.ts'
import type { PostingTerms } from '../protocol/posting.ts'
import type { SidecarConfig } from './config.ts'

export type SidecarTerms = {
  readonly posting: PostingTerms
  /** Seconds after its expiry in which a header's disperser may still be fined; 0 where disputes are not configured. */
  readonly finesSeconds: number
}

/**
 * One window to answer, one to call `expire`, one to fine the holder and one to fine the disperser (docs/protocol.md §7.1, §7.3).
 */
const WINDOWS_TO_LAST_FINE = 4

/** @throws FloeError `unavailable` when L1 cannot be read */
export async function readTerms(
  l1: L1,
  { ledger, disputes }: Pick<SidecarConfig, 'ledger' | 'disputes'>,
): Promise<SidecarTerms> {
  const posting = await readPostingTerms(l1, ledger)
  if (disputes === undefined) return { posting, finesSeconds: 0 }
  const { window } = await new DisputesContract(l1, disputes).terms()
  return { posting, finesSeconds: WINDOWS_TO_LAST_FINE * window }
}
