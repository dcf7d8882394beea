// The faults over which a fine may be due, from the events of the Disputes contract, in memory and in step with the chain: the pairs
// over which a challenge expired, and the headers that were proven inconsistent (docs/protocol.md §7.3).
import type { ChainStep } from '../l1/chain.ts'
import type { Hex } from '../protocol/bytes.ts'
import type { Header } from '../protocol/header.ts'

export type RecordedFault =
  | { readonly kind: 'pair'; readonly digest: Hex; readonly pair: number; readonly header: Header }
  | { readonly kind: 'proof'; readonly digest: Hex }

/** A fault costs its submitter gas; above it the oldest are left to other challengers. */
const FAULTS_MAX = 10_000

export class RecordedFaults {
  /** By name, in the order of the chain. */
  readonly #faults = new Map<string, { readonly fault: RecordedFault; readonly blockNumber: number }>()

  all(): RecordedFault[] {
    return [...this.#faults.values()].map(({ fault }) => fault)
  }

  remove(fault: RecordedFault): void {
    this.#faults.delete(nameOf(fault))
  }

  apply({ undoAbove = Infinity, disputes = [] }: Pick<ChainStep, 'undoAbove' | 'disputes'>): void {
    for (const [name, { blockNumber }] of this.#faults) if (blockNumber > undoAbove) this.#faults.delete(name)
    for (const event of disputes) {
      const { digest, blockNumber } = event
      if (event.kind === 'expired' && event.header !== undefined)
        this.#add({ kind: 'pair', digest, pair: event.position.pair, header: event.header }, blockNumber)
      if (event.kind === 'invalidated' && event.faults.inconsistent)
        this.#add({ kind: 'proof', digest }, blockNumber)
    }
  }

  /** The first event of a fault counts, as on L1. */
  #add(fault: RecordedFault, blockNumber: number): void {
    const name = nameOf(fault)
    if (this.#faults.has(name)) return
    this.#faults.set(name, { fault, blockNumber })
    const [oldest] = this.#faults.keys()
    if (this.#faults.size > FAULTS_MAX && oldest !== undefined) this.#faults.delete(oldest)
  }
}

function nameOf(fault: RecordedFault): string {
  return fault.kind === 'pair' ? `${fault.digest}/${fault.pair}` : fault.digest
}
