// Two sidecars on one Redis, with one key between them: either may die or stand still, also the one that posts, also Redis.
// The other one goes on within the queue's stall interval; nothing is lost, and nothing is posted twice.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { CrashPoint } from '../../src/runtime/crash-points.ts'
import { until } from '../support/until.ts'
import { type Fleet, startFleet } from '../support/fleet.ts'
import { within } from '../support/within.ts'
import { notHeldBySigners, notPostedOnce, notServed, untilPosted } from '../support/invariants.ts'
import { KILLED, type Part } from '../support/child-process.ts'
import { type Load, startLoad } from '../support/load.ts'
import { canStartRedis } from '../support/redis.ts'
import { RpcProxy } from '../support/rpc-proxy.ts'

const SEED = process.env['FLOE_SEED'] ?? '0'
/** The queue gives work of a process that is gone to another one after 15 s; then come an interval, and blocks. */
const STALL_MS = 15_000
const TAKEOVER_MS = STALL_MS + 15_000
const REACHED_MS = 60_000
/** Two that post at once, as without Redis, may take a nonce from each other: the loser waits until that is final. */
const SETTLED_MS = 120_000

let fleet: Fleet
let load: Load
let proxies: RpcProxy[]

describe.skipIf(!canStartRedis('failover'))('two sidecars on one Redis', () => {
  beforeAll(async () => {
    proxies = []
    fleet = await startFleet({
      sidecars: 2,
      redis: true,
      sidecarFlags: ['--posting-interval', '500ms', '--put-timeout', '3s'],
      sidecarRpcUrls: async (rpcUrl) => {
        for (let i = 0; i < 2; i++) proxies.push(await RpcProxy.start(rpcUrl))
        return proxies.map(({ url }) => url)
      },
    })
    load = startLoad({
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
    await load.stop()
    await fleet[Symbol.asyncDispose]()
    for (const proxy of proxies) await proxy[Symbol.asyncDispose]()
  })

  const deaths: [CrashPoint, number][] = [
    ['post.journalled', 0],
    ['post.broadcast', 1],
    ['checkpoint.grouped', 0],
    ['put.certified', 1],
    ['put.announced', 0],
  ]
  test.each(deaths)('one that dies at %s is replaced by the other', async (point, index) => {
    const victim = sidecar(index)
    await victim.kill()
    await victim.start({ FLOE_CRASH_AT: `${point}:2` })
    const ending = await within(victim.ended(), REACHED_MS, () => `${victim.name} passes ${point}`)
    expect(ending).toBe(KILLED)
    await postsContinue()
    await victim.start()
    await everythingPosted()
  })

  test('the one that posts stands still before it broadcasts, and is too late when it goes on', async () => {
    for (const index of [0, 1]) {
      const paused = sidecar(index)
      const held = await holdBroadcast(index)
      // What it was about to post is posted by the other one, with the same nonce or the next.
      await postsContinue()
      held.release()
      paused.resume()
      await everythingPosted()
      expect(await notPostedOnce(fleet, [])).toEqual([])
    }
  })

  test.each([0, 1])('sidecar %i stands still for longer than its lease, and goes on', async (index) => {
    sidecar(index).pause()
    const leaseEnds = performance.now() + STALL_MS
    await postsContinue()
    await until(
      'the end of its lease',
      () => (performance.now() > leaseEnds ? true : undefined),
      2 * STALL_MS,
    )
    sidecar(index).resume()
    await everythingPosted()
    expect(await notPostedOnce(fleet, [])).toEqual([])
  })

  test('Redis that is killed costs no put and no post, whether or not it keeps what it had', async () => {
    const { redis } = fleet
    if (redis === undefined) throw new Error('this fleet has a Redis')
    for (const loses of [false, true]) {
      if (loses) await redis.client.flushall()
      await redis.kill()
      const before = load.promised.length
      await until(
        'puts without Redis',
        () => (load.promised.length > before + 10 ? true : undefined),
        TAKEOVER_MS,
      )
      await postsContinue()
      await redis.start()
      await everythingPosted()
    }
    expect(await notPostedOnce(fleet, [])).toEqual([])
  })

  test('nothing is lost, and nothing is posted twice', async () => {
    await load.stop()
    expect(load.unexpected).toEqual([])
    await everythingPosted()
    expect(await notServed(fleet, load.promised)).toEqual([])
    expect(await notHeldBySigners(fleet, load.promised)).toEqual([])
    expect(await notPostedOnce(fleet, load.promised)).toEqual([])
  })
})

function sidecar(index: number): Part {
  const part = fleet.sidecars[index]
  if (part === undefined) throw new Error(`there is no sidecar ${index}`)
  return part
}

/** Something that is put from now on is on L1 within the stall interval. */
async function postsContinue(): Promise<void> {
  const before = load.promised.length
  await until('another put', () => (load.promised.length > before + 2 ? true : undefined), TAKEOVER_MS)
  await untilPosted(fleet, load.promised.slice(before), { ms: TAKEOVER_MS, enough: 1 })
}

/** Everything that was answered for until now is on L1. Also what only a sidecar that was away knows of. */
async function everythingPosted(): Promise<void> {
  await untilPosted(fleet, [...load.promised], { ms: SETTLED_MS })
}

/** Stops a sidecar at its next broadcast: the transaction is signed and on its disk, and is on its way for as long as it takes. */
async function holdBroadcast(index: number): Promise<{ release(): void }> {
  const proxy = proxies[index]
  if (proxy === undefined) throw new Error(`there is no proxy ${index}`)
  const held = Promise.withResolvers<void>()
  const released = Promise.withResolvers<void>()
  proxy.behave(async ({ method }, forward) => {
    if (method === 'eth_sendRawTransaction') {
      // Only this one: afterwards it is to go on.
      proxy.behave(async (_call, next) => next())
      sidecar(index).pause()
      held.resolve()
      await released.promise
    }
    return forward()
  })
  await within(held.promise, REACHED_MS, () => `sidecar ${index} is never elected to post`)
  return { release: () => released.resolve() }
}
