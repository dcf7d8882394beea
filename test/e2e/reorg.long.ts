// A sidecar that posts while L1 takes back 1 to 10 blocks at random moments: in the end every header is on the canonical chain
// once, and a follower that saw it all agrees with a fresh one.
import fc from 'fast-check'
import { createTestClient, http, numberToHex, publicActions } from 'viem'
import { expect, test } from 'vitest'
import { L1Follower } from '../../src/l1/follower.ts'
import { connectL1 } from '../../src/l1/rpc.ts'
import { FloeError } from '../../src/protocol/errors.ts'
import type { Hex } from '../../src/protocol/bytes.ts'
import type { Status } from '../../src/client/sidecar-status.ts'
import { memoryChainStore } from '../support/chain-stores.ts'
import { type Network, startNetwork } from '../support/network.ts'
import { REORG_DEPTH_MAX } from '../support/reorgs.ts'
import { seededBytes } from '../support/random-bytes.ts'
import { allPosted, digestOf } from './ledger.ts'
import { commit } from './rollup.ts'
import { until } from '../support/until.ts'

/** Deeper than any reorg here, so that none takes back what is final. */
const FINALITY = 32
/** anvil forgets a contract's code after about a thousand blocks with many reorgs (seen with 1.7.1): each chain has fewer. */
const CHAINS = 2
const REORGS = 20
const SETTLE_MS = 240_000

type Round = { readonly puts: number; readonly blocks: number; readonly depth: number }

const rounds: fc.Arbitrary<Round> = fc.record({
  puts: fc.integer({ min: 1, max: 4 }),
  blocks: fc.integer({ min: 0, max: 4 }),
  depth: fc.integer({ min: 1, max: REORG_DEPTH_MAX }),
})

function clientOf({ rpcUrl }: Network) {
  return createTestClient({ mode: 'anvil', transport: http(rpcUrl, { retryCount: 0 }) }).extend(publicActions)
}

/** Chains that move while they are read are an error that passes. */
function onlyUnavailable(error: unknown): void {
  if (!(error instanceof FloeError) || error.code !== 'unavailable') throw error
}

async function status(network: Network): Promise<Status> {
  return (await (await fetch(`${network.url}/v1/status`)).json()) as Status
}

/** How many digests are on the canonical chain how often. */
async function timesPosted(network: Network, digests: readonly Hex[]): Promise<Record<number, number>> {
  const posted = Map.groupBy(await allPosted(network), ({ digest }) => digest)
  const counts = digests.map((digest) => posted.get(digest)?.length ?? 0)
  return Object.fromEntries([...Map.groupBy(counts, (n) => n)].map(([n, all]) => [n, all.length]))
}

test.each(Array.from({ length: CHAINS }, (_, chain) => chain))('chain %i', async (chain) => {
  await using network = await startNetwork({ shards: [1, 1, 1, 1], sidecar: { postingIntervalMs: 400 } })
  const client = clientOf(network)
  await client.mine({ blocks: FINALITY + REORG_DEPTH_MAX })
  await network.restartSidecar({ finality: FINALITY })
  const follow = (store: ReturnType<typeof memoryChainStore>) =>
    new L1Follower({
      l1: connectL1([network.rpcUrl]),
      domain: network.deployment.domain,
      finality: FINALITY,
      store,
    })
  const store = memoryChainStore()
  const follower = follow(store)
  const digests: Hex[] = []
  let forks = 0
  const play = async ({ puts, blocks, depth }: Round): Promise<void> => {
    for (let i = 0; i < puts; i++) {
      const batch = seededBytes(`reorg ${chain} ${digests.length}`, 2_000)
      digests.push(digestOf(network, await commit(network.url, batch)))
    }
    const from = await client.getBlockNumber({ cacheTime: 0 })
    await until('blocks come', async () =>
      (await client.getBlockNumber({ cacheTime: 0 })) >= from + BigInt(blocks) ? true : undefined,
    )
    await follower.sync().catch(onlyUnavailable)
    forks += 1
    // Empty blocks of the same second would come out as the same blocks.
    await client.request({
      method: 'anvil_setCoinbase',
      params: [numberToHex(forks, { size: 20 })],
    } as never)
    await client.request({ method: 'anvil_reorg', params: [depth, []] } as never)
  }
  const seed = process.env['FLOE_SEED']
  const chosen = fc.sample(rounds, { numRuns: REORGS, seed: Number(seed ?? 1) + chain })
  for (const round of chosen) await play(round)
  await until(
    'everything is posted',
    async () => ((await timesPosted(network, digests))[0] === undefined ? true : undefined),
    SETTLE_MS,
  )
  await client.mine({ blocks: FINALITY + 1 })
  await until(
    'everything is final',
    async () => {
      const { certified, posted } = (await status(network)).batches
      return certified + posted === 0 ? true : undefined
    },
    SETTLE_MS,
  )
  expect(await timesPosted(network, digests)).toEqual({ 1: digests.length })
  expect((await status(network)).batches).toMatchObject({ final: digests.length, failed: 0 })
  await follower.sync()
  const fresh = memoryChainStore()
  await follow(fresh).sync()
  expect(store.state().posts).toEqual(fresh.state().posts)
})
