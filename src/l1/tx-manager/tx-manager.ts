// The transaction manager: sends transactions from one account, in the order of the requests.
//
// Guarantees:
// - Never twice by accident: a transaction is journalled before it is sent, only its own bytes are sent again, and a replacement
//   keeps the nonce.
// - Few in flight: nothing is signed for a new nonce while `inFlightMax` earlier transactions are not mined; one by default.
// - Until it is final: a transaction stays in the journal, and is sent again after a reorg, until its nonce is final.
// - Bounded: every send() ends within `settleMs`; a transaction that is not mined by then stays in the journal.
//
// One loop reads a snapshot of L1, updates pending transactions and settles requests. nonce.ts prevents two transactions for one call.
import { privateKeyToAccount } from 'viem/accounts'
import { type Hex, toHex } from '../../protocol/bytes.ts'
import { FloeError, asFloeError, assert } from '../../protocol/errors.ts'
import { untilAborted, withDeadline } from '../../runtime/async/deadline.ts'
import { Loop } from '../../runtime/async/loop.ts'
import type { Clock } from '../../runtime/clock.ts'
import { crashPoint } from '../../runtime/crash-points.ts'
import type { Journal } from '../../store/journal.ts'
import type { Finality } from '../finality-rule.ts'
import type { L1 } from '../rpc.ts'
import { AccountLog } from './account-log.ts'
import { type Intent, revertOf } from './calls.ts'
import { type ChainSnapshot, type Head, type Receipt, readSnapshot } from './chain-snapshot.ts'
import type { Context, TransactionEvent, TxManagerLogger } from './context.ts'
import { type Funds, type SendingPolicy, defaultSendingPolicy, fundsOf } from './decisions.ts'
import {
  closedError,
  notFinal,
  overlapping,
  preconditionTimeout,
  refusalByPools,
  sendTimeout,
  tooManyPending,
  tooManyRequests,
} from './errors.ts'
import { feeCapOf, fillNonceGap, signNewNonce } from './nonce.ts'
import {
  type PendingTransaction,
  callGasOf,
  costOf,
  pendingTransactionOf,
  updateStatus,
} from './pending-transaction.ts'
import { splitByChain } from './other-chains.ts'
import { submit } from './submit.ts'

/** `not-wanted`: the precondition does not hold, and the call had no effect. `feeWei` is what its gas cost, if it was mined. */
export type SendResult =
  | {
      readonly outcome: 'mined'
      readonly transactionHash: Hex
      readonly blockNumber: number
      readonly gasUsed: number
      readonly feeWei: bigint
    }
  | { readonly outcome: 'not-wanted'; readonly feeWei?: bigint }

/** Sends transactions from one account. */
export type TransactionSender = {
  /** Address of the account that pays. */
  readonly address: Hex
  /**
   * Resolves when the transaction is in a block, which may not be final; a follower of L1 says when it is.
   * @throws FloeError `unavailable` when it is not on L1 yet, of the intent's code when the contract refuses it, `overloaded`
   */
  send(intent: Intent): Promise<SendResult>
  /** As of the newest snapshot; undefined before the first. */
  funds(): Funds | undefined
}

export type TxManagerOptions = {
  readonly l1: L1
  /** Every transaction is signed for this chain. */
  readonly chainId: number
  readonly secretKey: Uint8Array
  /** The caller closes it after the transaction manager. */
  readonly journal: Pick<Journal, 'pending' | 'record' | 'finish' | 'succeeded'>
  readonly clock: Clock
  /** When a nonce is no longer watched. Endpoints must serve the state of that block: not older than 128 blocks. */
  readonly finality: Finality
  readonly logger?: TxManagerLogger | undefined
  readonly policy?: Partial<SendingPolicy> | undefined
  readonly onEvent?: ((event: TransactionEvent) => void) | undefined
}

/** Requests that may wait at the same time. */
const REQUESTS_MAX = 64
/** A precondition waits until a follower has caught up. */
const PRECONDITION_MS = 30_000
/** Gas of a transaction before one was signed: about a post of seven signatures and a hundred headers. */
const TYPICAL_GAS = 500_000n

type SendRequest = {
  readonly intent: Intent
  readonly requestedAt: number
  /** When it was first delayed by a foreign transaction in a pool. */
  delayedAt: number | undefined
  settle(result: SendResult | FloeError): void
}

export class TxManager implements TransactionSender {
  readonly address: Hex
  readonly #context: Context
  readonly #log: AccountLog
  readonly #requests = new Set<SendRequest>()
  /** By the id of the intent. */
  readonly #pending: Map<Hex, PendingTransaction>
  #funds: Funds | undefined
  /** Gas of the newest transaction. */
  #gas = TYPICAL_GAS
  /** Since when the account's next nonce is unused while a pending transaction has a later one. */
  #gapSince: number | undefined
  readonly #stop = new AbortController()
  readonly #loop: Loop
  readonly #ended: Promise<void>

  constructor(options: TxManagerOptions) {
    const { l1, chainId, secretKey, journal, clock, finality, logger, policy, onEvent } = options
    const account = privateKeyToAccount(toHex(secretKey))
    this.address = account.address.toLowerCase() as Hex
    this.#context = {
      l1,
      chainId,
      account,
      address: this.address,
      journal,
      clock,
      finality,
      logger: logger ?? { info: () => {}, warn: () => {} },
      policy: { ...defaultSendingPolicy, ...policy },
      count: onEvent ?? (() => {}),
      stopped: this.#stop.signal,
    }
    this.#log = new AccountLog({ logger: this.#context.logger, clock, address: this.address })
    const now = clock.monotonic()
    const { own } = splitByChain(journal.pending(), chainId)
    this.#pending = new Map(own.map((entry) => [entry.id, pendingTransactionOf(entry, now)]))
    this.#loop = new Loop({ clock, intervalMs: this.#context.policy.watchMs }, async () => {
      await this.#tick()
      return this.#isBusy() ? this.#context.policy.pollMs : undefined
    })
    this.#ended = this.#loop.run(this.#stop.signal)
  }

  async send(intent: Intent): Promise<SendResult> {
    assert(intent.call.to !== this.address, 'a call to the account itself marks a cancelled transaction')
    this.#stop.signal.throwIfAborted()
    if (this.#requests.size >= REQUESTS_MAX) throw tooManyRequests(this.#requests.size)
    const { promise, resolve, reject } = Promise.withResolvers<SendResult>()
    const request: SendRequest = {
      intent,
      requestedAt: this.#context.clock.monotonic(),
      delayedAt: undefined,
      settle: (result) => {
        this.#requests.delete(request)
        if (result instanceof FloeError) reject(result)
        else resolve(result)
      },
    }
    this.#requests.add(request)
    this.#loop.wake()
    return promise
  }

  funds(): Funds | undefined {
    return this.#funds
  }

  /** Rejects the requests that wait. Pending transactions stay in the journal, which the caller closes. */
  async close(): Promise<void> {
    this.#stop.abort(closedError())
    await this.#ended
    for (const request of this.#requests) request.settle(closedError())
  }

  #isBusy(): boolean {
    return this.#requests.size > 0 || this.#open().length > 0
  }

  /** Never rejects. After an error the next tick tries again; requests without a signed transaction get the error. */
  async #tick(): Promise<void> {
    const { l1, address, finality, clock, policy, stopped } = this.#context
    try {
      const snapshot = await readSnapshot(l1, address, finality)
      this.#updateFunds(snapshot.head)
      for (const transaction of this.#inOrder()) await this.#reconcile(transaction, snapshot)
      stopped.throwIfAborted()
      await this.#fillNonceGap(snapshot)
      await this.#submitOpen(snapshot)
      await this.#signWaiting(snapshot)
      this.#log.notDelayed()
    } catch (thrown) {
      if (stopped.aborted) return
      const error = asFloeError(thrown)
      this.#log.delayed(error.message)
      for (const request of this.#requests) if (!this.#pending.has(request.intent.id)) request.settle(error)
    }
    const now = clock.monotonic()
    for (const request of this.#requests) {
      const { intent, requestedAt } = request
      if (now - requestedAt >= policy.settleMs)
        request.settle(sendTimeout(intent.label, this.#pending.get(intent.id)))
    }
  }

  /** Updates a transaction from the snapshot, settles its requests, and drops it from the journal once its nonce is final. */
  async #reconcile(transaction: PendingTransaction, snapshot: ChainSnapshot): Promise<void> {
    const { journal, count, logger } = this.#context
    const requests = this.#requestsFor(transaction)
    await updateStatus(this.#context, transaction, snapshot, requests.length > 0)
    for (const request of requests) {
      const result = await this.#resultOf(transaction, request, snapshot.head)
      if (result !== undefined) request.settle(result)
    }
    const { status, receipt } = transaction
    if (status !== 'final' && status !== 'superseded') return
    const { id, label, nonce } = transaction.entry
    const isEmpty = receipt?.to === this.address
    await journal.finish(id, status === 'final' && receipt?.success === true && !isEmpty)
    crashPoint('post.finished')
    this.#pending.delete(id)
    if (status === 'superseded') count('superseded')
    const facts = { nonce, label, status, transactionHash: receipt?.hash, success: receipt?.success }
    logger.info(facts, 'nonce finalized')
  }

  /**
   * The result of a request that waits for a transaction; undefined when there is none yet. A transaction without effect leaves
   * the journal once it is final, and the request is then treated as a new one.
   */
  async #resultOf(
    transaction: PendingTransaction,
    request: SendRequest,
    head: Head,
  ): Promise<SendResult | FloeError | undefined> {
    const { status, receipt, entry } = transaction
    const { clock, policy } = this.#context
    if (status === 'open')
      return refusalByPools(transaction, request.requestedAt, clock.monotonic() - policy.bumpMs)
    if (status === 'unknown' || status === 'superseded') return undefined
    const isEmpty = receipt?.to === this.address
    if (receipt?.success === true && !isEmpty) {
      const { hash: transactionHash, blockNumber, gasUsed, feeWei } = receipt
      return { outcome: 'mined', transactionHash, blockNumber, gasUsed, feeWei }
    }
    if (status === 'final') {
      const reverted = entry.attempts.find(({ hash }) => hash === receipt?.hash)
      if (isEmpty || reverted === undefined || receipt === undefined) return undefined
      return revertOf(this.#context, reverted, receipt.blockNumber, request.intent)
    }
    try {
      if (!(await this.#holds(request, head))) return notWanted(receipt)
    } catch (error) {
      return asFloeError(error)
    }
    return notFinal(transaction, isEmpty)
  }

  /** Uses a nonce that a reorg freed from a foreign transaction, when that transaction is not sent again. */
  async #fillNonceGap(snapshot: ChainSnapshot): Promise<void> {
    const { clock, policy, count, logger } = this.#context
    const now = clock.monotonic()
    const first = this.#inOrder().find(({ status }) => status === 'open')
    const isGap =
      first !== undefined && first.entry.nonce > snapshot.count && snapshot.head.count === snapshot.count
    this.#gapSince = isGap ? (this.#gapSince ?? now) : undefined
    if (this.#gapSince === undefined || now - this.#gapSince < policy.bumpMs || this.#requests.size === 0)
      return
    const filler = await fillNonceGap(this.#context, snapshot)
    count('freed')
    logger.warn({ nonce: filler.entry.nonce }, 'nonce gap filled: later transactions waited for it')
    this.#pending.set(filler.entry.id, filler)
  }

  /** Submits what is not mined, in the order of the nonces. The first ones may be replaced, and only while a request waits. */
  async #submitOpen(snapshot: ChainSnapshot): Promise<void> {
    const open = this.#open()
    for (const [i, transaction] of open.entries()) {
      this.#stop.signal.throwIfAborted()
      const [request] = this.#requestsFor(transaction)
      await submit(this.#context, transaction, {
        snapshot,
        urgent: i < this.#context.policy.inFlightMax && this.#requests.size > 0,
        feeCapWeiMax: this.#feeCapOf(open.slice(i)),
        precondition: async () => request === undefined || this.#holds(request, snapshot.head),
      })
    }
  }

  /** Signs for the oldest requests without a transaction, as many as may be in flight. */
  async #signWaiting(snapshot: ChainSnapshot): Promise<void> {
    const waiting = [...this.#requests].filter(({ intent }) => !this.#pending.has(intent.id))
    for (const request of waiting) {
      this.#stop.signal.throwIfAborted()
      if (!this.#maySign(snapshot)) return
      // Several requests may have one intent.
      if (this.#pending.has(request.intent.id)) continue
      if ((await this.#signNext(request, snapshot)) === 'later') return
    }
  }

  /** Whether the nonce after those in flight can be signed for: every nonce before it is known to be used, or in flight. */
  #maySign({ count }: ChainSnapshot): boolean {
    const open = this.#open()
    if (this.#inOrder().some(({ status }) => status === 'unknown')) return false
    return (
      open.length < this.#context.policy.inFlightMax &&
      open.every(({ entry }, i) => entry.nonce === count + i)
    )
  }

  async #signNext(request: SendRequest, snapshot: ChainSnapshot): Promise<'later' | undefined> {
    const { clock, policy } = this.#context
    const { intent, delayedAt } = request
    const refusal = this.#refusalOf(intent)
    if (refusal !== undefined) {
      request.settle(refusal)
      return undefined
    }
    try {
      const waited = delayedAt !== undefined && clock.monotonic() - delayedAt >= policy.bumpMs
      const precondition = async (): Promise<boolean> => this.#holds(request, snapshot.head)
      const open = this.#open()
      const inFlight = { count: open.length, costWei: open.reduce((sum, one) => sum + costOf(one), 0n) }
      const result = await signNewNonce(this.#context, { intent, precondition, waited, inFlight }, snapshot)
      if (result === 'not-wanted') request.settle({ outcome: 'not-wanted' })
      else if (result === 'later') {
        request.delayedAt ??= clock.monotonic()
        return 'later'
      } else {
        this.#pending.set(intent.id, result.signed)
        this.#gas = result.gas
        await this.#submitOpen(snapshot)
      }
    } catch (error) {
      request.settle(asFloeError(error))
    }
    return undefined
  }

  /**
   * The most that a unit of gas is worth for the first of these transactions, which stand in the order of their nonces: those
   * behind it are not mined before it.
   */
  #feeCapOf(transactions: readonly PendingTransaction[]): bigint {
    const { policy } = this.#context
    const caps = transactions.flatMap((transaction) =>
      this.#requestsFor(transaction).map(({ intent }) => feeCapOf(intent, callGasOf(transaction), policy)),
    )
    return caps.length === 0 ? policy.feeCapWeiMax : caps.reduce((most, cap) => (cap > most ? cap : most))
  }

  /** Why nothing can be signed for this intent now, whatever L1 says. */
  #refusalOf({ label, keys }: Intent): FloeError | undefined {
    if (this.#pending.size >= this.#context.policy.pendingMax) return tooManyPending(this.#pending.size)
    const wanted = new Set(keys)
    const other = this.#inOrder().find(({ entry }) => entry.keys.some((key) => wanted.has(key)))
    return other && overlapping(label, other)
  }

  /** Whether the request's precondition holds as of the head. It may take as long as a follower needs to catch up. */
  async #holds({ intent }: SendRequest, head: Head): Promise<boolean> {
    const { clock, stopped, journal } = this.#context
    const known = { succeeded: journal.succeeded(intent.id) }
    const deadline = {
      clock,
      timeoutMs: PRECONDITION_MS,
      signals: [stopped],
      reason: () => preconditionTimeout(head.number, PRECONDITION_MS),
    }
    return withDeadline(deadline, async (signal) =>
      untilAborted(intent.precondition(head.number, known), signal),
    )
  }

  #updateFunds({ balance, baseFee }: Head): void {
    const { policy } = this.#context
    this.#funds = fundsOf(balance, this.#gas, 2n * baseFee + policy.tipWeiMin)
    this.#log.funded(this.#funds, policy.fundedMin)
  }

  #open(): PendingTransaction[] {
    return this.#inOrder().filter(({ status }) => status === 'open')
  }

  #inOrder(): PendingTransaction[] {
    return [...this.#pending.values()].sort((a, b) => a.entry.nonce - b.entry.nonce)
  }

  #requestsFor({ entry }: PendingTransaction): SendRequest[] {
    return [...this.#requests].filter(({ intent }) => intent.id === entry.id)
  }
}

function notWanted(receipt: Receipt | undefined): SendResult {
  return receipt === undefined ? { outcome: 'not-wanted' } : { outcome: 'not-wanted', feeWei: receipt.feeWei }
}
