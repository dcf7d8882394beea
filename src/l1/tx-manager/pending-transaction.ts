// A journalled transaction whose outcome is not final: its journal entry, and what this process knows about it.
import { parseTransaction } from 'viem'
import { assert } from '../../protocol/errors.ts'
import type { JournalEntry, SignedTransaction } from '../../store/journal.ts'
import type { Hex } from '../../protocol/bytes.ts'
import { crashPoint } from '../../runtime/crash-points.ts'
import { type ChainSnapshot, type Receipt, isUsedIn, receiptOf } from './chain-snapshot.ts'
import type { Context } from './context.ts'
import { type BroadcastResult, type TransactionStatus, statusOf } from './decisions.ts'

export type PendingTransaction = {
  entry: JournalEntry
  status: TransactionStatus
  receipt: Receipt | undefined
  /** Snapshots in a row in which the nonce was used and no attempt had a receipt. */
  foreignSnapshots: number
  pricedAt: number
  broadcastAt: number | undefined
  broadcastResult: BroadcastResult | undefined
  /** Text of the newest refusal. */
  reason: string | undefined
  /** Hash of the attempt that was broadcast last. */
  broadcastHash: Hex | undefined
  /** Whether a pool held that attempt. */
  held: boolean
}

export function pendingTransactionOf(entry: JournalEntry, now: number): PendingTransaction {
  return {
    entry,
    status: 'unknown',
    receipt: undefined,
    foreignSnapshots: 0,
    pricedAt: now,
    broadcastAt: undefined,
    broadcastResult: undefined,
    reason: undefined,
    broadcastHash: undefined,
    held: false,
  }
}

export function newestAttempt({ entry }: PendingTransaction): SignedTransaction {
  const attempt = entry.attempts.at(-1)
  assert(attempt !== undefined, 'an entry has an attempt')
  return attempt
}

/** What the newest attempt may cost at most, with the ether that goes with its call. */
export function costOf(transaction: PendingTransaction): bigint {
  const { gas = 0n, maxFeePerGas = 0n, value = 0n } = parseTransaction(newestAttempt(transaction).raw)
  return gas * maxFeePerGas + value
}

/** The gas limit of the call: an attempt that cancels it has less. */
export function callGasOf({ entry }: PendingTransaction): bigint {
  const [first] = entry.attempts
  assert(first !== undefined, 'an entry has an attempt')
  return parseTransaction(first.raw).gas ?? 0n
}

/**
 * Updates the status from a snapshot. A mined transaction that is not final needs no request: the account's count falls when a
 * reorg removes it.
 * @param closely reads the receipt in any case, because a caller waits for the result
 */
export async function updateStatus(
  context: Context,
  transaction: PendingTransaction,
  snapshot: ChainSnapshot,
  closely: boolean,
): Promise<void> {
  const { l1, address, logger } = context
  const { nonce, label, attempts } = transaction.entry
  const { count, final } = snapshot
  if (nonce >= count) {
    reopen(context, transaction)
    return
  }
  const known = transaction.receipt
  if (known !== undefined && known.blockNumber > final && !closely) return
  const hashes = attempts.map(({ hash }) => hash)
  const found = await receiptOf(l1, hashes).catch(() => undefined)
  if (found === undefined) {
    // Without a response nothing is decided, and no other transaction has to wait for one.
    transaction.status = known === undefined ? 'unknown' : 'mined'
    return
  }
  const { receipt, unanimous, corroborated } = found
  if (receipt !== undefined && known === undefined) crashPoint('post.mined')
  transaction.receipt = receipt
  transaction.foreignSnapshots = receipt === undefined ? transaction.foreignSnapshots + 1 : 0
  const { foreignSnapshots, status: before } = transaction
  // An endpoint that has no state of the final block cannot confirm that the nonce is lost.
  const nonceFinal =
    receipt === undefined && corroborated && (await isUsedIn(l1, address, nonce, final).catch(() => false))
  const minedIn = receipt?.blockNumber
  transaction.status = statusOf({ nonceUsed: true, minedIn, unanimous, final, nonceFinal, foreignSnapshots })
  if (transaction.status === 'replaced-externally' && before !== 'replaced-externally')
    logger.warn({ nonce, label }, 'transaction replaced by a foreign one')
}

/** The nonce is free: the transaction was not mined, or a reorg removed it. */
function reopen({ clock, logger, count }: Context, transaction: PendingTransaction): void {
  if (transaction.receipt !== undefined) {
    const { nonce, label } = transaction.entry
    logger.warn({ nonce, label, transactionHash: transaction.receipt.hash }, 'transaction removed by a reorg')
    count('reorged')
    transaction.broadcastAt = undefined
    transaction.pricedAt = clock.monotonic()
    transaction.held = false
  }
  transaction.receipt = undefined
  transaction.foreignSnapshots = 0
  transaction.status = 'open'
}
