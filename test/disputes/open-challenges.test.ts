// Challenges on a real chain that changes its mind: a book that followed all of it has what a fresh one reads, and both have what
// the contract has.
import { createTestClient, http, numberToHex, publicActions, walletActions } from 'viem'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type OpenChallenges, createDisputeBook } from '../../src/disputes/open-challenges.ts'
import { type DisputeFollower, createWatch } from '../../src/disputes/dispute-follower.ts'
import { type Position, challengeCall, createDisputes, expireCall } from '../../src/l1/disputes.ts'
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

function follow(): { book: OpenChallenges; watch: DisputeFollower } {
  const book = createDisputeBook()
  const { domain, disputes } = deployment
  const l1 = connectL1([anvil.url])
  const lookbackSeconds = 2 * WINDOW
  return {
    book,
    watch: createWatch({ l1, domain, disputes, finality: FINALITY, store: book, lookbackSeconds }),
  }
}

const places = (book: OpenChallenges): number[] => book.open().map(({ position }) => position.pair)

function at(pair: number): Position {
  return { pair, side: 'row', symbol: 0, chunk: 0 }
}

test('what a reorg takes back is not open, and what is closed is not either, in an old book and in a fresh one', async () => {
  const { book, watch } = follow()
  const now = async (): Promise<number[]> => {
    await watch.sync()
    const fresh = follow()
    await fresh.watch.sync()
    expect(places(fresh.book)).toEqual(places(book))
    const contract = createDisputes(connectL1([anvil.url]), deployment.disputes)
    for (const { id, deadline } of book.open())
      expect(await contract.openChallenge(id)).toMatchObject({ deadline })
    return places(book).sort((a, b) => a - b)
  }
  expect(await now()).toEqual([])
  await challenge(at(0))
  await challenge(at(1))
  expect(await now()).toEqual([0, 1])
  await reorg(1)
  expect(await now()).toEqual([0])
  await challenge(at(2))
  // As old as what is read in ranges.
  await chain().mine({ blocks: 100 })
  expect(await now()).toEqual([0, 2])
  await chain().increaseTime({ seconds: WINDOW + 1 })
  const digest = toHex(headerDigest(deployment.domain, header))
  await transact(expireCall(deployment.disputes, digest, account, at(0)))
  expect(await now()).toEqual([2])
  await reorg(1)
  expect(await now()).toEqual([0, 2])
  const [first] = book.open()
  expect(first).toMatchObject({ digest, challenger: account.toLowerCase(), header })
})

test('a book with no room leaves the newest out', async () => {
  const book = createDisputeBook(1)
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
  await book.apply({ ...step, disputes: [event(0, 1), event(1, 2)] })
  expect(places(book)).toEqual([0])
  // What is final stays, whatever comes after it.
  await book.apply({ ...step, final: 1 })
  await book.apply({ ...step, final: 1, undoAbove: 1, disputes: [] })
  expect(places(book)).toEqual([0])
})
