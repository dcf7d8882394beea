// A bound on bytes in memory that clients share, so that no client keeps the others out.
//
// Guarantees:
// - Bounded: What all clients hold never exceeds the bound.
// - A quarter is left: Whatever one client holds, another one that holds nothing gets at least a quarter of the bound.
// - Nothing unusable: What is held alone may be as large as the bound.

import type { Budget } from './budget.ts'

/** The part of the bound that every client may take, and the part that is kept for clients that hold less than it. */
const RESERVE = 1 / 4

export class SharedBudget {
  readonly bytesMax: number
  #used = 0
  #shares = 0
  readonly #byClient = new Map<string, number>()

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax
  }

  used(): number {
    return this.#used
  }

  /** Whether `client` could take `bytes` now. */
  hasRoom(client: string, bytes: number): boolean {
    return this.#fits(client, bytes, this.#shares === 0)
  }

  /** Takes `bytes` for `client`; undefined: there is no room. */
  take(client: string, bytes: number): BudgetShare | undefined {
    if (!this.hasRoom(client, bytes)) return undefined
    this.#shares += 1
    this.#add(client, bytes)
    let held = bytes
    let released = false
    return {
      grow: (more) => {
        if (released || !this.#fits(client, more, this.#shares === 1)) return false
        held += more
        this.#add(client, more)
        return true
      },
      release: () => {
        if (released) return
        released = true
        this.#shares -= 1
        this.#add(client, -held)
      },
    }
  }

  /** The budget as one client has it. */
  of(client: string): ClientBudget {
    return { take: (bytes) => this.take(client, bytes)?.release, used: () => this.#used }
  }

  #fits(client: string, bytes: number, alone: boolean): boolean {
    if (this.#used + bytes > this.bytesMax) return false
    const reserve = this.bytesMax * RESERVE
    const own = this.#byClient.get(client) ?? 0
    return alone || own + bytes <= reserve || this.#used + bytes <= this.bytesMax - reserve
  }

  #add(client: string, bytes: number): void {
    this.#used += bytes
    const own = (this.#byClient.get(client) ?? 0) + bytes
    if (own === 0) this.#byClient.delete(client)
    else this.#byClient.set(client, own)
  }
}

/** What a client holds of a budget. */
export type BudgetShare = {
  /** Takes `bytes` more. @returns whether there was room */
  readonly grow: (bytes: number) => boolean
  /** Gives everything back, once. */
  readonly release: () => void
}

/** What `Budget` has, for code that serves one client only. */
export type ClientBudget = Pick<Budget, 'take' | 'used'>
