// A spending budget: a maximum for one transaction, and a maximum for any 24 hours. It is kept in memory, so a restart begins
// with the whole budget again; what one process spends is bounded nevertheless.
import { FloeError } from '../protocol/errors.ts'
import type { Clock } from '../runtime/clock.ts'

export type SpendingLimits = { readonly transactionWeiMax: bigint; readonly dayWeiMax: bigint }

type Reservation = { readonly atMs: number; readonly wei: bigint }

const DAY_MS = 86_400_000

export class SpendingBudget {
  readonly #limits: SpendingLimits
  readonly #clock: Clock
  #reservations: Reservation[] = []

  constructor({ limits, clock }: { readonly limits: SpendingLimits; readonly clock: Clock }) {
    this.#limits = limits
    this.#clock = clock
  }

  /**
   * Counts an amount before it is spent.
   * @returns releases the amount; call it when the amount was not spent
   * @throws FloeError `overloaded` for an amount that exceeds a limit
   */
  reserve(wei: bigint): () => void {
    const { transactionWeiMax, dayWeiMax } = this.#limits
    const spentWei = this.spentWithinDayWei()
    if (wei > transactionWeiMax || spentWei + wei > dayWeiMax) throw overBudget(wei, spentWei, this.#limits)
    const reservation = { atMs: this.#clock.monotonic(), wei }
    this.#reservations.push(reservation)
    return () => {
      this.#reservations = this.#reservations.filter((other) => other !== reservation)
    }
  }

  /** Wei that were reserved within the last 24 hours. */
  spentWithinDayWei(): bigint {
    const sinceMs = this.#clock.monotonic() - DAY_MS
    this.#reservations = this.#reservations.filter(({ atMs }) => atMs > sinceMs)
    return this.#reservations.reduce((sum, { wei }) => sum + wei, 0n)
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
