// Repeated puts of the same bytes, concurrent or after a restart, cause one dispersal and get one commitment. Concurrent reads share a
// retrieval, and nodes that missed a dispersal get their pairs later.
import { rm } from 'node:fs/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { startSidecar } from '../../src/sidecar/http/server.ts'
import { Network, type NetworkNode } from '../support/network.ts'
import { seededBytes } from '../support/random-bytes.ts'
import { digestOf } from './ledger.ts'
import { commit, get, getPath, put } from './rollup.ts'
import { until } from '../support/until.ts'

let network: Network

beforeAll(async () => {
  network = await Network.start({
    shards: [1, 1, 1, 1],
    sidecar: { postingIntervalMs: 3_600_000, hedgeDelayMs: 50 },
  })
})

afterAll(async () => network[Symbol.asyncDispose]())

afterEach(() => {
  for (const { proxy } of network.nodes) proxy.fault = { kind: 'none' }
})

/** The requests that start with `start` and arrive at each node during `work`. */
async function seenWhile(start: string, work: () => Promise<void>): Promise<string[][]> {
  const from = network.nodes.map(({ proxy }) => proxy.seen.length)
  await work()
  return network.nodes.map(({ proxy }, i) =>
    proxy.seen.slice(from[i]).filter((path) => path.startsWith(start)),
  )
}

const once = [
  ['POST /v1/dispersals'],
  ['POST /v1/dispersals'],
  ['POST /v1/dispersals'],
  ['POST /v1/dispersals'],
]

async function everyNodeHas(commitment: Buffer): Promise<void> {
  const digest = digestOf(network, commitment)
  for (const { proxy } of network.nodes)
    await until('a node has the batch', async () => {
      const { status } = await getPath(proxy.url, `/v1/batches/${digest}`)
      return status === 200 ? true : undefined
    })
}

/** Holds the answers of all nodes, so that the requests before the call of the result are concurrent. */
function holdAnswers(): () => void {
  const { promise, resolve } = Promise.withResolvers<void>()
  for (const { proxy } of network.nodes) proxy.fault = { kind: 'held', until: promise }
  return resolve
}

/** Resolves when the sidecar has received all requests that were sent before: it handles requests in the order of arrival. */
async function received(requests: number): Promise<void> {
  const connections = Array.from({ length: requests }, async () => getPath(network.url, '/health'))
  for (const { status } of await Promise.all(connections)) expect(status).toBe(200)
}

describe('the same bytes', () => {
  test('a repeated put of the same bytes gets the same commitment without a second dispersal', async () => {
    const batch = seededBytes('twice', 4000)
    const seen = await seenWhile('POST /v1/dispersals', async () => {
      const first = await commit(network.url, batch)
      await everyNodeHas(first)
      expect((await commit(network.url, batch)).equals(first)).toBe(true)
    })
    expect(seen).toEqual(once)
  })

  test('ten concurrent puts of the same bytes get the same commitment from one dispersal', async () => {
    const batch = seededBytes('concurrent', 4000)
    const seen = await seenWhile('POST /v1/dispersals', async () => {
      const release = holdAnswers()
      const puts = Array.from({ length: 10 }, async () => commit(network.url, batch))
      await received(10)
      release()
      const commitments = await Promise.all(puts)
      expect(new Set(commitments.map((bytes) => bytes.toString('hex'))).size).toBe(1)
      await everyNodeHas(commitments[0] as Buffer)
    })
    expect(seen).toEqual(once)
  })

  test('a repeated put after a restart of the sidecar gets the same commitment without a dispersal', async () => {
    const batch = seededBytes('restart', 4000)
    const before = await commit(network.url, batch)
    await network.restartSidecar()
    const seen = await seenWhile('POST /v1/dispersals', async () => {
      expect((await commit(network.url, batch)).equals(before)).toBe(true)
    })
    expect(seen).toEqual([[], [], [], []])
    expect((await get(network.url, before)).body.equals(batch)).toBe(true)
  })

  test('a repeated put after one without a quorum keeps the header, so that nodes answer with the stored pairs', async () => {
    const batch = seededBytes('no quorum', 4000)
    const node = network.nodes[3] as NetworkNode
    const before = { batches: await held(node), repeats: await repeats(node) }
    for (const i of [0, 1]) (network.nodes[i] as NetworkNode).proxy.fault = { kind: 'cut' }
    expect((await put(network.url, batch)).status).toBe(503)
    await until('the node stored the batch', async () =>
      (await held(node)) > before.batches ? true : undefined,
    )
    for (const { proxy } of network.nodes) proxy.fault = { kind: 'none' }
    const commitment = await commit(network.url, batch)
    expect((await get(network.url, commitment)).body.equals(batch)).toBe(true)
    await until('the node answered that it has the batch', async () =>
      (await repeats(node)) === before.repeats + 1 ? true : undefined,
    )
    expect(await held(node)).toBe(before.batches + 1)
  })
})

/** The number of dispersals that a node answered without storing pairs, because it has them. */
async function repeats(node: NetworkNode): Promise<number> {
  const text = await (await fetch(`${node.proxy.url}/metrics`)).text()
  return Number(/^floe_node_dispersals_total\{outcome="held"\} (\d+)$/m.exec(text)?.[1] ?? 0)
}

/** The number of batches that a node holds. */
async function held(node: NetworkNode): Promise<number> {
  const health = (await (await fetch(`${node.proxy.url}/v1/health`)).json()) as { batches: number }
  return health.batches
}

describe('reads', () => {
  test('concurrent reads of one batch request each row at most once', async () => {
    const batch = seededBytes('shared read', 100_000)
    const commitment = await commit(network.url, batch)
    const seen = await seenWhile('GET /v1/batches', async () => {
      const release = holdAnswers()
      const gets = Array.from({ length: 20 }, async () => get(network.url, commitment))
      await received(20)
      release()
      for (const { status, body } of await Promise.all(gets))
        expect([status, body.equals(batch)]).toEqual([200, true])
    })
    const rows = seen.flat()
    expect(rows.length).toBeGreaterThanOrEqual(2)
    expect(new Set(rows).size).toBe(rows.length)
  })

  test('reads one after another request the rows each time, because the sidecar keeps no batch bytes', async () => {
    const commitment = await commit(network.url, seededBytes('again', 1000))
    const seen = await seenWhile('GET /v1/batches', async () => {
      for (let i = 0; i < 3; i++) expect((await get(network.url, commitment)).status).toBe(200)
    })
    expect(seen.flat().length).toBeGreaterThanOrEqual(6)
  })

  test('a read succeeds after concurrent reads that failed', async () => {
    const batch = seededBytes('fail together', 1000)
    const commitment = await commit(network.url, batch)
    for (const { proxy } of network.nodes) proxy.fault = { kind: 'cut' }
    const answers = await Promise.all([1, 2, 3].map(async () => get(network.url, commitment)))
    expect(answers.map(({ status }) => status)).toEqual([503, 503, 503])
    for (const { proxy } of network.nodes) proxy.fault = { kind: 'none' }
    expect((await get(network.url, commitment)).body.equals(batch)).toBe(true)
  })
})

describe('a node that was stopped during a put', () => {
  test('a node that was stopped during a put gets its pairs after its start, without another put', async () => {
    const node = network.nodes[2] as NetworkNode
    await node.stop()
    const digest = digestOf(network, await commit(network.url, seededBytes('straggler', 10_000)))
    await node.start()
    const record = await until('the node holds the batch', async () => {
      const response = await fetch(`${node.proxy.url}/v1/batches/${digest}`)
      return response.status === 200 ? ((await response.json()) as { attestation: string | null }) : undefined
    })
    expect(record.attestation).toMatch(/^0x[0-9a-f]{128}$/)
  })
})

describe('a sidecar', () => {
  test('a sidecar does not start over the folder of another sidecar, and names the folder', async () => {
    await expect(startSidecar(network.sidecarConfig)).rejects.toMatchObject({
      code: 'configuration',
      message: expect.stringMatching(/Another process uses the folder .*batch-index.*Stop it/) as string,
    })
    expect((await put(network.url, seededBytes('still there', 10))).status).toBe(200)
  })

  test('a sidecar without a key serves reads and refuses puts', async () => {
    const batch = seededBytes('read only', 3000)
    const commitment = await commit(network.url, batch)
    await network.restartSidecar({ keyFile: undefined })
    const refused = await put(network.url, batch)
    expect([refused.status, refused.headers.get('x-floe-error')]).toEqual([503, 'unavailable'])
    expect(refused.headers.get('x-floe-message')).toContain('read-only')
    const { status, body } = await get(network.url, commitment)
    expect([status, body.equals(batch)]).toEqual([200, true])
    await network.restartSidecar()
    expect((await commit(network.url, batch)).equals(commitment)).toBe(true)
  })

  test('a sidecar that lost its folder serves all batches that it had certified', async () => {
    const batch = seededBytes('lost folder', 3000)
    const commitment = await commit(network.url, batch)
    const { dir } = network.sidecarConfig
    await network.restartSidecar({ dir: `${dir}-new` })
    await rm(dir, { recursive: true })
    expect((await get(network.url, commitment)).body.equals(batch)).toBe(true)
    expect((await get(network.url, await commit(network.url, batch))).body.equals(batch)).toBe(true)
  })
})
