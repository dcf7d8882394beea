// The fees of a transaction, as plain functions of the market. The rules follow op-service's txmgr, which follows geth's pool: a
// replacement pays at least a tenth more of both fees, the fee cap covers two base fees, and replacements end at a ceiling, or
// earlier when their fees are far above the market.

export type Fees = { readonly maxFeePerGas: bigint; readonly maxPriorityFeePerGas: bigint }

/** The fees of the next block. */
export type FeeMarket = { readonly baseFee: bigint; readonly tip: bigint }

export type FeeLimits = {
  /** Wei per unit of gas; no transaction offers more. */
  readonly feeCapWeiMax: bigint
  readonly tipWeiMin: bigint
}

/** A transaction that offers this many times the market's fees is not delayed by its fees. */
const MARKET_MULTIPLE_MAX = 5n

/** The fees of a first attempt. */
export function firstFees(market: FeeMarket, { feeCapWeiMax, tipWeiMin }: FeeLimits): Fees {
  const tip = larger(market.tip, tipWeiMin)
  const maxFeePerGas = smaller(tip + 2n * market.baseFee, feeCapWeiMax)
  return { maxFeePerGas, maxPriorityFeePerGas: smaller(tip, maxFeePerGas) }
}

/** The fees of a replacement; undefined when a pool would demand more than the ceiling or far more than the market. */
export function bumpedFees(market: FeeMarket, last: Fees, limits: FeeLimits): Fees | undefined {
  const fresh = firstFees(market, limits)
  const maxFeePerGas = larger(fresh.maxFeePerGas, tenthMore(last.maxFeePerGas))
  const maxPriorityFeePerGas = larger(fresh.maxPriorityFeePerGas, tenthMore(last.maxPriorityFeePerGas))
  const most = smaller(limits.feeCapWeiMax, MARKET_MULTIPLE_MAX * fresh.maxFeePerGas)
  return maxFeePerGas > most ? undefined : { maxFeePerGas, maxPriorityFeePerGas }
}

/** Rounded up, because a pool compares exactly. At least 1: a replacement of a zero fee must pay more as well. */
function tenthMore(fee: bigint): bigint {
  return larger((fee * 11n + 9n) / 10n, 1n)
}

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}

function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}
