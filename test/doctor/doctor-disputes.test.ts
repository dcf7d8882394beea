// What the checks of a start and of `floe doctor` find of disputes, against the real contract.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestClient, encodeDeployData, http, parseEther, publicActions, walletActions } from 'viem'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { ChallengerConfig } from '../../src/challenger/config.ts'
import { startChallenger } from '../../src/challenger/service.ts'
import { type Finding, type Result, runChecks } from '../../src/doctor/check.ts'
import { challengerChecks, nodeChecks, sidecarChecks } from '../../src/doctor/service-checks.ts'
import { ledgerAbi, ledgerBytecode } from '../../src/l1/generated/ledger.ts'
import type { NodeConfig } from '../../src/node/config.ts'
import { type Hex, toHex } from '../../src/protocol/bytes.ts'
import { addressOfSecretKey } from '../../src/protocol/signature.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import type { Secret } from '../../src/runtime/secrets.ts'
import type { SidecarConfig } from '../../src/sidecar/config.ts'
import { testKey } from '../support/deploy.ts'
import { runFloe } from '../support/floe.ts'
import { type Network, startNetwork } from '../support/network.ts'

const dir = mkdtempSync(join(tmpdir(), 'floe-doctor-'))
const nobody = `0x${'aa'.repeat(20)}` as const
const GWEI_OF_ETHER = 1e9

let network: Network

beforeAll(async () => {
  network = await startNetwork({ shards: [1, 1, 1, 1] })
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
  const [account = nobody] = await client.getAddresses()
  const args = [network.deployment.committee] as const
  const data = encodeDeployData({ abi: ledgerAbi, bytecode: ledgerBytecode, args })
  const hash = await client.sendTransaction({ data, account, chain: null })
  await client.mine({ blocks: 1 })
  const { contractAddress } = await client.waitForTransactionReceipt({ hash, pollingInterval: 50 })
  return (contractAddress ?? nobody).toLowerCase() as Hex
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

/** The findings of a status, as `check: found`. */
function found(results: readonly Result[], status: Finding['status']): string[] {
  return results.flatMap((result) =>
    result.status === status ? [`${result.check}: ${result.found.replaceAll(dir, '')}`] : [],
  )
}

function names(results: readonly Result[]): string {
  return [...new Set(results.map(({ check }) => check))].join(', ')
}

describe('a sidecar in disputes', () => {
  async function check(changes: Partial<SidecarConfig> = {}): Promise<Result[]> {
    const { disputes } = network.deployment
    const config = { ...network.sidecarConfig, port: 0, disputes, ...changes }
    return runChecks(sidecarChecks(config, 'doctor'), systemClock)
  }

  it('is fine with accounts that pay, and without any', async () => {
    const keys = { answerKeyFile: key('answers'), challengerKeyFile: key('evidence') }
    const [paying, watching] = await Promise.all([check(keys), check()])
    expect([...paying, ...watching].filter(({ status }) => status !== 'ok')).toEqual([])
    expect(names(paying)).toContain('balance, answer key, answers, challenger key, evidence, accounts, nodes')
    expect(names(watching)).toContain('balance, nodes')
    expect(found(paying, 'ok')).toEqual(
      expect.arrayContaining([
        `contracts: Disputes ${network.deployment.disputes}`,
        expect.stringMatching(new RegExp(`^answers: 1 ether at ${addressOf('answers')}: \\d{3,} answers$`)),
        'accounts: one of its own for answers, one of its own for evidence',
      ]),
    )
  })

  it('needs the Disputes contract of its Ledger', async () => {
    const { disputes, ledger } = network.deployment
    const none = await check({ disputes: nobody })
    expect(found(none, 'error')).toEqual([
      `contracts: Disputes ${nobody}: there is no contract at that address on this chain`,
    ])
    const other = await check({ disputes: ledger })
    expect(found(other, 'error')).toEqual([
      expect.stringMatching(new RegExp(`^contracts: Disputes ${ledger}: it does not answer like one: `)),
    ])
    const results = await check({ ledger: await deployLedger() })
    expect(found(results, 'error')).toEqual([`contracts: Disputes ${disputes}: its ledger is ${ledger}`])
    expect(results.find(({ status }) => status === 'error')?.remedy).toContain('--disputes or FLOE_DISPUTES')
  })

  it('is warned of accounts that pay for too little', async () => {
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

  it('is warned of answers that cost more than they may', async () => {
    const results = await check({ answerKeyFile: key('answers'), answerGweiMax: 1 })
    expect(found(results, 'warning')).toEqual([expect.stringMatching(/^answers: an answer costs up to 0\./)])
    expect(results.find(({ check: name }) => name === 'answers')).toMatchObject({
      expected: expect.stringMatching(/^at most 0\.000000001 ether/),
    })
  })

  it('does not start with one account for two senders, and is warned of one that only signs', async () => {
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

  it('that takes no batches answers for none, and may bring evidence', async () => {
    const keys = { answerKeyFile: key('answers'), challengerKeyFile: key('evidence') }
    const results = await check({ ...keys, keyFile: undefined })
    expect(results.filter(({ status }) => status !== 'ok')).toEqual([])
    expect(names(results)).not.toContain('answers')
    expect(names(results)).toContain('evidence')
  })

  it('needs keys that can be read', async () => {
    const answerKeyFile = join(dir, 'no-such-file')
    const results = await check({ answerKeyFile })
    expect(found(results, 'error')).toEqual([expect.stringMatching(/^answer key: Cannot read .*ENOENT/)])
  })
})

describe('a storage node in disputes', () => {
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
      expirySecondsMax: 1,
      answerKeyFile: key('answers'),
      answerGweiMax: 0.05 * GWEI_OF_ETHER,
      answerGweiDayMax: GWEI_OF_ETHER,
      logLevel: 'silent',
    }
    return runChecks(nodeChecks({ ...config, ...changes }, 'start'), systemClock)
  }

  it('is fine with an account that pays, and told of its deposit', async () => {
    const results = await check()
    expect(results.filter(({ status }) => status !== 'ok')).toEqual([])
    expect(names(results)).toContain('membership, deposit, answer key, answers, accounts')
    expect(found(results, 'ok')).toContain(`deposit: 4 ether of ${addressOf('operator 0')}; a fine is 1`)
  })

  it('without an account for answers is warned of what that can cost', async () => {
    const results = await check({ answerKeyFile: undefined })
    expect(found(results, 'error')).toEqual([])
    expect(found(results, 'warning')).toEqual([
      'answers: no account answers challenges: one that nobody else answers costs the batch, and 1 ether of the deposit',
    ])
    const undeposited = await check({ answerKeyFile: undefined, keyFile: key('stranger') })
    expect(found(undeposited, 'ok')).toContain(
      `deposit: none of ${addressOf('stranger')}, which is free to have one; a fine is 1`,
    )
    expect(found(undeposited, 'warning').at(-1)).toMatch(/costs the batch$/)
  })

  it("is warned of answers from the operator's account", async () => {
    await fund('operator 0', '1')
    const results = await check({ answerKeyFile: key('operator 0') })
    expect(found(results, 'warning')).toEqual([
      `accounts: ${addressOf('operator 0')} is for the operator and for answers`,
    ])
  })

  it('needs the Disputes contract of its Ledger', async () => {
    expect(found(await check({ disputes: nobody }), 'error')).toEqual([
      `contracts: Disputes ${nobody}: there is no contract at that address on this chain`,
    ])
  })
})

describe('a challenger', () => {
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

  it('is fine with an account that pays for a challenge, and without one', async () => {
    const paying = await check()
    expect(paying.filter(({ status }) => status !== 'ok')).toEqual([])
    expect(names(paying)).toBe('Node, open files, disk, port, key, L1, contracts, committee, bond')
    const watching = await check({ challengerKeyFile: undefined })
    expect(watching.filter(({ status }) => status !== 'ok')).toEqual([])
    expect(names(watching)).toBe('Node, open files, disk, port, L1, contracts, committee')
  })

  it('is warned of a bond that its account cannot pay, or may not', async () => {
    const poor = await check({ challengerKeyFile: key('pauper') })
    expect(found(poor, 'error')).toEqual([])
    expect(found(poor, 'warning')).toEqual([
      expect.stringMatching(
        new RegExp(
          `^bond: 0 ether at ${addressOf('pauper')}; a challenge takes 0\\.1\\d+, 0\\.1 of it the bond$`,
        ),
      ),
    ])
    const bound = await check({ spendGweiDayMax: 0.1 * GWEI_OF_ETHER })
    expect(found(bound, 'warning')).toEqual([expect.stringMatching(/^bond: a challenge takes 0\.1\d+, /)])
  })

  it('finds its port taken by another service, and its own by itself', async () => {
    const sidecarPort = Number(new URL(network.url).port)
    expect(found(await check({ port: sidecarPort }), 'error')).toEqual([
      `port: 127.0.0.1:${sidecarPort}: another process listens there`,
    ])
    const running = await startChallenger(configOf())
    onTestFinished(async () => running.close())
    const port = Number(new URL(running.url).port)
    expect(found(await check({ port }), 'error')).toEqual([])
  })

  it('is looked at by floe doctor challenger, and not started with what is wrong', async () => {
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
    expect(fine.stdout).toContain('0 errors, 0 warnings. It can start.')
    expect(fine.code).toBe(0)
    const refused = await runFloe(['challenger', ...flags({ disputes: nobody, 'chain-id': '5' })])
    expect(refused.code).toBe(2)
    expect(refused.stderr).toMatch(/^floe: 2 things are wrong\. floe doctor /)
    expect(refused.stderr).toContain(`  contracts: Disputes ${nobody}: there is no contract`)
    expect(refused.stdout).not.toContain('listening')
  })
})
