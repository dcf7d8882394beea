// The challenges that are open on L1: the events of the Disputes contract, kept in memory and in step with the chain.
//
// A position has at most one open challenge, of any account (docs/protocol.md §7.1). Nothing is stored on disk. A challenge can
// be answered for one window and expired for one more, so a process that starts reads the blocks of that time and knows every
// challenge that it can still act on. A reorg that removes an event removes its effect here. The number is bounded: a challenge
// costs a bond, and above CHALLENGES_MAX the newest are not recorded.
import type { Hex } from '../protocol/bytes.ts'
import type { Header } from '../protocol/header.ts'
import type { ChainDispute, ChainHead, ChainStep, ChainStore } from '../l1/chain.ts'
import { type Position, challengeId } from '../l1/dispute-ids.ts'

export type Challenge = {
  /** That of its position. After it expired or lapsed the position may be challenged again, with another deadline. */
  readonly id: Hex
  readonly digest: Hex
  readonly header: Header
  readonly challenger: Hex
  readonly position: Position
  /** Unix seconds; the last second in which it can be answered. */
  readonly deadline: number
}

const CHALLENGES_MAX = 100_000

export class OpenChallenges implements ChainStore {
  readonly #challengesMax: number
  #heads: readonly ChainHead[] = []
  /** Open as of the newest final block. */
  readonly #final = new Map<Hex, Challenge>()
  /** Events of the blocks after it, in the order of the chain. */
  #pending: ChainDispute[] = []
  /** Open as of the tip. */
  #open = new Map<Hex, Challenge>()

  constructor({ challengesMax = CHALLENGES_MAX }: { readonly challengesMax?: number } = {}) {
    this.#challengesMax = challengesMax
  }

  /** Every challenge without a resolution, the first deadline first. One past its deadline stays until it expires or lapses. */
  all(): Challenge[] {
    return [...this.#open.values()].sort((a, b) => a.deadline - b.deadline)
  }

  get(id: Hex): Challenge | undefined {
    return this.#open.get(id)
  }

  count(): number {
    return this.#open.size
  }

  heads(): ChainHead[] {
    return [...this.#heads]
  }

  async apply({ undoAbove, disputes = [], heads, forgetBelow, final }: ChainStep): Promise<void> {
    const newestKept = undoAbove ?? Infinity
    const kept = this.#heads.filter(({ number }) => number <= newestKept)
    this.#heads = [...kept, ...heads].filter(({ number }) => number >= forgetBelow)
    // Only a rescan undoes final blocks.
    if (undoAbove === -1) this.#final.clear()
    const changed = undoAbove !== undefined || disputes.length > 0
    this.#pending = [...this.#pending.filter(({ blockNumber }) => blockNumber <= newestKept), ...disputes]
    this.#settleUpTo(final)
    if (changed) this.#replayPending()
  }

  /** Moves the events of final blocks into the final state. */
  #settleUpTo(final: number): void {
    for (const event of this.#pending) if (event.blockNumber <= final) this.#applyEvent(this.#final, event)
    this.#pending = this.#pending.filter(({ blockNumber }) => blockNumber > final)
  }

  #replayPending(): void {
    this.#open = new Map(this.#final)
    for (const event of this.#pending) this.#applyEvent(this.#open, event)
  }

  #applyEvent(challenges: Map<Hex, Challenge>, event: ChainDispute): void {
    // A header that becomes invalid ends none of its challenges.
    if (event.kind === 'invalidated') return
    const { digest, position } = event
    const id = challengeId(digest, position)
    if (event.kind !== 'challenged') challenges.delete(id)
    else if (event.header !== undefined && challenges.size < this.#challengesMax) {
      const { header, challenger, deadline } = event
      challenges.set(id, { id, digest, header, challenger, position, deadline })
    }
  }
}
