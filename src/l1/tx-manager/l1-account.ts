// An account that sends transactions to L1: its key, its journal and its transaction manager, opened and closed in order.
import type { Hex } from '../../protocol/bytes.ts'
import type { Clock } from '../../runtime/clock.ts'
import { CloseStack } from '../../runtime/close-stack.ts'
import { type SecretSource, readSecretKey } from '../../runtime/secrets.ts'
import { Journal } from '../../store/journal.ts'
import type { Finality } from '../finality-rule.ts'
import type { L1 } from '../rpc.ts'
import type { Intent } from './calls.ts'
import type { TransactionEvent, TxManagerLogger } from './context.ts'
import type { Funds, SendingPolicy } from './decisions.ts'
import { setAsideOtherChains } from './other-chains.ts'
import { type SendResult, type TransactionSender, TxManager } from './tx-manager.ts'

export type L1AccountOptions = {
  readonly l1: L1
  /** The chain for which every transaction is signed: that of the deployment, not what an endpoint says later. */
  readonly chainId: number
  /** The account's secret key, or where it is read from. */
  readonly key: Uint8Array | SecretSource
  /** Folder of the journal. Every account needs its own: the nonces in it are those of one account. */
  readonly journalDir: string
  readonly clock: Clock
  /** When a transaction no longer needs to be watched. */
  readonly finality: Finality
  readonly logger?: TxManagerLogger | undefined
  readonly policy?: Partial<SendingPolicy> | undefined
  readonly onEvent?: ((event: TransactionEvent) => void) | undefined
}

export class L1Account implements TransactionSender {
  readonly #journal: Journal
  readonly #manager: TxManager

  /** @throws FloeError `configuration` for a key that cannot be read, or a journal that another process has open */
  static async open(options: L1AccountOptions): Promise<L1Account> {
    const { key, journalDir } = options
    const secretKey = key instanceof Uint8Array ? key : await readSecretKey(key)
    const stack = new CloseStack()
    return stack.closeOnFailure(async () => {
      const journal = await Journal.open(journalDir)
      stack.add(async () => journal.close())
      await setAsideOtherChains({ ...options, journal })
      return new L1Account(options, secretKey, journal)
    })
  }

  private constructor(options: L1AccountOptions, secretKey: Uint8Array, journal: Journal) {
    const { l1, chainId, clock, finality, logger, policy, onEvent } = options
    this.#journal = journal
    this.#manager = new TxManager({
      l1,
      chainId,
      secretKey,
      journal,
      clock,
      finality,
      logger,
      policy,
      onEvent,
    })
  }

  get address(): Hex {
    return this.#manager.address
  }

  async send(intent: Intent): Promise<SendResult> {
    return this.#manager.send(intent)
  }

  funds(): Funds | undefined {
    return this.#manager.funds()
  }

  /** Ids of the intents whose transactions are signed and not final. */
  pendingIds(): Hex[] {
    return this.#journal.pending().map(({ id }) => id)
  }

  /** Whether a transaction of the intent has succeeded in a block that was final. */
  succeeded(id: Hex): boolean {
    return this.#journal.succeeded(id)
  }

  /** Stops sending, then closes the journal. */
  async close(): Promise<void> {
    await this.#manager.close()
    await this.#journal.close()
  }
}
