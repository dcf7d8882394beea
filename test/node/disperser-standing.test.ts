// For which dispersers a storage node signs, by the quota and the deposit that real contracts have.
import { createTestClient, encodeFunctionData, http, walletActions } from 'viem'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CommitteeReader } from '../../src/l1/committee-reader.ts'
import { DisputesContract } from '../../src/l1/disputes.ts'
import { committeeAbi } from '../../src/l1/generated/committee.ts'
import { disputesAbi } from '../../src/l1/generated/disputes.ts'
import { connectL1 } from '../../src/l1/rpc.ts'
import { DisperserStanding } from '../../src/node/disperser-standing.ts'
import type { Hex } from '../../src/protocol/bytes.ts'
import { epochMembersOf } from '../../src/protocol/committee.ts'
import { addressOfSecretKey } from '../../src/protocol/signature.ts'
import { type TestAnvil, startTestAnvil } from '../support/anvil.ts'
import { type Deployment, deployFloe, testKey, testOperators } from '../support/deploy.ts'
import { manualClock } from '../support/manual-clock.ts'

const disperser = addressOfSecretKey(testKey('disperser'))
const poor = addressOfSecretKey(testKey('disperser without a deposit'))
let anvil: TestAnvil
let deployment: Deployment

beforeAll(async () => {
  anvil = await startTestAnvil()
  deployment = await deployFloe(anvil.url, testOperators([1, 1, 1, 1]), {
    address: disperser,
    quotaBytes: 1_000n,
  })
})

afterAll(async () => anvil[Symbol.asyncDispose]())

/** Sends a call of the account that owns the contracts and the deposits. */
async function send(to: Hex, data: Hex): Promise<void> {
  const wallet = createTestClient({ mode: 'anvil', transport: http(anvil.url) }).extend(walletActions)
  const [account] = await wallet.getAddresses()
  if (account === undefined) throw new Error('Expected a chain with development accounts, got none.')
  await wallet.sendTransaction({ account, chain: null, to, data, gas: 1_000_000n })
  await wallet.mine({ blocks: 1 })
}

async function setQuota(address: Hex, bytes: bigint): Promise<void> {
  const args = [address, bytes] as const
  await send(
    deployment.committee,
    encodeFunctionData({ abi: committeeAbi, functionName: 'setDisperser', args }),
  )
}

/** A standing that has read nothing yet. */
async function standing(options: { disputes: boolean } = { disputes: true }): Promise<DisperserStanding> {
  const { committee, ledger, disputes } = deployment
  const clock = manualClock(1_900_000_000)
  const { committees } = await CommitteeReader.connect({
    rpcUrls: [anvil.url],
    committee,
    ledger,
    clock,
    finality: 0,
  })
  const reader = new DisputesContract(connectL1([anvil.url]), disputes)
  const weiMin = (await reader.terms()).disperserDepositMin
  return new DisperserStanding({
    committees,
    deposits: options.disputes ? { reader, weiMin } : undefined,
    clock,
  })
}

test('Registered: a disperser has the quota of the Committee contract, and another account is refused.', async () => {
  const one = await standing()
  expect(await one.quotaOf(disperser)).toBe(1_000n)
  await expect(one.quotaOf(poor)).rejects.toMatchObject({ code: 'unknown-disperser' })
})

test('Something to lose: a registered disperser without a deposit is refused, unless the node takes no part in disputes.', async () => {
  await setQuota(poor, 500n)
  await expect((await standing()).quotaOf(poor)).rejects.toMatchObject({
    code: 'no-deposit',
    status: 403,
    facts: { disperser: poor, wei: '0', leaving: false },
  })
  expect(await (await standing({ disputes: false })).quotaOf(poor)).toBe(500n)
})

test('Something to lose: a disperser that was registered again after it asked to exit is refused, whatever its deposit.', async () => {
  await setQuota(disperser, 0n)
  const exit = [disperser, epochMembersOf(deployment.members), epochMembersOf(deployment.members)] as const
  await send(
    deployment.disputes,
    encodeFunctionData({ abi: disputesAbi, functionName: 'requestExit', args: exit }),
  )
  await expect((await standing()).quotaOf(disperser)).rejects.toMatchObject({ code: 'unknown-disperser' })
  await setQuota(disperser, 1_000n)
  await expect((await standing()).quotaOf(disperser)).rejects.toMatchObject({
    code: 'no-deposit',
    facts: { leaving: true },
  })
})
