// Loops on a clock that the test moves: when a step begins, what a wake and an error do, and how a loop ends.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Loop, type LoopOptions, type Step, runLoop } from '../../../src/runtime/async/loop.ts'
import { type ManualClock, manualClock } from '../../support/manual-clock.ts'

const failure = new Error('a step failed')

let clock: ManualClock
let stop: AbortController
let running: Promise<void> | undefined
/** Milliseconds from the start at which steps began. */
let steps: number[]

beforeEach(() => {
  clock = manualClock(0)
  stop = new AbortController()
  steps = []
})
afterEach(async () => {
  stop.abort()
  await running?.catch(() => undefined)
  running = undefined
})

function start(step: Step = async () => undefined, options: Partial<LoopOptions> = {}): Loop {
  const loop = new Loop({ clock, intervalMs: 100, ...options }, async (signal) => {
    steps.push(clock.monotonic())
    return step(signal)
  })
  running = loop.run(stop.signal)
  return loop
}

test('a loop runs its step immediately and then once in each interval', async () => {
  start()
  await clock.tick(99)
  expect(steps).toEqual([0])
  await clock.tick(1)
  await clock.tick(100)
  expect(steps).toEqual([0, 100, 200])
})

test('a step may choose the pause after it', async () => {
  start(async () => (steps.length === 1 ? 10 : undefined))
  await clock.tick(10)
  await clock.tick(99)
  expect(steps).toEqual([0, 10])
})

test('a wake during the pause begins the next step immediately', async () => {
  const loop = start()
  await clock.asleep()
  clock.advance(30)
  loop.wake()
  await clock.asleep()
  await clock.tick(100)
  expect(steps).toEqual([0, 30, 130])
})

test('wakes during a step cause exactly one more step without a pause', async () => {
  const loop: Loop = start(async () => {
    await Promise.resolve()
    if (steps.length > 1) return
    loop.wake()
    loop.wake()
  })
  await clock.asleep()
  expect(steps).toEqual([0, 0])
})

test('a loop with onError reports the error of a step and goes on after its pause', async () => {
  const errors: unknown[] = []
  start(async () => Promise.reject(failure), { onError: (error) => errors.push(error) })
  await clock.tick(100)
  expect([steps, errors]).toEqual([
    [0, 100],
    [failure, failure],
  ])
})

test('a loop without onError ends with the error of a step', async () => {
  start(async () => Promise.reject(failure))
  await expect(running).rejects.toBe(failure)
})

test('a loop that is stopped during its pause ends without another step', async () => {
  start()
  await clock.asleep()
  stop.abort()
  await running
  expect([steps, clock.sleeping()]).toEqual([[0], 0])
})

test('a loop that is stopped during a step ends when that step has ended', async () => {
  const step = Promise.withResolvers<undefined>()
  let ended = false
  start(async (signal) => {
    await step.promise
    ended = signal.aborted
  })
  stop.abort()
  step.resolve(undefined)
  await running
  expect([ended, steps, clock.sleeping()]).toEqual([true, [0], 0])
})

test('a loop whose signal has aborted before runs no step', async () => {
  stop.abort()
  await runLoop(
    { clock, intervalMs: 100 },
    async () => {
      steps.push(0)
    },
    stop.signal,
  )
  expect(steps).toEqual([])
})
