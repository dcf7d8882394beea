// Reads committees from a real anvil, directly and through endpoints that lie, lag or do not answer.
import {
  createPublicClient,
  createTestClient,
  encodeAbiParameters,
  encodeFunctionData,
  http,
  toHex as textToHex,
  walletActions,
} from 'viem'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Finality } from '../../src/l1/finality-rule.ts'
import { committeeAbi } from '../../src/l1/generated/committee.ts'
import { ledgerAbi } from '../../src/l1/generated/ledger.ts'
import { getBlockNumber, getContractEvents } from 'viem/actions'
import { connectL1 } from '../../src/l1/rpc.ts'
import { CommitteeReader, type CommitteesOptions } from '../../src/l1/committee-reader.ts'
import { usableEndpoint } from '../../src/l1/epoch-reader.ts'
import { type Committee, packMembers } from '../../src/protocol/committee.ts'
import { FloeError } from '../../src/protocol/errors.ts'
import { addressOfSecretKey } from '../../src/protocol/signature.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { type TestAnvil, startTestAnvil } from '../support/anvil.ts'
import { type Deployment, deployFloe, testKey, testOperators } from '../support/deploy.ts'
import { type ManualClock, manualClock } from '../support/manual-clock.ts'
import { type RpcBehaviour, RpcRefusal, RpcSilence, RpcProxy } from '../support/rpc-proxy.ts'

const disperser = addressOfSecretKey(testKey('disperser'))
const operators = testOperators([1, 2, 1, 3], (i) =>
  i === 2 ? 'not a url \u0000' : `http://node-${i}.example:80/`,
)
const BLOCK_RANGE_MAX = 20n

let anvil: TestAnvil
let deployment: Deployment

beforeAll(async () => {
  anvil = await startTestAnvil()
  deployment = await deployFloe(anvil.url, operators, { address: disperser, quotaBytes: 12_345n })
})
afterAll(async () => anvil.stop())

/** The pause before a second attempt and the wait for a fresh value are sleeps of the clock; timeouts of requests are longer. */
const PAUSE_MS_MAX = 1_000

/** Lets time pass until the promise settles. */
async function elapse<T>(clock: ManualClock, promise: Promise<T>): Promise<T> {
  let settled = false
  const end = promise.then(
    () => (settled = true),
    () => (settled = true),
  )
  while (!settled) {
    await Promise.race([end, clock.asleep()])
    if (!settled) clock.advance(100)
  }
  return promise
}

function open(rpcUrls: string[], changes: Partial<CommitteesOptions> = {}) {
  const { committee, ledger } = deployment
  return CommitteeReader.connect({ rpcUrls, committee, ledger, clock: systemClock, ...changes })
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (error instanceof FloeError) return `${error.code}: ${error.message}`
  throw new Error('expected a FloeError', { cause: error })
}

const silent: RpcBehaviour = () => {
  throw new RpcSilence()
}

describe('a committee read from L1', () => {
  it('a committee has its members in order, and only valid endpoints', async () => {
    const warnings: object[] = []
    const { committees, domain } = await open([anvil.url], {
      logger: { warn: (facts) => warnings.push(facts) },
    })
    const committee = await committees.current()
    expect(domain).toEqual({ chainId: 31337, ledger: deployment.ledger })
    expect(committee.geometry.shards).toBe(7)
    expect(committee.members).toEqual(
      operators.map(({ member }, i) => ({ ...member, endpoint: i === 2 ? '' : `http://node-${i}.example` })),
    )
    expect(warnings).toEqual([{ epoch: 1, signer: operators[2]?.member.signer }])
    expect(await committees.ofEpoch(1)).toBe(committee)
    expect(await committees.ofEpoch(0)).toBeUndefined()
  })

  it('the quota of an unregistered disperser is zero', async () => {
    const { committees } = await open([anvil.url])
    expect(await committees.disperserQuota(disperser)).toBe(12_345n)
    expect(await committees.disperserQuota('0x00000000000000000000000000000000000000aa')).toBe(0n)
  })

  it('Shared: concurrent callers share one read, and a committee is read once', async () => {
    await using proxy = await RpcProxy.start(anvil.url)
    const { committees } = await open([proxy.url])
    await Promise.all(Array.from({ length: 10 }, async () => committees.current()))
    await Promise.all(Array.from({ length: 10 }, async () => committees.ofEpoch(1)))
    expect(proxy.calls.filter((method) => method === 'eth_getLogs')).toHaveLength(1)
  })

  it('a committee is found on an endpoint that limits the blocks of a request', async () => {
    const client = createPublicClient({ transport: http(anvil.url) })
    await client.request({ method: 'anvil_mine' as never, params: ['0x64'] as never })
    await using proxy = await RpcProxy.start(anvil.url, async ({ method, params }, forward) => {
      if (method === 'eth_getLogs') {
        const { fromBlock, toBlock } = params[0] as { fromBlock: string; toBlock: string }
        if (BigInt(toBlock) - BigInt(fromBlock) >= BLOCK_RANGE_MAX) throw new RpcRefusal('range too large')
      }
      return forward()
    })
    const { committees } = await open([proxy.url])
    expect((await committees.current()).epoch).toBe(1)
    expect(proxy.calls.filter((method) => method === 'eth_getLogs').length).toBeGreaterThan(1)
  })
})

describe('an endpoint that lies', () => {
  const lyingAboutMembers: RpcBehaviour = async ({ method }, forward) => {
    const result = await forward()
    if (method !== 'eth_getLogs') return result
    const signer = operators[0]?.member.signer.slice(2) ?? ''
    return JSON.parse(JSON.stringify(result).replaceAll(signer, `${'0'.repeat(38)}01`)) as unknown
  }

  it('Checked: members that do not hash to the root are rejected', async () => {
    await using proxy = await RpcProxy.start(anvil.url, lyingAboutMembers)
    const { committees } = await open([proxy.url])
    expect(await codeOf(committees.current())).toMatch(
      /^unavailable: Expected an event .* with the members of epoch 1/,
    )
  })

  it('an endpoint with false members is skipped when another endpoint is honest', async () => {
    await using proxy = await RpcProxy.start(anvil.url, lyingAboutMembers)
    const { committees } = await open([proxy.url, anvil.url])
    expect((await committees.current()).members[0]?.signer).toBe(operators[0]?.member.signer)
  })

  it('Checked: endpoints with different roots for one epoch are an error', async () => {
    const root = `0x${'11'.repeat(32)}`
    const lying: RpcBehaviour = async ({ method }, forward) => {
      const result = await forward()
      return method === 'eth_call' && String(result).length === 66 && !/^0x0{24}/.test(String(result))
        ? root
        : result
    }
    await using proxy = await RpcProxy.start(anvil.url, lying)
    const { committees } = await open([anvil.url, proxy.url])
    expect(await codeOf(committees.current())).toMatch(/^unavailable: The L1 endpoints disagree/)
  })

  it('an endpoint that lags does not make an epoch unknown', async () => {
    const none = encodeAbiParameters([{ type: 'uint256' }], [0n])
    let lagging = false
    await using proxy = await RpcProxy.start(anvil.url, async ({ method }, forward) =>
      lagging && method === 'eth_call' ? none : forward(),
    )
    const { committees } = await open([proxy.url, anvil.url])
    lagging = true
    expect((await committees.ofEpoch(1))?.epoch).toBe(1)
  })
})

describe('an endpoint that is gone', () => {
  it('an unreachable endpoint is skipped', async () => {
    const { committees } = await open(['http://127.0.0.1:1', anvil.url])
    expect((await committees.current()).epoch).toBe(1)
  })

  it('Stale rather than unavailable: old values are returned for ten minutes, and then none', async () => {
    const clock = manualClock(0, PAUSE_MS_MAX)
    await using proxy = await RpcProxy.start(anvil.url)
    const { committees } = await open([proxy.url], { clock })
    const committee = await committees.current()
    await committees.disperserQuota(disperser)
    proxy.behave(silent)
    clock.advance(6_000)
    expect(await elapse(clock, committees.current())).toBe(committee)
    expect(await elapse(clock, committees.disperserQuota(disperser))).toBe(12_345n)
    clock.advance(9 * 60_000)
    expect(await elapse(clock, committees.current())).toBe(committee)
    clock.advance(60_000)
    expect(await elapse(clock, codeOf(committees.current()))).toMatch(
      /^unavailable: Cannot read the current epoch/,
    )
    proxy.behave(async (_call, forward) => forward())
    expect(await committees.current()).toBe(committee)
  })

  it('the error for an unreachable endpoint does not contain its URL', async () => {
    const message = await codeOf(open(['http://127.0.0.1:1/secret-key']))
    expect(message).toMatch(/^unavailable: Cannot reach L1: .*Check that the L1 endpoints answer\.$/)
    expect(message).not.toContain('secret-key')
  })
})

describe('an epoch that is not final', () => {
  const FINALITY = 5

  /** How many shards each member has, in the order of members. */
  function sizesIn(committee: Committee | undefined): number[] | undefined {
    return committee?.members.map(({ shards }) => shards.length)
  }

  function sizesOf(shards: readonly number[]): number[] {
    return testOperators(shards).map(({ member }) => member.shards.length)
  }

  /** A separate chain on which the owner of the contracts starts epochs. */
  async function ownChain() {
    const own = await startTestAnvil()
    const floe = await deployFloe(own.url, operators, { address: disperser, quotaBytes: 1n })
    const client = createTestClient({ mode: 'anvil', transport: http(own.url) }).extend(walletActions)
    const [account = '0x'] = await client.getAddresses()
    const startEpoch = async (shards: number[]): Promise<void> => {
      const members = testOperators(shards).map(({ member }) => member)
      const data = encodeFunctionData({
        abi: committeeAbi,
        functionName: 'startEpoch',
        args: [packMembers(members), members.map(({ endpoint }) => endpoint)],
      })
      const call = { from: account, to: floe.committee, data, gas: '0xf00000' }
      await client.request({ method: 'eth_sendTransactionSync' as never, params: [call] as never })
    }
    const reorg = async (depth: number): Promise<void> =>
      client.request({ method: 'anvil_reorg' as never, params: [depth, []] as never })
    const { committee, ledger } = floe
    const clock = manualClock(0, PAUSE_MS_MAX)
    const reader = async (rpcUrls = [own.url], finality: Finality = FINALITY) =>
      (await CommitteeReader.connect({ rpcUrls, committee, ledger, clock, finality, refreshMs: 1 }))
        .committees
    /** Blocks since the first epoch started. */
    const blocksSince = async (): Promise<number> => {
      const l1 = connectL1([own.url]).client
      const event = {
        address: committee,
        abi: committeeAbi,
        eventName: 'EpochStarted',
        fromBlock: 0n,
      } as const
      const [first] = await getContractEvents(l1, event)
      return Number((await getBlockNumber(l1)) - (first?.blockNumber ?? 0n))
    }
    return {
      ...client,
      own,
      startEpoch,
      reorg,
      reader,
      clock,
      blocksSince,
      [Symbol.asyncDispose]: async () => own.stop(),
    }
  }

  it('Final: the previous epoch is current until the start of the new one is final', async () => {
    await using chain = await ownChain()
    const committees = await chain.reader()
    await chain.startEpoch([2, 2, 2, 1])
    await chain.startEpoch([1, 2, 2, 2])
    expect((await committees.current()).epoch).toBe(1)
    await expect(committees.ofEpoch(2)).rejects.toMatchObject({
      code: 'unavailable',
      retryAfterSeconds: 15,
      facts: { epoch: 2, finalBlock: expect.any(Number) as number },
    })
    expect(await committees.ofEpoch(4)).toBeUndefined()
    await chain.mine({ blocks: FINALITY - 1 })
    chain.clock.advance(2)
    expect((await committees.current()).epoch).toBe(2)
    expect(sizesIn(await committees.ofEpoch(2))).toEqual(sizesOf([2, 2, 2, 1]))
    expect(await codeOf(committees.ofEpoch(3))).toMatch(
      /^unavailable: Epoch 3 started in block \d+ of L1, and the newest block that is 5 blocks deep is \d+\. Wait: /,
    )
    await chain.mine({ blocks: 1 })
    chain.clock.advance(2)
    expect((await committees.current()).epoch).toBe(3)
  })

  it('Final: a committee that a reorg replaced was never returned', async () => {
    await using chain = await ownChain()
    const committees = await chain.reader()
    await chain.startEpoch([2, 2, 2, 1])
    await chain.mine({ blocks: FINALITY - 1 })
    expect(await codeOf(committees.ofEpoch(2))).toMatch(/^unavailable/)
    await chain.reorg(FINALITY)
    await chain.startEpoch([1, 2, 2, 2])
    await chain.mine({ blocks: FINALITY })
    chain.clock.advance(2)
    expect(sizesIn(await committees.current())).toEqual(sizesOf([1, 2, 2, 2]))
    expect(sizesIn(await committees.ofEpoch(2))).toEqual(sizesOf([1, 2, 2, 2]))
  })

  it('an epoch that is not final is read once a refresh interval', async () => {
    await using chain = await ownChain()
    await using proxy = await RpcProxy.start(chain.own.url)
    const committees = await chain.reader([proxy.url])
    await chain.startEpoch([2, 2, 2, 1])
    const ask = async () => codeOf(committees.ofEpoch(2))
    proxy.calls.splice(0)
    await Promise.all([ask(), ask(), ask()])
    const requests = proxy.calls.splice(0)
    await Promise.all([ask(), ask(), ask()])
    expect(proxy.calls).toEqual([])
    chain.clock.advance(2)
    await ask()
    expect(proxy.calls).toEqual(requests)
  })

  it('an epoch is final only if it is final on every endpoint that answers', async () => {
    await using chain = await ownChain()
    await chain.startEpoch([2, 2, 2, 1])
    await chain.mine({ blocks: FINALITY })
    const lagging: RpcBehaviour = async ({ method }, forward) =>
      method === 'eth_blockNumber' ? textToHex(BigInt(String(await forward())) - 1n) : forward()
    await using proxy = await RpcProxy.start(chain.own.url, lagging)
    expect((await (await chain.reader()).current()).epoch).toBe(2)
    expect((await (await chain.reader([chain.own.url, proxy.url])).current()).epoch).toBe(1)
  })

  it('the error for a first epoch that is not final says that there is no earlier committee', async () => {
    await using chain = await ownChain()
    await chain.request({ method: 'anvil_rollback' as never, params: [await chain.blocksSince()] as never })
    const message = await codeOf((await chain.reader(undefined, 'finalized')).current())
    expect(message.replaceAll(/\d+/g, '#')).toMatchInlineSnapshot(
      `"unavailable: Epoch # started in block # of L#, and the newest block that is finalized is #. It is the first epoch, so there is no committee until then. Wait: Ethereum finalizes a block after about # minutes. A chain without reorgs needs less: --finality."`,
    )
  })
})

describe('a wrong configuration', () => {
  const unknownAddress = '0x00000000000000000000000000000000000000aa'

  it('the error for a wrong contract names its option', async () => {
    expect(await codeOf(open([anvil.url], { committee: unknownAddress }))).toMatchInlineSnapshot(
      `"configuration: Expected the Committee contract at 0x00000000000000000000000000000000000000aa, but there is no contract at that address on this chain. Correct --committee or FLOE_COMMITTEE, or the L1 endpoint."`,
    )
    expect(await codeOf(open([anvil.url], { ledger: unknownAddress }))).toMatchInlineSnapshot(
      `"configuration: Expected the Ledger contract at 0x00000000000000000000000000000000000000aa, but there is no contract at that address on this chain. Correct --ledger or FLOE_LEDGER, or the L1 endpoint."`,
    )
    expect(await codeOf(open([anvil.url], { ledger: deployment.committee }))).toMatch(
      /^configuration: Expected the Ledger contract at .* it does not name its committee/,
    )
    await using old = await RpcProxy.start(anvil.url, async ({ method, params }, forward) => {
      const notice = encodeFunctionData({ abi: ledgerAbi, functionName: 'noticeSeconds' })
      const isNotice = method === 'eth_call' && (params[0] as { data?: string }).data === notice
      if (isNotice) throw new RpcRefusal('execution reverted')
      return forward()
    })
    expect(await codeOf(open([old.url]))).toMatch(
      /^configuration: Expected the Ledger contract at .*, but it is of an earlier version of the protocol\./,
    )
    expect(await codeOf(open([]))).toMatchInlineSnapshot(
      `"configuration: Expected 1…8 L1 endpoints, got 0. Give them with --rpc-url or FLOE_RPC_URL."`,
    )
    expect(await codeOf(open(['localhost:8545']))).toMatchInlineSnapshot(
      `"configuration: Expected L1 endpoint 1 to be an http or https URL. Correct --rpc-url or FLOE_RPC_URL."`,
    )
  })

  it('endpoints of another chain than the given one are refused', async () => {
    expect(await codeOf(open([anvil.url], { chainId: 31_338 }))).toBe(
      'configuration: Expected L1 endpoints of chain 31338, got chain 31337. Correct the chain id, or use endpoints of that chain.',
    )
    await open([anvil.url], { chainId: 31_337 })
  })

  it('endpoints of different chains are refused', async () => {
    await using other = await RpcProxy.start(anvil.url, async ({ method }, forward) =>
      method === 'eth_chainId' ? textToHex(5) : forward(),
    )
    expect(await codeOf(open([anvil.url, other.url]))).toMatch(
      /^configuration: Expected all L1 endpoints on one chain/,
    )
  })
})

it.each([
  ['http://node.example:8080/', 'http://node.example:8080'],
  ['https://node.example/floe/', undefined],
  ['https://node.example//', undefined],
  ['http://node.example:8080/?', undefined],
  ['http://[::1]:7000', 'http://[::1]:7000'],
  ['ftp://node.example', undefined],
  ['http://user:word@node.example', undefined],
  ['http://node.example/?a=b', undefined],
  ['http://node.example/#a', undefined],
  ['javascript:alert(1)', undefined],
  [`http://node.example/${'a'.repeat(256)}`, undefined],
  ['', undefined],
])('the endpoint %j of a member is read as %j', (text, expected) => {
  expect(usableEndpoint(text)).toBe(expected)
})
