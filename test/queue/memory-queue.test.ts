// The queue in memory: the contract of every queue, and its times on a manual clock.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MemoryQueue } from '../../src/queue/memory-queue.ts'
import type { JobQueue } from '../../src/queue/queue.ts'
import { FAILED_KEPT, backoffMs } from '../../src/queue/job.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { createLogger } from '../../src/runtime/logger.ts'
import { LogCapture } from '../support/log-capture.ts'
import { until } from '../support/until.ts'
import { type ManualClock, manualClock } from '../support/manual-clock.ts'
import { holdingHandler, queueContract, quick, unavailable } from './contract.ts'

const logger = createLogger('test', 'silent')

describe('the queue in memory', () => {
  queueContract(
    async ({ jobsMax }) =>
      new MemoryQueue({ clock: systemClock, random: Math.random, logger, jobsMax: jobsMax }),
  )
})

/** A queue on a manual clock, and the times at which its jobs ran. */
function timedQueue(random: () => number): {
  queue: JobQueue
  clock: ManualClock
  times: number[]
  pass: (ms: number) => Promise<void>
} {
  const clock = manualClock(1_000)
  return {
    clock,
    times: [],
    queue: new MemoryQueue({ clock, random, logger }),
    pass: async (ms) => {
      const settle = async (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
      await settle()
      for (let i = 0; i < ms; i++) {
        clock.advance(1)
        await settle()
      }
    },
  }
}

it('jobs of a kind that fail one after the other cost one line, and one when a job succeeds again', async () => {
  const logs = new LogCapture()
  const queue = new MemoryQueue({ clock: manualClock(1_000), random: () => 0, logger: logs.logger })
  let [fails, done] = [true, 0]
  queue.handle('backfill', { ...quick, attemptsMax: 1 }, async () => {
    done += 1
    if (fails) throw unavailable()
  })
  for (let job = 0; job < 100; job++) await queue.add({ kind: 'backfill', id: `failing-${job}`, data: 0 })
  await until('the jobs have failed', async () => (await queue.counts()).backfill.failed === 100 || undefined)
  fails = false
  await queue.add({ kind: 'backfill', id: 'last', data: 0 })
  await until('the last job is done', () => done === 101 || undefined)
  await queue.close(0)
  const lines = logs.lines().filter(({ level }) => level >= 30)
  expect(lines).toMatchObject([
    { level: 50, msg: 'jobs failed', kind: 'backfill', id: 'failing-0', reason: 'not now' },
    { level: 30, msg: 'jobs succeed again', kind: 'backfill', failures: 100 },
  ])
})

describe('the times of the queue in memory', () => {
  it.each([
    { part: 'none', random: () => 0, at: [0, 40, 120, 220] },
    { part: 'nearly half', random: () => 0.9999, at: [0, 20, 60, 110] },
  ])(
    'a job is attempted again after times that double up to a bound, with a random reduction of $part',
    async ({ random, at }) => {
      const { queue, clock, times, pass } = timedQueue(random)
      const start = clock.monotonic()
      queue.handle('backfill', { ...quick, attemptsMax: 4, backoffMs: 40, backoffMsMax: 100 }, async () => {
        times.push(clock.monotonic() - start)
        throw unavailable()
      })
      await queue.add({ kind: 'backfill', id: 'a', data: 0 })
      await pass(500)
      expect(times).toEqual(at)
      await queue.close(0)
    },
  )

  it('a backoff is between half of the doubled time and all of it, for any policy', () => {
    const policies = fc.record({
      backoffMs: fc.integer({ min: 1, max: 60_000 }),
      backoffMsMax: fc.integer({ min: 60_000, max: 3_600_000 }),
    })
    fc.assert(
      fc.property(
        policies,
        fc.integer({ min: 1, max: 5_000 }),
        fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
        (policy, attempt, chance) => {
          const ms = backoffMs({ ...quick, ...policy }, attempt, () => chance)
          const whole = Math.min(policy.backoffMs * 2 ** (attempt - 1), policy.backoffMsMax)
          expect(ms).toBeGreaterThanOrEqual(Math.floor(whole / 2))
          expect(ms).toBeLessThanOrEqual(whole)
        },
      ),
    )
  })

  it('a delayed job runs when it is due, and not earlier', async () => {
    const { queue, clock, times, pass } = timedQueue(() => 0)
    const start = clock.monotonic()
    queue.handle('checkpoint', quick, async () => void times.push(clock.monotonic() - start))
    await queue.add({ kind: 'checkpoint', id: 'a', data: 0 }, { delayMs: 30 })
    await pass(100)
    expect(times).toEqual([30])
    await queue.close(0)
  })

  it('a recurring job runs at the multiples of its interval at which it is not still running', async () => {
    const { queue, clock, times, pass } = timedQueue(() => 0)
    await pass(7)
    const start = 1_000_000
    queue.handle('checkpoint', quick, async () => {
      times.push(clock.now() - start)
      if (times.length === 2) await clock.sleep(70)
    })
    queue.every('checkpoint', 50)
    await pass(293)
    expect(times).toEqual([50, 100, 200, 250, 300])
    await queue.close(0)
    expect(clock.sleeping()).toBe(0)
  })

  it('closing gives running jobs exactly their grace period', async () => {
    const { queue, clock, pass } = timedQueue(() => 0)
    const { handler, started, aborted } = holdingHandler()
    queue.handle('backfill', quick, handler)
    await queue.add({ kind: 'backfill', id: 'a', data: 0 })
    await until('the job runs', () => started.length === 1 || undefined)
    const closed = queue.close(50)
    await pass(49)
    expect(aborted).toEqual([])
    await pass(1)
    expect(aborted).toEqual(['a'])
    await closed
    expect(clock.sleeping()).toBe(0)
  })

  it('One state each: every job that is not done is in exactly one of the four counted states', async () => {
    const { queue, pass } = timedQueue(() => 0)
    const { handler, started, release } = holdingHandler()
    queue.handle('backfill', { ...quick, concurrency: 2, attemptsMax: 1 }, async (job, signal) => {
      if (job.id === 'failing') throw unavailable()
      await handler(job, signal)
    })
    await queue.add({ kind: 'backfill', id: 'later', data: 0 }, { delayMs: 1_000 })
    for (const id of ['failing', 'a', 'b', 'c', 'd']) await queue.add({ kind: 'backfill', id, data: 0 })
    await pass(1)
    expect((await queue.counts()).backfill).toEqual({ waiting: 2, active: 2, delayed: 1, failed: 1 })
    release()
    await pass(1)
    expect(started).toEqual(['a', 'b', 'c', 'd'])
    expect((await queue.counts()).backfill).toEqual({ waiting: 0, active: 2, delayed: 1, failed: 1 })
    release()
    await pass(1)
    expect((await queue.counts()).backfill).toEqual({ waiting: 0, active: 0, delayed: 1, failed: 1 })
    await queue.close(0)
  })

  it('Bounded: only the newest failed jobs are kept', async () => {
    const queue = new MemoryQueue({ clock: systemClock, random: () => 0, logger, jobsMax: 1_000 })
    queue.handle('backfill', { ...quick, attemptsMax: 1 }, async () => {
      throw unavailable()
    })
    for (let i = 0; i < FAILED_KEPT + 10; i++) await queue.add({ kind: 'backfill', id: `job-${i}`, data: 0 })
    await until('all jobs have run', async () => {
      const { waiting, active } = (await queue.counts()).backfill
      return waiting + active === 0 || undefined
    })
    expect((await queue.counts()).backfill.failed).toBe(FAILED_KEPT)
    await queue.close(0)
  })
})
