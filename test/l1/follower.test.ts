// Follows a real anvil through reorgs, restarts, and endpoints that lag, lie or are on another fork. In the end the store equals
// that of a new follower.
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Hex, toHex } from 'viem'
import type { Follower } from '../../src/l1/chain.ts'
import { type FollowerOptions, L1Follower } from '../../src/l1/follower.ts'
import { connectL1 } from '../../src/l1/rpc.ts'
import { addressOfSecretKey } from '../../src/protocol/signature.ts'
import { type TestAnvil, startTestAnvil } from '../support/anvil.ts'
import { type CheckedChainStore, MemoryChainStore } from '../support/checked-chain-stores.ts'
import { type Deployment, deployFloe, testKey, testOperators } from '../support/deploy.ts'
import { compareWithFresh, followMoves, playMoves } from '../support/follower-moves.ts'
import { type ChainMove, ReorgingChain } from '../support/reorgs.ts'
import { type RpcBehaviour, RpcRefusal, RpcSilence, askRpc, RpcProxy } from '../support/rpc-proxy.ts'

const operators = testOperators([1, 1, 1, 1])
const FINALITY = 12

let dir: string
let anvil: TestAnvil
/** A second chain, equal to the first when the tests start. */
let sibling: TestAnvil
let deployment: Deployment
let chains = 0

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'floe-follower-'))
  const state = join(dir, 'state.json')
  const first = await startTestAnvil({ stateFile: state })
  deployment = await deployFloe(first.url, operators, {
    address: addressOfSecretKey(testKey('disperser')),
    quotaBytes: 1n,
  })
  await first.stop()
  await cp(state, join(dir, 'sibling.json'))
  anvil = await startTestAnvil({ stateFile: state })
  sibling = await startTestAnvil({ stateFile: join(dir, 'sibling.json') })
})
afterAll(async () => {
  await anvil.stop()
  await sibling.stop()
  await rm(dir, { recursive: true })
})

async function chainOn(url: string): Promise<ReorgingChain> {
  return ReorgingChain.open(url, { deployment, operators, label: `chain ${chains++}` })
}

const silent: RpcBehaviour = () => {
  throw new RpcSilence()
}

function fail(): never {
  throw new Error('there is no such step')
}

function follow(
  rpcUrls: readonly string[],
  store: CheckedChainStore,
  options: Partial<FollowerOptions> = {},
): Follower {
  const { domain } = deployment
  const l1 = options.l1 ?? connectL1(rpcUrls)
  return new L1Follower({ domain, finality: FINALITY, store, ...options, l1 })
}

function roots(store: CheckedChainStore): string[] {
  return store.state().posts.flatMap(({ headers }) => headers.map(({ header }) => header.root))
}

async function rootsOf(chain: ReorgingChain): Promise<string[]> {
  return (await chain.posted()).map(({ header }) => header.root)
}

/** An endpoint that lags some blocks. */
function lagging(blocks: number): RpcBehaviour {
  return async ({ method, params }, forward) => {
    if (method === 'eth_blockNumber') return toHex(BigInt(String(await forward())) - BigInt(blocks))
    if (method !== 'eth_getBlockByNumber' || params[0] !== 'latest') return forward()
    const { number } = (await forward()) as { number: Hex }
    return askRpc(anvil.url, { method, params: [toHex(BigInt(number) - BigInt(blocks)), false] })
  }
}

/** An endpoint whose logs come from a machine on the fork of the sibling chain. */
const logsOfSibling: RpcBehaviour = async (call, forward) =>
  call.method === 'eth_getLogs' ? askRpc(sibling.url, call) : forward()

async function beside(store: CheckedChainStore, chain: ReorgingChain, url: string, options = {}) {
  return compareWithFresh(store, chain, (fresh) => follow([url], fresh, options))
}

const post: ChainMove = { kind: 'post', headers: 2 }

async function play(chain: ReorgingChain, ...moves: ChainMove[]): Promise<void> {
  for (const move of moves) await chain.play(move)
}

describe('reorgs', () => {
  it('No gap: after reorgs of 1 to 10 blocks the store equals that of a new follower', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(followMoves, { minLength: 4, maxLength: 14 }), async (moves) => {
        const chain = await chainOn(anvil.url)
        const store = new MemoryChainStore()
        await playMoves(chain, moves, () => follow([anvil.url], store))
        const seen = await beside(store, chain, anvil.url)
        expect(seen.followed).toEqual(seen.expected)
      }),
      { numRuns: 8 },
    )
  })

  it('a reorg that replaces posts is applied in one step', async () => {
    const chain = await chainOn(anvil.url)
    const store = new MemoryChainStore()
    const follower = follow([anvil.url], store)
    const before = (await rootsOf(chain)).length
    await play(chain, post, post, { kind: 'mine', blocks: 2 })
    await follower.sync()
    expect(roots(store)).toHaveLength(before + 4)
    await play(chain, { kind: 'rollback', depth: 3 }, post)
    await follower.sync()
    expect(roots(store)).toEqual(await rootsOf(chain))
    expect(roots(store)).toHaveLength(before + 4)
    const { undoAbove, posts, heads } = store.steps.at(-1) ?? fail()
    expect(undoAbove).toBe((await chain.height()) - 5)
    expect([posts.length, heads.length]).toEqual([1, 5])
  })

  it('Final is final: a reorg of final blocks is refused until the operator rescans', async () => {
    const chain = await chainOn(anvil.url)
    const store = new MemoryChainStore()
    const follower = follow([anvil.url], store, { finality: 2 })
    await play(chain, post, { kind: 'mine', blocks: 3 })
    await follower.sync()
    const before = store.state()
    await play(chain, { kind: 'reorg', depth: 4 })
    for (const again of [follower, follow([anvil.url], store, { finality: 2 })]) {
      await expect(again.sync()).rejects.toThrow(
        /^Expected the final block \d+ of L1 to be 0x.*, got 0x.*--rescan/,
      )
    }
    // Far above it, the missing block is read by its number.
    await play(chain, { kind: 'mine', blocks: 80 })
    await expect(follower.sync()).rejects.toThrow(/^Expected the final block \d+ of L1 to be/)
    expect(store.state()).toEqual(before)
    await follow([anvil.url], store, { finality: 2, rescan: true }).sync()
    const seen = await beside(store, chain, anvil.url, { finality: 2 })
    expect(seen.followed).toEqual(seen.expected)
    await follower.sync()
  })

  it('Bounded: a reorg during a pass repeats the pass a limited number of times', async () => {
    const chain = await chainOn(anvil.url)
    const store = new MemoryChainStore()
    let reorgs = 0
    await using proxy = await RpcProxy.start(anvil.url, async ({ method, params }, forward) => {
      const answer = await forward()
      if (method === 'eth_getBlockByNumber' && params[0] === 'latest' && reorgs < 1) {
        reorgs += 1
        await play(chain, { kind: 'reorg', depth: 3 })
      }
      return answer
    })
    await play(chain, post, post, post)
    await follow([proxy.url], store).sync()
    const seen = await beside(store, chain, anvil.url)
    expect(seen.followed).toEqual(seen.expected)
    await play(chain, post, post)
    reorgs = -9
    await expect(follow([proxy.url], store).sync()).rejects.toMatchObject({ code: 'unavailable' })
    expect(reorgs).toBe(-6)
  })
})

describe('an endpoint', () => {
  it('Behind is not forked: an endpoint that lags undoes nothing, and another one is preferred', async () => {
    const chain = await chainOn(anvil.url)
    const store = new MemoryChainStore()
    await using proxy = await RpcProxy.start(anvil.url)
    const follower = follow([proxy.url], store)
    await play(chain, post, post, post)
    const height = await chain.height()
    expect((await follower.sync()).tip.number).toBe(height)
    const before = store.state()
    for (const blocks of [1, 3, 11, 20]) {
      proxy.behave(lagging(blocks))
      expect((await follower.sync()).tip.number).toBe(height - blocks)
      expect(store.state()).toEqual(before)
    }
    proxy.behave(lagging(2))
    await play(chain, post)
    expect((await follow([proxy.url, anvil.url], store).sync()).tip.number).toBe(height + 1)
    const seen = await beside(store, chain, anvil.url)
    expect(seen.followed).toEqual(seen.expected)
  })

  it('an endpoint that stays behind the others is tried after them', async () => {
    const chain = await chainOn(anvil.url)
    const store = new MemoryChainStore()
    await using stuck = await RpcProxy.start(anvil.url, lagging(5))
    await play(chain, post, { kind: 'mine', blocks: 6 })
    const { tip } = await follow([stuck.url, anvil.url], store, { finality: 3 }).sync()
    expect(tip.number).toBe(await chain.height())
    // A block is final only if it is final on every endpoint.
    expect(store.state().final).toBe(tip.number - 5 - 3)
  })

  it('No gap: logs of another fork are rejected, and the next endpoint is asked', async () => {
    const chain = await chainOn(anvil.url)
    await play(chain, post)
    await play(await chainOn(sibling.url), post, post)
    await using wrongFork = await RpcProxy.start(anvil.url, logsOfSibling)
    const newestHash: RpcBehaviour = async ({ method, params }, forward) => {
      const [filter] = params as { blockHash?: Hex }[]
      if (method !== 'eth_getLogs' || filter?.blockHash === undefined) return forward()
      const latest = { method: 'eth_getBlockByNumber', params: ['latest', false] }
      const { hash } = (await askRpc(sibling.url, latest)) as { hash: Hex }
      return askRpc(sibling.url, { method, params: [{ ...filter, blockHash: hash }] })
    }
    await using wrongBlock = await RpcProxy.start(anvil.url, newestHash)
    for (const { url } of [wrongFork, wrongBlock]) {
      const store = new MemoryChainStore()
      await expect(follow([url], store).sync()).rejects.toThrow(/^An L1 endpoint contradicts itself/)
      expect((await rootsOf(chain)).slice(0, roots(store).length)).toEqual(roots(store))
      await follow([url, anvil.url], store).sync()
      const seen = await beside(store, chain, anvil.url)
      expect(seen.followed).toEqual(seen.expected)
    }
  })

  it('Not made up: a post that the state of its block lacks is rejected, and the next endpoint is asked', async () => {
    const chain = await chainOn(anvil.url)
    const store = new MemoryChainStore()
    await follow([anvil.url], store).sync()
    await play(chain, post, { kind: 'post-one', headers: 3 })
    // The endpoint shows every post, and says that the first of them was made a second later.
    await using lying = await RpcProxy.start(anvil.url, async ({ method }, forward) => {
      const result = await forward()
      if (method !== 'eth_getLogs') return result
      return (result as { topics: Hex[]; data: Hex }[]).map((log) => ({
        ...log,
        data: `${log.data.slice(0, 65)}${log.data[65] === '1' ? '2' : '1'}${log.data.slice(66)}`,
      }))
    })
    await expect(follow([lying.url], store).sync()).rejects.toThrow(
      /a post of 0x.* that the state of 0x.* lacks/,
    )
    await follow([lying.url, anvil.url], store).sync()
    expect(roots(store)).toEqual(await rootsOf(chain))
  })

  it('One endpoint a pass: endpoints on two forks never give a mixture of both', async () => {
    const chain = await chainOn(anvil.url)
    const other = await chainOn(sibling.url)
    // Below the fork both chains are equal.
    const finality = 200
    const store = new MemoryChainStore()
    await using first = await RpcProxy.start(anvil.url)
    await play(chain, post, post)
    await play(other, post, { kind: 'mine', blocks: 1 }, post)
    const follower = follow([first.url, sibling.url], store, { finality })
    for (const mute of [false, true, false]) {
      first.behave(mute ? silent : async (_call, forward) => forward())
      await follower.sync()
      const followed = mute ? other : chain
      const url = mute ? sibling.url : anvil.url
      const seen = await beside(store, followed, url, { finality })
      expect(seen.followed).toEqual(seen.expected)
    }
  })

  it('the error for an unreachable endpoint does not contain its URL', async () => {
    await expect(follow(['http://127.0.0.1:1/key'], new MemoryChainStore()).sync()).rejects.toThrow(
      /^Cannot (?!.*key)/,
    )
  })
})

describe('a follower far behind', () => {
  const refusingSpans: RpcBehaviour = async ({ method, params }, forward) => {
    const [filter] = params as { fromBlock?: string; toBlock?: string }[]
    if (method === 'eth_getLogs' && filter?.fromBlock !== undefined) {
      const span = BigInt(filter.toBlock ?? 0) - BigInt(filter.fromBlock)
      if (span >= 20n) throw new RpcRefusal('range too large')
    }
    return forward()
  }
  const stretch: ChainMove[] = [post, { kind: 'mine', blocks: 40 }]

  it('Resumable: catching up uses spans that the endpoint accepts, and continues after an interruption', async () => {
    const chain = await chainOn(anvil.url)
    await play(chain, ...stretch, ...stretch, ...stretch, ...stretch)
    const store = new MemoryChainStore()
    await using proxy = await RpcProxy.start(anvil.url, refusingSpans)
    const stop = new AbortController()
    const cutting: CheckedChainStore = {
      steps: store.steps,
      state: () => store.state(),
      heads: () => store.heads(),
      apply: async (step) => {
        await store.apply(step)
        if (store.steps.length === 3) stop.abort()
      },
    }
    await expect(follow([proxy.url], cutting).sync(stop.signal)).rejects.toMatchObject({ name: 'AbortError' })
    expect(store.steps).toHaveLength(3)
    const reached = store.heads().at(-1)?.number ?? 0
    expect(reached).toBeLessThan((await chain.height()) - 100)
    await follow([proxy.url], store).sync()
    const seen = await beside(store, chain, anvil.url)
    expect(seen.followed).toEqual(seen.expected)
    expect(store.steps[3]?.posts.every(({ blockNumber }) => blockNumber > reached)).toBe(true)
    // Old blocks are read in spans.
    expect(proxy.calls.filter((method) => method === 'eth_getBlockByNumber').length).toBeLessThan(120)
  })

  it('a follower undoes blocks that a reorg removed while it was stopped', async () => {
    const chain = await chainOn(anvil.url)
    const store = new MemoryChainStore()
    await play(chain, { kind: 'mine', blocks: 12 }, post, post, post)
    await follow([anvil.url], store).sync()
    await play(chain, { kind: 'reorg', depth: 2 }, ...stretch, ...stretch, ...stretch)
    await follow([anvil.url], store).sync()
    const seen = await beside(store, chain, anvil.url)
    expect(seen.followed).toEqual(seen.expected)
  })

  it('a follower starts at the deployment of the Ledger, or at block 0 without old state', async () => {
    const asked: bigint[] = []
    const watch: RpcBehaviour = async ({ method, params }, forward) => {
      const [filter] = params as { fromBlock?: string }[]
      if (method === 'eth_getLogs' && filter?.fromBlock !== undefined) asked.push(BigInt(filter.fromBlock))
      return forward()
    }
    // An anvil that restarts has no state of old blocks.
    await using fresh = await startTestAnvil()
    await askRpc(fresh.url, { method: 'anvil_mine', params: ['0x5'] })
    const { domain } = await deployFloe(fresh.url, operators, { address: deployment.ledger, quotaBytes: 1n })
    await askRpc(fresh.url, { method: 'anvil_mine', params: ['0x60'] })
    await using proxy = await RpcProxy.start(fresh.url, watch)
    await follow([proxy.url], new MemoryChainStore(), { domain }).sync()
    expect(asked).toEqual([7n])
    proxy.behave(async (call, forward) => {
      if (call.method === 'eth_getCode') throw new RpcRefusal('missing trie node')
      return watch(call, forward)
    })
    await follow([proxy.url], new MemoryChainStore(), { domain }).sync()
    const l1 = connectL1([proxy.url], { deploymentBlock: 30 })
    await follow([], new MemoryChainStore(), { domain, l1 }).sync()
    expect(asked).toEqual([7n, 0n, 30n])
  })
})

describe('a pass', () => {
  it('concurrent callers share a pass, and a pass starts after all of its callers', async () => {
    const chain = await chainOn(anvil.url)
    await using proxy = await RpcProxy.start(anvil.url)
    const follower = follow([proxy.url], new MemoryChainStore())
    await follower.sync()
    const before = proxy.calls.length
    await Promise.all([follower.sync(), follower.sync(), follower.sync()])
    const one = proxy.calls.length - before
    expect(one).toBeLessThan(4)
    const begun = Promise.withResolvers<void>()
    let answers = 0
    const free = Promise.withResolvers<void>()
    proxy.behave(async (_call, forward) => {
      const answer = await forward()
      answers += 1
      if (answers === 2) begun.resolve()
      await free.promise
      return answer
    })
    const running = follower.sync()
    await begun.promise
    await play(chain, post)
    const later = [follower.sync(), follower.sync()]
    free.resolve()
    const height = await chain.height()
    expect((await running).tip.number).toBe(height - 1)
    for (const { tip } of await Promise.all(later)) expect(tip.number).toBe(height)
  })

  it('a pass ends when all of its callers have cancelled, and not before', async () => {
    const chain = await chainOn(anvil.url)
    await play(chain, post)
    const store = new MemoryChainStore()
    const follower = follow([anvil.url], store)
    const [mine, others] = [new AbortController(), new AbortController()]
    const together = [follower.sync(mine.signal), follower.sync(others.signal)]
    mine.abort()
    expect((await Promise.all(together)).length).toBe(2)
    await expect(follower.sync(mine.signal)).rejects.toMatchObject({ name: 'AbortError' })
    await follower.sync()
  })

  it('a block that becomes final without a new block is written to the store', async () => {
    const chain = await chainOn(anvil.url)
    let final = 3n
    await using proxy = await RpcProxy.start(anvil.url, async ({ method, params }, forward) =>
      method === 'eth_getBlockByNumber' && params[0] === 'finalized'
        ? askRpc(anvil.url, { method, params: [toHex(final), false] })
        : forward(),
    )
    const store = new MemoryChainStore()
    const follower = follow([proxy.url], store, { finality: 'finalized' })
    await play(chain, post)
    final = BigInt(await chain.height()) - 5n
    await follower.sync()
    await follower.sync()
    const steps = store.steps.length
    final += 2n
    const { tip } = await follower.sync()
    expect(store.steps.slice(steps)).toEqual([
      { undoAbove: undefined, posts: [], heads: [], forgetBelow: Number(final), final: Number(final) },
    ])
    expect(store.heads().map(({ number }) => number)).toEqual([
      tip.number - 3,
      tip.number - 2,
      tip.number - 1,
      tip.number,
    ])
    // An endpoint that lags does not make a block less final.
    final -= 2n
    expect((await follower.sync()).final).toBe(Number(final) + 2)
    expect(store.steps).toHaveLength(steps + 1)
  })
})
