// The queue on Redis when things go wrong: processes die or are paused over their work, Redis does, or lies.
import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Writable } from 'node:stream'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { RedisQueue } from '../../src/queue/redis-queue.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { until } from '../support/until.ts'
import { type TestRedis, startTestRedis, canStartRedis } from '../support/redis.ts'
import { holding, quick } from './contract.ts'

/** Long enough for a busy machine to renew a lease in time. */
const STALLED_MS = 2_000

/** Everything that was logged, as text. */
let logged = ''
const logger = pino(
  { level: 'trace' },
  new Writable({
    write: (chunk, _encoding, done) => {
      logged += String(chunk)
      done()
    },
  }),
)

describe.skipIf(!canStartRedis('faults of the queue on Redis'))('the queue on Redis', () => {
  let redis: TestRedis
  beforeAll(async () => {
    redis = await startTestRedis()
  })
  afterAll(async () => redis[Symbol.asyncDispose]())

  const queues: RedisQueue[] = []
  const children = new Set<ChildProcess>()
  afterEach(async () => {
    for (const child of children) child.kill('SIGKILL')
    children.clear()
    await Promise.all(queues.splice(0).map(async (queue) => queue.close(0)))
    logged = ''
  })

  const create = (namespace: string = randomUUID(), url = redis.url): RedisQueue => {
    const queue = new RedisQueue({
      redisUrl: url,
      namespace,
      clock: systemClock,
      random: Math.random,
      logger,
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

  describe('when processes share recurring work', () => {
    const script = fileURLToPath(new URL('./queue-process.ts', import.meta.url))
    type Sharer = { readonly child: ChildProcess; readonly said: () => string[] }
    const start = (namespace: string): Sharer => {
      const child = spawn(process.execPath, [script, redis.url, namespace, String(STALLED_MS)], {
        stdio: ['pipe', 'pipe', 'inherit'],
      })
      children.add(child)
      let text = ''
      child.stdout.on('data', (data: Buffer) => (text += data.toString('utf8')))
      return { child, said: () => text.split('\n').filter((line) => line !== '') }
    }
    /** The one of two that has the work, and the other. */
    const elected = async (two: readonly [Sharer, Sharer]): Promise<{ holder: Sharer; other: Sharer }> =>
      until('one has it', () => {
        const [holder, other] = two[0].said().length > 0 ? two : [two[1], two[0]]
        return holder.said().length > 0 ? { holder, other } : undefined
      })

    it('one of them has it, and when that one is killed another gets it', async () => {
      const namespace = randomUUID()
      const { holder, other } = await elected([start(namespace), start(namespace)])
      expect(other.said()).toEqual([])
      holder.child.kill('SIGKILL')
      await until('the other has it', () => other.said().length > 0 || undefined)
      expect(other.said()).toEqual(['started'])
    })

    it('one that is paused loses it, and knows when it goes on', async () => {
      const namespace = randomUUID()
      const { holder, other } = await elected([start(namespace), start(namespace)])
      holder.child.kill('SIGSTOP')
      await until('the other has it', () => other.said().length > 0 || undefined)
      expect(holder.said()).toEqual(['started'])
      holder.child.kill('SIGCONT')
      await until('it knows', () => holder.said().includes('aborted') || undefined)
      expect(holder.said()).toEqual(['started', 'aborted'])
      expect(other.said()).toEqual(['started'])
    })
  })

  describe('work in hand', () => {
    it('is aborted when its lease is somebody else’s, and done again', async () => {
      const namespace = randomUUID()
      const queue = await open(namespace)
      const { handler, started, aborted } = holding()
      queue.handle('backfill', quick, handler)
      await queue.add({ kind: 'backfill', id: 'a', data: 0 })
      await until('in hand', () => started.length === 1 || undefined)
      await redis.client.set(`floe:${namespace}:backfill:a:lock`, 'somebody else')
      await until('aborted', () => aborted.length === 1 || undefined)
      await redis.client.del(`floe:${namespace}:backfill:a:lock`)
      await until('again', () => started.length === 2 || undefined)
      expect(logged).toContain('job lost')
    })

    it('is kept for longer than a lease', async () => {
      const queue = await open()
      const { handler, started, aborted, release } = holding()
      queue.handle('backfill', quick, handler)
      await queue.add({ kind: 'backfill', id: 'a', data: 0 })
      await until('in hand', () => started.length === 1 || undefined)
      const since = performance.now()
      await until('more than a lease', () => performance.now() - since > 0.7 * STALLED_MS || undefined)
      expect({ started, aborted }).toEqual({ started: ['a'], aborted: [] })
      release()
      await until('done', async () => (await queue.counts()).backfill.active === 0 || undefined)
    })

    it('goes back to another at once when its queue closes', async () => {
      const namespace = randomUUID()
      const [queue, other] = [await open(namespace), await open(namespace)]
      const { handler, started, aborted } = holding()
      queue.handle('backfill', quick, handler)
      await queue.add({ kind: 'backfill', id: 'a', data: 0 })
      await until('in hand', () => started.length === 1 || undefined)
      await queue.close(0)
      expect(aborted).toEqual(['a'])
      expect((await other.counts()).backfill).toEqual({ waiting: 1, active: 0, delayed: 0, failed: 0 })
      const attempts: number[] = []
      other.handle('backfill', quick, async ({ attempt }) => void attempts.push(attempt))
      await until('done', () => attempts.length === 1 || undefined)
      expect(attempts).toEqual([1])
    })
  })

  it('keeps apart what belongs to different rollups', async () => {
    const [one, other] = [await open(), await open()]
    await one.add({ kind: 'announce', id: 'a', data: 1 })
    expect(await other.waiting('announce', 10)).toEqual([])
    expect(await one.waiting('announce', 10)).toHaveLength(1)
  })

  describe('when Redis goes away', () => {
    const refusal = { code: 'unavailable', retryAfterSeconds: 1 }
    const one = { kind: 'backfill', id: 'b', data: 0 } as const

    it('and comes back with its data, work goes on', async () => {
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
        'on its disk',
        async () => (await redis.client.info('persistence')).includes('aof_pending_bio_fsync:0') || undefined,
      )
      await redis.kill()
      await until('it is missed', () => !queue.reachable() || undefined)
      await expect(queue.add(one)).rejects.toMatchObject(refusal)
      await expect(queue.waiting('announce', 1)).rejects.toMatchObject(refusal)
      await expect(queue.remove('announce', ['a'])).rejects.toMatchObject(refusal)
      expect((await queue.counts()).announce).toEqual({ waiting: 0, active: 0, delayed: 0, failed: 0 })
      const before = recurred
      await redis.start()
      await untilReached(queue)
      await queue.add(one)
      await until('both', () => seen.length === 2 || undefined)
      await until('recurs', () => recurred > before || undefined)
      expect((await queue.waiting('announce', 9)).map(({ id }) => id)).toEqual(['kept'])
    })

    it('and comes back empty, what recurs comes up again and what is added is taken', async () => {
      const queue = await open()
      const { handler, started, aborted } = holding()
      let recurred = 0
      queue.every('checkpoint', 50)
      queue.handle('checkpoint', quick, async () => void recurred++)
      queue.handle('backfill', quick, handler)
      await queue.add({ kind: 'backfill', id: 'a', data: 0 })
      await until('in hand', () => (started.length === 1 && recurred > 0) || undefined)
      await redis.client.flushall()
      const before = recurred
      await until('recurs', () => recurred > before + 1 || undefined)
      await until('what was in hand is lost', () => aborted.length === 1 || undefined)
      await queue.add({ kind: 'backfill', id: 'a', data: 0 })
      await until('again', () => started.length === 2 || undefined)
      expect(started).toEqual(['a', 'a'])
    })

    it('and was never there, the queue waits for it', async () => {
      await redis.kill()
      const queue = create()
      const seen: string[] = []
      queue.every('checkpoint', 50)
      queue.handle('checkpoint', quick, async ({ id }) => void seen.push(id))
      await until('it is missed', () => logged.includes('redis lost') || undefined)
      expect(queue.reachable()).toBe(false)
      await expect(queue.add(one)).rejects.toMatchObject(refusal)
      await redis.start()
      await until('recurs', () => seen.length > 0 || undefined)
    })

    it('closing ends, with work in hand and without ever having seen Redis', async () => {
      const queue = await open()
      const { handler, started, aborted } = holding()
      queue.handle('backfill', quick, handler)
      queue.every('checkpoint', 50)
      await queue.add({ kind: 'backfill', id: 'a', data: 0 })
      await until('in hand', () => started.length === 1 || undefined)
      await redis.kill()
      const early = create()
      early.handle('backfill', quick, handler)
      early.every('backfill', 50)
      await Promise.all([queue.close(0), early.close(0)])
      expect(aborted).toEqual(['a'])
      await redis.start()
    })

    it('and refuses what workers ask, they ask again now and then, and go on when it does not', async () => {
      await using strict = await startTestRedis()
      const queue = create(undefined, strict.url)
      await untilReached(queue)
      const seen: string[] = []
      queue.handle('backfill', quick, async ({ id }) => void seen.push(id))
      await queue.add({ kind: 'backfill', id: 'a', data: 0 })
      await until('it works', () => seen.length === 1 || undefined)
      await strict.client.call('ACL', 'SETUSER', 'default', '-evalsha', '-eval')
      await queue.add({ kind: 'backfill', id: 'b', data: 0 }).catch(() => undefined)
      await until('it is told', () => logged.includes('NOPERM') || undefined)
      const asked = logged.split('NOPERM').length
      const since = performance.now()
      await until('half a second', () => performance.now() - since > 500 || undefined)
      expect(logged.split('NOPERM').length - asked).toBeLessThan(10)
      await strict.client.call('ACL', 'SETUSER', 'default', '+evalsha', '+eval')
      await until('added', async () =>
        queue.add({ kind: 'backfill', id: 'b', data: 0 }).then(
          () => true,
          () => undefined,
        ),
      )
      await until('it works again', () => seen.length === 2 || undefined)
      await queue.close(0)
    })

    it('and answers nothing, adding is refused, what is in hand is aborted, and closing ends', async () => {
      const queue = await open()
      const { handler, started, aborted } = holding()
      queue.handle('backfill', quick, handler)
      await queue.add({ kind: 'backfill', id: 'a', data: 0 })
      await until('in hand', () => started.length === 1 || undefined)
      redis.pause()
      try {
        await expect(queue.add(one)).rejects.toMatchObject(refusal)
        await until('it is missed', () => !queue.reachable() || undefined)
        await until('aborted', () => aborted.length === 1 || undefined)
        await queue.close(0)
      } finally {
        redis.resume()
      }
    })

    it('and answers again, work goes on', async () => {
      const queue = await open()
      const seen: string[] = []
      queue.handle('backfill', quick, async ({ id }) => void seen.push(id))
      redis.pause()
      await until('it is missed', () => !queue.reachable() || undefined)
      redis.resume()
      await untilReached(queue)
      await queue.add(one)
      await until('done', () => seen.length > 0 || undefined)
      expect(seen).toEqual(['b'])
    })
  })

  describe('what somebody else wrote into Redis', () => {
    const write = async (namespace: string, id: string, fields: Record<string, string>): Promise<void> => {
      const key = `floe:${namespace}:backfill`
      await redis.client.hset(`${key}:${id}`, {
        name: 'backfill',
        timestamp: '1',
        data: '{}',
        opts: '{}',
        ...fields,
      })
      await redis.client.lpush(`${key}:wait`, id)
      await redis.client.zadd(`${key}:marker`, 0, '0')
    }
    it.each([
      { what: 'data that is no JSON', id: 'bad', fields: { data: '{"a":' } },
      { what: 'data that is too long', id: 'bad', fields: { data: `"${'x'.repeat(100_000)}"` } },
      { what: 'a name that is not allowed', id: 'a/../b', fields: {} },
      { what: 'attempts that are no number', id: 'bad', fields: { atm: '-7' } },
    ])('$what has failed with a log line, and what comes after is done', async ({ id, fields }) => {
      const namespace = randomUUID()
      const queue = await open(namespace)
      await write(namespace, id, fields)
      await queue.add({ kind: 'backfill', id: 'good', data: 1 })
      const seen: unknown[] = []
      queue.handle('backfill', quick, async (work) => void seen.push(work))
      await until('failed', async () => (await queue.counts()).backfill.failed === 1 || undefined)
      await until('done', () => seen.length > 0 || undefined)
      expect(seen).toEqual([{ kind: 'backfill', id: 'good', data: 1, attempt: 1 }])
      expect(logged).toContain('Expected a backfill job from Redis')
    })

    it('that recurs by itself, as BullMQ has it, fails once', async () => {
      const queue = await open()
      await queue.queues.find(({ name }) => name === 'backfill')?.upsertJobScheduler('x', { every: 10 })
      const seen: string[] = []
      queue.handle('backfill', quick, async ({ id }) => void seen.push(id))
      await until('failed', async () => (await queue.counts()).backfill.failed > 0 || undefined)
      await queue.add({ kind: 'backfill', id: 'good', data: 1 })
      await until('done', () => seen.length > 0 || undefined)
      expect(seen).toEqual(['good'])
      await until('no more', async () => (await queue.counts()).backfill.active === 0 || undefined)
      expect((await queue.counts()).backfill).toEqual({ waiting: 0, active: 0, delayed: 0, failed: 1 })
    })

    it('into a list is taken off it', async () => {
      const namespace = randomUUID()
      const queue = await open(namespace)
      await write(namespace, 'bad', { data: '{' })
      await write(namespace, 'long', { data: `"${'x'.repeat(100_000)}"` })
      await write(namespace, 'not/allowed', {})
      await queue.add({ kind: 'backfill', id: 'good', data: 1 })
      expect((await queue.waiting('backfill', 10)).map(({ id }) => id)).toEqual(['good'])
      await until('gone', async () => (await queue.counts()).backfill.waiting === 1 || undefined)
      expect(logged).toContain('invalid jobs removed')
    })
  })

  describe('connecting', () => {
    it('tells no password to anybody', async () => {
      await using locked = await startTestRedis({ password: 'geheimnis' })
      const wrong = create(undefined, locked.url.replace('geheimnis', 'sesam'))
      await until('refused', () => logged.includes('redis lost') || undefined)
      const refused = await wrong.add({ kind: 'backfill', id: 'a', data: 0 }).catch(String)
      const right = create(undefined, locked.url)
      await untilReached(right)
      await right.add({ kind: 'backfill', id: 'a', data: 0 })
      expect(refused).toMatch(/WRONGPASS|NOAUTH/)
      expect(logged + String(refused)).not.toMatch(/geheimnis|sesam/)
      await Promise.all([wrong.close(0), right.close(0)])
    })

    it.each(['http://127.0.0.1', 'redis://', 'sesam', 'redis://:sesam@host/x', 'redis://host/0?db=1'])(
      'to %s is refused without quoting it',
      (url) => {
        expect(() => create(undefined, url)).toThrow(/Expected an address of Redis(?!.*sesam)/)
      },
    )

    it('warns of a Redis that throws work away', async () => {
      await using small = await startTestRedis({ flags: ['--maxmemory-policy', 'allkeys-lru'] })
      await untilReached(create(undefined, small.url))
      expect(logged).toContain('allkeys-lru')
      await Promise.all(queues.splice(0).map(async (queue) => queue.close(0)))
    })
  })

  it('lets its process end when it is closed', async () => {
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
