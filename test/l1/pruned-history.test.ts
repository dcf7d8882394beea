// Followers and readers on endpoints that have deleted what is old: state, logs, and blocks.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { CommitteeReader } from '../../src/l1/committee-reader.ts'
import { type FollowerOptions, L1Follower } from '../../src/l1/follower.ts'
import type { LogSettings } from '../../src/l1/log-spans.ts'
import { connectL1 } from '../../src/l1/rpc.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { type TestAnvil, startTestAnvil } from '../support/anvil.ts'
import { MemoryChainStore } from '../support/checked-chain-stores.ts'
import { type Deployment, deployFloe, testOperators } from '../support/deploy.ts'
import { L1Faults } from '../support/l1-faults.ts'
import { LogCapture } from '../support/log-capture.ts'
import { ReorgingChain } from '../support/reorgs.ts'
import { askRpc } from '../support/rpc-proxy.ts'
import { startEpoch } from '../support/epochs.ts'

const operators = testOperators([1, 1, 1, 1])
const FINALITY = 5
/** Blocks of which an endpoint with deleted history has the logs. */
const KEPT_BLOCKS = 150
const BLOCK_SECONDS = 12

let anvil: TestAnvil
let deployment: Deployment
let chain: ReorgingChain
let pruned: L1Faults

beforeAll(async () => {
  anvil = await startTestAnvil()
  await mine(20)
  const disperser = { address: operators[0]?.member.signer ?? '0x', quotaBytes: 1n } as const
  deployment = await deployFloe(anvil.url, operators, disperser)
  chain = await ReorgingChain.open(anvil.url, { deployment, operators, label: 'history' })
  await chain.play({ kind: 'post', headers: 2 })
  await mine(200)
  await chain.play({ kind: 'post', headers: 3 })
  await mine(80)
  pruned = await L1Faults.start(anvil.url)
})
beforeEach(async () => pruned.inject({ kind: 'pruned', stateBlocks: 128, historyBlocks: KEPT_BLOCKS }))
afterAll(async () => {
  await pruned[Symbol.asyncDispose]()
  await anvil.stop()
})

async function mine(blocks: number): Promise<void> {
  await askRpc(anvil.url, { method: 'anvil_mine', params: [blocks, BLOCK_SECONDS] })
}

type Changes = Partial<FollowerOptions> & LogSettings

function follow(urls: readonly string[], store: MemoryChainStore, changes: Changes = {}): L1Follower {
  const { deploymentBlock, logBlocksMax, ...options } = changes
  const l1 = connectL1(urls, { deploymentBlock, logBlocksMax })
  return new L1Follower({ l1, domain: deployment.domain, finality: FINALITY, store, ...options })
}

function headersIn(store: MemoryChainStore): number {
  return store.state().posts.flatMap(({ headers }) => headers).length
}

test('an endpoint without old state is followed from the configured deployment block', async () => {
  await pruned.inject({ kind: 'pruned', stateBlocks: 128 })
  const store = new MemoryChainStore()
  const { deploymentBlock } = deployment
  await follow([pruned.url], store, { deploymentBlock }).sync()
  expect(headersIn(store)).toBe(5)
  expect(deploymentBlock).toBe(21)
  expect(await pruned.calls()).not.toContain('eth_getCode')
})

test('the deployment block is found on another endpoint, where one has old state', async () => {
  await pruned.inject({ kind: 'pruned', stateBlocks: 128 })
  await using whole = await L1Faults.start(anvil.url)
  const store = new MemoryChainStore()
  await follow([pruned.url, whole.url], store).sync()
  expect(headersIn(store)).toBe(5)
  expect(await whole.calls()).toContain('eth_getCode')
})

test('logs that one endpoint has deleted are read from another one', async () => {
  const store = new MemoryChainStore()
  const { deploymentBlock } = deployment
  await follow([pruned.url, anvil.url], store, { deploymentBlock }).sync()
  expect(headersIn(store)).toBe(5)
})

test('a follower that needs logs that no endpoint has says so, and what to do', async () => {
  const { deploymentBlock } = deployment
  await expect(follow([pruned.url], new MemoryChainStore(), { deploymentBlock }).sync()).rejects.toThrow(
    /pruned history unavailable.*add one with the history/,
  )
})

test('a follower to which old events do not matter starts at the oldest logs, and warns once', async () => {
  const log = new LogCapture()
  const { logger } = log
  const store = new MemoryChainStore()
  const { deploymentBlock } = deployment
  const follower = follow([pruned.url], store, { deploymentBlock, mayStartLate: true, logger })
  const { tip } = await follower.sync()
  expect(headersIn(store)).toBe(3)
  expect(tip.number).toBe(await chain.height())
  const oldest = tip.number - KEPT_BLOCKS + 1
  const warning = { oldest, msg: 'older events not followed: no L1 endpoint has them' }
  expect(log.lines()).toEqual([expect.objectContaining(warning)])
  await follower.sync()
  expect(log.lines()).toHaveLength(1)
})

test('events older than the lookback are not asked for, also where an endpoint would not have them', async () => {
  const store = new MemoryChainStore()
  await follow([pruned.url], store, { lookbackSeconds: 50 * BLOCK_SECONDS }).sync()
  expect(headersIn(store)).toBe(3)
  expect(pruned.spoiled.get('pruned')).toBeGreaterThan(0)
  const late = follow([pruned.url], new MemoryChainStore(), { lookbackSeconds: 200 * BLOCK_SECONDS })
  await expect(late.sync()).rejects.toThrow(/Expected L1 endpoints with older blocks, got none below/)
})

test('an endpoint that does not answer is waited for before a start at the oldest logs of the others', async () => {
  await using away = await L1Faults.start(anvil.url)
  await away.inject({ kind: 'down' })
  const { deploymentBlock } = deployment
  const store = new MemoryChainStore()
  const follower = follow([pruned.url, away.url], store, { deploymentBlock, mayStartLate: true })
  await expect(follower.sync()).rejects.toMatchObject({ code: 'unavailable' })
  expect(store.steps).toEqual([])
  await away.inject()
  await follower.sync()
  expect(headersIn(store)).toBe(5)
})

test('a late epoch is found by its time, in ranges of any size and without old logs', async () => {
  const members = operators.map(({ member }) => member)
  for (const _ of [2, 3]) await startEpoch(anvil.url, deployment.committee, members)
  await mine(40)
  for (const blocks of [10, 5, 1]) {
    await using limited = await L1Faults.start(anvil.url)
    await limited.inject(
      { kind: 'pruned', stateBlocks: 128, historyBlocks: KEPT_BLOCKS },
      { kind: 'log-range', blocks, provider: 'quicknode' },
    )
    const { committee, ledger } = deployment
    const connection = { rpcUrls: [limited.url], committee, ledger, clock: systemClock, finality: FINALITY }
    const { committees } = await CommitteeReader.connect(connection)
    expect((await committees.ofEpoch(3))?.epoch).toBe(3)
    const logs = (await limited.calls()).filter((method) => method === 'eth_getLogs')
    expect(logs.length).toBeLessThan(10)
  }
})
