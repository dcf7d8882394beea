// What a transaction offers, as plain functions of the market. The rules are those of op-service's txmgr where a pool of geth
// makes them necessary: a replacement pays at least a tenth more of both fees, the fee cap covers two base fees, and bumps end
// at a ceiling, or earlier where they have left the market behind.

export type Fees = { readonly maxFeePerGas: bigint; readonly maxPriorityFeePerGas: bigint }

/** What the next block asks for. */
export type FeeMarket = { readonly baseFee: bigint; readonly tip: bigint }

export type FeeLimits = {
  /** Most wei a unit of gas that is ever offered. */
  readonly feeCapWeiMax: bigint
  readonly tipWeiMin: bigint
}

/** A transaction that offers this many times what the market asks is not held up by its fees. */
const MARKET_MULTIPLE_MAX = 5n

/** The fees of a first attempt. */
export function firstFees(market: FeeMarket, { feeCapWeiMax, tipWeiMin }: FeeLimits): Fees {
  const tip = larger(market.tip, tipWeiMin)
  const maxFeePerGas = smaller(tip + 2n * market.baseFee, feeCapWeiMax)
  return { maxFeePerGas, maxPriorityFeePerGas: smaller(tip, maxFeePerGas) }
}

/** The fees of a replacement, or undefined if what a pool demands for one is above the ceiling or far above the market. */
export function bumpedFees(market: FeeMarket, last: Fees, limits: FeeLimits): Fees | undefined {
  const fresh = firstFees(market, limits)
  const maxFeePerGas = larger(fresh.maxFeePerGas, tenthMore(last.maxFeePerGas))
  const maxPriorityFeePerGas = larger(fresh.maxPriorityFeePerGas, tenthMore(last.maxPriorityFeePerGas))
  const most = smaller(limits.feeCapWeiMax, MARKET_MULTIPLE_MAX * fresh.maxFeePerGas)
  return maxFeePerGas > most ? undefined : { maxFeePerGas, maxPriorityFeePerGas }
}

/** Rounded up: a pool compares without mercy. It wants more of nothing too. */
function tenthMore(fee: bigint): bigint {
  return larger((fee * 11n + 9n) / 10n, 1n)
}

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}

function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}
