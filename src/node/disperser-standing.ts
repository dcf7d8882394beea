// Whether a node signs for a disperser: it is registered, and it has something to lose.
//
// Guarantees:
// - Registered: a disperser without a quota of the Committee contract is refused.
// - Something to lose: with disputes, a deposit below the minimum, or one that was asked back, is refused (docs/protocol.md §7.6).
//
// Quota and deposit are cached alike, and read at the tip from the first endpoint that answers. An endpoint that lags may show a
// deposit that is leaving. That is harmless while it lags by less than a window: a deposit leaves `promise + 5·window` after the
// request, and the first of these windows is for nodes that have not seen yet that the account may no longer sign. A window has an
// hour at least, and a cached value is used for ten minutes at most. An endpoint that does not show a new deposit yet makes one
// node refuse its disperser for some seconds; a quorum does not need that node.
import { LRUCache } from 'lru-cache'
import type { Committees } from '../l1/committees.ts'
import type { Disputes } from '../l1/disputes.ts'
import type { Hex } from '../protocol/bytes.ts'
import { FloeError } from '../protocol/errors.ts'
import { type RefreshPolicy, staleWhileRevalidate } from '../runtime/async/stale-while-revalidate.ts'
import type { Clock } from '../runtime/clock.ts'

export type DepositReader = Pick<Disputes, 'depositOf' | 'exitRequested'>

export type DisperserStandingOptions = {
  readonly committees: Pick<Committees, 'disperserQuota'>
  /** Undefined: disputes are not configured, and no deposit is asked for. */
  readonly deposits: { readonly reader: DepositReader; readonly weiMin: bigint } | undefined
  readonly clock: Clock
}

/** What L1 has of a disperser's deposit. */
type Deposit = { readonly wei: bigint; readonly leaving: boolean }

/** As the committee reader caches quotas (src/l1/committee-reader.ts). */
const POLICY: RefreshPolicy = { refreshMs: 5_000, staleMs: 10 * 60_000, patienceMs: 500 }
const DISPERSERS_MAX = 1_024

export class DisperserStanding {
  readonly #options: DisperserStandingOptions
  readonly #deposits = new LRUCache<Hex, () => Promise<Deposit>>({ max: DISPERSERS_MAX })

  constructor(options: DisperserStandingOptions) {
    this.#options = options
  }

  /** The quota in bytes of a disperser that this node signs for. @throws FloeError `unknown-disperser`, `no-deposit`, `unavailable` */
  async quotaOf(disperser: Hex): Promise<bigint> {
    const { committees, deposits } = this.#options
    const quotaBytes = await committees.disperserQuota(disperser)
    if (quotaBytes === 0n) throw unknownDisperser(disperser)
    if (deposits !== undefined) {
      const deposit = await this.#depositOf(disperser, deposits.reader)
      if (deposit.leaving || deposit.wei < deposits.weiMin)
        throw noDeposit(disperser, deposit, deposits.weiMin)
    }
    return quotaBytes
  }

  async #depositOf(disperser: Hex, reader: DepositReader): Promise<Deposit> {
    let deposit = this.#deposits.get(disperser)
    if (deposit === undefined) {
      deposit = staleWhileRevalidate(this.#options.clock, POLICY, async () => readDeposit(disperser, reader))
      this.#deposits.set(disperser, deposit)
    }
    return deposit()
  }
}

async function readDeposit(disperser: Hex, reader: DepositReader): Promise<Deposit> {
  const [wei, leaving] = await Promise.all([reader.depositOf(disperser), reader.exitRequested(disperser)])
  return { wei, leaving }
}

function unknownDisperser(disperser: Hex): FloeError {
  return new FloeError(
    'unknown-disperser',
    `The committee's contract does not know the disperser ${disperser}.`,
    { facts: { disperser }, remedy: "Register it with the committee's owner." },
  )
}

function noDeposit(disperser: Hex, { wei, leaving }: Deposit, weiMin: bigint): FloeError {
  const got = leaving ? `${wei} wei that its owner has asked to take back` : `${wei} wei`
  const remedy = leaving
    ? 'End the exit, and deposit again; or use another disperser.'
    : 'Deposit the difference in the Disputes contract.'
  return new FloeError(
    'no-deposit',
    `Expected a deposit of at least ${weiMin} wei of the disperser ${disperser}, got ${got}.`,
    { facts: { disperser, wei: String(wei), weiMin: String(weiMin), leaving }, remedy },
  )
}
