// The checks before a start and of `floe doctor`, against a real network: their findings, and which of them prevent a start.
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { Server, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Abi, createTestClient, encodeFunctionData, http } from 'viem'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { type Finding, type Result, runChecks } from '../../src/doctor/check.ts'
import { portCheck } from '../../src/doctor/machine-checks.ts'
import { reservePorts } from '../../src/devnet/ports.ts'
import { blockFinding, nodesFinding } from '../../src/doctor/clock-check.ts'
import { infoFinding, redisCheck } from '../../src/doctor/redis-check.ts'
import { nodeChecks, sidecarChecks } from '../../src/doctor/service-checks.ts'
import { committeeAbi } from '../../src/l1/generated/committee.ts'
import { ledgerAbi } from '../../src/l1/generated/ledger.ts'
import type { NodeConfig } from '../../src/node/config.ts'
import type { Hex } from '../../src/protocol/bytes.ts'
import { addressOfSecretKey } from '../../src/protocol/signature.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import type { SidecarConfig } from '../../src/sidecar/config.ts'
import { testKey } from '../support/deploy.ts'
import { runFloe, startFloe } from '../support/floe.ts'
import { Network } from '../support/network.ts'

const dir = mkdtempSync(join(tmpdir(), 'floe-doctor-'))
/** An address without a contract and without an operator. */
const unknownAddress = `0x${'aa'.repeat(20)}` as const

let network: Network

beforeAll(async () => {
  network = await Network.start({ shards: [1, 1, 1, 1] })
})
afterAll(async () => {
  await network[Symbol.asyncDispose]()
  rmSync(dir, { recursive: true })
})

function keyFile(name: string, mode = 0o600): string {
  const path = join(dir, name)
  writeFileSync(path, Buffer.from(testKey(name)).toString('hex'))
  chmodSync(path, mode)
  return path
}

function sidecarConfig(changes: Partial<SidecarConfig> = {}): SidecarConfig {
  return { ...network.sidecarConfig, port: 0, ...changes }
}

async function checkSidecar(changes: Partial<SidecarConfig> = {}): Promise<Result[]> {
  return runChecks(sidecarChecks(sidecarConfig(changes), 'doctor'), systemClock)
}

/** The findings with that status, as `check: found`. */
function findingsOf(results: readonly Result[], status: Finding['status']): string[] {
  return results.flatMap((result) =>
    result.status === status ? [`${result.check}: ${result.found.replaceAll(dir, '')}`] : [],
  )
}

/** Puts a contract at an address that answers one call without arguments with a word, and reverts every other one. */
async function answerOnly(address: Hex, abi: Abi, functionName: string, word: bigint): Promise<void> {
  const selector = encodeFunctionData({ abi, functionName }).slice(2, 10)
  const result = word.toString(16).padStart(64, '0')
  // calldata[0…3] == selector ? return word : revert
  const bytecode: Hex = `0x5f3560e01c63${selector}146011575f5ffd5b7f${result}5f5260205ff3`
  await createTestClient({ mode: 'anvil', transport: http(network.rpcUrl) }).setCode({ address, bytecode })
}

async function takenPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(() => void server.close())
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

describe('checks of a sidecar', () => {
  it('a sidecar that has everything it needs has no warnings and no errors', async () => {
    const results = await checkSidecar()
    expect(results.filter(({ status }) => status !== 'ok')).toEqual([])
    expect([...new Set(results.map(({ check }) => check))].join(', ')).toBe(
      'Node, open files, disk, port, key, L1, L1 head, L1 history, L1 log range, L1 requests, contracts, committee, clock, terms, disperser, balance, nodes',
    )
  })

  it('all findings together: one run reports every error', async () => {
    const file = join(dir, 'a-file')
    writeFileSync(file, 'not a key')
    const port = await takenPort()
    const results = await checkSidecar({
      port,
      dir: join(file, 'sidecar'),
      keyFile: file,
      posterKeyFile: join(dir, 'no-such-file'),
      chainId: 1,
      committee: unknownAddress,
      ledger: network.deployment.committee,
    })
    const { committee } = network.deployment
    expect(findingsOf(results, 'error')).toEqual([
      'disk: /a-file: not a folder',
      `port: 127.0.0.1:${port}: another process listens there`,
      'key: Expected 32 bytes of hexadecimal in the key file /a-file. openssl rand -hex 32 makes a key.',
      expect.stringMatching(/^posting key: Cannot read the key file .*ENOENT/),
      expect.stringMatching(/^L1: endpoint 1: chain 31337, block \d+$/),
      `contracts: Committee ${unknownAddress}: this chain has no contract at that address`,
      expect.stringMatching(
        new RegExp(`^contracts: Ledger ${committee}: it answers like another contract: `),
      ),
    ])
    const withoutRemedy = results.filter(({ status, remedy }) => status === 'error' && remedy === undefined)
    expect(withoutRemedy).toEqual([])
  })

  it('contracts of an earlier version of the protocol are errors that say so', async () => {
    const [committee, ledger] = [`0x${'c1'.repeat(20)}`, `0x${'1e'.repeat(20)}`] as const
    await answerOnly(committee, committeeAbi, 'currentEpoch', 1n)
    await answerOnly(ledger, ledgerAbi, 'committee', BigInt(committee))
    const results = await checkSidecar({ committee, ledger })
    expect(findingsOf(results, 'error')).toEqual([
      `contracts: Committee ${committee}: it is of an earlier version of the protocol`,
      `contracts: Ledger ${ledger}: it is of an earlier version of the protocol`,
    ])
    expect(results.find(({ status }) => status === 'error')?.expected).toBe(
      'the Committee contract, of version 2 of the protocol',
    )
  })

  it('a retention that the terms of the Ledger do not allow is an error with the bounds', async () => {
    const results = await checkSidecar({ retentionSeconds: 86_400 })
    expect(findingsOf(results, 'error')).toEqual([
      'terms: the Ledger has a notice of 7 days, a promise of 36500 days',
    ])
    expect(results.find(({ check }) => check === 'terms')?.remedy).toMatch(
      /^Expected a retention in \d+…\d+ seconds, got 86400: .*Leave out --retention, or set it in/,
    )
    expect(findingsOf(await checkSidecar({ retentionSeconds: 14 * 86_400 }), 'ok')).toContain(
      'terms: the Ledger has a notice of 7 days, a promise of 36500 days; a batch is served for 14 days',
    )
  })

  it('a read-only sidecar that posts certificates needs a list of dispersers, ether and a limit that pays for a post', async () => {
    const posterKeyFile = keyFile('disperser')
    const readOnly = { keyFile: undefined, posterKeyFile, postDispersers: [unknownAddress] }
    const fine = await checkSidecar(readOnly)
    expect(fine.filter(({ status }) => status !== 'ok')).toEqual([])
    expect(findingsOf(fine, 'ok').find((text) => text.startsWith('certificate posts'))).toMatch(
      /^certificate posts: \d+(\.\d+)? ether at 0x.*; a post costs up to 0\.\d+$/,
    )
    const warningOf = async (changes: Partial<SidecarConfig>): Promise<string | undefined> =>
      (await checkSidecar({ ...readOnly, ...changes })).find(({ status }) => status === 'warning')?.remedy
    expect(await warningOf({ postDispersers: undefined })).toContain('--post-dispersers')
    expect(await warningOf({ posterKeyFile: keyFile('without ether') })).toContain('Send ether')
    expect(await warningOf({ postGweiDayMax: 1 })).toContain('--post-ether-day-max')
  })

  it('a Ledger of another Committee is an error', async () => {
    const results = await checkSidecar({ committee: network.deployment.ledger })
    expect(findingsOf(results, 'error').at(-1)).toContain(`its committee is ${network.deployment.committee}`)
  })

  it('an L1 that does not answer is a transient error, one of two endpoints is a warning, and no URL is shown', async () => {
    const gone = 'http://127.0.0.1:1/providers-key'
    const alone = await checkSidecar({ rpcUrls: [gone] })
    expect(alone.filter(({ status }) => status === 'error')).toMatchObject([{ check: 'L1', transient: true }])
    const second = await checkSidecar({ rpcUrls: [network.rpcUrl, gone] })
    expect(findingsOf(second, 'error')).toEqual([])
    expect(findingsOf(second, 'warning')).toEqual([expect.stringMatching(/^L1: endpoint 2: /)])
    expect(JSON.stringify([alone, second])).not.toContain('providers-key')
  })

  it('transient problems are warnings: no quota, no ether, and a key that other users can read', async () => {
    const stranger = keyFile('stranger', 0o644)
    const address = addressOfSecretKey(testKey('stranger'))
    const results = await checkSidecar({ keyFile: stranger })
    expect(findingsOf(results, 'error')).toEqual([])
    expect(findingsOf(results, 'warning')).toEqual([
      `key: of ${address}; other users can read /stranger`,
      `disperser: ${address} is not registered: storage nodes will refuse every put`,
      `balance: 0 ether at ${address}: 0 posts, 0.0 hours`,
    ])
  })

  it('a read-only sidecar needs no key', async () => {
    const results = await checkSidecar({ keyFile: undefined })
    expect(results.every(({ status }) => status === 'ok')).toBe(true)
    expect(results.map(({ check }) => check)).not.toContain('balance')
  })

  it('a storage node that is down is a warning, and so is a missing quorum', async () => {
    const down = network.nodes.slice(0, 2)
    for (const node of down) node.proxy.fault = { kind: 'cut' }
    onTestFinished(() => down.forEach((node) => (node.proxy.fault = { kind: 'none' })))
    const results = await checkSidecar()
    expect(findingsOf(results, 'error')).toEqual([])
    expect(findingsOf(results, 'warning')).toEqual([
      expect.stringContaining(`nodes: ${down[0]?.proxy.url}: `),
      expect.stringContaining(`nodes: ${down[1]?.proxy.url}: `),
      'nodes: 2 of 4 shards answer: puts get 503',
    ])
  })

  it('a node of another operator is a warning, and more of them than may fail are an error', async () => {
    const impostor = (body: Buffer): Buffer =>
      Buffer.from(JSON.stringify({ ...(JSON.parse(body.toString()) as object), signer: unknownAddress }))
    const [one, two] = network.nodes
    if (one === undefined || two === undefined) throw new Error('expected two nodes')
    onTestFinished(() => [one, two].forEach((node) => (node.proxy.fault = { kind: 'none' })))
    one.proxy.fault = { kind: 'change', of: /^GET \/v1\/health/, change: impostor }
    const mismatched = await checkSidecar()
    expect(findingsOf(mismatched, 'error')).toEqual([])
    expect(findingsOf(mismatched, 'warning')).toEqual([`nodes: ${one.proxy.url}: operator ${unknownAddress}`])
    two.proxy.fault = { kind: 'change', of: /^GET \/v1\/health/, change: impostor }
    expect(findingsOf(await checkSidecar(), 'error')).toEqual([
      'nodes: 2 of 4 shards answer; the endpoints of 2 shards have another operator than on L1',
    ])
  })

  it('checks change nothing: the folder of a service that never ran is not created', async () => {
    const folder = join(dir, 'never-ran', 'sidecar')
    const results = await checkSidecar({ dir: folder })
    expect(results).toContainEqual(expect.objectContaining({ check: 'disk', status: 'ok' }))
    expect(existsSync(join(dir, 'never-ran'))).toBe(false)
  })

  it('the port may be used by the checked sidecar itself, unless it is about to start', async () => {
    const port = Number(new URL(network.url).port)
    expect(findingsOf(await checkSidecar({ port }), 'error')).toEqual([])
    const start = await runChecks(sidecarChecks(sidecarConfig({ port }), 'start'), systemClock)
    expect(findingsOf(start, 'error')).toEqual([`port: 127.0.0.1:${port}: another process listens there`])
  })
})

it('checks change nothing: the check of a port never listens on it', async () => {
  const [port = 0] = await reservePorts(1)
  const listen = vi.spyOn(Server.prototype, 'listen')
  onTestFinished(() => listen.mockRestore())
  expect(await portCheck({ host: '127.0.0.1', port }).run()).toMatchObject({ status: 'ok' })
  expect(listen).toHaveBeenCalled()
  expect(JSON.stringify(listen.mock.calls)).not.toContain(String(port))
})

describe('checks of a storage node', () => {
  it("a longest promise below the Ledger's notice is an error, and a shorter one than the Ledger's is reported", async () => {
    const short = await checkNode({ expirySecondsMax: 3_600 })
    expect(short.find(({ status }) => status === 'error')?.remedy).toMatch(
      /^Expected a longest promise above the Ledger's notice of 604800 seconds, got 3600\./,
    )
    expect(findingsOf(await checkNode({ expirySecondsMax: 10 * 86_400 }), 'ok')).toContain(
      'terms: the Ledger has a notice of 7 days, a promise of 36500 days; signs for up to 10 days',
    )
  })

  async function checkNode(changes: Partial<NodeConfig>): Promise<Result[]> {
    const { rpcUrls, committee, ledger } = network.sidecarConfig
    const config: NodeConfig = {
      host: '127.0.0.1',
      port: 0,
      dir,
      keyFile: keyFile('operator 0'),
      rpcUrls,
      committee,
      ledger,
      finality: 'finalized',
      batchBytesMax: 1,
      diskBytesMax: 2 ** 20,
      intakeBytesMax: 1,
      expirySecondsMax: undefined,
      answerGweiMax: 1,
      answerGweiDayMax: 1,
      logLevel: 'silent',
    }
    return runChecks(nodeChecks({ ...config, ...changes }, 'doctor'), systemClock)
  }

  it('a storage node that has everything it needs has no warnings and no errors', async () => {
    const results = await checkNode({})
    expect(results.filter(({ status }) => status !== 'ok')).toEqual([])
    expect(results.map(({ check }) => check)).toEqual(expect.arrayContaining(['membership', 'endpoint']))
  })

  it('a node that is not a member, or may store more than the disk has, gets warnings', async () => {
    const results = await checkNode({ keyFile: keyFile('stranger'), diskBytesMax: 2 ** 60 })
    expect(findingsOf(results, 'error')).toEqual([])
    expect(findingsOf(results, 'warning')).toEqual([
      expect.stringContaining('disk: '),
      `membership: ${addressOfSecretKey(testKey('stranger'))} is not in the committee of epoch 1`,
    ])
    expect(findingsOf(results, 'not checked')).toEqual([
      'endpoint: not checked: L1 names no endpoint for this operator',
    ])
  })
})

describe('the check of the clock', () => {
  it.each([
    [301_000, 'error'],
    [16_000, 'warning'],
    [14_000, 'ok'],
    [-1e9, 'ok'],
  ])('a block of L1 that is %d ms ahead of this clock gives %s', (aheadMs, status) => {
    expect(blockFinding(aheadMs).status).toBe(status)
  })

  it('the median of the storage nodes decides, whatever a minority reports', () => {
    expect(nodesFinding([-1e9, 0, 500, 900, 1e9]).status).toBe('ok')
    expect(nodesFinding([20_000, 20_000, 0]).status).toBe('warning')
    expect(nodesFinding([-20_000, -20_000, 0]).found).toContain('20 s ahead of')
  })
})

describe('the check of Redis', () => {
  it.each([
    ['redis_version:7.0.15\r\nmaxmemory_policy:noeviction\r\n', 'ok'],
    ['redis_version:7.0.15\r\nmaxmemory_policy:allkeys-lru\r\n', 'warning'],
    ['redis_version:5.0.14\r\nmaxmemory_policy:noeviction\r\n', 'warning'],
    ['', 'warning'],
  ])('a Redis with the info %j gives %s', (info, status) => {
    expect(infoFinding('redis', info).status).toBe(status)
  })

  it('a Redis that does not answer gives a warning without the password', async () => {
    const [result] = await runChecks([redisCheck('redis://user:password@127.0.0.1:1')], systemClock)
    expect(result).toMatchObject({ status: 'warning', found: expect.stringContaining('ECONNREFUSED') })
    expect(JSON.stringify(result)).not.toContain('password')
  })
})

describe('floe doctor', () => {
  function flags(changes: Record<string, string> = {}): string[] {
    const { rpcUrls, committee, ledger, keyFile: file } = network.sidecarConfig
    const given = { 'rpc-url': rpcUrls[0], committee, ledger, 'key-file': file, port: '0', dir, ...changes }
    return Object.entries(given).flatMap(([name, value]) => [`--${name}`, String(value)])
  }

  it('floe doctor exits with 0 when the service can start, and with 1 when it cannot', async () => {
    const fine = await runFloe(['doctor', ...flags()])
    expect(fine.stdout).toContain('0 errors, 0 warnings. The service can start.')
    expect(fine.code).toBe(0)
    const { code, stdout } = await runFloe(['doctor', 'sidecar', '--json', ...flags({ 'chain-id': '5' })])
    expect(code).toBe(1)
    const { ok, checks } = JSON.parse(stdout) as { ok: boolean; checks: Result[] }
    expect(ok).toBe(false)
    expect(findingsOf(checks, 'error')).toEqual([expect.stringContaining('L1: endpoint 1: chain 31337')])
  })

  it('a service that cannot start prints every error', async () => {
    const wrong = { 'chain-id': '5', ledger: unknownAddress, host: '192.0.2.1' }
    const { code, stdout, stderr } = await runFloe(['sidecar', ...flags(wrong)])
    expect(code).toBe(2)
    expect(stderr).toMatch(/^floe: Found 3 problems\. floe doctor /)
    expect(stderr).toContain(
      '  port: 192.0.2.1:0: this machine cannot listen there (EADDRNOTAVAIL). Expected ',
    )
    expect(stderr).toContain(`  contracts: Ledger ${unknownAddress}: this chain has no contract`)
    expect(stderr).toContain('  L1: endpoint 1: chain 31337')
    expect(stdout).not.toContain('listening')
  })

  it('a start without L1 waits for it, and ends when it is told to', async () => {
    const floe = startFloe(['node', ...flags({ 'rpc-url': 'http://127.0.0.1:1' })])
    const lines = await floe.until('{"level":40')
    floe.process.kill('SIGTERM')
    expect(lines).toContain('start delayed: what the service needs is unavailable')
    expect((await floe.finished).code).toBe(0)
  })
})
