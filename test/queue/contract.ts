// The contract of a job queue, which every implementation passes.
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { FloeError } from '../../src/protocol/errors.ts'
import type { JobHandler, JobPolicy, JobQueue } from '../../src/queue/queue.ts'
import { JOB_DATA_BYTES_MAX } from '../../src/queue/job.ts'
import { until } from '../support/until.ts'

/** Opens an empty queue that is reachable. The suite closes it. */
export type OpenQueue = (options: { jobsMax: number }) => Promise<JobQueue>

export const quick: JobPolicy = { concurrency: 1, attemptsMax: 3, backoffMs: 5, backoffMsMax: 20 }

export function unavailable(): FloeError {
  return new FloeError('unavailable', 'not now')
}

export type HoldingHandler = {
  readonly handler: JobHandler
  readonly started: readonly string[]
  readonly aborted: readonly string[]
  readonly release: () => void
}

/** A handler that runs until `release` is called or its signal aborts. */
export function holdingHandler(): HoldingHandler {
  const started: string[] = []
  const aborted: string[] = []
  const releases = new Set<() => void>()
  return {
    started,
    aborted,
    handler: async ({ id }, signal) => {
      started.push(id)
      await new Promise<void>((resolve, reject) => {
        releases.add(resolve)
        signal.addEventListener('abort', () => {
          aborted.push(id)
          reject(signal.reason as Error)
        })
      })
    },
    release: () => {
      for (const release of releases) release()
    },
  }
}

export function queueContract(openQueue: OpenQueue): void {
  const queues: JobQueue[] = []
  afterEach(async () => {
    await Promise.all(queues.splice(0).map(async (queue) => queue.close(0)))
  })
  const open = async (jobsMax = 100): Promise<JobQueue> => {
    const queue = await openQueue({ jobsMax })
    queues.push(queue)
    return queue
  }
  const untilCounts = async (
    queue: JobQueue,
    kind: 'backfill' | 'checkpoint',
    expected: object,
  ): Promise<void> => {
    await until(JSON.stringify(expected), async () => {
      const counts = (await queue.counts())[kind]
      return (
        Object.entries(expected).every(([state, count]) => counts[state as 'waiting'] === count) || undefined
      )
    })
  }

  describe('a job', () => {
    it('jobs are handled in order, with their data, whether they are added before or after the handler', async () => {
      const queue = await open()
      const seen: unknown[] = []
      const data = { digest: '0x12', list: [1, 'zwei', null], deep: { a: true } }
      await queue.add({ kind: 'backfill', id: 'first', data })
      data.list = []
      queue.handle('backfill', quick, async (job) => void seen.push(job))
      await until('the first job is done', () => seen.length === 1 || undefined)
      await queue.add({ kind: 'backfill', id: 'second', data: 'text' })
      await queue.add({ kind: 'backfill', id: 'third', data: null })
      await until('all jobs are done', () => seen.length === 3 || undefined)
      expect(seen).toEqual([
        {
          kind: 'backfill',
          id: 'first',
          attempt: 1,
          data: { digest: '0x12', list: [1, 'zwei', null], deep: { a: true } },
        },
        { kind: 'backfill', id: 'second', attempt: 1, data: 'text' },
        { kind: 'backfill', id: 'third', attempt: 1, data: null },
      ])
      await untilCounts(queue, 'backfill', { waiting: 0, active: 0, delayed: 0, failed: 0 })
    })

    it('a job is queued once while it waits, is delayed or runs, and can be added again when it is done', async () => {
      const queue = await open()
      const { handler, started, release } = holdingHandler()
      await Promise.all([1, 2, 3].map(async () => queue.add({ kind: 'backfill', id: 'a', data: 1 })))
      await untilCounts(queue, 'backfill', { waiting: 1 })
      await queue.add({ kind: 'backfill', id: 'late', data: 1 }, { delayMs: 60_000 })
      await queue.add({ kind: 'backfill', id: 'late', data: 1 })
      await untilCounts(queue, 'backfill', { waiting: 1, delayed: 1 })
      queue.handle('backfill', quick, handler)
      await until('job a runs', () => started.length === 1 || undefined)
      await queue.add({ kind: 'backfill', id: 'a', data: 1 })
      await untilCounts(queue, 'backfill', { waiting: 0, active: 1, delayed: 1 })
      release()
      await untilCounts(queue, 'backfill', { waiting: 0, active: 0 })
      await queue.add({ kind: 'backfill', id: 'a', data: 1 })
      await until('job a runs again', () => started.length === 2 || undefined)
      expect(started).toEqual(['a', 'a'])
    })

    it('a kind runs as many jobs concurrently as its policy allows, and other kinds do not wait', async () => {
      const queue = await open()
      const { handler, started, release } = holdingHandler()
      const other: string[] = []
      queue.handle('backfill', { ...quick, concurrency: 2 }, handler)
      queue.handle('checkpoint', quick, async ({ id }) => void other.push(id))
      for (const id of ['a', 'b', 'c', 'd']) await queue.add({ kind: 'backfill', id, data: 0 })
      await queue.add({ kind: 'checkpoint', id: 'x', data: 0 })
      await until('the job of another kind is done', () => other.length === 1 || undefined)
      await untilCounts(queue, 'backfill', { waiting: 2, active: 2 })
      release()
      await until('all jobs have run', () => started.length === 4 || undefined)
      expect(started).toEqual(['a', 'b', 'c', 'd'])
      await untilCounts(queue, 'backfill', { waiting: 0, active: 2 })
    })

    it('a delayed job runs after a later job without delay', async () => {
      const queue = await open()
      const seen: string[] = []
      await queue.add({ kind: 'checkpoint', id: 'later', data: 0 }, { delayMs: 100 })
      await queue.add({ kind: 'checkpoint', id: 'now', data: 0 })
      queue.handle('checkpoint', quick, async ({ id }) => void seen.push(id))
      await until('both jobs are done', () => seen.length === 2 || undefined)
      expect(seen).toEqual(['now', 'later'])
    })
  })

  describe('a job that fails', () => {
    it('a job with retryable errors is attempted as often as its policy allows, then has failed, and can be added again', async () => {
      const queue = await open()
      const attempts: number[] = []
      queue.handle('backfill', quick, async ({ attempt }) => {
        attempts.push(attempt)
        if (attempts.length !== 4) throw unavailable()
      })
      await queue.add({ kind: 'backfill', id: 'a', data: 0 })
      await untilCounts(queue, 'backfill', { waiting: 0, active: 0, delayed: 0, failed: 1 })
      expect(attempts).toEqual([1, 2, 3])
      await queue.add({ kind: 'backfill', id: 'a', data: 0 })
      await untilCounts(queue, 'backfill', { waiting: 0, active: 0, delayed: 0, failed: 0 })
      expect(attempts).toEqual([1, 2, 3, 1])
    })

    it('a job with an error that is not retryable fails on its first attempt', async () => {
      const queue = await open()
      const seen: string[] = []
      queue.handle('backfill', quick, async ({ id }) => {
        seen.push(id)
        throw id === 'defect' ? new TypeError('of undefined') : new FloeError('malformed', 'never')
      })
      await queue.add({ kind: 'backfill', id: 'malformed', data: 0 })
      await queue.add({ kind: 'backfill', id: 'defect', data: 0 })
      await untilCounts(queue, 'backfill', { waiting: 0, active: 0, delayed: 0, failed: 2 })
      expect(seen).toEqual(['malformed', 'defect'])
    })
  })

  describe('a recurring job', () => {
    it('a recurring job runs repeatedly, one at a time, also after it failed', async () => {
      const queue = await open()
      let [running, runningMax, times] = [0, 0, 0]
      queue.handle('checkpoint', { ...quick, concurrency: 4 }, async ({ id }) => {
        expect(id).toBe('every')
        running += 1
        runningMax = Math.max(runningMax, running)
        times += 1
        await new Promise((resolve) => setImmediate(resolve))
        running -= 1
        if (times === 2) throw new FloeError('malformed', 'this time')
      })
      queue.every('checkpoint', 20)
      await until('the job ran five times', () => times >= 5 || undefined)
      expect(runningMax).toBe(1)
    })
  })

  describe('waiting and remove', () => {
    it('waiting jobs are listed oldest first, up to the limit, without removed ones', async () => {
      const queue = await open()
      for (const id of ['b', 'a', 'c', 'd'])
        await queue.add({ kind: 'announce', id, data: { commitment: id } })
      expect(await queue.waiting('announce', 3)).toEqual(
        ['b', 'a', 'c'].map((id) => ({ kind: 'announce', id, data: { commitment: id } })),
      )
      await queue.remove('announce', ['a', 'b', 'nothing'])
      expect((await queue.waiting('announce', 10)).map(({ id }) => id)).toEqual(['c', 'd'])
      await queue.add({ kind: 'announce', id: 'a', data: 0 })
      expect((await queue.waiting('announce', 10)).map(({ id }) => id)).toEqual(['c', 'd', 'a'])
      expect(await queue.waiting('backfill', 10)).toEqual([])
    })

    it('waiting jobs equal a list of names under any additions and removals', async () => {
      const step = fc.record({ add: fc.boolean(), id: fc.constantFrom('a', 'b', 'c', 'd', 'e') })
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
          const queue = await open()
          let names: string[] = []
          for (const { add, id } of steps) {
            if (add) await queue.add({ kind: 'announce', id, data: id })
            else await queue.remove('announce', [id])
            names = add ? [...new Set([...names, id])] : names.filter((name) => name !== id)
          }
          expect((await queue.waiting('announce', 10)).map(({ id }) => id)).toEqual(names)
          await queue.close(0)
        }),
      )
    })
  })

  describe('limits', () => {
    it('Bounded: a job beyond the limit of its kind is refused until another is done', async () => {
      const queue = await open(3)
      const ids = ['a', 'b', 'c']
      await queue.add({ kind: 'backfill', id: 'a', data: 0 }, { delayMs: 60_000 })
      await queue.add({ kind: 'backfill', id: 'b', data: 0 })
      await queue.add({ kind: 'backfill', id: 'c', data: 0 })
      const one = { kind: 'backfill', id: 'd', data: 0 } as const
      await expect(queue.add(one)).rejects.toMatchObject({ code: 'overloaded', retryAfterSeconds: 1 })
      for (const id of ids) await queue.add({ kind: 'backfill', id, data: 0 })
      await queue.add({ kind: 'checkpoint', id: 'd', data: 0 })
      queue.handle('backfill', quick, async () => undefined)
      await untilCounts(queue, 'backfill', { waiting: 0, active: 0, delayed: 1 })
      await queue.add(one)
    })

    it('ids and data that are not allowed, and delays of more than a week, are refused', async () => {
      const queue = await open()
      for (const id of ['', '12', 'a:b', 'a b', 'x'.repeat(129)]) {
        await expect(queue.add({ kind: 'backfill', id, data: 0 })).rejects.toThrow('an id is')
      }
      const longest = 'x'.repeat(JOB_DATA_BYTES_MAX - 2)
      await queue.add({ kind: 'backfill', id: 'x'.repeat(128), data: longest })
      for (const data of [`${longest}x`, 'ä'.repeat(JOB_DATA_BYTES_MAX / 2), undefined]) {
        await expect(queue.add({ kind: 'backfill', id: 'a', data })).rejects.toMatchObject({
          code: 'too-large',
        })
      }
      for (const delayMs of [-1, 0.5, 8 * 86_400_000]) {
        await expect(queue.add({ kind: 'backfill', id: 'a', data: 0 }, { delayMs })).rejects.toThrow(
          'a delay is',
        )
      }
    })
  })

  describe('close', () => {
    it('closing waits for the running jobs, starts no further job and refuses new ones', async () => {
      const queue = await open()
      const { handler, started, aborted, release } = holdingHandler()
      queue.handle('backfill', quick, handler)
      await queue.add({ kind: 'backfill', id: 'a', data: 0 })
      await queue.add({ kind: 'backfill', id: 'b', data: 0 })
      await until('a job runs', () => started.length === 1 || undefined)
      const closed = queue.close(20_000)
      await expect(queue.add({ kind: 'backfill', id: 'c', data: 0 })).rejects.toMatchObject({
        code: 'unavailable',
      })
      release()
      await closed
      expect({ started, aborted }).toEqual({ started: ['a'], aborted: [] })
    })

    it('closing aborts jobs that do not end in time', async () => {
      const queue = await open()
      const { handler, started, aborted } = holdingHandler()
      queue.handle('backfill', quick, handler)
      await queue.add({ kind: 'backfill', id: 'a', data: 0 })
      await until('a job runs', () => started.length === 1 || undefined)
      await queue.close(10)
      expect(aborted).toEqual(['a'])
    })
  })
}
