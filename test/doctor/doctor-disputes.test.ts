// The findings of the checks before a start and of `floe doctor` about disputes, against the real contract.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Abi,
  createTestClient,
  encodeDeployData,
  encodeFunctionData,
  http,
  parseEther,
  publicActions,
  walletActions,
} from 'viem'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { ChallengerConfig } from '../../src/challenger/config.ts'
import { ChallengerService } from '../../src/challenger/service.ts'
import { type Finding, type Result, runChecks } from '../../src/doctor/check.ts'
import { challengerChecks, nodeChecks, sidecarChecks } from '../../src/doctor/service-checks.ts'
import { disputesAbi } from '../../src/l1/generated/disputes.ts'
import { ledgerAbi, ledgerBytecode } from '../../src/l1/generated/ledger.ts'
import type { NodeConfig } from '../../src/node/config.ts'
import { type Hex, toHex } from '../../src/protocol/bytes.ts'
import { epochMembersOf } from '../../src/protocol/committee.ts'
import { addressOfSecretKey } from '../../src/protocol/signature.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import type { Secret } from '../../src/runtime/secrets.ts'
import type { SidecarConfig } from '../../src/sidecar/config.ts'
import { testKey } from '../support/deploy.ts'
import { runFloe } from '../support/floe.ts'
import { Network } from '../support/network.ts'

const dir = mkdtempSync(join(tmpdir(), 'floe-doctor-'))
/** An address without a contract. */
const unknownAddress = `0x${'aa'.repeat(20)}` as const
const GWEI_OF_ETHER = 1e9

let network: Network

beforeAll(async () => {
  network = await Network.start({ shards: [1, 1, 1, 1] })
  for (const name of ['answers', 'evidence']) await fund(name, '1')
})
afterAll(async () => {
  await network[Symbol.asyncDispose]()
  rmSync(dir, { recursive: true })
})

function chain() {
  const transport = http(network.rpcUrl)
  return createTestClient({ mode: 'anvil', transport }).extend(publicActions).extend(walletActions)
}

async function fund(name: string, ether: string): Promise<void> {
  await chain().setBalance({ address: addressOf(name), value: parseEther(ether) })
}

/** Another Ledger of the same Committee. */
async function deployLedger(): Promise<Hex> {
  const client = chain()
  const [account = unknownAddress] = await client.getAddresses()
  const args = [network.deployment.committee, 604_800n, 1_296_000n] as const
  const data = encodeDeployData({ abi: ledgerAbi, bytecode: ledgerBytecode, args })
  const hash = await client.sendTransaction({ data, account, chain: null })
  await client.mine({ blocks: 1 })
  const { contractAddress } = await client.waitForTransactionReceipt({ hash, pollingInterval: 50 })
  return (contractAddress ?? unknownAddress).toLowerCase() as Hex
}

/** Calls the Disputes contract from any account. */
async function call(from: Hex, functionName: string, args: readonly unknown[], value = 0n): Promise<void> {
  const client = chain()
  await client.setBalance({ address: from, value: value + parseEther('10') })
  await client.impersonateAccount({ address: from })
  const data = encodeFunctionData({ abi: disputesAbi as Abi, functionName, args })
  const to = network.deployment.disputes
  const hash = await client.sendTransaction({ account: from, to, data, value, chain: null })
  const { status } = await client.waitForTransactionReceipt({ hash, pollingInterval: 50 })
  expect(status).toBe('success')
}

function key(name: string): Secret {
  return () => toHex(testKey(name))
}

function addressOf(name: string): Hex {
  return addressOfSecretKey(testKey(name))
}

function keyFile(name: string): string {
  const path = join(dir, name)
  writeFileSync(path, toHex(testKey(name)), { mode: 0o600 })
  return path
}

/** The findings with that status, as `check: found`. */
function found(results: readonly Result[], status: Finding['status']): string[] {
  return results.flatMap((result) =>
    result.status === status ? [`${result.check}: ${result.found.replaceAll(dir, '')}`] : [],
  )
}

function names(results: readonly Result[]): string {
  return [...new Set(results.map(({ check }) => check))].join(', ')
}

describe('checks of a sidecar that takes part in disputes', () => {
  async function check(changes: Partial<SidecarConfig> = {}): Promise<Result[]> {
    const { disputes } = network.deployment
    const config = { ...network.sidecarConfig, port: 0, disputes, ...changes }
    return runChecks(sidecarChecks(config, 'doctor'), systemClock)
  }

  it('a sidecar with funded accounts and one without accounts have no warnings', async () => {
    const keys = { answerKeyFile: key('answers'), challengerKeyFile: key('evidence') }
    const [paying, watching] = await Promise.all([check(keys), check()])
    expect([...paying, ...watching].filter(({ status }) => status !== 'ok')).toEqual([])
    expect(names(paying)).toContain(
      'terms, disperser, deposit, balance, answer key, answers, challenger key, evidence, accounts, nodes',
    )
    expect(names(watching)).toContain('balance, nodes')
    expect(found(paying, 'ok')).toEqual(
      expect.arrayContaining([
        `contracts: Disputes ${network.deployment.disputes}`,
        expect.stringMatching(new RegExp(`^answers: 1 ether at ${addressOf('answers')}: \\d{3,} answers$`)),
        'answers: half a bond, 0.05 ether, pays for an answer at current fees',
        expect.stringMatching(new RegExp(`^deposit: 4 ether of ${addressOf('disperser')}; a fine is \\d`)),
        'accounts: a separate one for answers, a separate one for evidence',
      ]),
    )
  })

  it('a sidecar needs the Disputes contract of its Ledger', async () => {
    const { disputes, ledger } = network.deployment
    const none = await check({ disputes: unknownAddress })
    expect(found(none, 'error')).toEqual([
      `contracts: Disputes ${unknownAddress}: this chain has no contract at that address`,
    ])
    const other = await check({ disputes: ledger })
    expect(found(other, 'error')).toEqual([
      expect.stringMatching(new RegExp(`^contracts: Disputes ${ledger}: it answers like another contract: `)),
    ])
    const results = await check({ ledger: await deployLedger() })
    expect(found(results, 'error')).toEqual([`contracts: Disputes ${disputes}: its ledger is ${ledger}`])
    expect(results.find(({ status }) => status === 'error')?.remedy).toContain('--disputes or FLOE_DISPUTES')
  })

  it('accounts with too little ether give warnings', async () => {
    await fund('poor', '0.001')
    const results = await check({ answerKeyFile: key('poor'), challengerKeyFile: key('pauper') })
    expect(found(results, 'error')).toEqual([])
    expect(found(results, 'warning')).toEqual([
      expect.stringMatching(new RegExp(`^answers: 0.001 ether at ${addressOf('poor')}: 1?\\d answers$`)),
      expect.stringMatching(
        new RegExp(`^evidence: 0 ether at ${addressOf('pauper')}; evidence costs up to 0\\.`),
      ),
    ])
  })

  it('a budget of a day below what the challenges of a window cost gives a warning', async () => {
    const client = chain()
    await client.setNextBlockBaseFeePerGas({ baseFeePerGas: 200n * 10n ** 9n })
    await client.mine({ blocks: 1 })
    onTestFinished(async () => {
      await client.setNextBlockBaseFeePerGas({ baseFeePerGas: 10n ** 9n })
      await client.mine({ blocks: 1 })
    })
    const limits = { answerGweiMax: GWEI_OF_ETHER, answerGweiDayMax: GWEI_OF_ETHER }
    const results = await check({ answerKeyFile: key('answers'), ...limits })
    expect(found(results, 'warning')).toContainEqual(
      expect.stringMatching(
        /^answers: 200 challenges in a window cost \d+(\.\d+)? ether more than half their bonds$/,
      ),
    )
    expect(results.find(({ expected }) => expected?.endsWith('of a window'))).toMatchObject({
      expected: 'at most 1 ether, the limit of the day of a window',
      remedy: expect.stringContaining('--answer-ether-day-max'),
    })
  })

  it('a disperser without a deposit, or whose owner has requested an exit, gives a warning', async () => {
    const address = addressOf('leaver')
    const none = await check({ keyFile: key('leaver') })
    expect(none.find(({ check: name }) => name === 'deposit')).toMatchObject({
      status: 'warning',
      found: expect.stringMatching(new RegExp(`^none of ${address}; a fine is`)),
      expected: expect.stringMatching(/^at least \d.* ether; storage nodes refuse every put/),
      remedy: expect.stringContaining('nameOwner(owner)'),
    })
    const [owner = unknownAddress] = await chain().getAddresses()
    const { members } = network.deployment
    const epochMembers = epochMembersOf(members)
    await call(address, 'nameOwner', [owner], parseEther('100'))
    const deposited = await check({ keyFile: key('leaver') })
    expect(found(deposited, 'ok')).toContainEqual(expect.stringMatching(`^deposit: 100 ether of ${address}`))
    await call(owner, 'requestExit', [address, epochMembers, epochMembers])
    const leaving = await check({ keyFile: key('leaver') })
    expect(leaving.find(({ check: name }) => name === 'deposit')).toMatchObject({
      status: 'warning',
      found: expect.stringMatching(
        new RegExp(`its owner ${owner.toLowerCase()} has requested an exit, which can end at .*Z$`),
      ),
    })
  })

  it('answers that cost more than their limit give a warning', async () => {
    const results = await check({ answerKeyFile: key('answers'), answerGweiMax: 1 })
    expect(found(results, 'warning')).toEqual([expect.stringMatching(/^answers: an answer costs up to 0\./)])
    expect(results.find(({ check: name }) => name === 'answers')).toMatchObject({
      expected: expect.stringMatching(/^at most 0\.000000001 ether/),
    })
  })

  it('one account for two senders is an error, and one that only signs gives a warning', async () => {
    const disperser = addressOf('disperser')
    const posting = await check({ answerKeyFile: key('disperser'), challengerKeyFile: key('disperser') })
    expect(found(posting, 'error')).toEqual([
      `accounts: ${disperser} is for posts and for answers`,
      `accounts: ${disperser} is for posts and for evidence`,
    ])
    const both = await check({ answerKeyFile: key('answers'), challengerKeyFile: key('answers') })
    expect(found(both, 'error')).toEqual([
      `accounts: ${addressOf('answers')} is for answers and for evidence`,
    ])
    await fund('poster', '1000')
    const signing = await check({ posterKeyFile: key('poster'), answerKeyFile: key('disperser') })
    expect(found(signing, 'error')).toEqual([])
    expect(found(signing, 'warning')).toEqual([`accounts: ${disperser} is for the disperser and for answers`])
  })

  it('a read-only sidecar answers no challenges and may send evidence', async () => {
    const keys = { answerKeyFile: key('answers'), challengerKeyFile: key('evidence') }
    const results = await check({ ...keys, keyFile: undefined })
    expect(results.filter(({ status }) => status !== 'ok')).toEqual([])
    expect(names(results)).not.toContain('answers')
    expect(names(results)).toContain('evidence')
  })

  it('an answer key that cannot be read is an error', async () => {
    const answerKeyFile = join(dir, 'no-such-file')
    const results = await check({ answerKeyFile })
    expect(found(results, 'error')).toEqual([expect.stringMatching(/^answer key: Cannot read .*ENOENT/)])
  })
})

describe('checks of a storage node that takes part in disputes', () => {
  async function check(changes: Partial<NodeConfig> = {}): Promise<Result[]> {
    const { rpcUrls, committee, ledger } = network.sidecarConfig
    const config: NodeConfig = {
      host: '127.0.0.1',
      port: 0,
      dir,
      keyFile: key('operator 0'),
      rpcUrls,
      committee,
      ledger,
      disputes: network.deployment.disputes,
      finality: 'finalized',
      batchBytesMax: 1,
      diskBytesMax: 2 ** 20,
      intakeBytesMax: 1,
      expirySecondsMax: 30 * 86_400,
      answerKeyFile: key('answers'),
      answerGweiMax: 0.05 * GWEI_OF_ETHER,
      answerGweiDayMax: GWEI_OF_ETHER,
      logLevel: 'silent',
    }
    return runChecks(nodeChecks({ ...config, ...changes }, 'start'), systemClock)
  }

  it('a storage node with a funded account has no warnings, and its deposit is reported', async () => {
    const results = await check()
    expect(results.filter(({ status }) => status !== 'ok')).toEqual([])
    expect(names(results)).toContain('membership, terms, deposit, answer key, answers, accounts')
    expect(found(results, 'ok')).toContain(
      `deposit: 4 ether of ${addressOf('operator 0')}; a fine is 1 ether`,
    )
  })

  it('a storage node without an account for answers gets a warning with the possible loss', async () => {
    const results = await check({ answerKeyFile: undefined })
    expect(found(results, 'error')).toEqual([])
    expect(found(results, 'warning')).toEqual([
      'answers: no account for answers: an unanswered challenge costs the batch and 1 ether of the deposit',
    ])
    const undeposited = await check({ answerKeyFile: undefined, keyFile: key('stranger') })
    expect(found(undeposited, 'warning')).toContain(
      `deposit: none of ${addressOf('stranger')}; a fine is 1 ether`,
    )
    expect(found(undeposited, 'warning').at(-1)).toMatch(/costs the batch$/)
  })

  it("answers from the operator's account give a warning", async () => {
    await fund('operator 0', '1')
    const results = await check({ answerKeyFile: key('operator 0') })
    expect(found(results, 'warning')).toEqual([
      `accounts: ${addressOf('operator 0')} is for the operator and for answers`,
    ])
  })

  it('a storage node needs the Disputes contract of its Ledger', async () => {
    expect(found(await check({ disputes: unknownAddress }), 'error')).toEqual([
      `contracts: Disputes ${unknownAddress}: this chain has no contract at that address`,
    ])
  })
})

describe('checks of a challenger', () => {
  function configOf(changes: Partial<ChallengerConfig> = {}): ChallengerConfig {
    const { rpcUrls, committee, ledger, finality } = network.sidecarConfig
    return {
      host: '127.0.0.1',
      port: 0,
      dir: join(dir, 'challenger'),
      challengerKeyFile: key('evidence'),
      rpcUrls,
      committee,
      ledger,
      disputes: network.deployment.disputes,
      finality,
      lookbackSeconds: 1,
      sampleIntervalMs: 1_000,
      checkIntervalMs: 1_000,
      getTimeoutMs: 1_000,
      challengeAfterMs: 1_000,
      spendGweiDayMax: GWEI_OF_ETHER,
      logLevel: 'silent',
      ...changes,
    }
  }

  async function check(changes: Partial<ChallengerConfig> = {}): Promise<Result[]> {
    return runChecks(challengerChecks(configOf(changes), 'doctor'), systemClock)
  }

  it('a challenger with a funded account and one without an account have no warnings', async () => {
    const paying = await check()
    expect(paying.filter(({ status }) => status !== 'ok')).toEqual([])
    expect(names(paying)).toBe(
      'Node, open files, disk, port, key, L1, L1 head, L1 history, L1 log range, L1 requests, contracts, committee, bond',
    )
    const watching = await check({ challengerKeyFile: undefined })
    expect(watching.filter(({ status }) => status !== 'ok')).toEqual([])
    expect(names(watching)).toBe(
      'Node, open files, disk, port, L1, L1 head, L1 history, L1 log range, L1 requests, contracts, committee',
    )
  })

  it('a bond above the balance or above the daily limit gives a warning', async () => {
    const poor = await check({ challengerKeyFile: key('pauper') })
    expect(found(poor, 'error')).toEqual([])
    expect(found(poor, 'warning')).toEqual([
      expect.stringMatching(
        new RegExp(
          `^bond: 0 ether at ${addressOf('pauper')}; a challenge costs 0\\.1\\d+, of which 0\\.1 is the bond$`,
        ),
      ),
    ])
    const limited = await check({ spendGweiDayMax: 0.1 * GWEI_OF_ETHER })
    expect(found(limited, 'warning')).toEqual([expect.stringMatching(/^bond: a challenge costs 0\.1\d+, /)])
  })

  it('a port that another service uses is an error, and one that the challenger itself uses is not', async () => {
    const sidecarPort = Number(new URL(network.url).port)
    expect(found(await check({ port: sidecarPort }), 'error')).toEqual([
      `port: 127.0.0.1:${sidecarPort}: another process listens there`,
    ])
    const running = await ChallengerService.start(configOf())
    onTestFinished(async () => running.close())
    const port = Number(new URL(running.url).port)
    expect(found(await check({ port }), 'error')).toEqual([])
  })

  it('floe doctor challenger passes, and floe challenger does not start with errors', async () => {
    const { rpcUrls, committee, ledger, disputes } = configOf()
    const flags = (changes: Record<string, string> = {}): string[] =>
      Object.entries({
        'rpc-url': rpcUrls[0],
        committee,
        ledger,
        disputes,
        'challenger-key-file': keyFile('evidence'),
        dir: join(dir, 'challenger'),
        port: '0',
        ...changes,
      }).flatMap(([name, value]) => [`--${name}`, String(value)])
    const fine = await runFloe(['doctor', 'challenger', ...flags()])
    expect(fine.stdout).toContain('0 errors, 0 warnings. The service can start.')
    expect(fine.code).toBe(0)
    const refused = await runFloe(['challenger', ...flags({ disputes: unknownAddress, 'chain-id': '5' })])
    expect(refused.code).toBe(2)
    expect(refused.stderr).toMatch(/^floe: Found 2 problems\. floe doctor /)
    expect(refused.stderr).toContain(`  contracts: Disputes ${unknownAddress}: this chain has no contract`)
    expect(refused.stdout).not.toContain('listening')
  })
})
