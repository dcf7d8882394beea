// What to do about a signed transaction, as plain functions of what is known and the time.
import type { FeeLimits } from './fees.ts'

export type SendingPolicy = FeeLimits & {
  /** Milliseconds between snapshots of L1 while a transaction is in flight. */
  readonly pollMs: number
  /** Milliseconds between snapshots otherwise: for reorgs, and for the balance. */
  readonly watchMs: number
  /** Milliseconds after which a transaction that is not mined is sent again unchanged: about a block. */
  readonly rebroadcastMs: number
  /** Milliseconds until a replacement with higher fees; also how long a foreign transaction may delay a new one. */
  readonly bumpMs: number
  /**
   * Transactions that may be signed and not mined at the same time. More than one is for calls that do not depend on each other
   * and that a contract accepts once: another process of the account that lost its journal may then have signed one of them too.
   */
  readonly inFlightMax: number
  /** Milliseconds after which a request ends; its transaction stays in the journal and is watched. */
  readonly settleMs: number
  /** The balance is too low when it pays for fewer transactions than this. */
  readonly fundedMin: number
  /** Transactions that may be signed and not final: more than the blocks until finality, because each is held in memory. */
  readonly pendingMax: number
}

const GWEI = 1_000_000_000n

export const defaultSendingPolicy: SendingPolicy = {
  pollMs: 1_000,
  watchMs: 12_000,
  rebroadcastMs: 12_000,
  bumpMs: 36_000,
  inFlightMax: 1,
  settleMs: 10 * 60_000,
  feeCapWeiMax: 300n * GWEI,
  tipWeiMin: GWEI / 10n,
  fundedMin: 20,
  pendingMax: 256,
}

/** The results of a broadcast, the best one first. */
export const broadcastResults = [
  /** A pool took the transaction and did not have it before. */
  'accepted',
  /** A pool has it already. */
  'known',
  /** A transaction with its nonce is mined; the next snapshot tells which. */
  'nonce-used',
  /** Its fees are too low for the pool, or to replace the transaction that has its nonce. */
  'underpriced',
  /** The account cannot pay for it. */
  'unfunded',
  /** The account has blob transactions in the pool, which then takes no others from it. */
  'reserved',
  'rejected',
  'unreachable',
] as const

export type BroadcastResult = (typeof broadcastResults)[number]

/** What is known of a transaction whose nonce is free. Times are of one monotonic clock, in milliseconds. */
export type BroadcastState = {
  /** When its fees were last decided. */
  readonly pricedAt: number
  /** When it was last sent to every endpoint; undefined: not since it was signed, or since a reorg removed it. */
  readonly broadcastAt: number | undefined
  readonly broadcastResult: BroadcastResult | undefined
  /** A request waits for it or behind it, and it is among the lowest free nonces: only then do higher fees help. */
  readonly urgent: boolean
}

/**
 * An underpriced transaction is replaced after the time of a block, not immediately: where two processes send from one account,
 * the transaction of the other is mined in that time, and they do not outbid each other. Higher fees do not help an account that cannot
 * pay.
 */
export function nextStep(
  { pricedAt, broadcastAt, broadcastResult, urgent }: BroadcastState,
  policy: SendingPolicy,
  now: number,
): 'broadcast' | 'bump' | 'wait' {
  if (broadcastAt === undefined) return 'broadcast'
  const bumpAfterMs = broadcastResult === 'underpriced' ? policy.rebroadcastMs : policy.bumpMs
  const isPayable = broadcastResult !== 'unfunded' && broadcastResult !== 'reserved'
  if (urgent && isPayable && now - pricedAt >= bumpAfterMs) return 'bump'
  return now - broadcastAt >= policy.rebroadcastMs ? 'broadcast' : 'wait'
}

/** What one snapshot of all endpoints shows of a pending transaction. */
export type Observation = {
  /** The account's count of mined transactions is past its nonce. */
  readonly nonceUsed: boolean
  /** Block of a receipt of one of its attempts. */
  readonly minedIn: number | undefined
  /** Every endpoint that answers has that receipt in the same block; without a receipt: none of them has one. */
  readonly unanimous: boolean
  readonly final: number
  /** The count is past its nonce in the final block too, as every endpoint that answers says, and not one alone where there are more. */
  readonly nonceFinal: boolean
  /** Snapshots in a row, this one included, in which the nonce was used and no attempt had a receipt. */
  readonly foreignSnapshots: number
}

export type TransactionStatus =
  /** The nonce is free. */
  | 'open'
  /** One of the attempts is mined. */
  | 'mined'
  /** One of the attempts is mined in a final block. */
  | 'final'
  /** A foreign transaction has the nonce. */
  | 'replaced-externally'
  /** A foreign transaction has the nonce in a final block. */
  | 'superseded'
  /** The endpoints contradict each other, as those behind a load balancer do. */
  | 'unknown'

/** Endpoints behind a load balancer see blocks at different times: one snapshot does not prove a foreign transaction. */
const FOREIGN_SNAPSHOTS_MIN = 3

export function statusOf(observation: Observation): TransactionStatus {
  const { nonceUsed, minedIn, unanimous, final, nonceFinal, foreignSnapshots } = observation
  if (minedIn !== undefined) return minedIn <= final && unanimous ? 'final' : 'mined'
  if (!nonceUsed) return 'open'
  if (foreignSnapshots < FOREIGN_SNAPSHOTS_MIN) return 'unknown'
  return nonceFinal && unanimous ? 'superseded' : 'replaced-externally'
}

export type Funds = {
  readonly balanceWei: bigint
  /** Transactions like the newest one that the balance pays for. */
  readonly transactions: number
}

/** How many transactions a balance pays for, at the fees of a first attempt. */
export function fundsOf(balanceWei: bigint, gas: bigint, feeCapWei: bigint): Funds {
  const cost = gas * feeCapWei
  return { balanceWei, transactions: cost === 0n ? Number.MAX_SAFE_INTEGER : Number(balanceWei / cost) }
}
