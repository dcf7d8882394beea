// A bound on something that is used for a while, such as bytes in memory: taken before the work, given back after it.

export type Budget = {
  /** Takes `amount`, or returns undefined when that would pass the bound. Call the result once to give it back. */
  take(amount: number): (() => void) | undefined
  readonly used: () => number
}

export function createBudget(bound: number): Budget {
  let used = 0
  return {
    take: (amount) => {
      if (used + amount > bound) return undefined
      used += amount
      let held = true
      return () => {
        if (held) used -= amount
        held = false
      }
    },
    used: () => used,
  }
}
