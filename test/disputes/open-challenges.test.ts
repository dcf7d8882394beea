// Open challenges on a real chain with reorgs: a store that followed every reorg has the same challenges as a new one, and both
// have those of the contract.
import { numberToHex } from 'viem'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { DisputeFollower } from '../../src/disputes/dispute-follower.ts'
import { OpenChallenges } from '../../src/disputes/open-challenges.ts'
import type { ChainDispute, DisputeEvent } from '../../src/l1/chain.ts'
import { answerCall, expireCall, reclaimCall } from '../../src/l1/dispute-calls.ts'
import type { Position } from '../../src/l1/dispute-ids.ts'
import type { PostedHeader } from '../../src/l1/posted.ts'
import { connectL1 } from '../../src/l1/rpc.ts'
import { type Hex, fromHex, toHex } from '../../src/protocol/bytes.ts'
import { geometryOf } from '../../src/protocol/geometry.ts'
import { testHeader, testOperators } from '../support/deploy.ts'
import { openingAt } from '../support/dispute-evidence.ts'
import { DisputedChain } from '../support/disputed-chain.ts'
import { evilEncode } from '../support/evil-encoder.ts'
import { seededBytes } from '../support/random-bytes.ts'

const LENGTH = 1_001
const encoding = evilEncode(geometryOf(4), seededBytes('challenged', LENGTH), 'none')
const header = testHeader('disputed', { root: toHex(encoding.root), length: LENGTH })
const WINDOW = 3_600
const FINALITY = 12

let chain: DisputedChain
let posted: PostedHeader

beforeAll(async () => {
  chain = await DisputedChain.start(testOperators([1, 1, 1, 1]), { window: BigInt(WINDOW) })
  const [only] = await chain.post([header])
  if (only === undefined) throw new Error('Expected a posted header, got none.')
  posted = only
  await chain.mine(2 * FINALITY)
})
afterAll(async () => chain[Symbol.asyncDispose]())

let forks = 0

/** Replaces the newest blocks by as many empty ones. */
async function reorg(depth: number): Promise<void> {
  forks += 1
  await chain.request('anvil_setCoinbase', [numberToHex(forks, { size: 20 })])
  await chain.request('anvil_reorg', [depth, []])
}

function follow(): { challenges: OpenChallenges; follower: DisputeFollower } {
  const challenges = new OpenChallenges()
  const { domain, disputes } = chain.deployment
  const follower = new DisputeFollower({
    l1: connectL1([chain.anvil.url]),
    domain,
    disputes,
    finality: FINALITY,
    store: challenges,
    lookbackSeconds: 4 * WINDOW,
  })
  return { challenges, follower }
}

const pairsOf = (challenges: OpenChallenges): number[] =>
  challenges.all().map(({ position }) => position.pair)

function at(pair: number): Position {
  return { pair, side: 'row', symbol: 0, chunk: 0 }
}

test('a challenge that a reorg removes or the contract closes is not open, for an old store and for a new one', async () => {
  const { challenges, follower } = follow()
  const { address } = chain.disputes
  const now = async (): Promise<number[]> => {
    await follower.sync()
    const fresh = follow()
    await fresh.follower.sync()
    expect(fresh.challenges.all()).toEqual(challenges.all())
    for (const { digest, position, deadline, challenger } of challenges.all())
      expect(await chain.disputes.challengeOf(digest, position)).toMatchObject({
        status: 'open',
        deadline,
        challenger,
      })
    return pairsOf(challenges).sort((a, b) => a - b)
  }
  expect(await now()).toEqual([])
  await chain.challenge(posted, at(0))
  await chain.challenge(posted, at(1), chain.accounts[1])
  expect(await now()).toEqual([0, 1])
  await reorg(1)
  expect(await now()).toEqual([0])
  await chain.challenge(posted, at(2))
  await chain.challenge(posted, at(3))
  // Old enough that a new store reads its blocks in ranges.
  await chain.mine(100)
  expect(await now()).toEqual([0, 2, 3])
  await chain.transact(answerCall(address, header, fromHex(openingAt(encoding, at(3)))))
  expect(await now()).toEqual([0, 2])
  expect(await chain.disputes.challengeOf(posted.digest, at(3))).toEqual({ status: 'answered' })
  await chain.advance(WINDOW + 1)
  await chain.transact(expireCall(address, header, at(0)))
  expect(await now()).toEqual([2])
  await reorg(1)
  expect(await now()).toEqual([0, 2])
  const [first] = challenges.all()
  expect(first).toMatchObject({ digest: posted.digest, challenger: chain.accounts[0], header })
  // What no account expires in another window lapses, and can be challenged again.
  await chain.advance(WINDOW)
  await chain.transact(reclaimCall(address, posted.digest, at(2)))
  expect(await now()).toEqual([0])
  await chain.challenge(posted, at(2), chain.accounts[1])
  expect(await now()).toEqual([0, 2])
})

let blocks = 0

function event(content: DisputeEvent): ChainDispute {
  blocks += 1
  return { ...content, blockNumber: blocks, blockHash: toHex(new Uint8Array(32)), logIndex: 0 }
}

const challenger: Hex = `0x${'22'.repeat(20)}`

function challenged(digest: Hex, pair: number): ChainDispute {
  return event({ kind: 'challenged', digest, challenger, position: at(pair), deadline: 10 - pair, header })
}

const step = { undoAbove: undefined, posts: [], heads: [], forgetBelow: 0, final: 0 }

test('above its maximum a store records no further challenge', async () => {
  blocks = 0
  const challenges = new OpenChallenges({ challengesMax: 1 })
  const digest = toHex(new Uint8Array(32))
  await challenges.apply({ ...step, disputes: [challenged(digest, 0), challenged(digest, 1)] })
  expect(pairsOf(challenges)).toEqual([0])
  // A reorg of later blocks does not remove a final challenge.
  await challenges.apply({ ...step, final: 1 })
  await challenges.apply({ ...step, final: 1, undoAbove: 1, disputes: [] })
  expect(pairsOf(challenges)).toEqual([0])
})

test('a challenge stays open, and is to be answered, when its header becomes invalid', async () => {
  blocks = 0
  const challenges = new OpenChallenges()
  const digest = toHex(new Uint8Array(32))
  const faults = { withheld: true, inconsistent: false }
  const disputes = [
    challenged(digest, 1),
    event({ kind: 'invalidated', digest, faults }),
    challenged(digest, 0),
  ]
  await challenges.apply({ ...step, disputes })
  expect(pairsOf(challenges)).toEqual([1, 0])
})
