// The operations pages over both queues. They read, and change nothing.
import { randomUUID } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import { type OperationsSources, startOperations } from '../../../src/sidecar/http/operations.ts'
import { createQueue } from '../../../src/queue/create-queue.ts'
import { measureQueue } from '../../../src/queue/queue-metrics.ts'
import type { JobQueue } from '../../../src/queue/queue.ts'
import { systemClock } from '../../../src/runtime/clock.ts'
import { createLogger } from '../../../src/runtime/logger.ts'
import { Metrics } from '../../../src/runtime/metrics.ts'
import { until } from '../../support/until.ts'
import { TestRedis, canStartRedis } from '../../support/redis.ts'

const logger = createLogger('test', 'silent')
const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

const headWatch = { requireRecent: () => undefined }

async function queueOf(redisUrl?: string): Promise<JobQueue> {
  const queue = await createQueue({ redisUrl, namespace: randomUUID(), clock: systemClock, logger })
  closing.push(async () => queue.close(0))
  await until('the queue is reachable', () => queue.reachable() || undefined)
  return queue
}

/** Requests to the operations address of a sidecar that has this queue. */
async function operationsOf(
  queue: JobQueue | undefined,
): Promise<(path: string, init?: RequestInit) => Promise<Response>> {
  const metrics = new Metrics()
  if (queue !== undefined) measureQueue(metrics, queue)
  const status = (async () => ({ version: 'of a test' })) as unknown as OperationsSources['status']
  const sources = { logger, metrics, queue, headWatch, status }
  const server = await startOperations(sources, { host: '127.0.0.1', port: 0 })
  closing.push(async () => server.close(0))
  return async (path, init) => fetch(`${server.url}${path}`, { redirect: 'manual', ...init })
}

async function fill(queue: JobQueue): Promise<void> {
  const policy = { concurrency: 1, attemptsMax: 1, backoffMs: 1, backoffMsMax: 1 }
  queue.handle('checkpoint', policy, async () => {
    throw new TypeError('<b>of undefined</b>')
  })
  await queue.add({ kind: 'announce', id: 'a', data: { commitment: '0x12' } })
  await queue.add({ kind: 'announce', id: 'b', data: { commitment: '<script>alert(1)</script>' } })
  await queue.add({ kind: 'backfill', id: 'late', data: 0 }, { delayMs: 60_000 })
  await queue.add({ kind: 'checkpoint', id: 'c', data: 0 })
  await until('the job has failed', async () => (await queue.counts()).checkpoint.failed === 1 || undefined)
}

const expectedMetrics = [
  'floe_sidecar_queue_reachable 1',
  'floe_sidecar_queue_jobs{kind="announce",state="waiting"} 2',
  'floe_sidecar_queue_jobs{kind="backfill",state="delayed"} 1',
  'floe_sidecar_queue_jobs{kind="checkpoint",state="failed"} 1',
  'floe_sidecar_queue_jobs{kind="checkpoint",state="active"} 0',
]

describe('the operations address', () => {
  it('The operations address serves health, status, metrics, and the counts of a queue in process as HTML and JSON.', async () => {
    const queue = await queueOf()
    await fill(queue)
    const ask = await operationsOf(queue)
    expect(await (await ask('/')).text()).toContain('href="/queue"')
    expect(await (await ask('/health')).json()).toEqual({ status: 'ok' })
    expect(await (await ask('/ready')).json()).toEqual({ status: 'ok' })
    expect(await (await ask('/v1/status')).json()).toEqual({ version: 'of a test' })
    const metrics = (await (await ask('/metrics')).text()).split('\n')
    expect(metrics).toEqual(expect.arrayContaining(expectedMetrics))
    const json = await ask('/queue', { headers: { accept: 'application/json' } })
    const { backfill, ...others } = await queue.counts()
    expect(await json.json()).toEqual({ ...others, complete: backfill })
    const html = await (await ask('/queue', { headers: { accept: 'text/html' } })).text()
    expect(html).toContain('<tr><td>announce</td><td>2</td><td>0</td><td>0</td><td>0</td></tr>')
    const other = await ask('/queue', { headers: { accept: 'image/png' } })
    expect([other.status, await other.json()]).toEqual([200, { ...others, complete: backfill }])
  })

  it('The operations address of a read-only sidecar answers 404 for the page of a queue.', async () => {
    const ask = await operationsOf(undefined)
    const answer = await ask('/queue')
    expect(answer.status).toBe(404)
    expect(await answer.json()).toMatchObject({ code: 'no-route' })
  })

  it('The operations address cannot be opened on a port that is in use.', async () => {
    const metrics = new Metrics()
    const status = (async () => ({})) as unknown as OperationsSources['status']
    const first = await startOperations(
      { logger, metrics, queue: undefined, headWatch, status },
      { host: '127.0.0.1', port: 0 },
    )
    closing.push(async () => first.close(0))
    const at = { host: '127.0.0.1', port: Number(new URL(first.url).port) }
    await expect(
      startOperations({ logger, metrics, queue: undefined, headWatch, status }, at),
    ).rejects.toMatchObject({
      code: 'configuration',
    })
  })
})

describe.skipIf(!canStartRedis('the dashboard of the queue'))('the dashboard of a queue on Redis', () => {
  it('The dashboard of a queue on Redis shows its jobs, loads nothing from other origins, and changes nothing.', async () => {
    await using redis = await TestRedis.start()
    const queue = await queueOf(redis.url)
    await fill(queue)
    const ask = await operationsOf(queue)
    const metrics = (await (await ask('/metrics')).text()).split('\n')
    expect(metrics).toEqual(expect.arrayContaining(expectedMetrics))

    const entry = await ask('/queue/')
    expect(entry.headers.get('content-security-policy')).toMatch(/^default-src 'self'/)
    const html = await entry.text()
    expect(html).toContain('<base href="/queue/"')
    const own = [...html.matchAll(/(?:src|href)="(static\/[^"]+)"/g)].map(([, path]) => path ?? '')
    expect(own.length).toBeGreaterThan(2)
    for (const path of own) expect((await ask(`/queue/${path}`)).status).toBe(200)

    const shown = (await (
      await ask('/queue/api/queues?activeQueue=announce&status=waiting&page=1&jobsPerPage=10')
    ).json()) as {
      queues: {
        name: string
        counts: Record<string, number>
        readOnlyMode: boolean
        jobs: { id: string }[]
      }[]
    }
    const announce = shown.queues.find(({ name }) => name === 'announce')
    expect(announce).toMatchObject({ readOnlyMode: true, counts: { waiting: 2 } })
    expect(announce?.jobs.map(({ id }) => id).toSorted()).toEqual(['a', 'b'])

    const before = await queue.counts()
    for (const [method, path] of [
      ['PUT', 'pause'],
      ['PUT', 'announce/pause'],
      ['PUT', 'announce/empty'],
      ['PUT', 'announce/obliterate'],
      ['PUT', 'announce/a/clean'],
      ['PUT', 'checkpoint/retry/failed'],
      ['PUT', 'checkpoint/clean/failed'],
      ['PUT', 'backfill/late/promote'],
      ['POST', 'announce/add'],
      ['PATCH', 'announce/a/update-data'],
    ] as const) {
      expect((await ask(`/queue/api/queues/${path}`, { method })).status).toBe(404)
    }
    expect(await queue.counts()).toEqual(before)
    expect((await queue.waiting('announce', 10)).map(({ id }) => id)).toEqual(['a', 'b'])

    await redis.kill()
    await until('Redis is missed', () => !queue.reachable() || undefined)
    expect((await ask('/queue/')).status).toBe(503)
    expect(await (await ask('/metrics')).text()).toContain('floe_sidecar_queue_reachable 0')
  })
})
