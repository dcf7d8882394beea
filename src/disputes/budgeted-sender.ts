// Sending within a spending limit: what a transaction may cost is estimated and counted before it is handed to the sender.
import { type L1, l1Unavailable } from '../l1/rpc.ts'
import { estimateGas, type Intent } from '../l1/tx-manager/calls.ts'
import type { SendResult, Sender } from '../l1/tx-manager/tx-manager.ts'
import type { SpendingBudget } from './spending-budget.ts'

export type BudgetedSender = { readonly l1: L1; readonly sender: Sender; readonly spending: SpendingBudget }

/**
 * @throws FloeError `overloaded` beyond the limit, of the intent's code when the contract refuses it, `unavailable`
 */
export async function sendWithinBudget({ l1, sender, spending }: BudgetedSender, intent: Intent): Promise<SendResult> {
  const gas = await estimateGas(l1, sender.address, intent.call, intent)
  const { maxFeePerGas } = await l1.client.estimateFeesPerGas().catch((error: unknown) => {
    throw l1Unavailable(error, 'read what gas costs')
  })
  const giveBack = spending.reserve(gas * maxFeePerGas + intent.call.value)
  // When this fails it may be in a pool all the same, and be mined: then it stays counted.
  const result = await sender.send(intent)
  if (result.outcome === 'not-wanted') giveBack()
  return result
}
