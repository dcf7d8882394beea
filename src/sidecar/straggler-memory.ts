// The bytes of bodies that a sidecar keeps for operators that are slower than the quorum.
//
// Guarantees:
// - Bounded: all operators together, and each alone, keep no more than their bound.
// - Fair: operators that take no bytes leave room for the others.
import type { Hex } from '../protocol/bytes.ts'
import { Budget } from '../runtime/budget.ts'

/** Of the bytes for all operators, those that one can have: two that take no bytes leave half. */
const OPERATOR_SHARE = 1 / 4

export class StragglerMemory {
  readonly #total: Budget
  readonly #operatorBytesMax: number
  /** Bytes by the signer of an operator; only operators that have some. */
  readonly #usedBy = new Map<Hex, number>()

  constructor(bytesMax: number) {
    this.#total = new Budget(bytesMax)
    this.#operatorBytesMax = bytesMax * OPERATOR_SHARE
  }

  /** Takes `bytes` for an operator. @returns gives them back, once; undefined when they would pass a bound */
  take(operator: Hex, bytes: number): (() => void) | undefined {
    if (!this.hasRoom(operator, bytes)) return undefined
    const release = this.#total.take(bytes)
    if (release === undefined) return undefined
    this.#usedBy.set(operator, this.#bytesOf(operator) + bytes)
    let taken = true
    return () => {
      if (!taken) return
      taken = false
      release()
      const rest = this.#bytesOf(operator) - bytes
      if (rest === 0) this.#usedBy.delete(operator)
      else this.#usedBy.set(operator, rest)
    }
  }

  /** Whether `bytes` more are within the bound of an operator. A single body always is. */
  hasRoom(operator: Hex, bytes: number): boolean {
    const used = this.#bytesOf(operator)
    return used === 0 || used + bytes <= this.#operatorBytesMax
  }

  used(): number {
    return this.#total.used()
  }

  #bytesOf(operator: Hex): number {
    return this.#usedBy.get(operator) ?? 0
  }
}
