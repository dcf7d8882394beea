// A sidecar that posts while reorgs of 1 to 10 blocks happen at random moments. In the end every header is on the canonical chain once,
// and a follower that ran all the time has the same posts as a new one.
import fc from 'fast-check'
import { createTestClient, http, numberToHex, publicActions } from 'viem'
import { expect, test } from 'vitest'
import { L1Follower } from '../../src/l1/follower.ts'
import { connectL1 } from '../../src/l1/rpc.ts'
import type { Hex } from '../../src/protocol/bytes.ts'
import type { Status } from '../../src/client/sidecar-status.ts'
import { MemoryChainStore } from '../support/checked-chain-stores.ts'
import { ignoreUnavailable } from '../support/follower-moves.ts'
import { Network } from '../support/network.ts'
import { REORG_DEPTH_MAX } from '../support/reorgs.ts'
import { seededBytes } from '../support/random-bytes.ts'
import { allPosted, digestOf } from './ledger.ts'
import { commit } from './rollup.ts'
import { until } from '../support/until.ts'

/** More than the depth of any reorg here, so that no final block is undone. */
const FINALITY = 32
/** anvil loses the code of contracts after about a thousand blocks with many reorgs (seen with 1.7.1), so a chain has fewer. */
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

async function status(network: Network): Promise<Status> {
  return (await (await fetch(`${network.url}/v1/status`)).json()) as Status
}

/** The number of digests that are on the canonical chain 0, 1, … times. */
async function timesPosted(network: Network, digests: readonly Hex[]): Promise<Record<number, number>> {
  const posted = Map.groupBy(await allPosted(network), ({ digest }) => digest)
  const counts = digests.map((digest) => posted.get(digest)?.length ?? 0)
  return Object.fromEntries([...Map.groupBy(counts, (n) => n)].map(([n, all]) => [n, all.length]))
}

test.each(Array.from({ length: CHAINS }, (_, chain) => chain))(
  'under random reorgs of chain %i, a sidecar posts every header once, and followers agree',
  async (chain) => {
    await using network = await Network.start({ shards: [1, 1, 1, 1], sidecar: { postingIntervalMs: 400 } })
    const client = clientOf(network)
    await client.mine({ blocks: FINALITY + REORG_DEPTH_MAX })
    await network.restartSidecar({ finality: FINALITY })
    const follow = (store: MemoryChainStore) =>
      new L1Follower({
        l1: connectL1([network.rpcUrl]),
        domain: network.deployment.domain,
        finality: FINALITY,
        store,
      })
    const store = new MemoryChainStore()
    const follower = follow(store)
    const digests: Hex[] = []
    let forks = 0
    const play = async ({ puts, blocks, depth }: Round): Promise<void> => {
      for (let i = 0; i < puts; i++) {
        const batch = seededBytes(`reorg ${chain} ${digests.length}`, 2_000)
        digests.push(digestOf(network, await commit(network.url, batch)))
      }
      const from = await client.getBlockNumber({ cacheTime: 0 })
      await until(`${blocks} blocks`, async () =>
        (await client.getBlockNumber({ cacheTime: 0 })) >= from + BigInt(blocks) ? true : undefined,
      )
      await follower.sync().catch(ignoreUnavailable)
      forks += 1
      // A new coinbase makes a different block: empty blocks of the same second would have the same hash.
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
      'all headers are posted',
      async () => ((await timesPosted(network, digests))[0] === undefined ? true : undefined),
      SETTLE_MS,
    )
    await client.mine({ blocks: FINALITY + 1 })
    await until(
      'all headers are final',
      async () => {
        const { certified, posted } = (await status(network)).batches
        return certified + posted === 0 ? true : undefined
      },
      SETTLE_MS,
    )
    expect(await timesPosted(network, digests)).toEqual({ 1: digests.length })
    expect((await status(network)).batches).toMatchObject({ final: digests.length, failed: 0 })
    await follower.sync()
    const fresh = new MemoryChainStore()
    await follow(fresh).sync()
    expect(store.state().posts).toEqual(fresh.state().posts)
  },
)
