// How long a sidecar asks for, under terms of a Ledger and settings of an operator: always between notice and promise, with room.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { standsPosted } from '../../src/protocol/posting.ts'
import { retentionFor } from '../../src/sidecar/retention.ts'

const DAY = 86_400
const MAINNET = { noticeSeconds: 7 * DAY, promiseSeconds: 15 * DAY }
const MINUTE_MS = 60_000

test('A sidecar asks for 14 days unless its operator wants another time, or the Ledger allows less.', () => {
  const settings = { retentionSeconds: undefined, postingIntervalMs: MINUTE_MS }
  expect(retentionFor(settings, MAINNET)).toBe(14 * DAY)
  expect(retentionFor({ ...settings, retentionSeconds: 9 * DAY }, MAINNET)).toBe(9 * DAY)
  expect(retentionFor(settings, { noticeSeconds: 7_200, promiseSeconds: 2 * DAY })).toBe(2 * DAY - 300)
  expect(retentionFor(settings, { noticeSeconds: 20 * DAY, promiseSeconds: 40 * DAY })).toBe(20 * DAY + 3_780)
})

test('A retention that leaves a post no time is refused with the times that can be set.', () => {
  const settings = { retentionSeconds: 7 * DAY + 3_779, postingIntervalMs: MINUTE_MS }
  expect(() => retentionFor(settings, MAINNET)).toThrowErrorMatchingInlineSnapshot(
    `[FloeError: Expected a retention in 608580…1295700 seconds, got 608579: a post needs 3780 seconds and must leave the Ledger's notice of 604800, and the Ledger's longest promise is 1296000. Leave out --retention, or set it in 608580s…1295700s.]`,
  )
  expect(retentionFor({ ...settings, retentionSeconds: 7 * DAY + 3_780 }, MAINNET)).toBe(7 * DAY + 3_780)
})

test('A retention that a storage node with another clock may refuse is refused at the start.', () => {
  const settings = { retentionSeconds: 15 * DAY - 299, postingIntervalMs: MINUTE_MS }
  expect(() => retentionFor(settings, MAINNET)).toThrow(/^Expected a retention in 608580…1295700 seconds/)
})

test('A Ledger whose promise leaves a post no time is refused, and so is an interval that is too long for it.', () => {
  const settings = { retentionSeconds: undefined, postingIntervalMs: MINUTE_MS }
  const short = { noticeSeconds: 7_200, promiseSeconds: 9_000 }
  expect(() => retentionFor(settings, short)).toThrowErrorMatchingInlineSnapshot(
    `[FloeError: Expected 4080 seconds between the Ledger's notice and its promise, for posts that are late and clocks that differ, got 1800. Set a shorter --posting-interval. If it is short already, use a Ledger with a longer promise.]`,
  )
  expect(() => retentionFor({ ...settings, postingIntervalMs: 3 * DAY * 1000 }, MAINNET)).toThrow(
    'Set a shorter --posting-interval.',
  )
})

test('property: a batch with an accepted retention stands posted by any post in the three intervals after its put', () => {
  const times = fc.record({
    noticeSeconds: fc.integer({ min: 1, max: 30 * DAY }),
    roomSeconds: fc.integer({ min: 1, max: 30 * DAY }),
    postingIntervalMs: fc.integer({ min: 100, max: DAY * 1000 }),
    delayShare: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  fc.assert(
    fc.property(times, ({ noticeSeconds, roomSeconds, postingIntervalMs, delayShare }) => {
      const terms = { noticeSeconds, promiseSeconds: noticeSeconds + roomSeconds }
      let retention: number
      try {
        retention = retentionFor({ retentionSeconds: undefined, postingIntervalMs }, terms)
      } catch {
        return
      }
      const putAt = 1_900_000_000
      const postedAt = putAt + Math.floor((delayShare * 3 * postingIntervalMs) / 1000)
      expect(standsPosted({ expiry: putAt + retention }, postedAt, terms)).toBe(true)
    }),
  )
})
