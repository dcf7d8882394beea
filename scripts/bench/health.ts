// Measures the latency of `/health` at a sidecar process that encodes batches of 16 MiB back to back, over HTTP. The operators and the
// client are in a second process (attesters.ts), and the measuring client in a third. So the bench measures the sidecar's event loop
// on the two cores of the machine, and not the work of storage nodes, which run on other machines.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent, request } from 'undici'
import { Anvil } from '../../src/devnet/anvil.ts'
import { reservePorts } from '../../src/devnet/ports.ts'
import { toHex } from '../../src/protocol/bytes.ts'
import { addressOfSecretKey } from '../../src/protocol/signature.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { deployFloe, testKey, testOperators } from '../../test/support/deploy.ts'
import type { Environment } from './attesters.ts'
import { median, percentile, rounded, table } from './statistics.ts'

const SHARDS = [10, 100] as const
const BYTES = 16_777_216
/** Two, so that the next batch has arrived when one is encoded. */
const PUTS = 2
const WARM_UP_MS = 5_000
const TIME_MS = 15_000
const PAUSE_MS = 2
const START_MS_MAX = 30_000

type Row = {
  shards: number
  bytes: number
  load: 'idle' | 'puts'
  requests: number
  p50Ms: number
  p99Ms: number
  maxMs: number
  batchesPerSecond: number | null
  putP50Ms: number | null
  /** Peak resident memory of the sidecar so far. */
  peakMB: number
}

export async function benchHealth(json: boolean): Promise<void> {
  const rows: Row[] = []
  for (const shards of SHARDS) rows.push(...(await measureCommittee(shards)))
  console.log(json ? JSON.stringify(rows) : table(rows))
}

/** Starts one sidecar and its environment, measures it, and ends everything in reverse order. */
async function measureCommittee(shards: number): Promise<Row[]> {
  await using stack = new AsyncDisposableStack()
  const dir = await mkdtemp(join(tmpdir(), 'floe-bench-'))
  stack.defer(async () => rm(dir, { recursive: true, force: true }))
  const [l1Port = 0, operatorsPort = 0, sidecarPort = 0] = await reservePorts(3)
  const anvil = await Anvil.start({ port: l1Port }, systemClock)
  stack.defer(async () => anvil.stop())
  const endpoint = (i: number): string => `http://127.0.0.1:${operatorsPort}/${i}`
  const operators = testOperators(
    Array.from({ length: shards }, () => 1),
    endpoint,
  )
  const key = testKey('disperser')
  const disperser = { address: addressOfSecretKey(key), quotaBytes: 2n ** 60n }
  const { committee, ledger, domain, members } = await deployFloe(anvil.url, operators, disperser)
  const keyFile = join(dir, 'disperser.key')
  await writeFile(keyFile, toHex(key), { mode: 0o600 })
  const options = { committee, ledger, 'rpc-url': anvil.url, port: sidecarPort, dir, 'key-file': keyFile }
  const flags = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)])
  const quiet = ['--posting-interval', '1d', '--log-level', 'error', '--exit-with-parent']
  const sidecar = start(stack, ['src/cli/main.ts', 'sidecar', ...flags, ...quiet])
  const url = `http://127.0.0.1:${sidecarPort}`
  const environment: Environment = {
    port: operatorsPort,
    domain,
    committeeRoot: members.root,
    keys: operators.map(({ secretKey }) => toHex(secretKey)),
    sidecar: url,
    bytes: BYTES,
    puts: PUTS,
  }
  const around = start(stack, ['scripts/bench/attesters.ts', JSON.stringify(environment)])
  return await measureLoads({ url, shards, sidecar, around })
}

function start(stack: AsyncDisposableStack, args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  stack.defer(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGTERM')
    await ended
  })
  return child
}

type Running = {
  readonly url: string
  readonly shards: number
  readonly sidecar: ChildProcess
  readonly around: ChildProcess
}

async function measureLoads({ url, shards, sidecar, around }: Running): Promise<Row[]> {
  const agent = new Agent({ connections: 1 })
  const putMs: number[] = []
  if (around.stdout === null) throw new Error('a piped child has an output')
  createInterface({ input: around.stdout }).on('line', (line) => {
    if (line === 'ready') return
    if (Number.isNaN(Number(line))) throw new Error(`Expected a put to succeed, got ${line}.`)
    putMs.push(Number(line))
  })
  const deadline = performance.now() + START_MS_MAX
  while (!(await isHealthy(agent, url))) {
    if (performance.now() > deadline)
      throw new Error('Expected the sidecar to start within 30 s, but it is not healthy.')
    await sleep(50)
  }
  const rowOf = async (load: Row['load'], times: readonly number[]): Promise<Row> => ({
    shards,
    bytes: BYTES,
    load,
    requests: times.length,
    p50Ms: rounded(median(times)),
    p99Ms: rounded(percentile(times, 0.99)),
    maxMs: rounded(Math.max(...times)),
    batchesPerSecond: load === 'idle' ? null : rounded((1000 * putMs.length) / TIME_MS),
    putP50Ms: load === 'idle' ? null : rounded(median(putMs)),
    peakMB: await peakMegabytes(sidecar.pid ?? 0),
  })
  await measureHealth(agent, url, 1_000)
  const idle = await rowOf('idle', await measureHealth(agent, url, 3_000))
  around.stdin?.write('go\n')
  await measureHealth(agent, url, WARM_UP_MS)
  putMs.length = 0
  const busy = await rowOf('puts', await measureHealth(agent, url, TIME_MS))
  await agent.destroy()
  return [idle, busy]
}

async function isHealthy(agent: Agent, url: string): Promise<boolean> {
  return request(`${url}/health`, { dispatcher: agent }).then(
    async ({ statusCode, body }) => body.dump().then(() => statusCode === 200),
    () => false,
  )
}

/** Requests `/health` repeatedly for `ms`. @returns the milliseconds of each request */
async function measureHealth(agent: Agent, url: string, ms: number): Promise<number[]> {
  const times: number[] = []
  const end = performance.now() + ms
  while (performance.now() < end) {
    const begun = performance.now()
    if (!(await isHealthy(agent, url)))
      throw new Error('Expected the sidecar to stay healthy, but it is not.')
    times.push(performance.now() - begun)
    await sleep(PAUSE_MS)
  }
  return times
}

async function peakMegabytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return Math.round(Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1000)
}
