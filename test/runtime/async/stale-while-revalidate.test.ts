// Stale-while-revalidate on a clock that the test moves: when a value is read again, and which value a caller gets meanwhile.
import { beforeEach, expect, test } from 'vitest'
import { staleWhileRevalidate } from '../../../src/runtime/async/stale-while-revalidate.ts'
import { type ManualClock, manualClock } from '../../support/manual-clock.ts'

const POLICY = { refreshMs: 1_000, staleMs: 10_000, patienceMs: 50 }
const away = new Error('the source is away')

let clock: ManualClock
let reads: PromiseWithResolvers<string>[]
let value: () => Promise<string>

beforeEach(async () => {
  clock = manualClock(1_900_000_000)
  reads = []
  value = staleWhileRevalidate(clock, POLICY, async () => {
    const read = Promise.withResolvers<string>()
    reads.push(read)
    return read.promise
  })
})

/** Reads a first value. */
async function readFirst(): Promise<void> {
  const first = value()
  reads[0]?.resolve('first')
  expect(await first).toBe('first')
}

test('concurrent callers without a value share one read', async () => {
  const callers = [value(), value()]
  reads[0]?.resolve('first')
  expect(await Promise.all(callers)).toEqual(['first', 'first'])
  expect(reads.length).toBe(1)
})

test('a first read that fails is an error, and the next caller reads again', async () => {
  const failing = value()
  reads[0]?.reject(away)
  await expect(failing).rejects.toBe(away)
  const next = value()
  reads[1]?.resolve('second')
  expect(await next).toBe('second')
})

test('a fresh value is returned without a read', async () => {
  await readFirst()
  clock.advance(999)
  expect([await value(), reads.length]).toEqual(['first', 1])
})

test('an aged value is read again, and a caller gets the new one if it comes soon', async () => {
  await readFirst()
  clock.advance(1_000)
  const caller = value()
  reads[1]?.resolve('second')
  expect(await caller).toBe('second')
})

test('a caller gets the aged value when the read is slow, and later callers get the new one', async () => {
  await readFirst()
  clock.advance(1_000)
  const caller = value()
  clock.advance(POLICY.patienceMs)
  expect(await caller).toBe('first')
  reads[1]?.resolve('second')
  await expect.poll(value).toBe('second')
  expect(reads.length).toBe(2)
})

test('a read that fails leaves the aged value, and is repeated only after the refresh time', async () => {
  await readFirst()
  clock.advance(1_000)
  const caller = value()
  reads[1]?.reject(away)
  expect(await caller).toBe('first')
  clock.advance(999)
  expect([await value(), reads.length]).toEqual(['first', 2])
  clock.advance(1)
  const next = value()
  reads[2]?.resolve('third')
  expect(await next).toBe('third')
})

test('a stale value is not returned: a caller waits for the read, and gets its error', async () => {
  await readFirst()
  clock.advance(POLICY.staleMs)
  const caller = value()
  clock.advance(POLICY.patienceMs)
  reads[1]?.reject(away)
  await expect(caller).rejects.toBe(away)
})
