// The queue in process: what every queue holds to, and its times, by a clock that stands still.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MemoryQueue } from '../../src/queue/memory-queue.ts'
import type { JobQueue } from '../../src/queue/queue.ts'
import { FAILED_KEPT, backoffMs } from '../../src/queue/job.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { createLogger } from '../../src/runtime/logger.ts'
import { until } from '../support/until.ts'
import { type ManualClock, manualClock } from '../support/manual-clock.ts'
import { holding, queueContract, quick, unavailable } from './contract.ts'

const logger = createLogger('test', 'silent')

describe('the queue in process', () => {
  queueContract(async ({ unitsMax }) =>
    new MemoryQueue({ clock: systemClock, random: Math.random, logger, jobsMax: unitsMax }),
  )
})

/** A queue and the times, since the start, at which its work was handed out. */
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

describe('times in process', () => {
  it.each([
    { part: 'none', random: () => 0, at: [0, 40, 120, 220] },
    { part: 'nearly half', random: () => 0.9999, at: [0, 20, 60, 110] },
  ])(
    'work is tried again after times that double up to a bound, less $part of them',
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

  it('backoff is between half of what it doubles to and all of it, whatever the numbers', () => {
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

  it('delayed work comes up when it is due, and not before', async () => {
    const { queue, clock, times, pass } = timedQueue(() => 0)
    const start = clock.monotonic()
    queue.handle('checkpoint', quick, async () => void times.push(clock.monotonic() - start))
    await queue.add({ kind: 'checkpoint', id: 'a', data: 0 }, { delayMs: 30 })
    await pass(100)
    expect(times).toEqual([30])
    await queue.close(0)
  })

  it('what recurs comes up at multiples of its interval, without those at which it was still in hand', async () => {
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

  it('closing gives what is in hand its time, and no more', async () => {
    const { queue, clock, pass } = timedQueue(() => 0)
    const { handler, started, aborted } = holding()
    queue.handle('backfill', quick, handler)
    await queue.add({ kind: 'backfill', id: 'a', data: 0 })
    await until('one in hand', () => started.length === 1 || undefined)
    const closed = queue.close(50)
    await pass(49)
    expect(aborted).toEqual([])
    await pass(1)
    expect(aborted).toEqual(['a'])
    await closed
    expect(clock.sleeping()).toBe(0)
  })

  it('keeps the last failed units only', async () => {
    const queue = new MemoryQueue({ clock: systemClock, random: () => 0, logger, jobsMax: 1_000 })
    queue.handle('backfill', { ...quick, attemptsMax: 1 }, async () => {
      throw unavailable()
    })
    for (let i = 0; i < FAILED_KEPT + 10; i++) await queue.add({ kind: 'backfill', id: `unit-${i}`, data: 0 })
    await until('all tried', async () => {
      const { waiting, active } = (await queue.counts()).backfill
      return waiting + active === 0 || undefined
    })
    expect((await queue.counts()).backfill.failed).toBe(FAILED_KEPT)
    await queue.close(0)
  })
})
