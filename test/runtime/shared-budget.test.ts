// A budget that clients share: what is taken, refused and given back.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type BudgetShare, SharedBudget } from '../../src/runtime/shared-budget.ts'

test('A quarter is left: Whatever one client holds, another one that holds nothing gets at least a quarter of the bound.', () => {
  const budget = new SharedBudget(100)
  const first = budget.take('a', 0)
  expect([budget.take('a', 76), budget.take('a', 75) !== undefined]).toEqual([undefined, true])
  expect([budget.hasRoom('a', 1), first?.grow(1)]).toEqual([false, false])
  expect([budget.hasRoom('b', 26), budget.hasRoom('b', 25)]).toEqual([false, true])
})

test('Nothing unusable: What is held alone may be as large as the bound.', () => {
  const budget = new SharedBudget(100)
  const share = budget.take('a', 0)
  expect([share?.grow(100), share?.grow(1), budget.used()]).toEqual([true, false, 100])
  share?.release()
  expect(budget.take('a', 100)).toBeDefined()
})

test('A share that was released holds nothing, is released once, and does not grow again.', () => {
  const budget = new SharedBudget(100)
  const share = budget.take('a', 10)
  budget.take('a', 20)
  share?.release()
  share?.release()
  expect([budget.used(), share?.grow(1), budget.used()]).toEqual([20, false, 20])
})

test('Bounded: What all clients hold never exceeds the bound.', () => {
  const moves = fc.array(
    fc.record({
      move: fc.constantFrom('take', 'grow', 'release'),
      client: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      bytes: fc.nat(60),
      at: fc.nat(),
    }),
    { maxLength: 60 },
  )
  fc.assert(
    fc.property(moves, (steps) => {
      const budget = new SharedBudget(100)
      const shares: BudgetShare[] = []
      for (const { move, client, bytes, at } of steps) {
        const share = shares[at % (shares.length || 1)]
        if (move === 'grow') share?.grow(bytes)
        else if (move === 'release') share?.release()
        else {
          const taken = budget.take(client, bytes)
          if (taken !== undefined) shares.push(taken)
        }
        expect(budget.used()).toBeLessThanOrEqual(100)
      }
      for (const share of shares) share.release()
      expect([budget.used(), budget.hasRoom('a', 100)]).toEqual([0, true])
    }),
  )
})
