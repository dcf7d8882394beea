// How much an account may spend on its own: a bound on each transaction, and one on any day. Kept in memory: a restart begins a
// new day, and what a process spends before it ends is bounded all the same.
import { FloeError } from '../protocol/errors.ts'
import type { Clock } from '../runtime/clock.ts'

export type SpendingLimits = { readonly eachWeiMax: bigint; readonly dayWeiMax: bigint }

export type SpendingBudget = {
  /** Counts an amount, before it is spent. Call the result if it was not. @throws FloeError `overloaded` beyond a bound */
  reserve(wei: bigint): () => void
  /** Wei counted within the last day. */
  spentWithinDayWei(): bigint
}

/** Settings are in gwei: whole ethers of wei are more than a number counts. */
export function weiOf(gwei: number): bigint {
  return BigInt(gwei) * 1_000_000_000n
}

const DAY_MS = 86_400_000

export function createSpending({ eachWeiMax, dayWeiMax }: SpendingLimits, clock: Clock): SpendingBudget {
  let spent: { readonly at: number; readonly wei: bigint }[] = []
  const today = (): bigint => {
    const since = clock.monotonic() - DAY_MS
    spent = spent.filter(({ at }) => at > since)
    return spent.reduce((sum, { wei }) => sum + wei, 0n)
  }
  return {
    spentWithinDayWei: today,
    reserve: (wei) => {
      const sum = today()
      if (wei > eachWeiMax || sum + wei > dayWeiMax) {
        const facts = { wei, eachWeiMax, spentWei: sum, dayWeiMax }
        throw new FloeError(
          'overloaded',
          `It would cost up to ${wei} wei, and ${sum} of a day's ${dayWeiMax} are spent.`,
          {
            facts: Object.fromEntries(Object.entries(facts).map(([key, value]) => [key, String(value)])),
            remedy: 'Raise the limits if it is worth it.',
          },
        )
      }
      const entry = { at: clock.monotonic(), wei }
      spent.push(entry)
      return () => {
        spent = spent.filter((other) => other !== entry)
      }
    },
  }
}
