// Followers of endpoints that leave out logs or make them up, alone and beside an honest one, and of endpoints that are slow.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { mayContain } from '../../src/l1/bloom.ts'
import { L1Follower } from '../../src/l1/follower.ts'
import { connectL1 } from '../../src/l1/rpc.ts'
import { type TestAnvil, startTestAnvil } from '../support/anvil.ts'
import { type CheckedChainStore, MemoryChainStore } from '../support/checked-chain-stores.ts'
import { type Deployment, deployFloe, testOperators } from '../support/deploy.ts'
import { L1Faults } from '../support/l1-faults.ts'
import { LogCapture } from '../support/log-capture.ts'
import { type ChainMove, ReorgingChain } from '../support/reorgs.ts'
import { RpcProxy, RpcRefusal, askRpc } from '../support/rpc-proxy.ts'

const operators = testOperators([1, 1, 1, 1])
const FINALITY = 5
const post: ChainMove = { kind: 'post', headers: 2 }

let anvil: TestAnvil
let deployment: Deployment
let chain: ReorgingChain
let liar: L1Faults

beforeAll(async () => {
  anvil = await startTestAnvil()
  const disperser = { address: operators[0]?.member.signer ?? '0x', quotaBytes: 1n } as const
  deployment = await deployFloe(anvil.url, operators, disperser)
  chain = await ReorgingChain.open(anvil.url, { deployment, operators, label: 'hidden' })
  liar = await L1Faults.start(anvil.url)
})
beforeEach(async () => {
  await liar.inject()
  await chain.play(post)
})
afterAll(async () => {
  await liar[Symbol.asyncDispose]()
  await anvil.stop()
})

function follow(urls: readonly string[], store: CheckedChainStore, log = new LogCapture()): L1Follower {
  const { domain } = deployment
  return new L1Follower({ l1: connectL1(urls), domain, finality: FINALITY, store, logger: log.logger })
}

async function rootsOnChain(): Promise<string[]> {
  return (await chain.posted()).map(({ header }) => header.root)
}

function roots(store: CheckedChainStore): string[] {
  return store.state().posts.flatMap(({ headers }) => headers.map(({ header }) => header.root))
}

test('Not hidden: logs that one of two endpoints leaves out are followed, in new blocks and in old ranges', async () => {
  for (const order of [(a: string, b: string) => [a, b], (a: string, b: string) => [b, a]]) {
    const log = new LogCapture()
    const store = new MemoryChainStore()
    const follower = follow(order(liar.url, anvil.url), store, log)
    await chain.play({ kind: 'mine', blocks: 80 })
    await liar.inject({ kind: 'truncated-logs' })
    await follower.sync()
    expect(roots(store)).toEqual(await rootsOnChain())
    await chain.play(post)
    await chain.play({ kind: 'post-one', headers: 2 })
    await follower.sync()
    expect(roots(store)).toEqual(await rootsOnChain())
    const endpoint = order('liar', 'honest').indexOf('liar') + 1
    const line = { endpoint, fault: 'hides', msg: 'logs of an L1 endpoint differ from the receipts' }
    expect(log.lines()).toEqual([expect.objectContaining(line)])
  }
})

test('Not hidden: of three endpoints two leave out logs, and the third is believed', async () => {
  await using second = await L1Faults.start(anvil.url)
  const store = new MemoryChainStore()
  await liar.inject({ kind: 'truncated-logs' })
  await second.inject({ kind: 'truncated-logs', logsMax: 1 })
  await follow([liar.url, second.url, anvil.url], store).sync()
  expect(roots(store)).toEqual(await rootsOnChain())
})

test('Not hidden: an endpoint alone that leaves out the logs of a block is found out by bloom filter and receipts', async () => {
  const store = new MemoryChainStore()
  await liar.inject({ kind: 'truncated-logs' })
  const follower = follow([liar.url], store)
  await follower.sync()
  await chain.play(post)
  await follower.sync()
  expect(roots(store).slice(-2)).toEqual((await rootsOnChain()).slice(-2))
})

test('Not made up: a log that no receipt has is ignored on the second endpoint, and refused on the first', async () => {
  await chain.play({ kind: 'mine', blocks: 2 })
  await using inventor = await RpcProxy.start(anvil.url, async ({ method, params }, forward) => {
    const logs = await forward()
    const [filter] = params as { blockHash?: string }[]
    if (method !== 'eth_getLogs' || filter?.blockHash === undefined) return logs
    const posted = await askRpc(anvil.url, {
      method,
      params: [{ address: deployment.ledger, fromBlock: '0x0', toBlock: 'latest' }],
    })
    const [known] = posted as { blockNumber: string }[]
    const block = { method: 'eth_getBlockByHash', params: [filter.blockHash, false] }
    const { number } = (await askRpc(anvil.url, block)) as { number: string }
    return known === undefined
      ? logs
      : [
          ...(logs as object[]),
          { ...known, blockHash: filter.blockHash, blockNumber: number, logIndex: '0x7f' },
        ]
  })
  const log = new LogCapture()
  const store = new MemoryChainStore()
  await follow([anvil.url, inventor.url], store, log).sync()
  expect(roots(store)).toEqual(await rootsOnChain())
  const line = { endpoint: 2, fault: 'makes-up' }
  expect(log.lines()[0]).toMatchObject(line)
  const other = new MemoryChainStore()
  await follow([inventor.url, anvil.url], other).sync()
  expect(roots(other)).toEqual(await rootsOnChain())
})

test('a block whose bloom filter lacks the contract costs no request for receipts', async () => {
  const store = new MemoryChainStore()
  const follower = follow([liar.url], store)
  await follower.sync()
  await chain.play({ kind: 'mine', blocks: 10 })
  const before = (await liar.calls()).length
  await follower.sync()
  const calls = (await liar.calls()).slice(before)
  expect(calls).toContain('eth_getLogs')
  expect(calls).not.toContain('eth_getBlockReceipts')
  const empty = `0x${'00'.repeat(256)}` as const
  expect(mayContain(empty, deployment.ledger)).toBe(false)
  expect(mayContain(`0x${'ff'.repeat(256)}`, deployment.ledger)).toBe(true)
})

test('Progress: a pass ends while the chain grows faster than an endpoint answers, and the next goes on', async () => {
  await chain.play({ kind: 'mine', blocks: 120 })
  let calls = 0
  // Three calls take as long as a block: 600 ms a call and 2 s a block, as a follower alone sees them.
  await using slow = await RpcProxy.start(anvil.url, async (_call, forward) => {
    calls += 1
    if (calls % 3 === 0) await askRpc(anvil.url, { method: 'anvil_mine', params: ['0x1'] })
    return forward()
  })
  const store = new MemoryChainStore()
  const follower = follow([slow.url], store)
  const height = await chain.height()
  const { tip } = await follower.sync()
  expect(tip.number).toBeGreaterThanOrEqual(height)
  expect(tip.number).toBeLessThanOrEqual(height + 2)
  const next = await follower.sync()
  expect(next.tip.number).toBeGreaterThan(tip.number)
  expect(roots(store)).toEqual(await rootsOnChain())
})

test('Progress: what was read before a refused request is kept, so a follower of a bad endpoint arrives', async () => {
  await chain.play({ kind: 'mine', blocks: 100 })
  await chain.play(post)
  const store = new MemoryChainStore()
  let allowed = 0
  await using limited = await RpcProxy.start(anvil.url, async (_call, forward) => {
    allowed -= 1
    if (allowed < 0) throw new RpcRefusal('out of order')
    return forward()
  })
  const follower = follow([limited.url], store)
  let reached: number | undefined
  let passes = 0
  while (reached === undefined && passes < 40) {
    passes += 1
    allowed = 30
    const before = store.heads().at(-1)?.number ?? 0
    reached = await follower.sync().then(
      ({ tip }) => tip.number,
      () => undefined,
    )
    expect(store.heads().at(-1)?.number ?? 0).toBeGreaterThanOrEqual(before)
  }
  expect(reached).toBe(await chain.height())
  expect(roots(store)).toEqual(await rootsOnChain())
})
