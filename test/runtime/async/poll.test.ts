// Polling on a clock that the tests control.
import { expect, test } from 'vitest'
import { poll } from '../../../src/runtime/async/poll.ts'
import { manualClock } from '../../support/manual-clock.ts'

/** Above the interval and below the deadline of the polls in these tests. */
const PAUSE_MS_MAX = 500
const times = { intervalMs: 100, timeoutMs: 1_000 }

test('a poll checks immediately and at every interval, and resolves with the first result', async () => {
  const clock = manualClock(1_900_000_000, PAUSE_MS_MAX)
  const checks: number[] = []
  const found = poll({ clock, ...times }, () => {
    checks.push(clock.monotonic())
    return checks.length === 3 ? 'found' : undefined
  })
  await clock.tick(100)
  await clock.asleep()
  clock.advance(100)
  expect(await found).toBe('found')
  const start = checks[0] ?? 0
  expect(checks.map((ms) => ms - start)).toEqual([0, 100, 200])
  expect(clock.sleeping()).toBe(0)
})

test('a poll is rejected with the reason of its deadline', async () => {
  const clock = manualClock(1_900_000_000, PAUSE_MS_MAX)
  const late = new Error('too late')
  const found = poll({ clock, ...times, reason: () => late }, () => undefined)
  const error = found.catch((thrown: unknown) => thrown)
  await clock.asleep()
  clock.advance(1_000)
  expect(await error).toBe(late)
  expect(clock.sleeping()).toBe(0)
})

test('a poll is rejected with the reason of a signal that aborts', async () => {
  const clock = manualClock(1_900_000_000, PAUSE_MS_MAX)
  const stop = new AbortController()
  const found = poll({ clock, ...times, signals: [stop.signal] }, () => undefined)
  const reason = new Error('stopped')
  const error = found.catch((thrown: unknown) => thrown)
  await clock.asleep()
  stop.abort(reason)
  expect(await error).toBe(reason)
  expect(clock.sleeping()).toBe(0)
})

test('a poll is rejected with the error of a check', async () => {
  const clock = manualClock(1_900_000_000)
  const failure = new Error('the check failed')
  await expect(poll({ clock, ...times }, async () => Promise.reject(failure))).rejects.toBe(failure)
  expect(clock.sleeping()).toBe(0)
})
