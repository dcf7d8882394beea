// A devnet as its user has it: started as a process, killed as a process, started again.
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Description } from '../../src/devnet/description.ts'
import { freePorts } from '../../src/devnet/ports.ts'
import { type Floe, isRunning, runFloe, startFloe } from '../support/floe.ts'

const batch = randomBytes(50_000)
const TIMEOUT_MS = 120_000

let dir: string
let port: number
let devnet: Floe
let commitment: string

beforeAll(async () => {
  dir = join(await mkdtemp(join(tmpdir(), 'floe-devnet-')), 'devnet')
  port = (await freePorts(1))[0] ?? 0
  devnet = await start(['--nodes', '4'])
}, TIMEOUT_MS)
afterAll(async () => {
  devnet.process.kill('SIGTERM')
  await devnet.finished
  await rm(join(dir, '..'), { recursive: true })
}, TIMEOUT_MS)

async function start(flags: string[] = []): Promise<Floe> {
  const options = ['--dir', dir, '--port', String(port), '--posting-interval', '500ms']
  const started = startFloe(['devnet', ...options, ...flags])
  await started.until('floe devnet ready: ')
  return started
}

function description(): Description {
  return JSON.parse(readFileSync(join(dir, 'devnet.json'), 'utf8')) as Description
}

function pids({ sidecar, nodes, l1 }: Description): number[] {
  return [sidecar, l1, ...nodes].flatMap(({ pid }) => (pid === null ? [] : [pid]))
}

async function floe(...floeArguments: string[]) {
  return runFloe(floeArguments, { env: { FLOE_DEVNET_DIR: dir } })
}

async function getBatch(): Promise<Buffer> {
  const response = await fetch(`${description().sidecar.url}/v1/batches/${commitment}`)
  if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`)
  return Buffer.from(await response.arrayBuffer())
}

/** What `floe verify --json` says of the batch. */
async function verification() {
  const { stdout } = await floe('verify', commitment, '--json')
  return JSON.parse(stdout) as { valid: boolean; posted: { transactionHash: string } | null }
}

describe('a devnet', { timeout: TIMEOUT_MS }, () => {
  it('says that it is ready in one line, and what runs in devnet.json', async () => {
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

  it('takes a batch, posts it and gives it back', async () => {
    const { sidecar } = description()
    const response = await fetch(`${sidecar.url}/v1/batches`, { method: 'POST', body: batch })
    commitment = ((await response.json()) as { commitment: string }).commitment
    expect(commitment).toMatch(/^0x016601/)
    expect(Buffer.compare(await getBatch(), batch)).toBe(0)
    await expect.poll(verification, { timeout: 30_000 }).toMatchObject({ valid: true, posted: {} })
  })

  it('is one to a folder: a second one names the process of the first', async () => {
    const { code, stderr } = await floe('devnet', '--dir', dir, '--port', '0')
    expect(code).toBe(2)
    expect(stderr).toContain(`as process ${devnet.process.pid}`)
  })

  it('shows a node that was killed, and starts it again when asked', async () => {
    // Whoever started it may have stopped listening.
    devnet.process.stdout?.destroy()
    const victim = description().nodes[1]?.pid ?? 0
    process.kill(victim, 'SIGKILL')
    await expect.poll(() => description().nodes[1]?.pid).toBeNull()
    expect(Buffer.compare(await getBatch(), batch)).toBe(0)
    const { code } = await floe('devnet', 'start-node', '1')
    expect(code).toBe(0)
    const again = description().nodes[1]?.pid ?? 0
    expect(again).not.toBe(victim)
    expect(isRunning(again)).toBe(true)
    expect((await floe('devnet', 'start-node', '1')).stderr).toContain('runs already')
    expect((await floe('devnet', 'start-node', '4')).code).toBe(1)
  })

  it('shows a sidecar that was killed, and starts it again when asked', async () => {
    process.kill(description().sidecar.pid ?? 0, 'SIGKILL')
    await expect.poll(() => description().sidecar.pid).toBeNull()
    expect((await floe('status')).code).toBe(4)
    expect((await floe('devnet', 'start-sidecar')).code).toBe(0)
    expect(Buffer.compare(await getBatch(), batch)).toBe(0)
  })

  it('that is killed leaves no process behind', async () => {
    const before = pids(description())
    devnet.process.kill('SIGKILL')
    await devnet.finished
    await expect.poll(() => before.filter(isRunning), { timeout: 20_000 }).toEqual([])
  })

  it('refuses a folder of another size, and says how to begin anew', async () => {
    const { code, stderr } = await floe('devnet', '--dir', dir, '--nodes', '5', '--port', '0')
    expect(code).toBe(2)
    expect(stderr).toContain('has 4 storage nodes, not 5. Start it with --nodes 4, or anew with --reset.')
  })

  it('names a port that is taken', async () => {
    const taken = createServer()
    await new Promise<void>((resolve) => taken.listen(port, '127.0.0.1', () => resolve()))
    const { code, stderr } = await floe('devnet', '--dir', dir, '--nodes', '4', '--port', String(port))
    await new Promise((resolve) => taken.close(resolve))
    expect(code).toBe(2)
    expect(stderr).toContain(`Port ${port} on 127.0.0.1 is taken`)
  })

  it('started again has everything that it had', async () => {
    devnet = await start()
    expect(Buffer.compare(await getBatch(), batch)).toBe(0)
    expect(await verification()).toMatchObject({ valid: true, posted: {} })
  })

  it('ends everything on SIGTERM, exits with 0, and takes devnet.json away', async () => {
    const before = pids(description())
    devnet.process.kill('SIGTERM')
    expect((await devnet.finished).code).toBe(0)
    expect(before.filter(isRunning)).toEqual([])
    expect(existsSync(join(dir, 'devnet.json'))).toBe(false)
  })

  it('started with --reset has nothing', async () => {
    devnet = await start(['--reset', '--nodes', '5'])
    const { stdout } = await floe('status', '--json')
    expect(JSON.parse(stdout)).toMatchObject({ batches: { received: 0 } })
  })
})
