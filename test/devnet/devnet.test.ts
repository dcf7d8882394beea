// A devnet as its user runs it: started as a process, killed as a process, and started again.
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { askDevnet } from '../../src/devnet/control-socket.ts'
import type { Description } from '../../src/devnet/description.ts'
import { reservePorts } from '../../src/devnet/ports.ts'
import { callFloe } from '../support/call-floe.ts'
import { type Finished, type FloeCommand, isRunning, runFloe, startFloe } from '../support/floe.ts'
import { until } from '../support/until.ts'

const batch = randomBytes(50_000)
const TIMEOUT_MS = 240_000

let dir: string
let port: number
let devnet: FloeCommand
let commitment: string

beforeAll(async () => {
  dir = join(await mkdtemp(join(tmpdir(), 'floe-devnet-')), 'devnet')
  port = (await reservePorts(1))[0] ?? 0
  devnet = await start(['--nodes', '4'])
}, TIMEOUT_MS)
afterAll(async () => {
  devnet.process.kill('SIGTERM')
  await devnet.finished
  await rm(join(dir, '..'), { recursive: true })
}, TIMEOUT_MS)

async function start(flags: string[] = []): Promise<FloeCommand> {
  const options = ['--dir', dir, '--port', String(port), '--posting-interval', '500ms']
  const started = startFloe(['devnet', ...options, ...flags])
  await started.until('floe devnet ready: ')
  return started
}

/** Runs a devnet on the same folder while its port is taken. */
async function runOnTakenPort(...flags: string[]): Promise<Finished> {
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(port, '127.0.0.1', () => resolve()))
  const finished = await runFloe(['devnet', '--dir', dir, '--port', String(port), ...flags])
  await new Promise((resolve) => taken.close(resolve))
  return finished
}

function description(): Description {
  return JSON.parse(readFileSync(join(dir, 'devnet.json'), 'utf8')) as Description
}

function pids({ sidecar, nodes, l1 }: Description): number[] {
  return [sidecar, l1, ...nodes].flatMap(({ pid }) => (pid === null ? [] : [pid]))
}

async function floe(...floeArguments: string[]) {
  return callFloe(floeArguments, { env: { FLOE_DEVNET_DIR: dir } })
}

async function getBatch(): Promise<Buffer> {
  const response = await fetch(`${description().sidecar.url}/v1/batches/${commitment}`)
  if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`)
  return Buffer.from(await response.arrayBuffer())
}

type VerifyOutput = { valid: boolean; posting: { status: string } | null; post: object | null }

/** The output of `floe verify --json` for the batch. */
async function verification(): Promise<VerifyOutput> {
  const { stdout } = await floe('verify', commitment, '--json')
  return JSON.parse(stdout) as VerifyOutput
}

describe('a devnet', { timeout: TIMEOUT_MS }, () => {
  it('described: a devnet prints one line when it is ready, and devnet.json names its processes', async () => {
    const { sidecar, nodes, l1, contracts } = description()
    expect(sidecar.url).toBe(`http://127.0.0.1:${port}`)
    expect(await devnet.until('floe devnet ready')).toMatch(
      new RegExp(`^floe devnet ready: http://127\\.0\\.0\\.1:${port}$`, 'm'),
    )
    expect(nodes.map(({ shards }) => shards)).toEqual([1, 1, 1, 1])
    expect(l1.chainId).toBe(31337)
    expect(contracts.ledger).toMatch(/^0x[0-9a-f]{40}$/)
    expect(pids(description())).toHaveLength(6)
    expect(pids(description()).every(isRunning)).toBe(true)
  })

  it('a devnet accepts a batch, posts it and returns it', async () => {
    const { sidecar } = description()
    const response = await fetch(`${sidecar.url}/v1/batches`, { method: 'POST', body: batch })
    commitment = ((await response.json()) as { commitment: string }).commitment
    expect(commitment).toMatch(/^0x016601/)
    expect(Buffer.compare(await getBatch(), batch)).toBe(0)
    const posted = await until('a post', async () => {
      const verified = await verification()
      return verified.posting?.status === 'stands' ? verified : undefined
    })
    expect(posted).toMatchObject({ valid: true, post: {} })
  })

  it('a second devnet on a folder fails and names the process of the first', async () => {
    const { code, stderr } = await runFloe(['devnet', '--dir', dir, '--port', '0'])
    expect(code).toBe(2)
    expect(stderr).toContain(`as process ${devnet.process.pid}`)
  })

  it('not restarted: a node that was killed stays ended until a command starts it again', async () => {
    // The reader of its output may have ended.
    devnet.process.stdout?.destroy()
    const victim = description().nodes[1]?.pid ?? 0
    process.kill(victim, 'SIGKILL')
    await until('the end of the node', () => (description().nodes[1]?.pid === null ? true : undefined))
    expect(Buffer.compare(await getBatch(), batch)).toBe(0)
    // Two commands at the same time start it once.
    const request = { command: 'start-node', index: 1 } as const
    const [first, second] = await Promise.all([askDevnet(dir, request), askDevnet(dir, request)])
    expect([first.error, second.error]).toContain('node-1 runs already.')
    expect([first.error, second.error]).toContain(undefined)
    const again = description().nodes[1]?.pid ?? 0
    expect([first.pid, second.pid]).toEqual([again, again])
    expect(again).not.toBe(victim)
    expect(isRunning(again)).toBe(true)
    expect((await floe('devnet', 'start-node', '1')).stderr).toContain('runs already')
    expect((await floe('devnet', 'start-node', '4')).code).toBe(1)
  })

  it('not restarted: a sidecar that was killed stays ended until a command starts it again', async () => {
    process.kill(description().sidecar.pid ?? 0, 'SIGKILL')
    await until('the end of the sidecar', () => (description().sidecar.pid === null ? true : undefined))
    expect((await floe('status')).code).toBe(4)
    expect((await floe('devnet', 'start-sidecar')).code).toBe(0)
    expect(Buffer.compare(await getBatch(), batch)).toBe(0)
  })

  it('no orphans: a devnet that is killed leaves no process behind', async () => {
    const before = pids(description())
    expect(before).toHaveLength(6)
    devnet.process.kill('SIGKILL')
    await devnet.finished
    await until('the end of every process', () => (before.some(isRunning) ? undefined : true))
  })

  it('a devnet refuses a folder with another number of nodes, and says how to remove it', async () => {
    const { code, stderr } = await runFloe(['devnet', '--dir', dir, '--nodes', '5', '--port', '0'])
    expect(code).toBe(2)
    expect(stderr).toContain(
      'has 4 storage nodes, not 5. Start it with --nodes 4, or with --reset to remove what it has.',
    )
  })

  it('a devnet names the port that another process has taken', async () => {
    const { code, stderr } = await runOnTakenPort('--nodes', '4')
    expect(code).toBe(2)
    expect(stderr).toContain(`Port ${port} on 127.0.0.1 is taken`)
  })

  it('resumed: a devnet that is started again has its chain and its stored batches', async () => {
    devnet = await start()
    expect(Buffer.compare(await getBatch(), batch)).toBe(0)
    expect(await verification()).toMatchObject({ valid: true, post: {} })
  })

  it('a devnet ends every process on SIGTERM, exits with 0, and removes devnet.json', async () => {
    const before = pids(description())
    devnet.process.kill('SIGTERM')
    expect((await devnet.finished).code).toBe(0)
    expect(before.filter(isRunning)).toEqual([])
    expect(existsSync(join(dir, 'devnet.json'))).toBe(false)
  })

  it('a devnet that is started with --reset has nothing of the one before, and may have another number of nodes', async () => {
    // All that a reset removes is removed before any service starts; devnet-reset.long.ts starts them.
    const { stderr } = await runOnTakenPort('--reset', '--nodes', '5')
    expect(stderr).toContain(`Port ${port} on 127.0.0.1 is taken`)
    const settings = JSON.parse(readFileSync(join(dir, 'settings.json'), 'utf8')) as { nodePorts: number[] }
    expect(settings.nodePorts).toHaveLength(5)
    for (const name of ['l1', 'nodes', 'sidecar']) expect(readdirSync(join(dir, name))).toEqual([])
  })
})
