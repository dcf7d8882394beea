// A budgeted sender reserves the cost of a transaction before it sends it, and releases it only when nothing can be mined.
import { createClient, custom } from 'viem'
import { expect, test } from 'vitest'
import { BudgetedSender } from '../../src/disputes/budgeted-sender.ts'
import { SpendingBudget } from '../../src/disputes/spending-budget.ts'
import { disputesAbi } from '../../src/l1/generated/disputes.ts'
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
const mined: SendResult = { outcome: 'mined', transactionHash: hash, blockNumber: 1, gasUsed: 1 }

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
    sender: new BudgetedSender({ l1: { client, endpoints: [client] }, account, budget }),
    sent: () => sent,
  }
}

test('the value and the maximum cost of the gas are reserved before a transaction is sent', async () => {
  const { sender } = senderWith(10n ** 18n, async () => mined)
  expect(await sender.send(intent)).toEqual(mined)
  // At least the gas at the base fee; the estimate has a margin.
  expect(sender.spentWithinDayWei()).toBeGreaterThanOrEqual(GAS * 10n + VALUE)
})

test('a transaction above the budget is refused and not sent', async () => {
  const { sender, sent } = senderWith(GAS, async () => mined)
  await expect(sender.send(intent)).rejects.toMatchObject({ code: 'overloaded' })
  expect([sent(), sender.spentWithinDayWei()]).toEqual([0, 0n])
})

test('the reservation is released when the transaction is no longer wanted', async () => {
  const { sender } = senderWith(10n ** 18n, async () => ({ outcome: 'not-wanted' }))
  await sender.send(intent)
  expect(sender.spentWithinDayWei()).toBe(0n)
})

test('the reservation stays after an error, because the transaction may still be mined', async () => {
  const { sender } = senderWith(10n ** 18n, async () => {
    throw new FloeError('unavailable', 'The transaction is not in a block yet.')
  })
  await expect(sender.send(intent)).rejects.toMatchObject({ code: 'unavailable' })
  expect(sender.spentWithinDayWei()).toBeGreaterThan(0n)
})
