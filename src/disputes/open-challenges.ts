// Which challenges are open: the events of the Disputes contract, kept in memory and in step with the chain.
//
// Nothing is written down. A challenge can be answered for one window, so whoever starts reads the blocks of that time and knows
// all that he can still act on; what a reorg takes back is taken back here. Bounded: a challenge costs its bond, and beyond
// OPEN_MAX at once the newest are left out.
import type { Hex } from '../protocol/bytes.ts'
import type { Header } from '../protocol/header.ts'
import type { ChainHead, ChainStep, ChainStore } from '../l1/chain.ts'
import type { ChainDispute } from '../l1/dispute-events.ts'
import { type Position, challengeId } from '../l1/disputes.ts'

export type Challenge = {
  /** Its name on L1. The same may be asked again after an answer: then the deadline is another one. */
  readonly id: Hex
  readonly digest: Hex
  readonly header: Header
  readonly challenger: Hex
  readonly position: Position
  /** Unix seconds; the last in which it can be answered. */
  readonly deadline: number
}

export type OpenChallenges = ChainStore & {
  /** Challenges that nobody answered or had expire, the first deadline first; those past it too, until they are closed. */
  open(): Challenge[]
  get(id: Hex): Challenge | undefined
}

const OPEN_MAX = 100_000

export function createDisputeBook(openMax: number = OPEN_MAX): OpenChallenges {
  let heads: readonly ChainHead[] = []
  /** As of the newest final block. */
  const settled = new Map<Hex, Challenge>()
  /** Of the blocks after it, in the order of the chain. */
  let unsettled: ChainDispute[] = []
  let open = new Map<Hex, Challenge>()
  const act = (disputes: Map<Hex, Challenge>, event: ChainDispute): void => {
    if (event.kind === 'invalidated') return
    const { digest, challenger, position } = event
    const id = challengeId(digest, position, challenger)
    if (event.kind !== 'challenged') disputes.delete(id)
    else if (event.header !== undefined && disputes.size < openMax) {
      const { header, deadline } = event
      disputes.set(id, { id, digest, header, challenger, position, deadline })
    }
  }
  return {
    heads: () => [...heads],
    apply: async ({ undoAbove = Infinity, disputes = [], forgetBelow, final, ...step }: ChainStep) => {
      const kept = heads.filter(({ number }) => number <= undoAbove)
      heads = [...kept, ...step.heads].filter(({ number }) => number >= forgetBelow)
      // Only a rescan undoes what was final.
      if (undoAbove === -1) settled.clear()
      const before = unsettled.length
      unsettled = [...unsettled.filter(({ blockNumber }) => blockNumber <= undoAbove), ...disputes]
      const changed = undoAbove !== Infinity || disputes.length > 0 || before !== unsettled.length
      for (const event of unsettled) if (event.blockNumber <= final) act(settled, event)
      unsettled = unsettled.filter(({ blockNumber }) => blockNumber > final)
      if (!changed) return
      open = new Map(settled)
      for (const event of unsettled) act(open, event)
    },
    open: () => [...open.values()].sort((a, b) => a.deadline - b.deadline),
    get: (id) => open.get(id),
  }
}
