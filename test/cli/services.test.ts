// Services as an operator runs them: processes that keep their secrets and close gracefully.
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { reservePorts } from '../../src/devnet/ports.ts'
import { testKey } from '../support/deploy.ts'
import { until } from '../support/until.ts'
import { stalledPut } from '../sidecar/http/raw-put.ts'
import { type FloeCommand, runFloe, startFloe } from '../support/floe.ts'
import { Network } from '../support/network.ts'
import { RpcProxy, RpcRefusal, RpcSilence } from '../support/rpc-proxy.ts'

const PROVIDER_KEY = 'providers-key-0123456789'
const REDIS_PASSWORD = 'redis-password-0123456789'

let network: Network
let dir: string

beforeAll(async () => {
  network = await Network.start({ shards: [1, 1, 1, 1] })
  dir = await mkdtemp(join(tmpdir(), 'floe-services-'))
})
afterAll(async () => {
  await network[Symbol.asyncDispose]()
  await rm(dir, { recursive: true })
})

type Started = { readonly floe: FloeCommand; readonly url: string }

/** Starts a service and waits until it listens. */
async function start(
  name: 'node' | 'sidecar',
  env: Record<string, string>,
  flags: readonly string[] = [],
): Promise<Started> {
  const [port] = await reservePorts(1)
  const { committee, ledger } = network.deployment
  const common = [
    '--port',
    String(port),
    '--dir',
    await mkdtemp(join(dir, name)),
    '--committee',
    committee,
    '--ledger',
    ledger,
  ]
  const operations = name === 'sidecar' ? ['--ops-port', '0'] : []
  const floe = startFloe([name, ...common, ...operations, ...flags], { env })
  onTestFinished(async () => {
    floe.process.kill('SIGKILL')
    await floe.finished
  })
  const url = `http://127.0.0.1:${port}`
  const listening = until(`the ${name} listens`, async () => fetch(`${url}/health`).catch(() => undefined))
  const ended = floe.finished.then(({ code, stdout, stderr }) => {
    throw new Error(`${name} ended with ${code}: ${stdout}${stderr}`)
  })
  await Promise.race([listening, ended])
  return { floe, url }
}

async function text(url: string): Promise<string> {
  return (await fetch(url)).text()
}

it('services show no secret in logs, process arguments, metrics, status or errors', async () => {
  const l1 = await RpcProxy.start(network.rpcUrl)
  onTestFinished(async () => l1[Symbol.asyncDispose]())
  const secrets = {
    operator: Buffer.from(testKey('operator 0')).toString('hex'),
    disperser: Buffer.from(network.disperserKey).toString('hex'),
    poster: Buffer.from(testKey('poster')).toString('hex'),
  }
  const env = {
    FLOE_RPC_URL: `${l1.url}/${PROVIDER_KEY},http://127.0.0.1:1/${PROVIDER_KEY}`,
    FLOE_LOG_LEVEL: 'trace',
    FLOE_FINALITY: '2',
    REDIS_URL: `redis://user:${REDIS_PASSWORD}@127.0.0.1:1`,
  }
  const sidecarEnv = { ...env, FLOE_KEY: secrets.disperser, FLOE_POSTER_KEY: `0x${secrets.poster}` }
  const node = await start('node', { ...env, FLOE_KEY: secrets.operator })
  const sidecar = await start('sidecar', sidecarEnv, ['--posting-interval', '200ms'])
  // Errors of every kind: a batch waits for its post, while L1 first refuses posts and then stops answering.
  l1.behave(async ({ method }, forward) => {
    // A provider that repeats the key of its URL.
    if (method === 'eth_estimateGas')
      throw new RpcRefusal(`/${PROVIDER_KEY}: ${PROVIDER_KEY} is over its limit`)
    return forward()
  })
  const put = await fetch(`${sidecar.url}/v1/batches`, { method: 'POST', body: randomBytes(1000) })
  expect(put.status).toBe(200)
  l1.behave(() => {
    throw new RpcSilence()
  })
  await sidecar.floe.until('{"level":50')
  const pages = ['/metrics', '/v1/status', '/health', '/get/0x00'].map(async (path) =>
    text(sidecar.url + path),
  )
  const nodePages = ['/metrics', '/v1/health'].map(async (path) => text(node.url + path))
  const { committee, ledger } = network.deployment
  const doctor = await runFloe(['doctor', '--committee', committee, '--ledger', ledger], {
    env: sidecarEnv,
    cwd: dir,
  })
  const refused = await runFloe(['sidecar', '--port', '99999'], { env: sidecarEnv, cwd: dir })
  const processes = [sidecar.floe, node.floe]
  const commandLines = await Promise.all(processes.map(async ({ process }) => commandLine(process.pid ?? 0)))
  const outputs = [...(await Promise.all([...pages, ...nodePages])), ...commandLines]
  for (const { process } of processes) process.kill('SIGTERM')
  const finished = [...(await Promise.all(processes.map(async (floe) => floe.finished))), doctor, refused]
  outputs.push(...finished.flatMap(({ stdout, stderr }) => [stdout, stderr]))
  expect(finished.map(({ code }) => code)).toEqual([0, 0, 1, 2])
  const all = outputs.join('\n')
  expect(all).toContain('posting failed')
  expect(all).toContain('127.0.0.1:1: connect ECONNREFUSED')
  const leaked = [...Object.values(secrets), PROVIDER_KEY, REDIS_PASSWORD].filter((secret) =>
    all.includes(secret),
  )
  expect(leaked).toEqual([])
})

async function commandLine(pid: number): Promise<string> {
  return readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() =>
    execFileSync('ps', ['-o', 'args=', '-p', `${pid}`], { encoding: 'utf8' }),
  )
}

it('a sidecar finishes the put in flight when it is told to stop', async () => {
  const { keyFile } = network.sidecarConfig
  const env = { FLOE_RPC_URL: network.rpcUrl, FLOE_FINALITY: '2', FLOE_LOG_LEVEL: 'debug' }
  const { floe, url } = await start('sidecar', env, ['--key-file', String(keyFile)])
  const batch = randomBytes(50_000)
  await using put = await stalledPut(url, batch.length)
  floe.process.kill('SIGTERM')
  await until('no new connection is taken', async () =>
    fetch(`${url}/health`).then(
      () => undefined,
      () => true,
    ),
  )
  put.socket.write(batch.subarray(1))
  await until('the answer', () => (/HTTP\/1\.1 200 /.test(put.received()) ? true : undefined))
  const { code, stdout, stderr } = await floe.finished
  expect([code, stderr]).toEqual([0, ''])
  const messages = stdout
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { msg: string }).msg)
  const expectedOrder = ['stopping', 'batch certified', 'stopped']
  expect(messages.filter((message) => expectedOrder.includes(message))).toEqual(expectedOrder)
})
