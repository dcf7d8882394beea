// Budgets: what is taken, refused and given back.
import { expect, test } from 'vitest'
import { Budget } from '../../src/runtime/budget.ts'

test('a budget refuses what would pass its bound, and takes it after other amounts are given back', () => {
  const budget = new Budget(10)
  const giveBack = budget.take(7)
  expect([budget.used(), budget.take(4)]).toEqual([7, undefined])
  giveBack?.()
  expect([budget.used(), budget.take(10) === undefined]).toEqual([0, false])
})

test('an amount that is given back twice counts once', () => {
  const budget = new Budget(10)
  const giveBack = budget.take(7)
  budget.take(2)
  giveBack?.()
  giveBack?.()
  expect(budget.used()).toBe(2)
})
