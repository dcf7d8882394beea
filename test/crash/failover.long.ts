// Two sidecars that share a Redis and a key. Each of them, also the one that posts, and Redis may be killed or paused. The other sidecar
// takes over within the stall interval of the queue; no batch is lost, and no header is posted twice.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '../../src/runtime/clock.ts'
import type { CrashPoint } from '../../src/runtime/crash-points.ts'
import { until, within } from '../support/until.ts'
import { Fleet } from '../support/fleet.ts'
import {
  batchesNotHeldBySigners,
  headersNotPostedOnce,
  batchesNotServed,
  untilPosted,
} from '../support/invariants.ts'
import { KILLED, type Program } from '../support/child-process.ts'
import { Load } from '../support/load.ts'
import { canStartRedis } from '../support/redis.ts'
import { RpcProxy } from '../support/rpc-proxy.ts'

const SEED = process.env['FLOE_SEED'] ?? '0'
/** The queue gives the jobs of a process that has ended to another one after 15 s. A posting interval and some blocks follow. */
const STALL_MS = 15_000
const TAKEOVER_MS = STALL_MS + 30_000
const REACHED_MS = 60_000
/** Two sidecars that post concurrently, as without Redis, may use the same nonce: one of them waits until that is final. */
const SETTLED_MS = 120_000

let fleet: Fleet
let load: Load
let proxies: RpcProxy[]

describe.skipIf(!canStartRedis('failover'))('two sidecars on one Redis', () => {
  beforeAll(async () => {
    proxies = []
    fleet = await Fleet.start({
      sidecars: 2,
      redis: true,
      sidecarFlags: ['--posting-interval', '500ms', '--put-timeout', '3s'],
      sidecarRpcUrls: async (rpcUrl) => {
        for (let i = 0; i < 2; i++) proxies.push(await RpcProxy.start(rpcUrl))
        return proxies.map(({ url }) => url)
      },
    })
    load = new Load({
      domain: fleet.deployment.domain,
      urls: fleet.sidecars.map(({ url }) => url),
      seed: SEED,
      workers: 2,
      pauseMs: 50,
      answerMs: 5_000,
    })
  })
  afterEach(async () => {
    for (const proxy of proxies) proxy.behave(async (_call, forward) => forward())
    for (const sidecar of fleet.sidecars) {
      sidecar.resume()
      if (sidecar.pid() === undefined) await sidecar.start()
    }
  })
  afterAll(async () => {
    await using stack = new AsyncDisposableStack()
    for (const proxy of proxies) stack.use(proxy)
    stack.use(fleet)
    stack.defer(async () => load.stop())
  })

  const crashes: [CrashPoint, number][] = [
    ['post.journalled', 0],
    ['post.broadcast', 1],
    ['checkpoint.grouped', 0],
    ['put.certified', 1],
    ['put.announced', 0],
  ]
  test.each(crashes)('when a sidecar is killed at %s, the other sidecar takes over', async (point, index) => {
    const victim = sidecar(index)
    await victim.kill()
    await victim.start({ FLOE_CRASH_AT: `${point}:2` })
    const ending = await within(victim.ended(), REACHED_MS, () => `${victim.name} passes ${point}`)
    expect(ending).toBe(KILLED)
    await postsContinue()
    await victim.start()
    await everythingPosted()
  })

  test('a sidecar that is paused before it broadcasts a post, and continues late, posts no header twice', async () => {
    for (const index of [0, 1]) {
      const paused = sidecar(index)
      const held = await holdBroadcast(index)
      // The other sidecar posts the same headers, with the same nonce or the next one.
      await postsContinue()
      held.release()
      paused.resume()
      await everythingPosted()
      expect(await headersNotPostedOnce(fleet, [])).toEqual([])
    }
  })

  test.each([0, 1])(
    'sidecar %i may be paused for longer than its lease: nothing is lost or posted twice',
    async (index) => {
      sidecar(index).pause()
      const leaseEnds = systemClock.monotonic() + STALL_MS
      await postsContinue()
      await systemClock.sleep(Math.max(0, leaseEnds - systemClock.monotonic()))
      sidecar(index).resume()
      await everythingPosted()
      expect(await headersNotPostedOnce(fleet, [])).toEqual([])
    },
  )

  test('while Redis is down, puts and posts continue, whether or not Redis keeps its data', async () => {
    const { redis } = fleet
    if (redis === undefined) throw new Error('Expected a fleet with a Redis.')
    for (const loses of [false, true]) {
      if (loses) await redis.client.flushall()
      await redis.kill()
      const before = load.answered.length
      await until(
        'puts without Redis',
        () => (load.answered.length > before + 10 ? true : undefined),
        TAKEOVER_MS,
      )
      await postsContinue()
      await redis.start()
      await everythingPosted()
    }
    expect(await headersNotPostedOnce(fleet, [])).toEqual([])
  })

  test('after all failures, every batch is served and its header is posted once', async () => {
    await load.stop()
    expect(load.unexpected).toEqual([])
    await everythingPosted()
    expect(await batchesNotServed(fleet, load.answered)).toEqual([])
    expect(await batchesNotHeldBySigners(fleet, load.answered)).toEqual([])
    expect(await headersNotPostedOnce(fleet, load.answered)).toEqual([])
  })
})

function sidecar(index: number): Program {
  const program = fleet.sidecars[index]
  if (program === undefined) throw new Error(`Expected a fleet with a sidecar ${index}.`)
  return program
}

/** Waits until a batch that is put from now on is on L1. */
async function postsContinue(): Promise<void> {
  const before = load.answered.length
  await until('another put', () => (load.answered.length > before + 2 ? true : undefined), TAKEOVER_MS)
  await untilPosted(fleet, load.answered.slice(before), { ms: TAKEOVER_MS, enough: 1 })
}

/** Waits until all batches that were answered with 200 are on L1, also those that only a restarted sidecar knows. */
async function everythingPosted(): Promise<void> {
  await untilPosted(fleet, [...load.answered], { ms: SETTLED_MS })
}

/** Pauses a sidecar at its next broadcast: the transaction is signed and on its disk, and reaches L1 only after `release`. */
async function holdBroadcast(index: number): Promise<{ release(): void }> {
  const proxy = proxies[index]
  if (proxy === undefined) throw new Error(`Expected a proxy for sidecar ${index}.`)
  const held = Promise.withResolvers<void>()
  const released = Promise.withResolvers<void>()
  proxy.behave(async ({ method }, forward) => {
    if (method === 'eth_sendRawTransaction') {
      // Later broadcasts are forwarded.
      proxy.behave(async (_call, next) => next())
      sidecar(index).pause()
      held.resolve()
      await released.promise
    }
    return forward()
  })
  await within(held.promise, REACHED_MS, () => `sidecar ${index} broadcasts a post`)
  return { release: () => released.resolve() }
}
