// What every work queue holds to, whatever it is made of.
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { FloeError } from '../../src/protocol/errors.ts'
import type { JobHandler, JobPolicy, JobQueue } from '../../src/queue/queue.ts'
import { JOB_DATA_BYTES_MAX } from '../../src/queue/job.ts'
import { until } from '../support/until.ts'

/** Opens a queue that is empty and has been reached; closed by the suite. */
export type OpenQueue = (options: { unitsMax: number }) => Promise<JobQueue>

export const quick: JobPolicy = { concurrency: 1, attemptsMax: 3, backoffMs: 5, backoffMsMax: 20 }

export function unavailable(): FloeError {
  return new FloeError('unavailable', 'not now')
}

export type Holding = {
  readonly handler: JobHandler
  readonly started: readonly string[]
  readonly aborted: readonly string[]
  readonly release: () => void
}

/** A handler that stays in hand until it is told to end, or its signal aborts. */
export function holding(): Holding {
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
  const open = async (unitsMax = 100): Promise<JobQueue> => {
    const queue = await openQueue({ unitsMax })
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

  describe('work', () => {
    it('is handed out in order, with its data, whether it was there before its handler or not', async () => {
      const queue = await open()
      const seen: unknown[] = []
      const data = { digest: '0x12', list: [1, 'zwei', null], deep: { a: true } }
      await queue.add({ kind: 'backfill', id: 'first', data })
      data.list = []
      queue.handle('backfill', quick, async (work) => void seen.push(work))
      await until('the first', () => seen.length === 1 || undefined)
      await queue.add({ kind: 'backfill', id: 'second', data: 'text' })
      await queue.add({ kind: 'backfill', id: 'third', data: null })
      await until('all', () => seen.length === 3 || undefined)
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

    it('is there once, while it waits, is delayed or in hand, and again when it is done', async () => {
      const queue = await open()
      const { handler, started, release } = holding()
      await Promise.all([1, 2, 3].map(async () => queue.add({ kind: 'backfill', id: 'a', data: 1 })))
      await untilCounts(queue, 'backfill', { waiting: 1 })
      await queue.add({ kind: 'backfill', id: 'late', data: 1 }, { delayMs: 60_000 })
      await queue.add({ kind: 'backfill', id: 'late', data: 1 })
      await untilCounts(queue, 'backfill', { waiting: 1, delayed: 1 })
      queue.handle('backfill', quick, handler)
      await until('a in hand', () => started.length === 1 || undefined)
      await queue.add({ kind: 'backfill', id: 'a', data: 1 })
      await untilCounts(queue, 'backfill', { waiting: 0, active: 1, delayed: 1 })
      release()
      await untilCounts(queue, 'backfill', { waiting: 0, active: 0 })
      await queue.add({ kind: 'backfill', id: 'a', data: 1 })
      await until('a again', () => started.length === 2 || undefined)
      expect(started).toEqual(['a', 'a'])
    })

    it('of one kind is in hand as often at once as its policy says, and other kinds do not wait for it', async () => {
      const queue = await open()
      const { handler, started, release } = holding()
      const other: string[] = []
      queue.handle('backfill', { ...quick, concurrency: 2 }, handler)
      queue.handle('checkpoint', quick, async ({ id }) => void other.push(id))
      for (const id of ['a', 'b', 'c', 'd']) await queue.add({ kind: 'backfill', id, data: 0 })
      await queue.add({ kind: 'checkpoint', id: 'x', data: 0 })
      await until('other kinds', () => other.length === 1 || undefined)
      await untilCounts(queue, 'backfill', { waiting: 2, active: 2 })
      release()
      await until('the rest', () => started.length === 4 || undefined)
      expect(started).toEqual(['a', 'b', 'c', 'd'])
      await untilCounts(queue, 'backfill', { waiting: 0, active: 2 })
    })

    it('that is delayed waits behind what is not', async () => {
      const queue = await open()
      const seen: string[] = []
      await queue.add({ kind: 'checkpoint', id: 'later', data: 0 }, { delayMs: 100 })
      await queue.add({ kind: 'checkpoint', id: 'now', data: 0 })
      queue.handle('checkpoint', quick, async ({ id }) => void seen.push(id))
      await until('both', () => seen.length === 2 || undefined)
      expect(seen).toEqual(['now', 'later'])
    })
  })

  describe('work that throws', () => {
    it('is tried again if that may help, as often as its policy says, and then has failed until it is added anew', async () => {
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

    it('has failed at once if trying again is no help', async () => {
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

  describe('work that recurs', () => {
    it('comes up again and again, one at a time, and after it failed', async () => {
      const queue = await open()
      let [inHand, most, times] = [0, 0, 0]
      queue.handle('checkpoint', { ...quick, concurrency: 4 }, async ({ id }) => {
        expect(id).toBe('every')
        inHand += 1
        most = Math.max(most, inHand)
        times += 1
        await new Promise((resolve) => setImmediate(resolve))
        inHand -= 1
        if (times === 2) throw new FloeError('malformed', 'this time')
      })
      queue.every('checkpoint', 20)
      await until('five times', () => times >= 5 || undefined)
      expect(most).toBe(1)
    })
  })

  describe('a list', () => {
    it('is oldest first, as long as asked for, and without what was taken off', async () => {
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

    it('is what a list of names would be, whatever is added and taken off', async () => {
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

  describe('bounds', () => {
    it('refuse what is too much of a kind, and take it when some of it is done', async () => {
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

    it('refuse names and data that are not allowed, and delays past a week', async () => {
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

  describe('closing', () => {
    it('waits for what is in hand, hands out nothing more, and takes nothing', async () => {
      const queue = await open()
      const { handler, started, aborted, release } = holding()
      queue.handle('backfill', quick, handler)
      await queue.add({ kind: 'backfill', id: 'a', data: 0 })
      await queue.add({ kind: 'backfill', id: 'b', data: 0 })
      await until('one in hand', () => started.length === 1 || undefined)
      const closed = queue.close(20_000)
      await expect(queue.add({ kind: 'backfill', id: 'c', data: 0 })).rejects.toMatchObject({
        code: 'unavailable',
      })
      release()
      await closed
      expect({ started, aborted }).toEqual({ started: ['a'], aborted: [] })
    })

    it('aborts what does not end in time', async () => {
      const queue = await open()
      const { handler, started, aborted } = holding()
      queue.handle('backfill', quick, handler)
      await queue.add({ kind: 'backfill', id: 'a', data: 0 })
      await until('one in hand', () => started.length === 1 || undefined)
      await queue.close(10)
      expect(aborted).toEqual(['a'])
    })
  })
}
