// Several transactions of one account in flight, and calls that say what their gas may cost.
import { randomUUID } from 'node:crypto'
import { createPublicClient, http, parseTransaction } from 'viem'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { disputesAbi } from '../../../src/l1/generated/disputes.ts'
import type { Intent } from '../../../src/l1/tx-manager/calls.ts'
import type { SendResult } from '../../../src/l1/tx-manager/tx-manager.ts'
import type { Hex } from '../../../src/protocol/bytes.ts'
import { range } from '../../../src/protocol/field.ts'
import { addressOfSecretKey } from '../../../src/protocol/signature.ts'
import { testKey } from '../../support/deploy.ts'
import {
  GWEI,
  PosterHarness,
  type TestLedger,
  blocks,
  refusalOf,
  startTestLedger,
} from '../../support/poster-harness.ts'

const IN_FLIGHT_MAX = 4
const TRANSFER_GAS = 25_200n

let ledger: TestLedger

beforeAll(async () => {
  ledger = await startTestLedger()
})
afterAll(async () => ledger[Symbol.asyncDispose]())

const bench = async (inFlightMax = IN_FLIGHT_MAX): Promise<PosterHarness> =>
  PosterHarness.open(ledger, { name: randomUUID(), finality: 64, policy: { inFlightMax } })

/** A transfer of one wei to a new account. */
function transfer(more: Partial<Intent> = {}): Intent & { readonly receiver: Hex } {
  const receiver = addressOfSecretKey(testKey(randomUUID()))
  return {
    id: `0x${randomUUID().replaceAll('-', '').padEnd(64, '0')}`,
    label: 'transfer',
    call: { to: receiver, data: '0x', value: 1n },
    abi: disputesAbi,
    precondition: async () => true,
    receiver,
    ...more,
  }
}

async function balanceOf(address: Hex): Promise<bigint> {
  return createPublicClient({ transport: http(ledger.anvil.url) }).getBalance({ address })
}

function minedOf(results: readonly SendResult[]): Extract<SendResult, { outcome: 'mined' }>[] {
  return results.filter((result) => result.outcome === 'mined')
}

function feeCapsOf({ journal }: PosterHarness, i: number): bigint[] {
  return (journal.pending()[i]?.attempts ?? []).map(({ raw }) => parseTransaction(raw).maxFeePerGas ?? 0n)
}

describe('an account with several transactions in flight', () => {
  it('Few in flight: nothing is signed for a new nonce while inFlightMax earlier transactions are not mined.', async () => {
    const b = await bench()
    const transfers = range(0, 10).map(() => transfer())
    const sending = Promise.all(transfers.map(async (intent) => b.send(intent)))
    await b.ticks(5)
    expect(b.journal.pending().map(({ nonce }) => nonce)).toEqual([0, 1, 2, 3])
    const mined = minedOf(await b.run(sending, 60, blocks(b)))
    expect(b.journal.pending().map(({ nonce }) => nonce)).toEqual(range(0, 10))
    // Four to a block, and each exactly once.
    const blockNumbers = mined.map(({ blockNumber }) => blockNumber)
    expect(new Set(blockNumbers).size).toBe(3)
    for (const { receiver } of transfers) expect(await balanceOf(receiver)).toBe(1n)
  })

  it('a result says what the gas cost', async () => {
    const b = await bench()
    const before = await balanceOf(b.account)
    const [result] = minedOf([await b.run(b.send(transfer()), 30, blocks(b))])
    expect(await balanceOf(b.account)).toBe(before - (result?.feeWei ?? 0n) - 1n)
  })

  it('all transactions in flight are replaced when the fees of L1 rise', async () => {
    const b = await bench()
    const sending = Promise.all(range(0, 4).map(async () => b.send(transfer())))
    await b.ticks(1)
    b.pool.setBaseFee(8n * GWEI)
    const mined = minedOf(await b.run(sending, 200, blocks(b)))
    // In one block: none of them waits until the one before it is mined.
    expect(new Set(mined.map(({ blockNumber }) => blockNumber)).size).toBe(1)
    expect(b.journal.pending().every(({ attempts }) => attempts.length > 1)).toBe(true)
  })

  it('a transaction in flight that is no longer wanted is cancelled, and those behind it are mined', async () => {
    const b = await bench()
    let wanted = true
    const first = transfer({ precondition: async () => wanted })
    const cancelled = b.send(first)
    const others = Promise.all(range(0, 2).map(async () => b.send(transfer())))
    await b.ticks(1)
    wanted = false
    b.pool.setBaseFee(8n * GWEI)
    expect(minedOf(await b.run(others, 200, blocks(b)))).toHaveLength(2)
    const result = await b.run(cancelled, 60, blocks(b))
    expect(result).toMatchObject({ outcome: 'not-wanted' })
    // The empty transfer had its price.
    expect('feeWei' in result && (result.feeWei ?? 0n)).toBeGreaterThan(0n)
    expect(await balanceOf(first.receiver)).toBe(0n)
  })

  it('after a restart the transactions in flight are sent as the same bytes, and new ones come behind them', async () => {
    const b = await bench()
    const transfers = range(0, 3).map(() => transfer())
    const lost = transfers.map(async (intent) => refusalOf(b.send(intent)))
    await b.ticks(1)
    b.pool.drop()
    const before = b.journal.pending()
    await b.restart()
    await Promise.all(lost)
    const again = Promise.all([...transfers, transfer()].map(async (intent) => b.send(intent)))
    expect(minedOf(await b.run(again, 60, blocks(b)))).toHaveLength(4)
    expect(b.journal.pending().slice(0, 3)).toEqual(before)
    expect(await b.nextNonce()).toBe(4)
  })

  it('transactions in flight come back after a reorg as the same bytes, each once', async () => {
    const b = await bench()
    const transfers = range(0, 4).map(() => transfer())
    const sending = Promise.all(transfers.map(async (intent) => b.send(intent)))
    await b.run(sending, 60, blocks(b))
    const before = b.journal.pending()
    await b.pool.reorg(1, 'lost')
    expect(await b.nextNonce()).toBe(0)
    const again = Promise.all(transfers.map(async (intent) => b.send(intent)))
    await b.run(again, 60, blocks(b))
    expect(b.journal.pending()).toEqual(before)
    for (const { receiver } of transfers) expect(await balanceOf(receiver)).toBe(1n)
  })

  it('a transaction is not signed when the balance pays only for those in flight', async () => {
    const b = await bench()
    // A transfer's fee cap is two base fees and the tip.
    await b.fund(2n * (TRANSFER_GAS * 3n * GWEI + 1n) + 1n)
    const sending = [0, 1].map(async () => b.send(transfer()))
    const third = refusalOf(b.send(transfer({ call: { ...transfer().call, value: GWEI / 10n } })))
    const refusal = await b.run(third, 60)
    expect(refusal.message).toMatch(/^The transfer may cost \d+ wei, and the account holds \d+ wei/)
    expect(b.journal.pending()).toHaveLength(2)
    await b.run(Promise.all(sending), 60, blocks(b))
  })

  it('a transaction waits for a foreign one of its account, whatever is in flight', async () => {
    const b = await bench()
    const first = b.send(transfer())
    await b.ticks(1)
    await b.sendForeign({ nonce: 1, feeCap: 3n * GWEI, tip: GWEI })
    const second = b.send(transfer())
    await b.ticks(3)
    expect(b.journal.pending()).toHaveLength(1)
    await b.run(Promise.all([first, second]), 60, blocks(b))
    expect(b.journal.pending().map(({ nonce }) => nonce)).toEqual([0, 2])
  })
})

describe('a call that says what its gas may cost', () => {
  it('a call pays no more than it is worth, and is replaced when it is worth more', async () => {
    const b = await bench()
    const feeWeiMax = { wei: TRANSFER_GAS * 5n * GWEI }
    b.pool.setBaseFee(20n * GWEI)
    await b.pool.mine()
    const sending = b.send(transfer({ feeWeiMax: () => feeWeiMax.wei }))
    for (let block = 0; block < 5; block++) {
      await b.ticks(3)
      await b.pool.mine()
    }
    // The first attempt may precede the first look at the new base fee, and then offers less.
    expect(feeCapsOf(b, 0).every((cap) => cap <= 5n * GWEI)).toBe(true)
    expect(feeCapsOf(b, 0).at(-1)).toBe(5n * GWEI)
    feeWeiMax.wei = TRANSFER_GAS * 30n * GWEI
    expect(await b.run(sending, 200, blocks(b))).toMatchObject({ outcome: 'mined' })
    expect(feeCapsOf(b, 0).every((cap) => cap <= 30n * GWEI)).toBe(true)
  })

  it('a transaction is worth what those behind it are worth', async () => {
    const b = await bench()
    b.pool.setBaseFee(20n * GWEI)
    await b.pool.mine()
    const poor = b.send(transfer({ feeWeiMax: () => TRANSFER_GAS * 5n * GWEI }))
    await b.ticks(1)
    const rich = b.send(transfer({ feeWeiMax: () => TRANSFER_GAS * 80n * GWEI }))
    const both = await b.run(Promise.all([poor, rich]), 200, blocks(b))
    expect(minedOf(both)).toHaveLength(2)
  })
})
