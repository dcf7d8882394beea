// The transaction manager with calls of other contracts: their value, their errors from the caller's ABI, and the keys that they
// share. The guarantees are tested with posts (poster.test.ts, mempool.test.ts).
import { readContract } from '../../../src/l1/read-contract.ts'
import { createTestClient, encodeFunctionData, http, parseTransaction, walletActions } from 'viem'
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { disputesAbi } from '../../../src/l1/generated/disputes.ts'
import { connectL1 } from '../../../src/l1/rpc.ts'
import type { Intent } from '../../../src/l1/tx-manager/calls.ts'
import type { Hex } from '../../../src/protocol/bytes.ts'
import { addressOfSecretKey } from '../../../src/protocol/signature.ts'
import { testKey } from '../../support/deploy.ts'
import {
  ETHER,
  GWEI,
  PosterHarness,
  type TestLedger,
  blocks,
  postOf,
  refusalOf,
  startTestLedger,
} from '../../support/poster-harness.ts'

let ledger: TestLedger

beforeAll(async () => {
  ledger = await startTestLedger()
})
afterAll(async () => ledger[Symbol.asyncDispose]())

const bench = async (finality = 64): Promise<PosterHarness> =>
  PosterHarness.open(ledger, { name: randomUUID(), finality })

const OWNER = addressOfSecretKey(testKey('owner of stakes'))

/** A deposit for an account that `newAccount` returned: a call with a value. */
function depositOf(account: Hex, value: bigint, more: Partial<Intent> = {}): Intent {
  const data = encodeFunctionData({ abi: disputesAbi, functionName: 'deposit', args: [account, OWNER] })
  return {
    id: `0x${randomUUID().replaceAll('-', '').padEnd(64, '0')}`,
    label: 'deposit',
    call: { to: ledger.deployment.disputes, data, value },
    abi: disputesAbi,
    precondition: async () => true,
    ...more,
  }
}

async function deposited(account: Hex): Promise<bigint> {
  const { client } = connectL1([ledger.anvil.url])
  const { disputes: address } = ledger.deployment
  return readContract(client, { address, abi: disputesAbi, functionName: 'depositOf', args: [account] })
}

/** An account that has named its owner, so that any account can deposit for it. */
async function newAccount(): Promise<Hex> {
  const address = addressOfSecretKey(testKey(randomUUID()))
  const transport = http(ledger.anvil.url, { retryCount: 0 })
  const anvil = createTestClient({ mode: 'anvil', transport }).extend(walletActions)
  await anvil.setBalance({ address, value: ETHER })
  await anvil.impersonateAccount({ address })
  const data = encodeFunctionData({ abi: disputesAbi, functionName: 'nameOwner', args: [OWNER] })
  await anvil.sendTransaction({ account: address, chain: null, to: ledger.deployment.disputes, data })
  await anvil.mine({ blocks: 1 })
  return address
}

describe('a call that ether goes with', () => {
  it('the value of a call is transferred once however often it is replaced', async () => {
    const b = await bench()
    const account = await newAccount()
    const sending = b.manager.send(depositOf(account, 5n * GWEI))
    await b.ticks(1)
    b.pool.setBaseFee(8n * GWEI)
    expect(await b.run(sending, 200, blocks(b))).toMatchObject({ outcome: 'mined' })
    const values = b.journal.pending()[0]?.attempts.map(({ raw }) => parseTransaction(raw).value)
    expect(values?.length).toBeGreaterThan(1)
    expect(new Set(values)).toEqual(new Set([5n * GWEI]))
    expect(await deposited(account)).toBe(5n * GWEI)
  })

  it('a cancelled call transfers no value', async () => {
    const b = await bench()
    const account = await newAccount()
    let wanted = true
    const sending = refusalOf(
      b.manager.send(depositOf(account, 5n * GWEI, { precondition: async () => wanted })),
    )
    await b.ticks(1)
    wanted = false
    b.pool.setBaseFee(8n * GWEI)
    const refused = sending.catch(() => undefined)
    await b.run(refused, 200, blocks(b))
    const last = b.journal.pending()[0]?.attempts.at(-1)?.raw ?? '0x02'
    expect(parseTransaction(last)).toMatchObject({ to: b.account })
    expect(parseTransaction(last).value ?? 0n).toBe(0n)
    expect(await deposited(account)).toBe(0n)
  })

  it('a call whose value exceeds the balance is not signed', async () => {
    const b = await bench()
    const refusal = await b.run(refusalOf(b.manager.send(depositOf(await newAccount(), 2n * ETHER))), 5)
    expect(refusal.message).toMatch(
      /^The deposit may cost 20{18} wei, and the account holds 10{18} wei\. Send ether to 0x/,
    )
    // The balance pays for the value, and not for the gas as well.
    const rest = await b.run(refusalOf(b.manager.send(depositOf(await newAccount(), ETHER - GWEI))), 5)
    expect([refusal.code, rest.code]).toEqual(['unavailable', 'unavailable'])
    expect(b.journal.pending()).toEqual([])
  })
})

describe('a call that its contract refuses', () => {
  it('a call that its contract refuses is not signed, and the error names the reason from the ABI', async () => {
    const b = await bench()
    const account = await newAccount()
    const refusal = await b.run(refusalOf(b.manager.send(depositOf(account, 0n))), 5)
    expect(refusal.message.toLowerCase()).toBe(`l1 refuses the deposit: depositzero(${account}).`)
    expect([refusal.code, refusal.facts['error']]).toEqual(['refused', 'DepositZero'])
    expect(b.journal.pending()).toEqual([])
  })

  it('a contract error has the code that the caller chose for it', async () => {
    const b = await bench()
    const codeOf: Intent['codeOf'] = (name) => (name === 'DepositZero' ? 'expired' : 'internal')
    const refusal = await b.run(refusalOf(b.manager.send(depositOf(await newAccount(), 0n, { codeOf }))), 5)
    expect(refusal.code).toBe('expired')
  })

  it('a call to the account itself is a programming error', async () => {
    const b = await bench()
    const intent = depositOf(b.account, 1n, { call: { to: b.account, data: '0x', value: 0n } })
    await expect(b.manager.send(intent)).rejects.toThrow(/marks a cancelled transaction/)
  })
})

it('calls with a common key are not pending at the same time, also after a restart', async () => {
  const b = await bench()
  const key: Hex = `0x${'ab'.repeat(32)}`
  const account = await newAccount()
  await b.run(b.manager.send(depositOf(account, 1n, { keys: [key] })), 30, blocks(b))
  await b.restart()
  const refusal = await b.run(refusalOf(b.manager.send(depositOf(account, 1n, { keys: [key] }))), 10)
  expect(refusal.message).toMatch(/^A part of the deposit is already in another transaction, with nonce 0/)
  expect(await deposited(account)).toBe(1n)
})

it('posts and other calls can use one account', async () => {
  const b = await bench()
  const account = await newAccount()
  const both = Promise.all([
    b.poster.post(postOf(ledger, [randomUUID()])),
    b.manager.send(depositOf(account, 7n)),
  ])
  expect(await b.run(both, 60, blocks(b))).toMatchObject([{ outcome: 'posted' }, { outcome: 'mined' }])
  expect(b.journal.pending().map(({ label, nonce }) => [label, nonce])).toEqual([
    ['post', 0],
    ['deposit', 1],
  ])
  expect(await deposited(account)).toBe(7n)
})
