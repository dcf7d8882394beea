// The queue on Redis under faults: processes die or are paused while they handle a job; Redis dies, is paused, or holds foreign data.
import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { RedisQueue } from '../../src/queue/redis-queue.ts'
import { type Clock, systemClock } from '../../src/runtime/clock.ts'
import { until } from '../support/until.ts'
import { TestRedis, canStartRedis } from '../support/redis.ts'
import { holdingHandler, quick } from './contract.ts'
import { LogCapture } from '../support/log-capture.ts'

/** Long enough that a busy machine renews a lease in time. */
const STALLED_MS = 2_000

const logs = new LogCapture()

describe.skipIf(!canStartRedis('faults of the queue on Redis'))('the queue on Redis', () => {
  let redis: TestRedis
  beforeAll(async () => {
    redis = await TestRedis.start()
  })
  afterAll(async () => redis[Symbol.asyncDispose]())

  const queues: RedisQueue[] = []
  const children = new Set<ChildProcess>()
  afterEach(async () => {
    for (const child of children) child.kill('SIGKILL')
    children.clear()
    await Promise.all(queues.splice(0).map(async (queue) => queue.close(0)))
    logs.clear()
  })

  const create = (
    namespace: string = randomUUID(),
    url: string = redis.url,
    clock: Clock = systemClock,
  ): RedisQueue => {
    const queue = new RedisQueue({
      redisUrl: url,
      namespace,
      clock,
      random: Math.random,
      logger: logs.logger,
      stalledMs: STALLED_MS,
    })
    queues.push(queue)
    return queue
  }
  const open = async (namespace?: string): Promise<RedisQueue> => {
    const queue = create(namespace)
    await untilReached(queue)
    return queue
  }
  const untilReached = async (queue: RedisQueue): Promise<true> =>
    until('redis is reached', () => queue.reachable() || undefined)

  describe('processes that share a recurring job', () => {
    const script = fileURLToPath(new URL('./queue-process.ts', import.meta.url))
    type QueueProcess = { readonly child: ChildProcess; readonly printed: () => string[] }
    const start = (namespace: string): QueueProcess => {
      const child = spawn(process.execPath, [script, redis.url, namespace, String(STALLED_MS)], {
        stdio: ['pipe', 'pipe', 'inherit'],
      })
      children.add(child)
      let text = ''
      child.stdout.on('data', (data: Buffer) => (text += data.toString('utf8')))
      return { child, printed: () => text.split('\n').filter((line) => line !== '') }
    }
    /** The process of two that has the job, and the other one. */
    const electedOf = async (
      two: readonly [QueueProcess, QueueProcess],
    ): Promise<{ holder: QueueProcess; other: QueueProcess }> =>
      until('one process has the job', () => {
        const [holder, other] = two[0].printed().length > 0 ? two : [two[1], two[0]]
        return holder.printed().length > 0 ? { holder, other } : undefined
      })

    it('a recurring job runs in one process, and in another one when that process is killed', async () => {
      const namespace = randomUUID()
      const { holder, other } = await electedOf([start(namespace), start(namespace)])
      expect(other.printed()).toEqual([])
      holder.child.kill('SIGKILL')
      await until('the other process has the job', () => other.printed().length > 0 || undefined)
      expect(other.printed()).toEqual(['started'])
    })

    it('a paused process loses the recurring job and knows it when it continues', async () => {
      const namespace = randomUUID()
      const { holder, other } = await electedOf([start(namespace), start(namespace)])
      holder.child.kill('SIGSTOP')
      await until('the other process has the job', () => other.printed().length > 0 || undefined)
      expect(holder.printed()).toEqual(['started'])
      holder.child.kill('SIGCONT')
      await until('the paused process knows', () => holder.printed().includes('aborted') || undefined)
      expect(holder.printed()).toEqual(['started', 'aborted'])
      expect(other.printed()).toEqual(['started'])
    })
  })

  describe('a running job', () => {
    it('a job is aborted when another process has its lock, and runs again', async () => {
      const namespace = randomUUID()
      const queue = await open(namespace)
      const { handler, started, aborted } = holdingHandler()
      queue.handle('backfill', quick, handler)
      await queue.add({ kind: 'backfill', id: 'a', data: 0 })
      await until('the job runs', () => started.length === 1 || undefined)
      await redis.client.set(`floe:${namespace}:backfill:a:lock`, 'another sidecar')
      await until('the job is aborted', () => aborted.length === 1 || undefined)
      await redis.client.del(`floe:${namespace}:backfill:a:lock`)
      await until('the job runs again', () => started.length === 2 || undefined)
      expect(logs.text).toContain('job lost')
    })

    it('a job keeps its lock for longer than a lease', async () => {
      const namespace = randomUUID()
      const queue = await open(namespace)
      const { handler, started, aborted, release } = holdingHandler()
      queue.handle('backfill', quick, handler)
      await queue.add({ kind: 'backfill', id: 'a', data: 0 })
      await until('the job runs', () => started.length === 1 || undefined)
      let [leftMs, renewals] = [Infinity, 0]
      // A lease is renewed after a quarter of it, so more than four renewals outlast it.
      await until('the lock was renewed five times', async () => {
        const nowLeftMs = await redis.client.pttl(`floe:${namespace}:backfill:a:lock`)
        if (nowLeftMs > leftMs) renewals += 1
        leftMs = nowLeftMs
        return renewals >= 5 || undefined
      })
      expect({ started, aborted }).toEqual({ started: ['a'], aborted: [] })
      release()
      await until('the job is done', async () => (await queue.counts()).backfill.active === 0 || undefined)
    })

    it('a job returns to the other processes immediately when its queue closes', async () => {
      const namespace = randomUUID()
      const [queue, other] = [await open(namespace), await open(namespace)]
      const { handler, started, aborted } = holdingHandler()
      queue.handle('backfill', quick, handler)
      await queue.add({ kind: 'backfill', id: 'a', data: 0 })
      await until('the job runs', () => started.length === 1 || undefined)
      await queue.close(0)
      expect(aborted).toEqual(['a'])
      expect((await other.counts()).backfill).toEqual({ waiting: 1, active: 0, delayed: 0, failed: 0 })
      const attempts: number[] = []
      other.handle('backfill', quick, async ({ attempt }) => void attempts.push(attempt))
      await until('the job is done', () => attempts.length === 1 || undefined)
      expect(attempts).toEqual([1])
    })
  })

  it('queues of different namespaces are separate', async () => {
    const [one, other] = [await open(), await open()]
    await one.add({ kind: 'announce', id: 'a', data: 1 })
    expect(await other.waiting('announce', 10)).toEqual([])
    expect(await one.waiting('announce', 10)).toHaveLength(1)
  })

  describe('Redis goes away', () => {
    const refusal = { code: 'unavailable', retryAfterSeconds: 1 }
    const one = { kind: 'backfill', id: 'b', data: 0 } as const

    it('Redis may go away: when it returns with its data, jobs continue', async () => {
      const queue = await open()
      const seen: string[] = []
      let recurred = 0
      queue.every('checkpoint', 50)
      queue.handle('checkpoint', quick, async () => void recurred++)
      queue.handle('backfill', quick, async ({ id }) => void seen.push(id))
      await queue.add({ kind: 'backfill', id: 'later', data: 0 }, { delayMs: 100 })
      await queue.add({ kind: 'announce', id: 'kept', data: 0 })
      await redis.client.call('WAITAOF', '1', '0', '0').catch(() => undefined)
      await until(
        'Redis has written its data to disk',
        async () => (await redis.client.info('persistence')).includes('aof_pending_bio_fsync:0') || undefined,
      )
      await redis.kill()
      await until('the queue notices that Redis is away', () => !queue.reachable() || undefined)
      await expect(queue.add(one)).rejects.toMatchObject(refusal)
      await expect(queue.waiting('announce', 1)).rejects.toMatchObject(refusal)
      await expect(queue.remove('announce', ['a'])).rejects.toMatchObject(refusal)
      expect((await queue.counts()).announce).toEqual({ waiting: 0, active: 0, delayed: 0, failed: 0 })
      const before = recurred
      await redis.start()
      await untilReached(queue)
      await queue.add(one)
      await until('both jobs are done', () => seen.length === 2 || undefined)
      await until('the recurring job runs', () => recurred > before || undefined)
      expect((await queue.waiting('announce', 9)).map(({ id }) => id)).toEqual(['kept'])
    })

    it('Redis may go away: when it returns empty, recurring and new jobs run', async () => {
      const queue = await open()
      const { handler, started, aborted } = holdingHandler()
      let recurred = 0
      queue.every('checkpoint', 50)
      queue.handle('checkpoint', quick, async () => void recurred++)
      queue.handle('backfill', quick, handler)
      await queue.add({ kind: 'backfill', id: 'a', data: 0 })
      await until('the job runs', () => (started.length === 1 && recurred > 0) || undefined)
      await redis.client.flushall()
      const before = recurred
      await until('the recurring job runs', () => recurred > before + 1 || undefined)
      await until('the running job is aborted', () => aborted.length === 1 || undefined)
      await queue.add({ kind: 'backfill', id: 'a', data: 0 })
      await until('the job runs again', () => started.length === 2 || undefined)
      expect(started).toEqual(['a', 'a'])
    })

    it('Redis may go away: a queue that starts without Redis waits for it', async () => {
      await redis.kill()
      const queue = create()
      const seen: string[] = []
      queue.every('checkpoint', 50)
      queue.handle('checkpoint', quick, async ({ id }) => void seen.push(id))
      await until('the queue notices that Redis is away', () => logs.text.includes('redis lost') || undefined)
      expect(queue.reachable()).toBe(false)
      await expect(queue.add(one)).rejects.toMatchObject(refusal)
      await redis.start()
      await until('the recurring job runs', () => seen.length > 0 || undefined)
    })

    it('closing ends without Redis, with a running job and before the first connection', async () => {
      const queue = await open()
      const { handler, started, aborted } = holdingHandler()
      queue.handle('backfill', quick, handler)
      queue.every('checkpoint', 50)
      await queue.add({ kind: 'backfill', id: 'a', data: 0 })
      await until('the job runs', () => started.length === 1 || undefined)
      await redis.kill()
      const early = create()
      early.handle('backfill', quick, handler)
      early.every('backfill', 50)
      await Promise.all([queue.close(0), early.close(0)])
      expect(aborted).toEqual(['a'])
      await redis.start()
    })

    it('workers pause between commands that Redis refuses, and continue when it accepts them', async () => {
      await using strict = await TestRedis.start()
      let pauses = 0
      const sleep: Clock['sleep'] = async (ms, signal) => {
        // Only the pause after a refused command has no signal.
        if (signal === undefined) pauses += 1
        return systemClock.sleep(ms, signal)
      }
      const queue = create(undefined, strict.url, { ...systemClock, sleep })
      await untilReached(queue)
      const seen: string[] = []
      queue.handle('backfill', quick, async ({ id }) => void seen.push(id))
      await queue.add({ kind: 'backfill', id: 'a', data: 0 })
      await until('the first job is done', () => seen.length === 1 || undefined)
      await strict.client.call('ACL', 'SETUSER', 'default', '-evalsha', '-eval')
      await queue.add({ kind: 'backfill', id: 'b', data: 0 }).catch(() => undefined)
      await until('the worker paused twice', () => pauses >= 2 || undefined)
      // Without the pauses there would be thousands. Other commands, such as the check for stalled jobs, are refused too.
      expect(logs.text.split('NOPERM').length).toBeLessThan(10 * pauses)
      await strict.client.call('ACL', 'SETUSER', 'default', '+evalsha', '+eval')
      await until('Redis accepts a job', async () =>
        queue.add({ kind: 'backfill', id: 'b', data: 0 }).then(
          () => true,
          () => undefined,
        ),
      )
      await until('the second job is done', () => seen.length === 2 || undefined)
      await queue.close(0)
    })

    it('when Redis answers nothing, adding is refused, running jobs are aborted and closing ends', async () => {
      const queue = await open()
      const { handler, started, aborted } = holdingHandler()
      queue.handle('backfill', quick, handler)
      await queue.add({ kind: 'backfill', id: 'a', data: 0 })
      await until('the job runs', () => started.length === 1 || undefined)
      redis.pause()
      try {
        await expect(queue.add(one)).rejects.toMatchObject(refusal)
        await until('the queue notices that Redis is away', () => !queue.reachable() || undefined)
        await until('the job is aborted', () => aborted.length === 1 || undefined)
        await queue.close(0)
      } finally {
        redis.resume()
      }
    })

    it('when Redis answers again after a pause, jobs continue', async () => {
      const queue = await open()
      const seen: string[] = []
      queue.handle('backfill', quick, async ({ id }) => void seen.push(id))
      redis.pause()
      await until('the queue notices that Redis is away', () => !queue.reachable() || undefined)
      redis.resume()
      await untilReached(queue)
      await queue.add(one)
      await until('the job is done', () => seen.length > 0 || undefined)
      expect(seen).toEqual(['b'])
    })
  })

  describe('connections', () => {
    it('Secret: no log line or error contains the password', async () => {
      await using locked = await TestRedis.start({ password: 'geheimnis' })
      const wrong = create(undefined, locked.url.replace('geheimnis', 'sesam'))
      await until('Redis refuses the connection', () => logs.text.includes('redis lost') || undefined)
      const refused = await wrong.add({ kind: 'backfill', id: 'a', data: 0 }).catch(String)
      const right = create(undefined, locked.url)
      await untilReached(right)
      await right.add({ kind: 'backfill', id: 'a', data: 0 })
      expect(refused).toMatch(/WRONGPASS|NOAUTH/)
      expect(logs.text + String(refused)).not.toMatch(/geheimnis|sesam/)
      await Promise.all([wrong.close(0), right.close(0)])
    })

    it.each(['http://127.0.0.1', 'redis://', 'sesam', 'redis://:sesam@host/x', 'redis://host/0?db=1'])(
      'the address %s is refused without being quoted',
      (url) => {
        expect(() => create(undefined, url)).toThrow(/Expected an address of Redis(?!.*sesam)/)
      },
    )

    it('a Redis that evicts keys causes a warning', async () => {
      await using small = await TestRedis.start({ flags: ['--maxmemory-policy', 'allkeys-lru'] })
      await untilReached(create(undefined, small.url))
      expect(logs.text).toContain('allkeys-lru')
      await Promise.all(queues.splice(0).map(async (queue) => queue.close(0)))
    })
  })

  it('a process ends after its queue is closed', async () => {
    const code = `
      import { createQueue } from ${JSON.stringify(new URL('../../src/queue/create-queue.ts', import.meta.url).href)}
      import { systemClock } from ${JSON.stringify(new URL('../../src/runtime/clock.ts', import.meta.url).href)}
      import { pino } from 'pino'
      const logger = pino({ level: 'silent' })
      const queue = await createQueue({ redisUrl: ${JSON.stringify(redis.url)}, namespace: 'ends', clock: systemClock, logger })
      const policy = { concurrency: 1, attemptsMax: 1, backoffMs: 1, backoffMsMax: 1 }
      await new Promise((resolve) => {
        queue.handle('checkpoint', policy, async () => resolve())
        queue.every('checkpoint', 20)
      })
      await queue.close(1000)
    `
    const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
      cwd: fileURLToPath(new URL('.', import.meta.url)),
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    children.add(child)
    expect(await once(child, 'exit')).toEqual([0, null])
  })
})
