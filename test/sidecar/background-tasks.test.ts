// The loops of a sidecar on a clock that the test moves: how often each step runs, what is logged of failures, and how they end.
import { beforeEach, expect, test } from 'vitest'
import { FloeError } from '../../src/protocol/errors.ts'
import type { JobKind } from '../../src/queue/queue.ts'
import type { Logger } from '../../src/runtime/logger.ts'
import { runBackgroundTasks } from '../../src/sidecar/background-tasks.ts'
import { type ManualClock, manualClock } from '../support/manual-clock.ts'

const down = new FloeError('unavailable', 'L1 is down.')

let clock: ManualClock
let steps: string[]
let logged: string[]
let handled: JobKind[]
/** Runs in the step that follows L1. */
let follow: () => Promise<void>
/** Records that `expire` reports, call by call; then none. */
let expired: number[]

beforeEach(() => {
  clock = manualClock(1_900_000_000)
  steps = []
  logged = []
  handled = []
  follow = async () => undefined
  expired = []
})

function run(signal: AbortSignal): Promise<void> {
  const log = (_facts: object, message: string): void => void logged.push(message)
  const step = (name: string) => async (): Promise<void> => void steps.push(name)
  return runBackgroundTasks(
    {
      queue: { handle: (kind) => void handled.push(kind) },
      batchIndex: {
        expire: async () => {
          steps.push('expire')
          return expired.shift() ?? 0
        },
      },
      follower: {
        sync: async () => {
          steps.push('follow')
          await follow()
          return { tip: { number: 1, hash: '0x' }, timestamp: 0, final: 0 }
        },
      },
      postScheduler: { start: () => void steps.push('start'), tick: step('tick') },
      deadline: { check: () => void steps.push('check') },
      backfill: { handle: step('handle'), flush: step('flush'), sweep: step('sweep') },
      announcements: { repeat: step('repeat') },
      clock,
      logger: { info: log, warn: log } as unknown as Logger,
      postingIntervalMs: 60_000,
    },
    signal,
  )
}

const count = (name: string): number => steps.filter((step) => step === name).length

/** Moves time on second by second, with every step that is due done in between. */
async function pass(seconds: number): Promise<void> {
  await turns()
  for (let i = 0; i < seconds; i++) {
    clock.advance(1_000)
    await turns()
  }
}

async function turns(): Promise<void> {
  for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve))
}

test('Every task runs at its own interval, and the handlers are registered once.', async () => {
  const stop = new AbortController()
  const running = run(stop.signal)
  await pass(60)
  expect([count('follow'), count('sweep'), count('tick'), count('repeat')]).toEqual([16, 13, 61, 3])
  expect(count('check')).toBe(61)
  expect([handled, count('start')]).toEqual([['backfill'], 1])
  stop.abort()
  await running
})

test('Expired records are removed page by page in one step.', async () => {
  expired = [1_000, 1_000, 3]
  const stop = new AbortController()
  const running = run(stop.signal)
  await turns()
  expect([count('expire'), count('sweep')]).toEqual([3, 1])
  stop.abort()
  await running
})

test('A series of failures is logged once when it begins and once when it ends.', async () => {
  follow = async () => Promise.reject(down)
  const stop = new AbortController()
  const running = run(stop.signal)
  await pass(40)
  expect(logged).toEqual(['L1 not followed'])
  follow = async () => undefined
  await pass(10)
  expect(logged).toEqual(['L1 not followed', 'L1 followed again'])
  stop.abort()
  await running
})

test('The tasks end after an abort, once the step in flight has ended, and log no failure of it.', async () => {
  const inFlight = Promise.withResolvers<void>()
  follow = async () => inFlight.promise
  const stop = new AbortController()
  let ended = false
  const running = run(stop.signal).finally(() => (ended = true))
  await turns()
  stop.abort()
  await turns()
  expect(ended).toBe(false)
  inFlight.reject(down)
  await running
  expect([logged, clock.sleeping()]).toEqual([[], 0])
})
