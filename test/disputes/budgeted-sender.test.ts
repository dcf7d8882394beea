// A budgeted sender reserves the cost of a transaction before it sends it, and counts it as it was once it is mined.
import { createClient, custom } from 'viem'
import { expect, test } from 'vitest'
import { BudgetedSender } from '../../src/disputes/budgeted-sender.ts'
import { SpendingBudget } from '../../src/disputes/spending-budget.ts'
import { disputesAbi } from '../../src/l1/generated/disputes.ts'
import { onlyEndpoint } from '../../src/l1/rpc.ts'
import type { Intent } from '../../src/l1/tx-manager/calls.ts'
import type { SendResult } from '../../src/l1/tx-manager/tx-manager.ts'
import type { Hex } from '../../src/protocol/bytes.ts'
import { FloeError } from '../../src/protocol/errors.ts'
import { manualClock } from '../support/manual-clock.ts'

const address: Hex = `0x${'11'.repeat(20)}`
const hash: Hex = `0x${'22'.repeat(32)}`
const GAS = 100_000n
const VALUE = 5n
const intent: Intent = {
  id: hash,
  label: 'answer',
  call: { to: address, data: '0x', value: VALUE },
  abi: disputesAbi,
  precondition: async () => true,
}
const mined: SendResult = {
  outcome: 'mined',
  transactionHash: hash,
  blockNumber: 1,
  gasUsed: 1,
  feeWei: 700n,
}

/** L1 at a fixed price of gas. */
const answers: Record<string, unknown> = {
  eth_chainId: '0x1',
  eth_estimateGas: `0x${GAS.toString(16)}`,
  eth_maxPriorityFeePerGas: '0x0',
  eth_getBlockByNumber: { number: '0x1', baseFeePerGas: '0xa', transactions: [] },
}
const client = createClient({
  transport: custom({ request: async ({ method }: { method: string }) => answers[method] }),
})

function senderWith(
  dayWeiMax: bigint,
  send: () => Promise<SendResult>,
): { sender: BudgetedSender; readonly sent: () => number } {
  let sent = 0
  const account = {
    address,
    funds: () => undefined,
    send: async () => {
      sent += 1
      return send()
    },
  }
  const limits = { transactionWeiMax: dayWeiMax, dayWeiMax }
  const budget = new SpendingBudget({ limits, clock: manualClock(1_900_000_000) })
  return {
    sender: new BudgetedSender({ l1: onlyEndpoint(client), account, budget }),
    sent: () => sent,
  }
}

test('the value and the maximum cost of the gas are reserved before a transaction is sent', async () => {
  let reserved = 0n
  const { sender } = senderWith(10n ** 18n, async () => {
    reserved = sender.spentWithinDayWei()
    return mined
  })
  expect(await sender.send(intent)).toEqual(mined)
  // At least the gas at the base fee; the estimate has a margin.
  expect(reserved).toBeGreaterThanOrEqual(GAS * 10n + VALUE)
  expect(sender.spentWithinDayWei()).toBe(700n + VALUE)
})

test('what a transaction earns counts against its cost', async () => {
  const { sender } = senderWith(10n ** 18n, async () => mined)
  await sender.send(intent, 1_000n)
  expect(sender.spentWithinDayWei()).toBe(700n + VALUE - 1_000n)
})

test('a transaction above the budget is refused and not sent', async () => {
  const { sender, sent } = senderWith(GAS, async () => mined)
  await expect(sender.send(intent)).rejects.toMatchObject({ code: 'overloaded' })
  expect([sent(), sender.spentWithinDayWei()]).toEqual([0, 0n])
})

test('a call that says what its gas may cost is refused above that', async () => {
  const { sender, sent } = senderWith(10n ** 18n, async () => mined)
  await expect(sender.send({ ...intent, feeWeiMax: () => GAS })).rejects.toMatchObject({ code: 'overloaded' })
  expect(sent()).toBe(0)
  await sender.send({ ...intent, feeWeiMax: () => GAS * 100n })
  expect(sent()).toBe(1)
})

test('the reservation is released when the transaction is no longer wanted', async () => {
  const { sender } = senderWith(10n ** 18n, async () => ({ outcome: 'not-wanted' }))
  await sender.send(intent)
  expect(sender.spentWithinDayWei()).toBe(0n)
})

test('a transaction that was mined without effect counts with what its gas cost', async () => {
  const { sender } = senderWith(10n ** 18n, async () => ({ outcome: 'not-wanted', feeWei: 300n }))
  await sender.send(intent, 1_000n)
  expect(sender.spentWithinDayWei()).toBe(300n)
})

test('the reservation stays after an error, because the transaction may still be mined', async () => {
  const { sender } = senderWith(10n ** 18n, async () => {
    throw new FloeError('unavailable', 'The transaction is not in a block yet.')
  })
  await expect(sender.send(intent)).rejects.toMatchObject({ code: 'unavailable' })
  const reserved = sender.spentWithinDayWei()
  expect(reserved).toBeGreaterThan(0n)
  // Another attempt at the same is no other expense.
  await expect(sender.send(intent)).rejects.toMatchObject({ code: 'unavailable' })
  expect(sender.spentWithinDayWei()).toBe(reserved)
})
