// The errors with which the transaction manager ends a request.
import type { Hex } from '../../protocol/bytes.ts'
import { FloeError } from '../../protocol/errors.ts'
import { type PendingTransaction, newestAttempt } from './pending-transaction.ts'

const RETRY_SECONDS = 30
const retry = { retryAfterSeconds: RETRY_SECONDS }

export function closedError(): FloeError {
  return new FloeError('unavailable', 'The transaction manager is closed.', retry)
}

export function tooManyRequests(count: number): FloeError {
  return new FloeError('overloaded', `${count} transactions for L1 are waiting.`, retry)
}

export function tooManyPending(count: number): FloeError {
  return new FloeError('overloaded', `${count} transactions are signed and not final yet.`, {
    remedy: 'Send less often, or check why L1 does not finalize.',
    ...retry,
  })
}

export function overlapping(label: string, { entry: { nonce } }: PendingTransaction): FloeError {
  return new FloeError(
    'unavailable',
    `A part of the ${label} is already in another transaction, with nonce ${nonce}.`,
    { remedy: 'Send it again when that transaction is final.', facts: { nonce }, ...retry },
  )
}

export function unfunded(
  address: Hex,
  { label, balance, cost }: { label: string; balance: bigint; cost: bigint },
): FloeError {
  return new FloeError(
    'unavailable',
    `The ${label} may cost ${cost} wei, and the account holds ${balance} wei.`,
    {
      remedy: `Send ether to ${address}.`,
      facts: { address, balanceWei: String(balance), costWei: String(cost) },
      ...retry,
    },
  )
}

/**
 * Why a request need not wait for pools that refuse its transaction; undefined while it may. The transaction is sent again regardless.
 * @param rejectedSince a request from before this time does not wait for pools that reject the transaction for another reason
 */
export function refusalByPools(
  transaction: PendingTransaction,
  requestedAt: number,
  rejectedSince: number,
): FloeError | undefined {
  const { broadcastAt, broadcastResult } = transaction
  if (broadcastAt === undefined || broadcastAt < requestedAt) return undefined
  if (broadcastResult === 'reserved') return reserved(transaction)
  return broadcastResult === 'rejected' && requestedAt <= rejectedSince ? rejected(transaction) : undefined
}

function rejected(transaction: PendingTransaction): FloeError {
  const { entry, reason = 'no reason' } = transaction
  const { nonce, label } = entry
  return new FloeError(
    'unavailable',
    `Every L1 endpoint rejects the ${label} with nonce ${nonce}: ${reason}.`,
    {
      remedy: 'Check the L1 endpoints.',
      facts: { nonce, transactionHash: newestAttempt(transaction).hash },
      ...retry,
    },
  )
}

function reserved({ entry: { nonce, label } }: PendingTransaction): FloeError {
  return new FloeError(
    'unavailable',
    `The pools reject the ${label} with nonce ${nonce}: they hold blob transactions of its account.`,
    { remedy: 'Use an account that sends nothing else.', facts: { nonce }, ...retry },
  )
}

/** Nothing is signed for this call again until its nonce is final: a reorg may free the nonce. */
export function notFinal({ entry: { nonce }, receipt }: PendingTransaction, isEmpty: boolean): FloeError {
  const outcome =
    receipt === undefined
      ? 'was used by a foreign transaction'
      : isEmpty
        ? 'was used by an empty transfer'
        : 'was used by a transaction that reverted'
  return new FloeError('unavailable', `Nonce ${nonce} of the account ${outcome}, which is not final yet.`, {
    remedy: 'Let nothing else send from this account, and send again when the nonce is final.',
    facts: { nonce },
    ...retry,
  })
}

export function preconditionTimeout(blockNumber: number, ms: number): FloeError {
  return new FloeError('unavailable', `L1 could not be followed to block ${blockNumber} in ${ms} ms.`, {
    facts: { blockNumber },
    ...retry,
  })
}

/** @param transaction undefined when nothing is signed for the request */
export function sendTimeout(label: string, transaction: PendingTransaction | undefined): FloeError {
  const message =
    transaction === undefined
      ? `The ${label} is not signed yet: an earlier transaction is not mined, or the L1 endpoints contradict each other.`
      : `The ${label} with nonce ${transaction.entry.nonce} is not on L1 yet: ${transaction.reason ?? 'it was not mined'}.`
  return new FloeError('unavailable', message, {
    remedy: 'Check the L1 endpoints and the balance of the account, and try again.',
    facts:
      transaction === undefined
        ? {}
        : { nonce: transaction.entry.nonce, transactionHash: newestAttempt(transaction).hash },
    ...retry,
  })
}
