// What becomes of a batch after its 200: through restarts, a full spool, a node that was gone, and an L1 that takes posts back.
import { createTestClient, http, numberToHex, publicActions } from 'viem'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Hex } from '../../src/protocol/bytes.ts'
import type { Status } from '../../src/client/sidecar-status.ts'
import { Network, type NetworkNode } from '../support/network.ts'
import { seededBytes } from '../support/random-bytes.ts'
import { allPosted, digestOf } from './ledger.ts'
import { commit, get, getPath, put } from './rollup.ts'
import { until } from '../support/until.ts'

const NEVER_MS = 3_600_000
let network: Network

beforeAll(async () => {
  network = await Network.start({ shards: [1, 1, 1, 1], sidecar: { postingIntervalMs: NEVER_MS } })
})

afterAll(async () => network[Symbol.asyncDispose]())

afterEach(() => {
  for (const { proxy } of network.nodes) proxy.fault = { kind: 'none' }
})

let batches = 0
const fresh = (bytes = 3_000): Uint8Array => seededBytes(`pipeline ${batches++}`, bytes)

async function status(): Promise<Status> {
  return (await (await fetch(`${network.url}/v1/status`)).json()) as Status
}

async function statusWith(what: string, holds: (status: Status) => boolean): Promise<Status> {
  return until(what, async () => {
    const now = await status()
    return holds(now) ? now : undefined
  })
}

/** How often each of `digests` is on L1. */
async function times(digests: readonly Hex[]): Promise<number[]> {
  const posted = (await allPosted(network)).map(({ digest }) => digest)
  return digests.map((digest) => posted.filter((other) => other === digest).length)
}

async function holds(node: NetworkNode, digest: Hex): Promise<boolean> {
  const { status: answer } = await getPath(node.proxy.url, `/v1/batches/${digest}`)
  return answer === 200
}

describe('a node that was down when a batch came', () => {
  test('gets its pairs from a restarted sidecar, which has nothing of the batch in memory', async () => {
    const node = network.nodes[3] as NetworkNode
    await node.stop()
    const batch = fresh(50_000)
    const commitment = await commit(network.url, batch)
    const digest = digestOf(network, commitment)
    await statusWith('it is incomplete', ({ batches: { incomplete } }) => incomplete === 1)
    await network.stopSidecar()
    await node.start()
    expect(await holds(node, digest)).toBe(false)
    await network.restartSidecar()
    await until('the node holds the batch', async () => ((await holds(node, digest)) ? true : undefined))
    await statusWith('nothing is incomplete', (now) => now.batches.incomplete === 0)
    // It counts as a holder: with another one gone the batch can still be read.
    for (const other of [0, 1]) (network.nodes[other] as NetworkNode).proxy.fault = { kind: 'cut' }
    expect((await get(network.url, commitment)).body.equals(batch)).toBe(true)
  })
})

describe('a put without a quorum', () => {
  test('keeps its header over a restart, so that nodes which have it say so', async () => {
    const batch = fresh()
    for (const i of [0, 1]) (network.nodes[i] as NetworkNode).proxy.fault = { kind: 'cut' }
    expect((await put(network.url, batch)).status).toBe(503)
    await network.restartSidecar()
    // Whether an operator had attested by the time that too many had failed is chance.
    const { received, dispersed } = (await status()).batches
    expect(received + dispersed).toBe(1)
    for (const { proxy } of network.nodes) proxy.fault = { kind: 'none' }
    const digest = digestOf(network, await commit(network.url, batch))
    await statusWith('it is certified', ({ batches: now }) => now.received + now.dispersed === 0)
    const node = network.nodes[3] as NetworkNode
    const metrics = await (await fetch(`${node.proxy.url}/metrics`)).text()
    expect(metrics).toMatch(/^floe_node_dispersals_total\{outcome="held"\} [1-9]/m)
    expect(await holds(node, digest)).toBe(true)
  })
})

describe('what is not on L1 yet', () => {
  test('has a bound: puts beyond it are 503 with Retry-After, what was put before is answered, nothing is dropped', async () => {
    await network.restartSidecar()
    const waiting = (await status()).spool.unposted
    await network.restartSidecar({ unpostedBatchesMax: waiting + 2, postingIntervalMs: NEVER_MS })
    const taken = [fresh(), fresh()]
    const commitments: Buffer[] = []
    for (const batch of taken) commitments.push(await commit(network.url, batch))
    const refused = await put(network.url, fresh())
    expect([refused.status, refused.headers.get('x-floe-error')]).toEqual([503, 'storage'])
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await commit(network.url, taken[0] as Uint8Array)).equals(commitments[0] as Buffer)).toBe(true)
    await statusWith('the spool is full', ({ spool: { unposted, unpostedMax } }) => unposted === unpostedMax)
    await network.restartSidecar({ unpostedBatchesMax: waiting + 2, postingIntervalMs: 200 })
    await until('a put is taken again', async () =>
      (await put(network.url, seededBytes('taken again', 10))).status === 200 ? true : undefined,
    )
    const digests = commitments.map((commitment) => digestOf(network, commitment))
    await until('they are on L1', async () =>
      (await times(digests)).every((n) => n === 1) ? true : undefined,
    )
  })

  test('is posted at once when enough of it waits, long before the interval is over', async () => {
    await network.restartSidecar({ postingIntervalMs: 200 })
    await statusWith('nothing waits', ({ batches: { waiting } }) => waiting === 0)
    await network.restartSidecar({ postingIntervalMs: NEVER_MS, postingBatchesMax: 3 })
    const digests: Hex[] = []
    for (let i = 0; i < 2; i++) digests.push(digestOf(network, await commit(network.url, fresh())))
    await statusWith('two wait', ({ batches: { waiting } }) => waiting === 2)
    digests.push(digestOf(network, await commit(network.url, fresh())))
    await until('they are on L1', async () =>
      (await times(digests)).every((n) => n === 1) ? true : undefined,
    )
    expect(
      (await statusWith('nothing waits', ({ batches: { waiting } }) => waiting === 0)).batches.failed,
    ).toBe(0)
  })
})

test('status and metrics say where batches, L1, the posting account and the queue are', async () => {
  await network.restartSidecar({ postingIntervalMs: NEVER_MS })
  await commit(network.url, fresh())
  const {
    batches: counts,
    oldestSeconds,
    spool,
    pipeline,
  } = await statusWith(
    'L1 was followed and the account looked at',
    ({ batches: { waiting }, pipeline: now }) =>
      waiting === 1 && now?.chain !== null && now?.poster.balanceWei !== null,
  )
  expect(counts).toMatchObject({ certified: 1, waiting: 1 })
  expect(oldestSeconds).toMatchObject({ received: null, certified: expect.any(Number) as number })
  expect(spool.bytes).toBeGreaterThan(1_000)
  expect(pipeline?.chain?.tip).toBeGreaterThan(0)
  expect(BigInt(pipeline?.poster.balanceWei ?? 0)).toBeGreaterThan(10n ** 18n)
  expect(pipeline?.queue).toMatchObject({ shared: false, reachable: true })
  const metrics = await until('the gauges are set', async () => {
    const text = await (await fetch(`${network.url}/metrics`)).text()
    return /^floe_sidecar_batches\{state="certified"\} 1$/m.test(text) ? text : undefined
  })
  expect(metrics).toMatch(/^floe_sidecar_chain_tip_block \d+$/m)
  expect(metrics).toMatch(/^floe_sidecar_poster_balance_ether \d+/m)
  expect(metrics).toMatch(/^floe_sidecar_queue_jobs\{kind="checkpoint",state="delayed"\} 1$/m)
})

test('while it closes, a sidecar refuses puts and finishes those in hand', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  for (const { proxy } of network.nodes) proxy.fault = { kind: 'held', until: promise }
  const batch = fresh()
  const inHand = commit(network.url, batch)
  await until('nodes were asked', () =>
    network.nodes.every(({ proxy }) => proxy.seen.at(-1) === 'POST /v1/dispersals') ? true : undefined,
  )
  const closed = network.stopSidecar()
  resolve()
  const commitment = await inHand
  await closed
  await network.restartSidecar()
  expect((await commit(network.url, batch)).equals(commitment)).toBe(true)
})

describe('a reorg', () => {
  const finality = 32

  test.each([1, 8])(
    'of %i blocks that takes a post back: in the end every header is on L1 once',
    async (depth) => {
      const client = createTestClient({ mode: 'anvil', transport: http(network.rpcUrl) }).extend(
        publicActions,
      )
      await client.mine({ blocks: finality + depth })
      await network.restartSidecar({ postingIntervalMs: 300, finality })
      const digests: Hex[] = []
      for (let i = 0; i < 3; i++) {
        digests.push(digestOf(network, await commit(network.url, fresh())))
        await until('it is posted', async () =>
          (await times(digests)).every((n) => n === 1) ? true : undefined,
        )
      }
      await statusWith(
        'the sidecar has seen it',
        ({ batches: { certified, posted } }) => certified === 0 && posted >= 3,
      )
      const last = (await allPosted(network)).find(({ digest }) => digest === digests.at(-1))
      const tip = Number(await client.getBlockNumber({ cacheTime: 0 }))
      // Blocks without transactions of the same second would come out as the same blocks.
      await client.request({
        method: 'anvil_setCoinbase',
        params: [numberToHex(depth, { size: 20 })],
      } as never)
      const back = tip - (last?.blockNumber ?? 0) + depth
      await client.request({ method: 'anvil_reorg', params: [back, []] } as never)
      expect((await times(digests)).includes(0)).toBe(true)
      digests.push(digestOf(network, await commit(network.url, fresh())))
      // A transaction whose receipt nobody had seen yet is sent again after a block's time, as one that a pool may have dropped.
      await until(
        'all of it is posted again',
        async () => ((await times(digests)).every((n) => n >= 1) ? true : undefined),
        30_000,
      )
      await client.mine({ blocks: finality + 1 })
      await statusWith('all of it is final', ({ batches: { certified, posted } }) => certified + posted === 0)
      expect(await times(digests)).toEqual([1, 1, 1, 1])
    },
    60_000,
  )
})
