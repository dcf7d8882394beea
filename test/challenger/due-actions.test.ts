// Which challenges a challenger closes is a function of their deadlines and of the time of L1.
import { expect, test } from 'vitest'
import { dueActions } from '../../src/challenger/due-actions.ts'
import type { Challenge } from '../../src/disputes/open-challenges.ts'
import type { Hex } from '../../src/protocol/bytes.ts'
import { testHeader } from '../support/deploy.ts'

const WINDOW = 3_600
const DEADLINE = 10_000
const account: Hex = `0x${'11'.repeat(20)}`
const other: Hex = `0x${'22'.repeat(20)}`
const position = { pair: 0, side: 'row' as const, symbol: 0, chunk: 0 }

function challengeOf(challenger: Hex, deadline = DEADLINE): Challenge {
  const header = testHeader('due')
  const id: Hex = `0x${deadline.toString(16).padStart(64, '0')}`
  return { id, digest: header.root, header, challenger, position, deadline }
}

function actionsAt(timestamp: number, open: readonly Challenge[]): (readonly [string, Hex, number])[] {
  return dueActions(open, { account, timestamp, windowSeconds: WINDOW }).map(
    ({ action, challenge: { challenger, deadline } }) => [action, challenger, deadline],
  )
}

test('an own challenge is expired after its deadline, and reclaimed after it has lapsed', () => {
  const own = [challengeOf(account)]
  expect(actionsAt(DEADLINE, own)).toEqual([])
  expect(actionsAt(DEADLINE + 1, own)).toEqual([['expire', account, DEADLINE]])
  expect(actionsAt(DEADLINE + WINDOW, own)).toEqual([['expire', account, DEADLINE]])
  expect(actionsAt(DEADLINE + WINDOW + 1, own)).toEqual([['reclaim', account, DEADLINE]])
})

test('Not escaped: what another account challenged and left is expired too, before it lapses.', () => {
  const left = [challengeOf(other)]
  expect(actionsAt(DEADLINE + WINDOW / 2, left)).toEqual([])
  expect(actionsAt(DEADLINE + WINDOW / 2 + 1, left)).toEqual([['expire', other, DEADLINE]])
  expect(actionsAt(DEADLINE + WINDOW, left)).toEqual([['expire', other, DEADLINE]])
  expect(actionsAt(DEADLINE + WINDOW + 1, left)).toEqual([])
})

test('own challenges come first', () => {
  const open = [challengeOf(other, DEADLINE), challengeOf(account, DEADLINE + 1)]
  expect(actionsAt(DEADLINE + WINDOW, open)).toEqual([
    ['expire', account, DEADLINE + 1],
    ['expire', other, DEADLINE],
  ])
})
