// A spending budget: its limits hold for any amounts in any order.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SpendingBudget } from '../../src/disputes/spending-budget.ts'
import { FloeError } from '../../src/protocol/errors.ts'
import { manualClock } from '../support/manual-clock.ts'

const DAY_MS = 86_400_000

/** Reserves an amount. @returns whether the budget had room for it */
function reserves(budget: SpendingBudget, wei: bigint): boolean {
  try {
    budget.reserve(wei)
    return true
  } catch (error) {
    if (error instanceof FloeError && /budget of 100 wei a day/.test(error.message)) return false
    throw error
  }
}

test('amounts at any times stay within the limit of a transaction and of any 24 hours', () => {
  const step = fc.record({ wei: fc.bigInt(0n, 60n), waitMs: fc.integer({ min: 0, max: DAY_MS / 3 }) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const clock = manualClock(1_900_000_000)
      const budget = new SpendingBudget({ limits: { transactionWeiMax: 50n, dayWeiMax: 100n }, clock })
      const taken: { at: number; wei: bigint }[] = []
      for (const { wei, waitMs } of steps) {
        clock.advance(waitMs)
        const at = clock.monotonic()
        const today = taken.filter((one) => one.at > at - DAY_MS).reduce((sum, one) => sum + one.wei, 0n)
        expect(budget.spentWithinDayWei()).toBe(today)
        const may = wei <= 50n && today + wei <= 100n
        expect(reserves(budget, wei)).toBe(may)
        if (may) taken.push({ at, wei })
      }
    }),
  )
})

test('a released amount no longer counts', () => {
  const limits = { transactionWeiMax: 100n, dayWeiMax: 100n }
  const budget = new SpendingBudget({ limits, clock: manualClock(1_900_000_000) })
  budget.reserve(100n)()
  expect(budget.spentWithinDayWei()).toBe(0n)
})
