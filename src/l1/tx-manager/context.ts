// What the parts of the transaction manager share: the account, its journal, and how they reach L1.
import type { PrivateKeyAccount } from 'viem/accounts'
import type { Hex } from '../../protocol/bytes.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Journal } from '../../store/journal.ts'
import type { Finality } from '../finality-rule.ts'
import type { L1 } from '../rpc.ts'
import type { SendingPolicy } from './decisions.ts'

/** What happens to transactions, for counters. */
export type TransactionEvent =
  /** A replacement with higher fees was signed. */
  | 'bumped'
  /** An empty transfer was signed, for a nonce whose call is no longer needed or for a nonce gap. */
  | 'freed'
  /** A replacement was due, and the fee ceiling, the market or the balance did not allow it. */
  | 'capped'
  /** The same bytes were sent again. */
  | 'rebroadcast'
  /** The same bytes were sent again after a pool had dropped them. */
  | 'dropped'
  /** No endpoint accepted a transaction. */
  | 'refused'
  /** A reorg removed a mined transaction. */
  | 'reorged'
  /** A foreign transaction has the nonce in a final block. */
  | 'superseded'

export type TxManagerLogger = {
  info(facts: object, message: string): void
  warn(facts: object, message: string): void
}

export type Context = {
  readonly l1: L1
  /** The chain for which every transaction is signed, whatever an endpoint says. */
  readonly chainId: number
  readonly account: PrivateKeyAccount
  /** The account's address, in lower case. */
  readonly address: Hex
  readonly journal: Pick<Journal, 'record' | 'finish' | 'succeeded'>
  readonly clock: Clock
  readonly logger: TxManagerLogger
  readonly policy: SendingPolicy
  readonly finality: Finality
  readonly count: (event: TransactionEvent) => void
  /** Aborts when the transaction manager closes. */
  readonly stopped: AbortSignal
}
