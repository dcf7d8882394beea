// What the checks say about L1 endpoints with the faults of real providers, each injected in front of a real chain: the fault is named,
// with what to do, it is an error only where Floe cannot work with it, and no secret of a URL is shown.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Result, runChecks } from '../../src/doctor/check.ts'
import { endpointChecks } from '../../src/doctor/endpoint-checks.ts'
import { committeeCheck, contractsCheck } from '../../src/doctor/l1-checks.ts'
import { L1Probe, type L1ProbeConfig } from '../../src/doctor/l1-probe.ts'
import { addressOfSecretKey } from '../../src/protocol/signature.ts'
import { type Clock, systemClock } from '../../src/runtime/clock.ts'
import { type TestAnvil, startTestAnvil } from '../support/anvil.ts'
import { type Deployment, deployFloe, testKey, testOperators } from '../support/deploy.ts'
import { runFloe } from '../support/floe.ts'
import { type L1Fault, L1Faults } from '../support/l1-faults.ts'
import { manualClock } from '../support/manual-clock.ts'
import { askRpc } from '../support/rpc-proxy.ts'

const KEY = '5ec2e7ba5eba11'
const BLOCKS = 2_000
const BLOCK_SECONDS = 12
const FINALITY = 8
/** A moment after the newest block, whose time the chain has chosen. */
const SECONDS_AFTER_HEAD = 5

let anvil: TestAnvil
let deployment: Deployment
/** The first one is faulty in tests of one bad endpoint among three. */
let endpoints: L1Faults[]
let clock: Clock

beforeAll(async () => {
  anvil = await startTestAnvil()
  const disperser = { address: addressOfSecretKey(testKey('disperser')), quotaBytes: 2n ** 30n }
  deployment = await deployFloe(anvil.url, testOperators([1, 1, 1, 1]), disperser)
  const mine = [BLOCKS, BLOCK_SECONDS].map((value) => `0x${value.toString(16)}`)
  await askRpc(anvil.url, { method: 'anvil_mine', params: mine })
  endpoints = await Promise.all([0, 1, 2].map(async () => L1Faults.start(anvil.url)))
  const head = { method: 'eth_getBlockByNumber', params: ['latest', false] }
  const { timestamp } = (await askRpc(anvil.url, head)) as { timestamp: string }
  clock = { ...systemClock, now: () => (Number(timestamp) + SECONDS_AFTER_HEAD) * 1000 }
})

afterAll(async () => {
  for (const endpoint of endpoints ?? []) await endpoint[Symbol.asyncDispose]()
  await anvil?.stop()
})

afterEach(async () => {
  for (const endpoint of endpoints) await endpoint.inject()
})

function faulty(): L1Faults {
  return endpoints[0] as L1Faults
}

/** The findings about endpoints and contracts that a doctor has. */
async function examine(
  count: 1 | 3,
  changes: Partial<L1ProbeConfig> = {},
  time: Clock = clock,
): Promise<Result[]> {
  const { committee, ledger } = deployment
  const rpcUrls = endpoints.slice(0, count).map((endpoint) => endpoint.urlWithKey(KEY))
  const config = { rpcUrls, committee, ledger, finality: FINALITY, ...changes }
  const probe = new L1Probe({ config, clock: time })
  const checks = [
    ...endpointChecks(probe, { clock: time, occasion: 'doctor' }),
    contractsCheck(probe),
    committeeCheck(probe),
  ]
  const results = await runChecks(checks, time)
  const text = JSON.stringify(results)
  expect(text).not.toContain(KEY)
  expect(text).not.toContain('undefined')
  return results
}

/** What is neither good nor unmade, as `STATUS check: found`. */
function problemsOf(results: readonly Result[]): string[] {
  return results.flatMap(({ status, check, found }) =>
    status === 'warning' || status === 'error' ? [`${status} ${check}: ${found}`] : [],
  )
}

describe('an endpoint without faults', () => {
  test.each([1, 3] as const)('has no problems, also beside others: %i endpoints', async (count) => {
    const results = await examine(count)
    expect(problemsOf(results)).toEqual([])
    expect(results.filter(({ status }) => status === 'not checked')).toEqual([])
  })
})

type Case = {
  readonly fault: L1Fault
  /** The problem of the endpoint, as `check: found`. */
  readonly says: RegExp
  /** How bad it is where the endpoint is the only one. */
  readonly alone: 'warning' | 'error'
}

/** The fault is in the chain that an endpoint shows, so that some checks look at it only when it answers. */
const cases: Case[] = [
  {
    fault: { kind: 'pruned', stateBlocks: 128, historyBlocks: 128 },
    says: /^L1 history: endpoint 1: has deleted the logs of block \d+: .*pruned history unavailable/,
    alone: 'error',
  },
  {
    fault: { kind: 'log-range', blocks: 10, provider: 'alchemy' },
    says: /^L1 log range: endpoint 1: logs of 10 blocks in one request; 100 were refused$/,
    alone: 'warning',
  },
  {
    fault: { kind: 'log-range', blocks: 5, provider: 'infura' },
    says: /^L1 log range: endpoint 1: logs of 5 blocks in one request; 10 were refused$/,
    alone: 'warning',
  },
  {
    fault: { kind: 'log-range', blocks: 1, provider: 'quicknode' },
    says: /^L1 log range: endpoint 1: logs of 1 blocks in one request; 2 were refused$/,
    alone: 'warning',
  },
  {
    fault: { kind: 'rate-limit', perSecond: 0, as: 'http-429' },
    says: /^L1: endpoint 1: refuses requests because they are too many: .*compute units/,
    alone: 'error',
  },
  {
    fault: { kind: 'rate-limit', perSecond: 0, as: 'rpc-32005' },
    says: /^L1: endpoint 1: refuses requests because they are too many: .*request rate exceeded/,
    alone: 'error',
  },
  {
    fault: { kind: 'forbidden' },
    says: /^L1: endpoint 1: refuses this client: .*rejected due to project ID settings/,
    alone: 'error',
  },
  {
    fault: { kind: 'secrets', as: 'rpc' },
    says: /^L1: endpoint 1: .*no access to http:\/\/127\.0\.0\.1:\d+\/\[redacted\]/,
    alone: 'error',
  },
  {
    fault: { kind: 'secrets', as: 'http' },
    says: /^L1: endpoint 1: refuses this client: .*\[redacted\]/,
    alone: 'error',
  },
  {
    fault: { kind: 'garbage', as: 'page' },
    says: /^L1: endpoint 1: the response is not that of an Ethereum node: /,
    alone: 'error',
  },
  {
    fault: { kind: 'garbage', as: 'cut' },
    says: /^L1: endpoint 1: the response is not that of an Ethereum node: /,
    alone: 'error',
  },
  { fault: { kind: 'down' }, says: /^L1: endpoint 1: unreachable: /, alone: 'error' },
  {
    fault: { kind: 'no-batches' },
    says: /^L1 requests: endpoint 1: refuses several calls in one request$/,
    alone: 'warning',
  },
]

describe('the fault of an endpoint is named, and is an error only where no other endpoint is good', () => {
  test.each(cases)('the fault $fault', async ({ fault, says, alone }) => {
    await faulty().inject(fault)
    const only = problemsOf(await examine(1))
    expect(only).toContainEqual(expect.stringMatching(new RegExp(`^${alone} ${says.source.slice(1)}`)))
    expect(only.some((text) => text.startsWith('error'))).toBe(alone === 'error')
    const among = problemsOf(await examine(3))
    expect(among).toContainEqual(expect.stringMatching(new RegExp(`^warning ${says.source.slice(1)}`)))
    expect(among.filter((text) => text.startsWith('error'))).toEqual([])
    expect(among.filter((text) => !text.includes('endpoint 1'))).toEqual([])
  })

  test('JSON that is no answer to the call is named as such', async () => {
    await faulty().inject({ kind: 'garbage', as: 'foreign' })
    const says = /^error L1: endpoint 1: the response is not that of an Ethereum node: /
    expect(problemsOf(await examine(1))).toEqual([expect.stringMatching(says)])
    const among = problemsOf(await examine(3))
    expect(among).toEqual([expect.stringMatching(/^warning L1: endpoint 1: the response is not that/)])
  })

  test('an endpoint that repeats the secret of its URL is named as one that does', async () => {
    await faulty().inject({ kind: 'secrets', as: 'rpc' })
    const [first] = await examine(1)
    expect(first?.remedy).toContain('It repeats the secret of its URL')
  })

  test('an endpoint of another chain is a warning beside the configured chain, and an error alone or without a configured chain', async () => {
    await faulty().inject({ kind: 'wrong-chain', chainId: 5 })
    const wrong = expect.stringMatching(/L1: endpoint 1: chain 5, block \d+$/)
    const among = problemsOf(await examine(3, { chainId: 31_337 }))
    expect(among).toEqual([wrong])
    expect(among[0]).toMatch(/^warning/)
    expect(problemsOf(await examine(1, { chainId: 31_337 }))[0]).toMatch(/^error L1: endpoint 1: chain 5/)
    const unknown = problemsOf(await examine(3))
    expect(unknown[0]).toMatch(/^error L1: endpoint 1: chain 5/)
  })

  test('a head that stands still is a warning with its age, and the service is not ready', async () => {
    await faulty().inject({ kind: 'lag', blocks: 20 })
    const results = await examine(1)
    expect(problemsOf(results)).toEqual([
      expect.stringMatching(/^warning L1 head: endpoint 1: block \d+, 24\d s old$/),
    ])
    expect(results.find(({ check }) => check === 'L1 head')?.remedy).toContain('stands still')
  })

  test('an endpoint that lags behind the others is a warning with the number of blocks', async () => {
    await faulty().inject({ kind: 'lag', blocks: 20 })
    const problems = problemsOf(await examine(3))
    expect(problems).toEqual([
      expect.stringMatching(/^warning L1 head: endpoint 1: .*, 20 blocks behind another endpoint$/),
    ])
  })

  test('an endpoint that leaves out logs is a warning where another one shows them', async () => {
    await faulty().inject({ kind: 'truncated-logs' })
    // The events of the deployment are among the blocks that are compared.
    const recent = { finality: BLOCKS - 100 }
    expect(problemsOf(await examine(3, recent))).toEqual([
      expect.stringMatching(
        /^warning L1 logs: endpoint 1: leaves out (\d+) of \1 logs of blocks \d+ to \d+$/,
      ),
    ])
    expect(problemsOf(await examine(1, recent))).toEqual([
      expect.stringMatching(/^warning committee: Expected an event of the Committee contract/),
    ])
  })

  test('a limit of the rate is a warning with how many calls were refused', async () => {
    // The clock of the limit stands still: it allows so many calls, and then no more.
    await using limited = await L1Faults.start(anvil.url, manualClock(0))
    const [before] = endpoints
    endpoints[0] = limited
    try {
      await limited.inject({ kind: 'rate-limit', perSecond: 1_000 })
      await examine(1)
      const calls = (await limited.calls()).length
      await limited.inject({ kind: 'rate-limit', perSecond: calls - 20 })
      expect(problemsOf(await examine(1))).toEqual([
        'warning L1 requests: endpoint 1: limits the rate of requests: 20 of 30 calls at a time were refused',
      ])
    } finally {
      endpoints[0] = before as L1Faults
    }
  })

  test('a slow endpoint is a warning with the time of a call, and one that never answers an error', async () => {
    // Time passes only while an answer is delayed.
    const delayMs = 600
    const time = { ...manualClock(clock.now() / 1000, delayMs) }
    await using slow = await L1Faults.start(anvil.url, time)
    const [before] = endpoints
    endpoints[0] = slow
    try {
      await slow.inject({ kind: 'slow', ms: delayMs })
      const problems = problemsOf(await advancing(time, delayMs, examine(1, {}, time)))
      expect(problems).toEqual([
        expect.stringMatching(/^warning L1 requests: endpoint 1: slow: \d{3,4} ms a call$/),
      ])
      await slow.inject({ kind: 'silent' })
      // Time passes only while a request waits.
      const patient = manualClock(clock.now() / 1000, 5_000)
      const silent = problemsOf(await advancing(patient, 5_000, examine(1, {}, patient)))
      expect(silent).toEqual([expect.stringMatching(/^error L1: endpoint 1: no response in time: /)])
    } finally {
      endpoints[0] = before as L1Faults
    }
  })
})

/** The result of `work`, on a clock that is moved on whenever something waits for it. */
async function advancing<T>(time: ReturnType<typeof manualClock>, ms: number, work: Promise<T>): Promise<T> {
  let isDone = false
  const done = work.finally(() => (isDone = true))
  while (!isDone) {
    await Promise.race([time.asleep(), done.catch(() => undefined)])
    if (!isDone) time.advance(ms)
  }
  return done
}

describe('floe doctor', () => {
  test('the command says which checks it did not make and why, without undefined and without the key', async () => {
    await faulty().inject({ kind: 'secrets' })
    const { committee, ledger } = deployment
    const settings = { 'rpc-url': faulty().urlWithKey(KEY), committee, ledger, port: '0' }
    const flags = [
      '--read-only',
      ...Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]),
    ]
    const { code, stdout, stderr } = await runFloe(['doctor', 'sidecar', ...flags])
    expect(code).toBe(1)
    expect(stdout).toMatch(/^L1 +ERROR +endpoint 1: answers with an error: /m)
    expect(stdout).toMatch(/^contracts +- +not checked: L1 does not answer$/m)
    expect(stdout).toMatch(/^1 error, 0 warnings, \d+ not checked\. The service cannot start\.$/m)
    expect(stdout + stderr).not.toMatch(/undefined|5ec2e7/)
    const json = await runFloe(['doctor', 'sidecar', '--json', ...flags])
    const { checks } = JSON.parse(json.stdout) as { checks: Result[] }
    for (const { status, expected, remedy } of checks)
      expect([expected, remedy].every((text) => typeof text === 'string')).toBe(
        status === 'warning' || status === 'error',
      )
  })
})
