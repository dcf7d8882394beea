// The log lines of an account about states that last: L1 answers no snapshot, or the balance does not pay for enough transactions.
import type { Hex } from '../../protocol/bytes.ts'
import type { Clock } from '../../runtime/clock.ts'
import { ConditionLog } from '../../runtime/condition-log.ts'
import type { TxManagerLogger } from './context.ts'
import type { Funds } from './decisions.ts'

export type AccountLogOptions = {
  readonly logger: TxManagerLogger
  readonly clock: Clock
  /** Of the account. */
  readonly address: Hex
}

export class AccountLog {
  readonly #address: Hex
  readonly #delays: ConditionLog
  readonly #balances: ConditionLog

  constructor({ logger, clock, address }: AccountLogOptions) {
    this.#address = address
    const delays = { began: 'transactions delayed by an error', ended: 'transactions no longer delayed' }
    this.#delays = new ConditionLog({ logger, clock, ...delays })
    const balances = { began: 'account balance below the minimum', ended: 'account balance sufficient again' }
    this.#balances = new ConditionLog({ logger, clock, ...balances })
  }

  delayed(reason: string): void {
    this.#delays.failed(this.#address, { address: this.#address, reason })
  }

  notDelayed(): void {
    this.#delays.held(this.#address)
  }

  /** @param fundedMin transactions that the balance should pay for */
  funded({ balanceWei, transactions }: Funds, fundedMin: number): void {
    const facts = { address: this.#address, balanceWei: String(balanceWei), transactions }
    if (transactions < fundedMin) this.#balances.failed(this.#address, facts)
    else this.#balances.held(this.#address, facts)
  }
}
