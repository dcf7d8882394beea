// What an answer is worth: it rises towards the fine as the deadline nears, and never above it.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type AnswerWorth, answerWeiMax } from '../../src/disputes/answer-worth.ts'

const MILLIETHER = 10n ** 15n

const worths: fc.Arbitrary<AnswerWorth> = fc
  .record({
    windowSeconds: fc.integer({ min: 3_600, max: 365 * 86_400 }),
    openedAt: fc.integer({ min: 1, max: 2_000_000_000 }),
    usualWeiMax: fc.bigInt(1n, 10_000n * MILLIETHER),
    fineWei: fc.bigInt(0n, 10_000n * MILLIETHER),
  })
  .map(({ openedAt, windowSeconds, ...rest }) => ({
    ...rest,
    windowSeconds,
    deadline: openedAt + windowSeconds,
  }))
/** Shares of the window, also before and after it. */
const shares = fc.double({ min: -1, max: 2, noNaN: true })

function at({ deadline, windowSeconds }: AnswerWorth, share: number): number {
  return Math.floor(deadline - windowSeconds + share * windowSeconds)
}

test('the worth of an answer never falls while the deadline nears', () => {
  fc.assert(
    fc.property(worths, shares, shares, (worth, one, other) => {
      const [early, late] = [Math.min(one, other), Math.max(one, other)]
      expect(answerWeiMax(worth, at(worth, late))).toBeGreaterThanOrEqual(
        answerWeiMax(worth, at(worth, early)),
      )
    }),
  )
})

test('an answer is never worth more than the fine that it saves', () => {
  fc.assert(
    fc.property(worths, shares, (worth, share) => {
      fc.pre(worth.fineWei > 0n)
      expect(answerWeiMax(worth, at(worth, share))).toBeLessThanOrEqual(worth.fineWei)
    }),
  )
})

test('in the first half of the window the usual ceiling holds, or the fine where that is lower', () => {
  fc.assert(
    fc.property(worths, fc.double({ min: 0, max: 0.5, noNaN: true }), (worth, share) => {
      const { usualWeiMax, fineWei } = worth
      const early = fineWei > 0n && fineWei < usualWeiMax ? fineWei : usualWeiMax
      expect(answerWeiMax(worth, at(worth, share))).toBe(early)
    }),
  )
})

test('in the last tenth of the window an answer is worth the whole fine', () => {
  fc.assert(
    fc.property(worths, fc.double({ min: 0.9, max: 1, noNaN: true }), (worth, share) => {
      fc.pre(worth.fineWei > 0n)
      expect(answerWeiMax(worth, at(worth, share))).toBe(worth.fineWei)
    }),
  )
})

test('an account that cannot be fined pays no more than the usual ceiling', () => {
  fc.assert(
    fc.property(worths, shares, (worth, share) => {
      expect(answerWeiMax({ ...worth, fineWei: 0n }, at(worth, share))).toBe(worth.usualWeiMax)
    }),
  )
})
