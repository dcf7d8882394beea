// Open challenges on a real chain with reorgs: a store that followed every reorg has the same challenges as a new one, and both
// have those of the contract.
import { createTestClient, http, numberToHex, publicActions, walletActions } from 'viem'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { OpenChallenges } from '../../src/disputes/open-challenges.ts'
import { DisputeFollower } from '../../src/disputes/dispute-follower.ts'
import type { Position } from '../../src/l1/dispute-ids.ts'
import { challengeCall, expireCall } from '../../src/l1/dispute-calls.ts'
import { DisputesContract } from '../../src/l1/disputes.ts'
import { connectL1 } from '../../src/l1/rpc.ts'
import type { Hex } from '../../src/protocol/bytes.ts'
import { encodeCertificate } from '../../src/protocol/certificate.ts'
import { headerDigest } from '../../src/protocol/header.ts'
import { toHex } from '../../src/protocol/bytes.ts'
import { addressOfSecretKey } from '../../src/protocol/signature.ts'
import { type TestAnvil, startTestAnvil } from '../support/anvil.ts'
import { type Deployment, attest, deployFloe, testHeader, testKey, testOperators } from '../support/deploy.ts'

const operators = testOperators([1, 1, 1, 1])
const header = testHeader('disputed')
const WINDOW = 600
const FINALITY = 12
const BOND = 10n ** 17n

let anvil: TestAnvil
let deployment: Deployment
let account: Hex

beforeAll(async () => {
  anvil = await startTestAnvil()
  const disperser = { address: addressOfSecretKey(testKey('disperser')), quotaBytes: 1n }
  deployment = await deployFloe(anvil.url, operators, disperser, { window: BigInt(WINDOW), bond: BOND })
  account = (await chain().getAddresses())[0] as Hex
  await chain().mine({ blocks: 2 * FINALITY })
})
afterAll(async () => anvil.stop())

function chain() {
  return createTestClient({ mode: 'anvil', transport: http(anvil.url, { retryCount: 0 }) })
    .extend(publicActions)
    .extend(walletActions)
}

async function transact({ to, data, value }: { to: Hex; data: Hex; value: bigint }): Promise<void> {
  const client = chain()
  const hash = await client.sendTransaction({ to, data, value, account, chain: null, gas: 5_000_000n })
  const { status } = await client.waitForTransactionReceipt({ hash, pollingInterval: 20 })
  expect(status).toBe('success')
}

async function challenge(position: Position): Promise<void> {
  const { signatures } = attest(deployment.domain, operators, [header])
  const certificate = encodeCertificate({ header, path: [], signatures })
  const certified = { certificate, members: deployment.members.members }
  await transact(challengeCall(deployment.disputes, BOND, certified, position))
}

let forks = 0

/** Replaces the newest blocks by as many empty ones. */
async function reorg(depth: number): Promise<void> {
  const ask = chain().request
  forks += 1
  await ask({ method: 'anvil_setCoinbase' as never, params: [numberToHex(forks, { size: 20 })] as never })
  await ask({ method: 'anvil_reorg' as never, params: [depth, []] as never })
}

function follow(): { challenges: OpenChallenges; follower: DisputeFollower } {
  const challenges = new OpenChallenges()
  const { domain, disputes } = deployment
  const l1 = connectL1([anvil.url])
  const lookbackSeconds = 2 * WINDOW
  return {
    challenges,
    follower: new DisputeFollower({
      l1,
      domain,
      disputes,
      finality: FINALITY,
      store: challenges,
      lookbackSeconds,
    }),
  }
}

const pairsOf = (challenges: OpenChallenges): number[] =>
  challenges.all().map(({ position }) => position.pair)

function at(pair: number): Position {
  return { pair, side: 'row', symbol: 0, chunk: 0 }
}

test('a challenge that a reorg removes or the contract closes is not open, for an old store and for a new one', async () => {
  const { challenges, follower } = follow()
  const now = async (): Promise<number[]> => {
    await follower.sync()
    const fresh = follow()
    await fresh.follower.sync()
    expect(pairsOf(fresh.challenges)).toEqual(pairsOf(challenges))
    const contract = new DisputesContract(connectL1([anvil.url]), deployment.disputes)
    for (const { id, deadline } of challenges.all())
      expect(await contract.openChallenge(id)).toMatchObject({ deadline })
    return pairsOf(challenges).sort((a, b) => a - b)
  }
  expect(await now()).toEqual([])
  await challenge(at(0))
  await challenge(at(1))
  expect(await now()).toEqual([0, 1])
  await reorg(1)
  expect(await now()).toEqual([0])
  await challenge(at(2))
  // Old enough that a new store reads its blocks in ranges.
  await chain().mine({ blocks: 100 })
  expect(await now()).toEqual([0, 2])
  await chain().increaseTime({ seconds: WINDOW + 1 })
  const digest = toHex(headerDigest(deployment.domain, header))
  await transact(expireCall(deployment.disputes, digest, account, at(0)))
  expect(await now()).toEqual([2])
  await reorg(1)
  expect(await now()).toEqual([0, 2])
  const [first] = challenges.all()
  expect(first).toMatchObject({ digest, challenger: account.toLowerCase(), header })
})

test('above its maximum a store records no further challenge', async () => {
  const challenges = new OpenChallenges({ challengesMax: 1 })
  const event = (pair: number, blockNumber: number) => ({
    kind: 'challenged' as const,
    digest: toHex(new Uint8Array(32)),
    challenger: account,
    position: at(pair),
    deadline: 10 - pair,
    header,
    blockNumber,
    blockHash: toHex(new Uint8Array(32)),
    logIndex: 0,
  })
  const step = { undoAbove: undefined, posts: [], heads: [], forgetBelow: 0, final: 0 }
  await challenges.apply({ ...step, disputes: [event(0, 1), event(1, 2)] })
  expect(pairsOf(challenges)).toEqual([0])
  // A reorg of later blocks does not remove a final challenge.
  await challenges.apply({ ...step, final: 1 })
  await challenges.apply({ ...step, final: 1, undoAbove: 1, disputes: [] })
  expect(pairsOf(challenges)).toEqual([0])
})
