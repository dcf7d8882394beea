// The chain as a follower passes it on: blocks by their hashes, the events in them, and what a reorg undid.
import type { Hex } from '../protocol/bytes.ts'
import type { Header } from '../protocol/header.ts'
import type { Position } from './dispute-ids.ts'
import type { Faults } from './faults.ts'
import type { PostedHeader } from './posted.ts'

export type ChainHead = { readonly number: number; readonly hash: Hex }

/** One event of the Ledger that shows headers, in the order of the chain. */
export type ChainPost = {
  readonly blockNumber: number
  readonly blockHash: Hex
  readonly logIndex: number
  readonly transactionHash: Hex
  readonly headersRoot: Hex
  /** Empty when they do not lead to the headers root of the event. Some may not stand posted. */
  readonly headers: readonly PostedHeader[]
}

/** The content of one event of the Disputes contract (docs/protocol.md §7.5). */
export type DisputeEvent = {
  readonly digest: Hex
} & (
  | {
      readonly kind: 'challenged'
      readonly challenger: Hex
      readonly position: Position
      /** Unix seconds; the last second in which a response is accepted. */
      readonly deadline: number
      /** Undefined for bytes that are not a valid header: a quorum may sign any bytes. */
      readonly header: Header | undefined
    }
  | { readonly kind: 'answered'; readonly answerer: Hex; readonly position: Position }
  | {
      readonly kind: 'expired'
      readonly challenger: Hex
      readonly position: Position
      readonly header: Header | undefined
    }
  /** A challenge lapsed, and its challenger has its bond back. */
  | { readonly kind: 'reclaimed'; readonly challenger: Hex; readonly position: Position }
  /** All faults that the header has by now. */
  | { readonly kind: 'invalidated'; readonly faults: Faults }
)

/** One event of the Disputes contract, in the order of the chain. */
export type ChainDispute = DisputeEvent & {
  readonly blockNumber: number
  readonly blockHash: Hex
  readonly logIndex: number
}

/** One step along the chain. A store applies all of it in one durable write, or nothing. */
export type ChainStep = {
  /** First of all, everything in blocks above this number is undone, heads included; undefined: nothing is undone. */
  readonly undoAbove: number | undefined
  readonly posts: readonly ChainPost[]
  /** Left out when no Disputes contract is followed. */
  readonly disputes?: readonly ChainDispute[]
  /** Heads to remember, ascending; the last one is the new tip. Empty when only `final` changes. */
  readonly heads: readonly ChainHead[]
  /** Remembered heads below this number are no longer needed. At least one stays. */
  readonly forgetBelow: number
  /**
   * Number of the newest final block; it may be lower after a restart. Nothing in a block that was final is ever undone, except
   * by a rescan that the operator asks for (`undoAbove` is -1).
   */
  readonly final: number
}

/** Where a follower keeps its progress. */
export type ChainStore = {
  /** Remembered heads, ascending; empty before the first step. */
  heads(): ChainHead[]
  apply(step: ChainStep): Promise<void>
}

/** A follower's progress: the tip, which is on the followed chain, with its timestamp in unix seconds, and the newest final block. */
export type ChainProgress = { readonly tip: ChainHead; readonly timestamp: number; readonly final: number }

export type Follower = {
  /**
   * Follows to the current tip of L1; every request is sent after the call.
   * @returns the progress. While the endpoints show an older tip of the same chain than before (they lag), the tip is that older
   * one, and nothing is undone.
   * @param signal cancels the pass, unless other callers wait for it; what was applied stays
   * @throws FloeError `unavailable` when L1 does not answer or contradicts itself; what was applied before stays
   */
  sync(signal?: AbortSignal): Promise<ChainProgress>
}
