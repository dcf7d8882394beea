// What a sidecar does for a batch after it answered 200: through restarts, a full batch index, stopped nodes, and reorgs of L1.
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

describe('backfill', () => {
  test('a node that was stopped during a put gets its pairs from the sidecar, also after a restart of the sidecar', async () => {
    const node = network.nodes[3] as NetworkNode
    await node.stop()
    const batch = fresh(50_000)
    const commitment = await commit(network.url, batch)
    const digest = digestOf(network, commitment)
    await statusWith('the batch is incomplete', ({ batches: { incomplete } }) => incomplete === 1)
    await network.stopSidecar()
    await node.start()
    expect(await holds(node, digest)).toBe(false)
    await network.restartSidecar()
    await until('the node holds the batch', async () => ((await holds(node, digest)) ? true : undefined))
    await statusWith('no batch is incomplete', (now) => now.batches.incomplete === 0)
    // The node has its pairs: with two other nodes unreachable the batch can still be read.
    for (const other of [0, 1]) (network.nodes[other] as NetworkNode).proxy.fault = { kind: 'cut' }
    expect((await get(network.url, commitment)).body.equals(batch)).toBe(true)
  })
})

describe('a put without a quorum', () => {
  test('a put without a quorum keeps its header across a restart, so that nodes answer a repeated put with the stored pairs', async () => {
    const batch = fresh()
    for (const i of [0, 1]) (network.nodes[i] as NetworkNode).proxy.fault = { kind: 'cut' }
    expect((await put(network.url, batch)).status).toBe(503)
    await network.restartSidecar()
    // Whether an operator attested before too many had failed is random.
    const { dispersed, failed } = (await status()).batches
    expect(dispersed + failed).toBe(1)
    for (const { proxy } of network.nodes) proxy.fault = { kind: 'none' }
    const digest = digestOf(network, await commit(network.url, batch))
    await statusWith('the batch is certified', ({ batches: now }) => now.failed + now.dispersed === 0)
    const node = network.nodes[3] as NetworkNode
    const metrics = await (await fetch(`${node.proxy.url}/metrics`)).text()
    expect(metrics).toMatch(/^floe_node_dispersals_total\{outcome="held"\} [1-9]/m)
    expect(await holds(node, digest)).toBe(true)
  })
})

describe('batches that are not on L1 yet', () => {
  test('with too many unposted batches, new puts are answered with 503 and Retry-After, and repeated puts with their commitments', async () => {
    await network.restartSidecar()
    const waiting = (await status()).spool.unposted
    await network.restartSidecar({ unpostedBatchesMax: waiting + 2, postingIntervalMs: NEVER_MS })
    const accepted = [fresh(), fresh()]
    const commitments: Buffer[] = []
    for (const batch of accepted) commitments.push(await commit(network.url, batch))
    const refused = await put(network.url, fresh())
    expect([refused.status, refused.headers.get('x-floe-error')]).toEqual([503, 'storage'])
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await commit(network.url, accepted[0] as Uint8Array)).equals(commitments[0] as Buffer)).toBe(true)
    await statusWith(
      'the batch index is full',
      ({ spool: { unposted, unpostedMax } }) => unposted === unpostedMax,
    )
    await network.restartSidecar({ unpostedBatchesMax: waiting + 2, postingIntervalMs: 200 })
    await until('a new put is accepted', async () =>
      (await put(network.url, seededBytes('accepted again', 10))).status === 200 ? true : undefined,
    )
    const digests = commitments.map((commitment) => digestOf(network, commitment))
    await until('the headers are on L1', async () =>
      (await times(digests)).every((n) => n === 1) ? true : undefined,
    )
  })

  test('batches are posted before the posting interval is over when enough of them wait', async () => {
    await network.restartSidecar({ postingIntervalMs: 200 })
    await statusWith('no batch waits', ({ batches: { waiting } }) => waiting === 0)
    await network.restartSidecar({ postingIntervalMs: NEVER_MS, postingBatchesMax: 3 })
    const digests: Hex[] = []
    for (let i = 0; i < 2; i++) digests.push(digestOf(network, await commit(network.url, fresh())))
    await statusWith('two batches wait', ({ batches: { waiting } }) => waiting === 2)
    digests.push(digestOf(network, await commit(network.url, fresh())))
    await until('the headers are on L1', async () =>
      (await times(digests)).every((n) => n === 1) ? true : undefined,
    )
    expect(
      (await statusWith('no batch waits', ({ batches: { waiting } }) => waiting === 0)).batches.failed,
    ).toBe(0)
  })
})

test('status and metrics report the state of batches, L1, the posting account and the queue', async () => {
  await network.restartSidecar({ postingIntervalMs: NEVER_MS })
  await commit(network.url, fresh())
  const {
    batches: counts,
    oldestSeconds,
    spool: batchIndex,
    pipeline,
  } = await statusWith(
    'L1 was followed and the balance read',
    ({ batches: { waiting }, pipeline: now }) =>
      waiting === 1 && now?.chain !== null && now?.poster.balanceWei !== null,
  )
  expect(counts).toMatchObject({ certified: 1, waiting: 1 })
  expect(oldestSeconds).toMatchObject({ received: null, certified: expect.any(Number) as number })
  expect(batchIndex.bytes).toBeGreaterThan(1_000)
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

test('a sidecar that closes finishes the puts that are in flight', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  for (const { proxy } of network.nodes) proxy.fault = { kind: 'held', until: promise }
  const batch = fresh()
  const inFlight = commit(network.url, batch)
  await until('the nodes got the dispersal', () =>
    network.nodes.every(({ proxy }) => proxy.seen.at(-1) === 'POST /v1/dispersals') ? true : undefined,
  )
  const closed = network.stopSidecar()
  resolve()
  const commitment = await inFlight
  await closed
  await network.restartSidecar()
  expect((await commit(network.url, batch)).equals(commitment)).toBe(true)
})

describe('a reorg', () => {
  const finality = 32

  // Random depths are in the long tier (reorg).
  test('every header is on L1 exactly once after a reorg that removes a post and 8 more blocks', async () => {
    const depth = 8
    const client = createTestClient({ mode: 'anvil', transport: http(network.rpcUrl) }).extend(publicActions)
    await client.mine({ blocks: finality + depth })
    await network.restartSidecar({ postingIntervalMs: 300, finality })
    const digests: Hex[] = []
    for (let i = 0; i < 3; i++) {
      digests.push(digestOf(network, await commit(network.url, fresh())))
      await until('the header is posted', async () =>
        (await times(digests)).every((n) => n === 1) ? true : undefined,
      )
    }
    await statusWith(
      'the sidecar has followed the post',
      ({ batches: { certified, posted } }) => certified === 0 && posted >= 3,
    )
    const last = (await allPosted(network)).find(({ digest }) => digest === digests.at(-1))
    const tip = Number(await client.getBlockNumber({ cacheTime: 0 }))
    // A new coinbase makes a different block: empty blocks of the same second would have the same hash.
    await client.request({
      method: 'anvil_setCoinbase',
      params: [numberToHex(depth, { size: 20 })],
    } as never)
    const reorgDepth = tip - (last?.blockNumber ?? 0) + depth
    await client.request({ method: 'anvil_reorg', params: [reorgDepth, []] } as never)
    expect((await times(digests)).includes(0)).toBe(true)
    digests.push(digestOf(network, await commit(network.url, fresh())))
    await until('all headers are posted again', async () =>
      (await times(digests)).every((n) => n >= 1) ? true : undefined,
    )
    await client.mine({ blocks: finality + 1 })
    await statusWith(
      'all headers are final',
      ({ batches: { certified, posted } }) => certified + posted === 0,
    )
    expect(await times(digests)).toEqual([1, 1, 1, 1])
  })
})
