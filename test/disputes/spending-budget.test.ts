// What an account may spend: never more than each, never more than a day's, whatever the order.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createSpending } from '../../src/disputes/spending-budget.ts'
import { FloeError } from '../../src/protocol/errors.ts'
import { manualClock } from '../support/manual-clock.ts'

const DAY_MS = 86_400_000

/** Whether so much may be spent now; if so, it is. */
function takes(spending: ReturnType<typeof createSpending>, wei: bigint): boolean {
  try {
    spending.reserve(wei)
    return true
  } catch (error) {
    if (error instanceof FloeError && /of a day's 100/.test(error.message)) return false
    throw error
  }
}

test('any amounts at any times stay within the limits of every day', () => {
  const step = fc.record({ wei: fc.bigInt(0n, 60n), waitMs: fc.integer({ min: 0, max: DAY_MS / 3 }) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const clock = manualClock(1_900_000_000)
      const spending = createSpending({ eachWeiMax: 50n, dayWeiMax: 100n }, clock)
      const taken: { at: number; wei: bigint }[] = []
      for (const { wei, waitMs } of steps) {
        clock.advance(waitMs)
        const at = clock.monotonic()
        const today = taken.filter((one) => one.at > at - DAY_MS).reduce((sum, one) => sum + one.wei, 0n)
        expect(spending.spentWithinDayWei()).toBe(today)
        const may = wei <= 50n && today + wei <= 100n
        expect(takes(spending, wei)).toBe(may)
        if (may) taken.push({ at, wei })
      }
    }),
  )
})

test('what was not spent is given back', () => {
  const spending = createSpending({ eachWeiMax: 100n, dayWeiMax: 100n }, manualClock(1_900_000_000))
  spending.reserve(100n)()
  expect(spending.spentWithinDayWei()).toBe(0n)
})
