// What to do about a transaction that was signed, as plain functions of what is known and the time.
import type { FeeLimits } from './fees.ts'

export type SendingPolicy = FeeLimits & {
  /** Milliseconds between looks at L1 while something is under way. */
  readonly pollMs: number
  /** Milliseconds between looks while nothing is: for reorgs, and for the balance. */
  readonly watchMs: number
  /** Milliseconds after which a transaction that is not mined is sent again as it is: about a block. */
  readonly rebroadcastMs: number
  /** Milliseconds after which it is replaced by one that pays more; also how long a stranger's transaction is waited for. */
  readonly bumpMs: number
  /** Milliseconds after which a call is given up for now; its transaction stays in the journal and is watched. */
  readonly settleMs: number
  /** The balance is too low when it pays for fewer transactions than this. */
  readonly fundedMin: number
  /** Transactions that may be signed and not final: more than L1 has blocks until it is final, and each has its bytes in memory. */
  readonly liveMax: number
}

const GWEI = 1_000_000_000n

export const defaultSendingPolicy: SendingPolicy = {
  pollMs: 1_000,
  watchMs: 12_000,
  rebroadcastMs: 12_000,
  bumpMs: 36_000,
  settleMs: 10 * 60_000,
  feeCapWeiMax: 300n * GWEI,
  tipWeiMin: GWEI / 10n,
  fundedMin: 20,
  liveMax: 256,
}

/** What a broadcast came to, the best answer first. */
export const broadcastAnswers = [
  /** A pool took it that did not have it. */
  'accepted',
  /** A pool has it already. */
  'known',
  /** A transaction with its nonce is mined: a look at the chain tells whose. */
  'nonce-used',
  /** It pays too little to be taken, or to replace what has its nonce. */
  'underpriced',
  /** The account cannot pay for it. */
  'unfunded',
  /** The account has blob transactions in the pool, which takes no others from it then. */
  'reserved',
  'rejected',
  'unreachable',
] as const

export type BroadcastAnswer = (typeof broadcastAnswers)[number]

/** What is known of a transaction whose nonce is free. Moments are of one monotonic clock, in milliseconds. */
export type Pending = {
  /** When its fees were last decided on. */
  readonly pricedAt: number
  /** When it was last sent to every endpoint; undefined: not since it was signed, or since a reorg dropped it. */
  readonly broadcastAt: number | undefined
  readonly answer: BroadcastAnswer | undefined
  /** Somebody waits for it or behind it, and it has the lowest free nonce: only then more money moves it. */
  readonly hurried: boolean
}

/**
 * One that pays too little is given a block's time before it pays more: where two processes send from one account, the other's
 * transaction is mined meanwhile, and they do not outbid each other. What the account cannot pay for does not pay more.
 */
export function nextStep(
  pending: Pending,
  policy: SendingPolicy,
  now: number,
): 'broadcast' | 'bump' | 'wait' {
  const { pricedAt, broadcastAt, answer, hurried } = pending
  if (broadcastAt === undefined) return 'broadcast'
  const patience = answer === 'underpriced' ? policy.rebroadcastMs : policy.bumpMs
  const payable = answer !== 'unfunded' && answer !== 'reserved'
  if (hurried && payable && now - pricedAt >= patience) return 'bump'
  return now - broadcastAt >= policy.rebroadcastMs ? 'broadcast' : 'wait'
}

/** What was seen of an entry in one look at all endpoints. */
export type EntrySight = {
  /** The account's count of mined transactions is past its nonce. */
  readonly nonceUsed: boolean
  /** Block of a receipt of one of its attempts. */
  readonly minedIn: number | undefined
  /** Every endpoint that answers has that receipt in the same block; without one: none of them has any. */
  readonly unanimous: boolean
  readonly final: number
  /** The account's count is past its nonce in the final block too, as every endpoint that answers says. */
  readonly nonceFinal: boolean
  /** Looks in a row, with this one, at which the nonce was used and no attempt had a receipt. */
  readonly foreignLooks: number
}

/**
 * `open`: its nonce is free. `mined`: one of its attempts took it. `settled`: that is final. `taken`: a stranger's transaction
 * took it. `superseded`: that is final. `unclear`: endpoints contradict each other, as they do behind a balancer.
 */
export type Fate = 'open' | 'mined' | 'settled' | 'taken' | 'superseded' | 'unclear'

/** Endpoints behind a balancer see blocks at different times: one look does not show that a nonce went elsewhere. */
const FOREIGN_LOOKS_MIN = 3

export function fateOf(sight: EntrySight): Fate {
  if (sight.minedIn !== undefined)
    return sight.minedIn <= sight.final && sight.unanimous ? 'settled' : 'mined'
  if (!sight.nonceUsed) return 'open'
  if (sight.foreignLooks < FOREIGN_LOOKS_MIN) return 'unclear'
  return sight.nonceFinal && sight.unanimous ? 'superseded' : 'taken'
}

export type Funds = {
  readonly balanceWei: bigint
  /** Transactions like the newest that it pays for. */ readonly transactions: number
}

/** How far a balance goes at the fees that a first attempt would offer. */
export function fundsOf(balanceWei: bigint, gas: bigint, feeCapWei: bigint): Funds {
  const cost = gas * feeCapWei
  return { balanceWei, transactions: cost === 0n ? Number.MAX_SAFE_INTEGER : Number(balanceWei / cost) }
}
