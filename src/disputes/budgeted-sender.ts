// Sends transactions within a spending budget: the cost of a transaction is estimated and reserved before it is signed, and counted
// as it was when the transaction is mined.
import { estimateFeesPerGas } from 'viem/actions'
import { type L1, l1Unavailable } from '../l1/rpc.ts'
import { estimateCallGas, type Intent } from '../l1/tx-manager/calls.ts'
import type { SendResult, TransactionSender } from '../l1/tx-manager/tx-manager.ts'
import type { SpendingBudget } from './spending-budget.ts'

export type BudgetedSenderOptions = {
  readonly l1: L1
  readonly account: TransactionSender
  readonly budget: SpendingBudget
}

export class BudgetedSender {
  /** The account that pays. Transactions that are sent with it directly are not counted. */
  readonly account: TransactionSender
  readonly #l1: L1
  readonly #budget: SpendingBudget

  constructor({ l1, account, budget }: BudgetedSenderOptions) {
    this.account = account
    this.#l1 = l1
    this.#budget = budget
  }

  /**
   * Sends a transaction. A `feeWeiMax` of the intent takes the place of the budget's maximum for one transaction.
   * @param incomeWei what it earns when it succeeds
   * @throws FloeError `overloaded` above the budget, of the intent's code when the contract refuses it, `unavailable`
   */
  async send(intent: Intent, incomeWei = 0n): Promise<SendResult> {
    const { id, feeWeiMax, call } = intent
    const own = feeWeiMax === undefined ? {} : { transactionWeiMax: feeWeiMax() + call.value }
    this.#budget.reserve(id, { wei: await this.#costWeiMax(intent), incomeWei, ...own })
    // The reservation stays after an error: the transaction may still be in a pool, and be mined later.
    const result = await this.account.send(intent)
    if (result.outcome === 'mined') this.#budget.settle(id, result.feeWei + call.value - incomeWei)
    else this.#budget.settle(id, result.feeWei ?? 0n)
    return result
  }

  /** Wei that were reserved or paid within the last 24 hours, less what was earned. */
  spentWithinDayWei(): bigint {
    return this.#budget.spentWithinDayWei()
  }

  async #costWeiMax(intent: Intent): Promise<bigint> {
    const gas = await estimateCallGas(this.#l1, this.account.address, intent.call, intent)
    const { maxFeePerGas } = await estimateFeesPerGas(this.#l1.client).catch((error: unknown) => {
      throw l1Unavailable(error, 'read the price of gas')
    })
    return gas * maxFeePerGas + intent.call.value
  }
}
