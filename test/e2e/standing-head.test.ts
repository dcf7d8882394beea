// A sidecar whose L1 cannot be followed, or whose head stands still, over HTTP: it is alive and not ready, and takes no puts.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { L1Faults } from '../support/l1-faults.ts'
import { Network } from '../support/network.ts'
import { RpcProxy, RpcRefusal } from '../support/rpc-proxy.ts'
import { until } from '../support/until.ts'

const AGE_SECONDS_MAX = 4

let network: Network
beforeAll(async () => {
  network = await Network.start({ shards: [1, 1, 1, 1] })
})
afterAll(async () => network[Symbol.asyncDispose]())

async function put(path: string): Promise<Response> {
  return fetch(`${network.url}${path}`, { method: 'POST', body: new Uint8Array(100).fill(7) })
}

async function statusOf(path: string): Promise<number> {
  const response = await fetch(`${network.url}${path}`)
  await response.arrayBuffer()
  return response.status
}

async function untilStatus(path: string, status: number): Promise<void> {
  await until(`${path} answers ${status}`, async () => ((await statusOf(path)) === status ? true : undefined))
}

async function expectRefusal(response: Response, message: string): Promise<void> {
  expect(response.status).toBe(503)
  expect(response.headers.get('retry-after')).toBe('12')
  expect(response.headers.get('x-floe-error')).toBe('unavailable')
  // The errors of the OP Stack's interface have an empty body.
  const body = await response.text()
  const { code, message: text } =
    body === ''
      ? { code: 'unavailable', message: response.headers.get('x-floe-message') }
      : (JSON.parse(body) as { code: string; message: string })
  expect(code).toBe('unavailable')
  expect(text).toContain(message)
}

test('A sidecar that has never followed L1 refuses puts on every interface until it has, and is alive meanwhile.', async () => {
  let hidesLogs = true
  await using proxy = await RpcProxy.start(network.rpcUrl, async ({ method }, forward) => {
    if (hidesLogs && method === 'eth_getLogs')
      throw new RpcRefusal('pruned', { code: 4444, message: 'pruned' })
    return forward()
  })
  await network.restartSidecar({
    rpcUrls: [proxy.url],
    dir: `${network.sidecarConfig.dir}-new`,
    postingIntervalMs: 200,
  })
  await expectRefusal(await put('/v1/batches'), 'it has not followed L1 since it started')
  await expectRefusal(await put('/put'), '--l1-age-max')
  expect(await statusOf('/ready')).toBe(503)
  expect(await statusOf('/health')).toBe(200)
  hidesLogs = false
  await untilStatus('/ready', 200)
  expect((await put('/v1/batches')).status).toBe(200)
})

test('A sidecar whose head stands still refuses puts, says its age, and takes puts again when the head moves.', async () => {
  await using endpoint = await L1Faults.start(network.rpcUrl)
  const rpcUrls = [endpoint.url]
  await network.restartSidecar({ rpcUrls, l1AgeSecondsMax: AGE_SECONDS_MAX, postingIntervalMs: 200 })
  await untilStatus('/ready', 200)
  await endpoint.inject({ kind: 'standing-head' })
  await untilStatus('/ready', 503)
  await expectRefusal(await put('/v1/batches'), `at most ${AGE_SECONDS_MAX} s old (--l1-age-max), it is`)
  expect(await statusOf('/health')).toBe(200)
  const metrics = await (await fetch(`${network.url}/metrics`)).text()
  const [, age] = /^floe_sidecar_chain_age_seconds ([\d.]+)$/m.exec(metrics) ?? []
  expect(Number(age)).toBeGreaterThan(AGE_SECONDS_MAX)
  await endpoint.inject()
  await until('a put is taken', async () => ((await put('/put')).status === 200 ? true : undefined))
})

test('A read-only sidecar and a storage node measure the age as well.', async () => {
  await network.restartSidecar({ keyFile: undefined })
  await untilStatus('/ready', 200)
  for (const [url, service] of [
    [network.url, 'sidecar'],
    [network.nodes[0]?.url, 'node'],
  ])
    expect(await (await fetch(`${url}/metrics`)).text()).toMatch(
      new RegExp(`^floe_${service}_chain_age_seconds [0-9]`, 'm'),
    )
})

test('A storage node has health, readiness and metrics on an operations address of its own, and nothing else there.', async () => {
  const [node] = network.nodes
  const ask = async (path: string, init?: RequestInit): Promise<Response> =>
    fetch(`${node?.opsUrl}${path}`, init)
  expect(await (await ask('/health')).json()).toMatchObject({
    status: 'ok',
    signer: node?.operator.member.signer,
  })
  expect(await (await ask('/ready')).json()).toEqual({ status: 'ok' })
  expect(await (await ask('/metrics')).text()).toContain('floe_node_chain_age_seconds')
  expect((await ask('/v1/dispersals', { method: 'POST' })).status).toBe(404)
  expect((await ask(`/v1/headers/0x${'00'.repeat(32)}`)).status).toBe(404)
})
