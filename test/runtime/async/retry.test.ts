// Retries on a clock that the test moves: when an attempt is made, and which failures end them.
import { expect, test } from 'vitest'
import { FloeError } from '../../../src/protocol/errors.ts'
import { type RetryOptions, retry } from '../../../src/runtime/async/retry.ts'
import { manualClock } from '../../support/manual-clock.ts'

const unavailable = new FloeError('unavailable', 'down.')
const malformed = new FloeError('malformed', 'not valid.')

/** Runs work that fails with `errors` one after another, and moves the clock through all pauses. */
async function run(
  errors: readonly FloeError[],
  changes: Partial<RetryOptions> = {},
): Promise<{ attempts: number; pauses: number[]; retried: FloeError[]; result: unknown }> {
  const clock = manualClock(1_900_000_000)
  const pauses: number[] = []
  const retried: FloeError[] = []
  let attempts = 0
  const options: RetryOptions = {
    clock: {
      ...clock,
      sleep: async (ms, signal) => {
        pauses.push(ms)
        const sleep = clock.sleep(ms, signal)
        clock.advance(ms)
        return sleep
      },
    },
    attemptsMax: 5,
    backoffMs: 1_000,
    backoffMsMax: 3_000,
    signal: new AbortController().signal,
    onRetry: (error) => retried.push(error),
    ...changes,
  }
  const work = async (): Promise<string> => {
    const error = errors[attempts]
    attempts += 1
    if (error !== undefined) throw error
    return 'done'
  }
  const result = await retry(options, work).catch((error: unknown) => error)
  return { attempts, pauses, retried, result }
}

test('Work is retried after retryable failures, with pauses that double up to their maximum.', async () => {
  const { attempts, pauses, retried, result } = await run([unavailable, unavailable, unavailable])
  expect([attempts, pauses, result]).toEqual([4, [1_000, 2_000, 3_000], 'done'])
  expect(retried).toEqual([unavailable, unavailable, unavailable])
})

test('A pause is shortened by up to a half at random.', async () => {
  const { pauses } = await run([unavailable, unavailable], { random: () => 0.5 })
  expect(pauses).toEqual([750, 1_500])
})

test('A failure that is not retryable ends the retries.', async () => {
  const { attempts, retried, result } = await run([unavailable, malformed])
  expect([attempts, retried, result]).toEqual([2, [unavailable], malformed])
})

test('The last failure is thrown once all attempts are used up.', async () => {
  const errors = Array.from({ length: 9 }, () => unavailable)
  const { attempts, pauses, result } = await run(errors, { attemptsMax: 3 })
  expect([attempts, pauses.length, result]).toEqual([3, 2, unavailable])
})

test('No attempt begins after the signal has aborted.', async () => {
  const { attempts, result } = await run([unavailable], { signal: AbortSignal.abort(malformed) })
  expect([attempts, result]).toEqual([0, malformed])
})

test('An abort during a pause ends the retries with the failure before it.', async () => {
  const stop = new AbortController()
  const clock = manualClock(1_900_000_000)
  const options = { clock, attemptsMax: 5, backoffMs: 1_000, backoffMsMax: 1_000, signal: stop.signal }
  const retried = retry(options, async () => Promise.reject(unavailable))
  await clock.asleep()
  stop.abort()
  await expect(retried).rejects.toBe(unavailable)
  expect(clock.sleeping()).toBe(0)
})
