// The age of L1's head, read from a real chain through an endpoint with faults. The watch has a clock that the test moves.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { HeadWatch } from '../../src/l1/head-watch.ts'
import { connectL1 } from '../../src/l1/rpc.ts'
import { type TestAnvil, startTestAnvil } from '../support/anvil.ts'
import { L1Faults } from '../support/l1-faults.ts'
import { LogCapture } from '../support/log-capture.ts'
import { type ManualClock, manualClock } from '../support/manual-clock.ts'
import { askRpc } from '../support/rpc-proxy.ts'

/** The first block is mined at this time, which is ahead of the system's clock. */
const START = 4_000_000_000
const POLL_MS = 20_000

let anvil: TestAnvil
let endpoint: L1Faults
let time = START
let clock: ManualClock
let log: LogCapture

beforeAll(async () => {
  anvil = await startTestAnvil()
  endpoint = await L1Faults.start(anvil.url)
})
afterAll(async () => {
  await endpoint[Symbol.asyncDispose]()
  await anvil.stop()
})

beforeEach(async () => {
  await endpoint.inject()
  clock = manualClock(time)
  log = new LogCapture()
})

/** Time passes by a slot of Ethereum's, and a block is mined. */
async function slot(): Promise<void> {
  time += 12
  await askRpc(anvil.url, { method: 'evm_setNextBlockTimestamp', params: [time] })
  await askRpc(anvil.url, { method: 'evm_mine', params: [] })
}

/** A watch that polls the endpoints until the end of `use`. */
async function polling(urls: readonly string[], use: (watch: HeadWatch) => Promise<void>): Promise<void> {
  const watch = new HeadWatch({ clock, logger: log.logger })
  const stop = new AbortController()
  const running = watch.runPolls(connectL1(urls), stop.signal)
  try {
    await clock.asleep()
    await use(watch)
  } finally {
    stop.abort()
    await running
  }
}

test('The age is that of the newest block, and it grows while an endpoint answers with a head that stands still.', async () => {
  await slot()
  clock.advance(12_000)
  await polling([endpoint.url], async (watch) => {
    expect(watch.ageSeconds()).toBe(0)
    await endpoint.inject({ kind: 'standing-head' })
    for (let i = 0; i < 6; i++) {
      await slot()
      await clock.tick(POLL_MS)
    }
    watch.requireRecent()
    expect(log.lines()).toEqual([])
    await clock.tick(POLL_MS)
    expect(watch.ageSeconds()).toBe(140)
    expect(() => watch.requireRecent()).toThrow('at most 120 s old (--l1-age-max), it is 140 s old')
    await clock.tick(POLL_MS)
    expect(log.lines()).toMatchObject([{ level: 50, msg: 'head of L1 stands still', l1AgeSeconds: 140 }])
    await endpoint.inject()
    time = START + 12 + 160
    await slot()
    await clock.tick(POLL_MS)
    watch.requireRecent()
    expect(log.lines()[1]).toMatchObject({ level: 30, msg: 'head of L1 moves again', failures: 2 })
    expect(log.lines()).toHaveLength(2)
  })
})

test('Before the first block the age is that of the process, and the service is not ready.', async () => {
  await endpoint.inject({ kind: 'down' })
  await polling([endpoint.url], async (watch) => {
    expect(() => watch.requireRecent()).toThrow('it has not followed L1 since it started 0 s ago')
    for (let i = 0; i < 7; i++) await clock.tick(POLL_MS)
    expect(watch.ageSeconds()).toBe(140)
    expect(log.lines()).toMatchObject([{ msg: 'head of L1 stands still', neverFollowed: true }])
    await endpoint.inject()
    time += 148
    await slot()
    await clock.tick(POLL_MS)
    expect(watch.ageSeconds()).toBe(0)
    watch.requireRecent()
  })
})

test('An endpoint that lags has an old head, also while it moves; a second endpoint that does not lag decides.', async () => {
  for (let i = 0; i < 12; i++) await slot()
  clock = manualClock(time)
  await endpoint.inject({ kind: 'lag', blocks: 11 })
  await polling([endpoint.url], async (watch) => {
    expect(watch.ageSeconds()).toBe(132)
    expect(() => watch.requireRecent()).toThrow('it is 132 s old')
  })
  await polling([endpoint.url, anvil.url], async (watch) => expect(watch.ageSeconds()).toBe(0))
})

test('A clock that is behind does not make a head that stands still young.', () => {
  const watch = new HeadWatch({ clock, logger: log.logger })
  watch.observe(time + 3_600)
  watch.requireRecent()
  clock.advance(121_000)
  watch.observe(time + 3_600)
  expect(watch.ageSeconds()).toBe(121)
})

test('A block from the future does not hide the head of another endpoint.', async () => {
  clock = manualClock(time)
  await slot()
  await slot()
  await endpoint.inject({ kind: 'lag', blocks: 2 })
  await polling([endpoint.url, anvil.url], async (watch) => {
    expect(watch.ageSeconds()).toBe(0)
    await clock.tick(POLL_MS)
    // The block of 24 s ahead is believed once this clock is within 15 s of it.
    expect(watch.ageSeconds()).toBe(0)
    await clock.tick(POLL_MS)
    // It was seen 20 s ago.
    expect(watch.ageSeconds()).toBe(20)
  })
})
