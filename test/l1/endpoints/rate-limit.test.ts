// A follower behind a provider that allows 20 calls a second, in front of a real anvil: it reaches the tip with hardly more calls than
// without a limit. The seconds of the limit and of the pauses are those of a manual clock.
import { createTestClient, http } from 'viem'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { L1Follower } from '../../../src/l1/follower.ts'
import { connectL1 } from '../../../src/l1/rpc.ts'
import { addressOfSecretKey } from '../../../src/protocol/signature.ts'
import { yieldToEventLoop } from '../../../src/runtime/clock.ts'
import { type TestAnvil, startTestAnvil } from '../../support/anvil.ts'
import { MemoryChainStore } from '../../support/checked-chain-stores.ts'
import { type Deployment, deployFloe, testKey, testOperators } from '../../support/deploy.ts'
import { L1Faults } from '../../support/l1-faults.ts'
import { manualClock } from '../../support/manual-clock.ts'
import { ReorgingChain } from '../../support/reorgs.ts'

const TIMEOUT_MS = 1_000_000
const operators = testOperators([1, 1, 1, 1])
let anvil: TestAnvil
let deployment: Deployment

beforeAll(async () => {
  anvil = await startTestAnvil({})
  const disperser = { address: addressOfSecretKey(testKey('disperser')), quotaBytes: 1n }
  deployment = await deployFloe(anvil.url, operators, disperser)
  const chain = await ReorgingChain.open(anvil.url, { deployment, operators, label: 'limited' })
  for (let posts = 0; posts < 3; posts++) await chain.play({ kind: 'post', headers: 2 })
  await createTestClient({ mode: 'anvil', transport: http(anvil.url) }).mine({ blocks: 60 })
})
afterAll(async () => anvil.stop())

/** Follows to the tip. @returns the calls that it took, and how many of them were refused */
async function follow(
  perSecond: number | undefined,
): Promise<{ calls: number; refused: number; posts: number }> {
  const clock = manualClock(1_700_000_000, TIMEOUT_MS - 1)
  await using faults = await L1Faults.start(anvil.url, clock)
  if (perSecond !== undefined) await faults.inject({ kind: 'rate-limit', perSecond, retryAfterSeconds: 1 })
  const l1 = connectL1([faults.url], { clock, timeoutMs: TIMEOUT_MS })
  const store = new MemoryChainStore()
  const follower = new L1Follower({ l1, domain: deployment.domain, finality: 2, store })
  let settled = false
  const synced = follower.sync().finally(() => (settled = true))
  while (!settled) {
    await Promise.race([clock.asleep(), synced.catch(() => undefined)])
    clock.advance(100)
    await yieldToEventLoop()
  }
  await synced
  const posts = store.state().posts.length
  return { calls: (await faults.calls()).length, refused: faults.spoiled.get('rate-limit') ?? 0, posts }
}

it('a follower behind a limit of 20 calls a second reaches the tip in one pass', async () => {
  const free = await follow(undefined)
  const limited = await follow(20)
  expect(limited.posts).toBe(free.posts)
  expect(limited.refused).toBeGreaterThan(0)
  expect(limited.calls).toBeLessThan(3 * free.calls)
})
