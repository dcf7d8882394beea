// What to do next about a transaction that should get mined, as plain functions of what is known and the time. The rules are
// those of op-service's txmgr where a pool of geth makes them necessary: a replacement pays at least a tenth more of both
// fees, the fee cap covers two base fees, and bumps end at a ceiling.

export type Fees = { readonly maxFeePerGas: bigint; readonly maxPriorityFeePerGas: bigint }

/** What the next block asks for. */
export type FeeMarket = { readonly baseFee: bigint; readonly tip: bigint }

export type PostingPolicy = {
  /** Milliseconds between looks for a receipt. */
  readonly pollMs: number
  /** Milliseconds after which a transaction that is not mined is sent again as it is. */
  readonly rebroadcastMs: number
  /** Milliseconds after which it is replaced by one that pays more. */
  readonly bumpMs: number
  /** Milliseconds after which a post is given up for now; its transaction stays in the journal and comes first next time. */
  readonly settleMs: number
  /** Most wei a unit of gas that is ever offered. */
  readonly feeCapWeiMax: bigint
  readonly tipWeiMin: bigint
}

const GWEI = 1_000_000_000n

export const defaultPostingPolicy: PostingPolicy = {
  pollMs: 1_000,
  rebroadcastMs: 12_000,
  bumpMs: 36_000,
  settleMs: 10 * 60_000,
  feeCapWeiMax: 300n * GWEI,
  tipWeiMin: GWEI / 10n,
}

/** The fees of a first attempt. */
export function firstFees(market: FeeMarket, policy: PostingPolicy): Fees {
  const tip = market.tip > policy.tipWeiMin ? market.tip : policy.tipWeiMin
  const cap = tip + 2n * market.baseFee
  const maxFeePerGas = cap < policy.feeCapWeiMax ? cap : policy.feeCapWeiMax
  return { maxFeePerGas, maxPriorityFeePerGas: tip < maxFeePerGas ? tip : maxFeePerGas }
}

/** The fees of a replacement, or undefined if what a pool demands for one is above the ceiling. */
export function bumpedFees(market: FeeMarket, last: Fees, policy: PostingPolicy): Fees | undefined {
  const fresh = firstFees(market, policy)
  const maxFeePerGas = larger(fresh.maxFeePerGas, tenthMore(last.maxFeePerGas))
  const maxPriorityFeePerGas = larger(fresh.maxPriorityFeePerGas, tenthMore(last.maxPriorityFeePerGas))
  if (maxFeePerGas > policy.feeCapWeiMax) return undefined
  return {
    maxFeePerGas,
    maxPriorityFeePerGas: maxPriorityFeePerGas < maxFeePerGas ? maxPriorityFeePerGas : maxFeePerGas,
  }
}

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}

/** Rounded up: a pool compares without mercy. */
function tenthMore(fee: bigint): bigint {
  return (fee * 11n + 9n) / 10n
}

/** What is known of a transaction that has no receipt. Moments are of one monotonic clock, in milliseconds. */
export type PendingPost = {
  readonly startedAt: number
  /** When the newest attempt was signed. */
  readonly signedAt: number
  /** When it was last sent to every endpoint; undefined: not yet. */
  readonly broadcastAt: number | undefined
  /** A pool said that the newest attempt pays too little to get in. */
  readonly underpriced: boolean
  /** Looks in a row at which the account's nonce was used up while none of the attempts had a receipt. */
  readonly foreignSightings: number
}

export type PostStep = 'wait' | 'broadcast' | 'bump' | 'superseded' | 'give-up'

/** Endpoints behind a balancer see blocks at different times: one look does not show that a nonce went elsewhere. */
const FOREIGN_SIGHTINGS_MAX = 3

export function nextStep(pending: PendingPost, policy: PostingPolicy, now: number): PostStep {
  if (pending.foreignSightings >= FOREIGN_SIGHTINGS_MAX) return 'superseded'
  if (now - pending.startedAt >= policy.settleMs) return 'give-up'
  if (pending.broadcastAt === undefined) return 'broadcast'
  if (pending.underpriced || now - pending.signedAt >= policy.bumpMs) return 'bump'
  return now - pending.broadcastAt >= policy.rebroadcastMs ? 'broadcast' : 'wait'
}

export type BroadcastAnswer = 'accepted' | 'underpriced' | 'nonce-used' | 'rejected'

/**
 * What a pool's refusal means. Decided on the text: viem files `already known` and `nonce too low` under one class, and
 * implementations share no codes.
 */
export function classifyRefusal(reason: string): BroadcastAnswer {
  if (/already (known|imported|exists|in mempool)|AlreadyKnown|known transaction/i.test(reason))
    return 'accepted'
  if (/nonce (is )?too low|nonce has already been used|OldNonce/i.test(reason)) return 'nonce-used'
  if (/underpriced|fee too low|less than block base fee|lower than the current base fee/i.test(reason))
    return 'underpriced'
  return 'rejected'
}
