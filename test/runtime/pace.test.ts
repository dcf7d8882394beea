// The slowest that a peer may be.
import { expect, test } from 'vitest'
import {
  BYTES_PER_MS_MIN,
  type OnProgress,
  STALL_MS_MAX,
  transferMsMax,
  withMinimumPace,
} from '../../src/runtime/pace.ts'
import { type ManualClock, manualClock } from '../support/manual-clock.ts'

type Transfer = {
  readonly clock: ManualClock
  readonly progress: OnProgress
  readonly aborted: () => boolean
  readonly end: () => void
  readonly result: Promise<unknown>
}

function start(): Transfer {
  const clock = manualClock(0)
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  let parts: { signal: AbortSignal; progress: OnProgress } | undefined
  const result = withMinimumPace(clock, async (signal, progress) => {
    parts = { signal, progress }
    signal.addEventListener('abort', () => reject(signal.reason as Error))
    await promise
  }).catch((error: unknown) => error)
  return {
    clock,
    progress: (bytes) => parts?.progress(bytes),
    aborted: () => parts?.signal.aborted === true,
    end: resolve,
    result,
  }
}

/** Moves time on, and lets what was woken look at it. */
async function pass(clock: ManualClock, ms: number): Promise<void> {
  clock.advance(ms)
  await new Promise((resolve) => setImmediate(resolve))
}

test('A transfer that stands still is ended after ten seconds.', async () => {
  const { clock, aborted, result } = start()
  await pass(clock, STALL_MS_MAX - 1)
  expect(aborted()).toBe(false)
  await pass(clock, 1)
  expect(aborted()).toBe(true)
  expect(await result).toMatchObject({ code: 'too-slow', status: 408, retryable: true })
  expect(clock.sleeping()).toBe(0)
})

test('A transfer at the minimum rate is not ended, however long it takes.', async () => {
  const { clock, progress, aborted, end, result } = start()
  for (let second = 0; second < 600; second++) {
    await pass(clock, 1000)
    progress(1000 * BYTES_PER_MS_MIN)
  }
  expect(aborted()).toBe(false)
  end()
  expect(await result).toBeUndefined()
  expect(clock.sleeping()).toBe(0)
})

test('A fast start does not pay for a later stall.', async () => {
  const { clock, progress, aborted } = start()
  progress(2 ** 30)
  await pass(clock, STALL_MS_MAX - 1)
  expect(aborted()).toBe(false)
  await pass(clock, 1)
  expect(aborted()).toBe(true)
})

test('A transfer of single bytes is ended little later than one that stands still.', async () => {
  const { clock, progress, aborted } = start()
  let ms = 0
  for (; !aborted(); ms += 500) {
    progress(1)
    await pass(clock, 500)
  }
  expect(ms).toBeLessThanOrEqual(STALL_MS_MAX + 500)
})

test('The longest time of a transfer grows with its bytes.', () => {
  expect([transferMsMax(0), transferMsMax(16 * 2 ** 20)]).toEqual([10_000, 75_536])
})
