// The chain as a follower hands it on: blocks by their hashes, what happened in them, and what a reorg took back.
import type { Hex } from '../protocol/bytes.ts'
import type { ChainDispute } from './dispute-events.ts'
import type { PostedHeader } from './posted.ts'

export type ChainHead = { readonly number: number; readonly hash: Hex }

/** When L1 is taken at its word: a tag of the endpoints', or a number of blocks on top (0: at once). */
export type Finality = 'finalized' | 'safe' | number

/** Without a word to the contrary: as far as Ethereum itself takes nothing back. */
export const FINALITY_DEFAULT: Finality = 'finalized'
/** Most blocks of a finality by number; a follower remembers a few more. */
export const FINALITY_BLOCKS_MAX = 1_000

/** One Posted event of the Ledger, in the order of the chain. */
export type ChainPost = {
  readonly blockNumber: number
  readonly blockHash: Hex
  readonly logIndex: number
  readonly transactionHash: Hex
  readonly headersRoot: Hex
  /** Empty when the event is not what its topic says. */
  readonly headers: readonly PostedHeader[]
}

/** One step along the chain. A store applies all of it in one durable write, or none. */
export type ChainStep = {
  /** Everything in blocks above this number, heads too, is undone before anything else; undefined: nothing. */
  readonly undoAbove: number | undefined
  readonly posts: readonly ChainPost[]
  /** Left out where no Disputes contract is followed. */
  readonly disputes?: readonly ChainDispute[]
  /** Heads to remember, ascending, the last one the new tip; none when only `final` is news. */
  readonly heads: readonly ChainHead[]
  /** Remembered heads below this number are no longer needed. At least one stays. */
  readonly forgetBelow: number
  /**
   * Number of the newest final block; after a restart it may be a lower one than before. What was in it or below once is never
   * undone, but for a rescan that the operator asks for (`undoAbove` is -1).
   */
  readonly final: number
}

/** Where a follower keeps its place. */
export type ChainStore = {
  /** Remembered heads, ascending; empty: nothing was followed yet. */
  heads(): ChainHead[]
  apply(step: ChainStep): Promise<void>
}

export type Follower = {
  /**
   * Follows to the tip that L1 has now: every question is asked after the call.
   * @returns that tip, which is on the followed chain, and the newest final block. While L1 shows an older tip of the same
   * chain than before (an endpoint that lags), it is that older one, and nothing is undone.
   * @param signal gives up, unless others wait for the same; what was applied stays
   * @throws FloeError `unavailable` when L1 does not answer or contradicts itself; what was applied before stays
   */
  sync(signal?: AbortSignal): Promise<{ readonly tip: ChainHead; readonly final: number }>
}
