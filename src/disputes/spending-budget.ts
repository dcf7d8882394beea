// A spending budget: a maximum for one transaction, and a maximum for any 24 hours. What transactions earn counts against what they
// cost, so the maximum of a day is one of losses. It is kept in memory, so a restart begins with the whole budget again; what one
// process spends is bounded nevertheless.
import type { Hex } from '../protocol/bytes.ts'
import { FloeError } from '../protocol/errors.ts'
import type { Clock } from '../runtime/clock.ts'

export type SpendingLimits = { readonly transactionWeiMax: bigint; readonly dayWeiMax: bigint }

export type Expense = {
  /** Most wei that the transaction may cost. */
  readonly wei: bigint
  /** What it earns when it succeeds. */
  readonly incomeWei?: bigint
  /** A maximum for this transaction in place of the budget's. */
  readonly transactionWeiMax?: bigint
}

type Entry = { readonly atMs: number; readonly wei: bigint }

const DAY_MS = 86_400_000

export class SpendingBudget {
  readonly #limits: SpendingLimits
  readonly #clock: Clock
  /** By the id of what is paid for, the oldest first. */
  readonly #entries = new Map<Hex, Entry>()

  constructor({ limits, clock }: { readonly limits: SpendingLimits; readonly clock: Clock }) {
    this.#limits = limits
    this.#clock = clock
  }

  /**
   * Counts an expense before it is made. One with the id of an earlier one replaces it: it is the same expense, tried again.
   * @throws FloeError `overloaded` for an expense that exceeds a limit; an earlier one of its id then still counts
   */
  reserve(id: Hex, { wei, incomeWei = 0n, transactionWeiMax }: Expense): void {
    const limits = { ...this.#limits, ...(transactionWeiMax === undefined ? {} : { transactionWeiMax }) }
    // Nothing is earned yet, so an expense that pays for itself counts as nothing.
    const net = wei > incomeWei ? wei - incomeWei : 0n
    const spentWei = this.spentWithinDayWei() - (this.#entries.get(id)?.wei ?? 0n)
    if (wei > limits.transactionWeiMax || spentWei + net > limits.dayWeiMax)
      throw overBudget(wei, spentWei, limits)
    this.settle(id, net)
  }

  /** Replaces a reservation by what was paid, which is negative when more was earned. */
  settle(id: Hex, wei: bigint): void {
    this.#entries.delete(id)
    if (wei !== 0n) this.#entries.set(id, { atMs: this.#clock.monotonic(), wei })
  }

  /** Wei that were reserved or paid within the last 24 hours, less what was earned. */
  spentWithinDayWei(): bigint {
    const sinceMs = this.#clock.monotonic() - DAY_MS
    let sum = 0n
    for (const [id, { atMs, wei }] of this.#entries) {
      if (atMs <= sinceMs) this.#entries.delete(id)
      else sum += wei
    }
    return sum
  }
}

/** Settings are in gwei, because a number cannot hold the wei of many ethers exactly. */
export function weiOf(gwei: number): bigint {
  return BigInt(gwei) * 1_000_000_000n
}

function overBudget(
  wei: bigint,
  spentWei: bigint,
  { transactionWeiMax, dayWeiMax }: SpendingLimits,
): FloeError {
  return new FloeError(
    'overloaded',
    `Expected a transaction of at most ${transactionWeiMax} wei within a budget of ${dayWeiMax} wei a day, ` +
      `got one of up to ${wei} wei after ${spentWei} wei of that day.`,
    {
      facts: {
        wei: String(wei),
        transactionWeiMax: String(transactionWeiMax),
        spentWei: String(spentWei),
        dayWeiMax: String(dayWeiMax),
      },
      remedy: 'Raise the spending limits if the transaction is worth it.',
    },
  )
}
