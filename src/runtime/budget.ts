// A bound on something that is used for a while, such as bytes in memory: taken before the work and given back after it.

export class Budget {
  readonly #bound: number
  #used = 0

  constructor(bound: number) {
    this.#bound = bound
  }

  /** Takes `amount`. @returns gives it back, once; undefined when `amount` would pass the bound */
  take(amount: number): (() => void) | undefined {
    if (this.#used + amount > this.#bound) return undefined
    this.#used += amount
    let taken = true
    return () => {
      if (taken) this.#used -= amount
      taken = false
    }
  }

  used(): number {
    return this.#used
  }
}
