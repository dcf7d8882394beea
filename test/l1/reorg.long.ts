// Long runs of reorgs of 1 to 10 blocks at random times: several followers of one chain with posts and forks are restarted and
// interrupted at random. Between reorgs each store equals that of a new follower.
//
//     npm run test:long -- reorg        a fifth of FLOE_RUNS is the number of stretches, 100 if left out
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { toHex } from 'viem'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Follower } from '../../src/l1/chain.ts'
import { L1Follower } from '../../src/l1/follower.ts'
import { connectL1 } from '../../src/l1/rpc.ts'
import { type TestAnvil, startTestAnvil } from '../support/anvil.ts'
import { type CheckedChainStore, LmdbChainStore, MemoryChainStore } from '../support/checked-chain-stores.ts'
import { type Deployment, deployFloe, testOperators } from '../support/deploy.ts'
import { compareWithFresh, followMoves, playMoves } from '../support/follower-moves.ts'
import { ReorgingChain, REORG_DEPTH_MAX } from '../support/reorgs.ts'
import { RpcRefusal, RpcSilence, askRpc, RpcProxy } from '../support/rpc-proxy.ts'

/** One more than the deepest reorg. */
const FINALITY = REORG_DEPTH_MAX + 1
/** A new chain starts after so many stretches, because a long chain is slow. */
const STRETCHES_PER_CHAIN = 25
const STRETCHES = Math.ceil(Number(process.env['FLOE_RUNS'] ?? 500) / 5)

const operators = testOperators([1, 1, 1, 1])
let dir: string
let anvil: TestAnvil
let deployment: Deployment
let chain: ReorgingChain
let stretches = 0

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'floe-reorg-'))
  await startChain()
})
afterAll(async () => {
  await anvil.stop()
  await rm(dir, { recursive: true })
})

async function startChain(): Promise<void> {
  anvil = await startTestAnvil()
  const disperser = { address: operators[0]?.member.signer ?? '0x', quotaBytes: 1n }
  deployment = await deployFloe(anvil.url, operators, disperser)
  chain = await ReorgingChain.open(anvil.url, { deployment, operators, label: `chain ${stretches}` })
}

function follow(urls: readonly string[], store: CheckedChainStore): Follower {
  const { domain } = deployment
  return new L1Follower({ l1: connectL1(urls, { logBlocksMax: 50 }), domain, finality: FINALITY, store })
}

test('followers end up as fresh ones do', async () => {
  const faults = fc.infiniteStream(fc.constantFrom('none', 'none', 'none', 'none', 'silent', 'refuses'))
  const plan = fc.array(followMoves, { minLength: 5, maxLength: 30 })
  let lasting: CheckedChainStore = new MemoryChainStore()
  await fc.assert(
    fc.asyncProperty(plan, faults, async (moves, fault) => {
      if (stretches++ % STRETCHES_PER_CHAIN === STRETCHES_PER_CHAIN - 1) {
        await anvil.stop()
        await startChain()
        lasting = new MemoryChainStore()
      }
      await using flaky = await RpcProxy.start(anvil.url, async (_call, forward) => {
        const next = fault.next().value
        if (next === 'silent') throw new RpcSilence()
        if (next === 'refuses') throw new RpcRefusal('try again later')
        return forward()
      })
      const folder = join(dir, String(stretches))
      const young = await LmdbChainStore.open(folder)
      await playMoves(chain, moves, () => follow([flaky.url, anvil.url], young))
      await follow([anvil.url], lasting).sync()
      for (const store of [young, lasting]) {
        const seen = await compareWithFresh(store, chain, (fresh) => follow([anvil.url], fresh))
        expect(seen.followed).toEqual(seen.expected)
      }
      await young.close()
      await rm(folder, { recursive: true })
    }),
    { numRuns: STRETCHES },
  )
})

test('a chain that finalizes nothing for a long time is followed with a bounded number of remembered heads', async () => {
  await using own = await startTestAnvil()
  const { domain } = await deployFloe(own.url, operators, {
    address: operators[0]?.member.signer ?? '0x',
    quotaBytes: 1n,
  })
  await askRpc(own.url, { method: 'anvil_mine', params: [toHex(1_100)] })
  // anvil loses the code of contracts in deep reorgs (seen with 1.7.1), and the terms of a Ledger never change.
  const terms = new Map<string, Promise<unknown>>()
  await using proxy = await RpcProxy.start(own.url, async ({ method, params }, forward) => {
    const call = JSON.stringify(params[0])
    if (method === 'eth_call' && !terms.has(call)) terms.set(call, forward())
    if (method === 'eth_call') return terms.get(call)
    return method === 'eth_getBlockByNumber' && params[0] === 'finalized'
      ? askRpc(own.url, { method, params: ['0x3', false] })
      : forward()
  })
  const store = new MemoryChainStore()
  const open = () => new L1Follower({ l1: connectL1([proxy.url]), domain, finality: 'finalized', store })
  for (let height = (await open().sync()).tip.number, i = 0; i < 3; i++) {
    expect(store.state().final).toBe(3)
    expect(store.heads().length).toBeLessThanOrEqual(1_025)
    expect(store.heads().at(-1)?.number).toBe(height)
    await askRpc(own.url, { method: 'anvil_reorg', params: [50, []] })
    await askRpc(own.url, { method: 'anvil_mine', params: [toHex(30)] })
    height = (await open().sync()).tip.number
  }
  await askRpc(own.url, { method: 'anvil_reorg', params: [1_050, []] })
  await expect(open().sync()).rejects.toThrow(/^Expected the final block \d+ of L1/)
})
