// How long `/health` takes at a real sidecar process while it encodes batches of 16 MiB back to back, over real HTTP. Its
// operators and its client are another process (attesters.ts), and whoever asks is a third, so that what is measured is the
// sidecar's event loop and the machine's two cores, not the work of storage nodes, which are other machines.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent, request } from 'undici'
import { startAnvil } from '../../src/devnet/anvil.ts'
import { freePorts } from '../../src/devnet/ports.ts'
import { toHex } from '../../src/protocol/bytes.ts'
import { addressOfSecretKey } from '../../src/protocol/signature.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { deployFloe, testKey, testOperators } from '../../test/support/deploy.ts'
import type { World } from './attesters.ts'
import { median, percentile, rounded, table } from './statistics.ts'

const SHARDS = [10, 100] as const
const BYTES = 16_777_216
/** Two, so that the next batch is there when one is encoded. */
const PUTS = 2
const WARM_UP_MS = 5_000
const TIME_MS = 15_000
const PAUSE_MS = 2
const START_MS_MAX = 30_000

type Row = {
  shards: number
  bytes: number
  load: 'idle' | 'puts'
  asked: number
  p50Ms: number
  p99Ms: number
  maxMs: number
  batchesPerSecond: number | null
  putP50Ms: number | null
  /** Most resident memory of the sidecar so far. */
  peakMB: number
}

export async function benchHealth(json: boolean): Promise<void> {
  const rows: Row[] = []
  for (const shards of SHARDS) rows.push(...(await measureCommittee(shards)))
  console.log(json ? JSON.stringify(rows) : table(rows))
}

/** Everything around one sidecar, ended in reverse whatever happens. */
async function measureCommittee(shards: number): Promise<Row[]> {
  await using stack = new AsyncDisposableStack()
  const dir = await mkdtemp(join(tmpdir(), 'floe-bench-'))
  stack.defer(async () => rm(dir, { recursive: true, force: true }))
  const [l1Port = 0, operatorsPort = 0, sidecarPort = 0] = await freePorts(3)
  const anvil = await startAnvil({ port: l1Port }, systemClock)
  stack.defer(anvil.stop)
  const endpoint = (i: number): string => `http://127.0.0.1:${operatorsPort}/${i}`
  const operators = testOperators(
    Array.from({ length: shards }, () => 1),
    endpoint,
  )
  const key = testKey('disperser')
  const disperser = { address: addressOfSecretKey(key), quotaBytes: 2n ** 60n }
  const { committee, ledger, domain } = await deployFloe(anvil.url, operators, disperser)
  const keyFile = join(dir, 'disperser.key')
  await writeFile(keyFile, toHex(key), { mode: 0o600 })
  const options = { committee, ledger, 'rpc-url': anvil.url, port: sidecarPort, dir, 'key-file': keyFile }
  const flags = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)])
  const quiet = ['--posting-interval', '1d', '--log-level', 'error', '--exit-with-parent']
  const sidecar = start(stack, ['src/cli/main.ts', 'sidecar', ...flags, ...quiet])
  const url = `http://127.0.0.1:${sidecarPort}`
  const world: World = {
    port: operatorsPort,
    domain,
    keys: operators.map(({ secretKey }) => toHex(secretKey)),
    sidecar: url,
    bytes: BYTES,
    puts: PUTS,
  }
  const around = start(stack, ['scripts/bench/attesters.ts', JSON.stringify(world)])
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
    if (Number.isNaN(Number(line))) throw new Error(`a put failed: ${line}`)
    putMs.push(Number(line))
  })
  const deadline = performance.now() + START_MS_MAX
  while (!(await isHealthy(agent, url))) {
    if (performance.now() > deadline) throw new Error('the sidecar did not start')
    await sleep(50)
  }
  const rowOf = async (load: Row['load'], times: readonly number[]): Promise<Row> => ({
    shards,
    bytes: BYTES,
    load,
    asked: times.length,
    p50Ms: rounded(median(times)),
    p99Ms: rounded(percentile(times, 0.99)),
    maxMs: rounded(Math.max(...times)),
    batchesPerSecond: load === 'idle' ? null : rounded((1000 * putMs.length) / TIME_MS),
    putP50Ms: load === 'idle' ? null : rounded(median(putMs)),
    peakMB: await peakMegabytes(sidecar.pid ?? 0),
  })
  await ask(agent, url, 1_000)
  const idle = await rowOf('idle', await ask(agent, url, 3_000))
  around.stdin?.write('go\n')
  await ask(agent, url, WARM_UP_MS)
  putMs.length = 0
  const busy = await rowOf('puts', await ask(agent, url, TIME_MS))
  await agent.destroy()
  return [idle, busy]
}

async function isHealthy(agent: Agent, url: string): Promise<boolean> {
  return request(`${url}/health`, { dispatcher: agent }).then(
    async ({ statusCode, body }) => body.dump().then(() => statusCode === 200),
    () => false,
  )
}

/** Milliseconds of each question, one after the other for `ms`. */
async function ask(agent: Agent, url: string, ms: number): Promise<number[]> {
  const times: number[] = []
  const end = performance.now() + ms
  while (performance.now() < end) {
    const begun = performance.now()
    if (!(await isHealthy(agent, url))) throw new Error('the sidecar is not healthy')
    times.push(performance.now() - begun)
    await sleep(PAUSE_MS)
  }
  return times
}

async function peakMegabytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return Math.round(Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1000)
}
