// A spending budget: its limits hold for any amounts in any order, and what was earned counts against what was spent.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Expense, SpendingBudget } from '../../src/disputes/spending-budget.ts'
import { type Hex, toHex, uintBytes } from '../../src/protocol/bytes.ts'
import { FloeError } from '../../src/protocol/errors.ts'
import { manualClock } from '../support/manual-clock.ts'

const DAY_MS = 86_400_000

function idOf(number: number): Hex {
  return toHex(uintBytes(number, 4))
}

function budgetOf(
  transactionWeiMax: bigint,
  dayWeiMax: bigint,
  clock = manualClock(1_900_000_000),
): SpendingBudget {
  return new SpendingBudget({ limits: { transactionWeiMax, dayWeiMax }, clock })
}

/** Reserves an amount. @returns whether the budget had room for it */
function reserves(budget: SpendingBudget, id: Hex, expense: Expense): boolean {
  try {
    budget.reserve(id, expense)
    return true
  } catch (error) {
    if (error instanceof FloeError && error.code === 'overloaded') return false
    throw error
  }
}

test('amounts at any times stay within the limit of a transaction and of any 24 hours', () => {
  const step = fc.record({ wei: fc.bigInt(0n, 60n), waitMs: fc.integer({ min: 0, max: DAY_MS / 3 }) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const clock = manualClock(1_900_000_000)
      const budget = budgetOf(50n, 100n, clock)
      const taken: { at: number; wei: bigint }[] = []
      for (const [i, { wei, waitMs }] of steps.entries()) {
        clock.advance(waitMs)
        const at = clock.monotonic()
        const today = taken.filter((one) => one.at > at - DAY_MS).reduce((sum, one) => sum + one.wei, 0n)
        expect(budget.spentWithinDayWei()).toBe(today)
        const may = wei <= 50n && today + wei <= 100n
        expect(reserves(budget, idOf(i), { wei })).toBe(may)
        if (may) taken.push({ at, wei })
      }
    }),
  )
})

test('whatever transactions cost and earn, a budget loses no more in a day than its limit and one reservation', () => {
  const step = fc.record({ wei: fc.bigInt(1n, 60n), incomeWei: fc.bigInt(0n, 30n), succeeds: fc.boolean() })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const budget = budgetOf(50n, 100n)
      let lost = 0n
      for (const [i, { wei, incomeWei, succeeds }] of steps.entries()) {
        if (!reserves(budget, idOf(i), { wei, incomeWei })) continue
        const paid = succeeds ? wei - incomeWei : wei
        budget.settle(idOf(i), paid)
        lost += paid
        expect(budget.spentWithinDayWei()).toBe(lost)
        // An expense that was to pay for itself may fail, and costs at most its income more than was reserved.
        expect(lost).toBeLessThanOrEqual(100n + incomeWei)
      }
    }),
  )
})

test('an expense that pays for itself needs no room, and what it earned gives room to others', () => {
  const budget = budgetOf(100n, 100n)
  budget.reserve(idOf(1), { wei: 100n })
  expect(reserves(budget, idOf(2), { wei: 1n })).toBe(false)
  budget.reserve(idOf(2), { wei: 40n, incomeWei: 50n })
  expect(budget.spentWithinDayWei()).toBe(100n)
  budget.settle(idOf(2), 40n - 50n)
  expect(budget.spentWithinDayWei()).toBe(90n)
  expect(reserves(budget, idOf(3), { wei: 10n })).toBe(true)
})

test('an expense that is tried again counts once, and a settled one counts as it was', () => {
  const budget = budgetOf(100n, 100n)
  budget.reserve(idOf(1), { wei: 60n })
  budget.reserve(idOf(1), { wei: 80n })
  expect(budget.spentWithinDayWei()).toBe(80n)
  expect(reserves(budget, idOf(1), { wei: 101n })).toBe(false)
  expect(budget.spentWithinDayWei()).toBe(80n)
  budget.settle(idOf(1), 30n)
  expect(budget.spentWithinDayWei()).toBe(30n)
  budget.settle(idOf(1), 0n)
  expect(budget.spentWithinDayWei()).toBe(0n)
})

test('an expense can have a maximum of its own, within the budget of the day', () => {
  const budget = budgetOf(10n, 100n)
  expect(reserves(budget, idOf(1), { wei: 50n })).toBe(false)
  expect(reserves(budget, idOf(1), { wei: 50n, transactionWeiMax: 50n })).toBe(true)
  expect(reserves(budget, idOf(2), { wei: 51n, transactionWeiMax: 60n })).toBe(false)
})
