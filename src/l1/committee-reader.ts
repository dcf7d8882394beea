// Reads committees and quotas from the Committee contract, through endpoints that may lie, lag or be unreachable.
//
// Guarantees:
// - Checked: the members of an epoch hash to the contract's committeeRoot, and endpoints that name different roots are an error.
// - Unknown only when certain: an epoch counts as one that does not exist only in a view of L1 that is final and recent (epoch-horizon.ts).
// - Final: a committee is returned only if its epoch started in a final block, so no reorg can replace it.
// - Shared: concurrent callers share one read, and a committee that was read is not read again.
// - Stale rather than unavailable: while L1 does not answer, `current` and `disperserQuota` return old values for ten minutes.
//
// Why final: a header names the epoch and not its members, and an attestation names their root. Signed for a committee that a reorg
// replaced, a certificate would be valid nowhere. So storage nodes, sidecars and readers all wait for finality.
// Why ten minutes: an epoch lasts far longer, and storage nodes accept the previous one, so an old value is almost always right
// and at worst rejected by the nodes. After ten minutes it may name operators that were replaced for a reason.
// Quotas are read at the tip: they limit a disperser's use and prove nothing.
import { LRUCache } from 'lru-cache'
import type { Hex } from '../protocol/bytes.ts'
import type { Committee } from '../protocol/committee.ts'
import { FloeError } from '../protocol/errors.ts'
import type { Domain } from '../protocol/header.ts'
import { SingleFlight } from '../runtime/async/single-flight.ts'
import { type RefreshPolicy, staleWhileRevalidate } from '../runtime/async/stale-while-revalidate.ts'
import type { Clock } from '../runtime/clock.ts'
import { FINALITY_DEFAULT, type Finality } from './finality-rule.ts'
import type { Committees } from './committees.ts'
import { agreedChainId, checkContracts } from './contract-checks.ts'
import { EpochHorizon, type EpochView } from './epoch-horizon.ts'
import { EpochReader, type EpochReaderLogger, isNotFinal } from './epoch-reader.ts'
import { finalBlock } from './finality.ts'
import { type LogSettings, logSettings } from './log-spans.ts'
import { type L1, connectL1 } from './rpc.ts'

export type CommitteesOptions = LogSettings & {
  readonly rpcUrls: readonly string[]
  /** A connection to them that others use as well; left out, one is made. */
  readonly l1?: L1 | undefined
  readonly committee: Hex
  readonly ledger: Hex
  readonly clock: Clock
  /** The chain that the endpoints must be on; left out, any one on which they agree. */
  readonly chainId?: number | undefined
  /** When an epoch counts as started; left out, when L1 has finalized its start. */
  readonly finality?: Finality | undefined
  readonly refreshMs?: number | undefined
  readonly logger?: EpochReaderLogger | undefined
  /** Ends every request in flight, and refuses later ones. */
  readonly signal?: AbortSignal | undefined
}

const REFRESH_MS_DEFAULT = 5_000
const STALE_MS = 10 * 60_000
/** A put must not wait for an endpoint that does not answer. */
const PATIENCE_MS = 500
/** A committee of 255 members takes about 50 kB. */
const COMMITTEES_MAX = 64
/** Epochs in a row that may have started and not be final yet. */
const EPOCHS_NOT_FINAL_MAX = 8
const QUOTAS_MAX = 1024
/** A question about an epoch that does not exist waits for the next block, and chains have blocks every few seconds. */
const HORIZON_REFRESH_MS_MAX = 2_000

type CommitteeReaderOptions = {
  readonly epochs: EpochReader
  readonly clock: Clock
  readonly refreshMs: number
}

export class CommitteeReader implements Committees {
  readonly #epochs: EpochReader
  readonly #clock: Clock
  readonly #policy: RefreshPolicy
  /** Final committees by epoch. */
  readonly #committees = new LRUCache<number, Committee>({ max: COMMITTEES_MAX })
  /** Epochs that were not final when they were last read, with the time at which they are read again. */
  readonly #notFinal = new LRUCache<number, { readonly error: FloeError; readonly readAgainAt: number }>({
    max: COMMITTEES_MAX,
  })
  readonly #reads = new SingleFlight<number, Committee>()
  readonly #quotas = new LRUCache<Hex, () => Promise<bigint>>({ max: QUOTAS_MAX })
  readonly #horizon: EpochHorizon
  readonly #current: () => Promise<Committee>

  /**
   * Connects to the contracts and checks them.
   * @throws FloeError `configuration` when they are not what they should be, `unavailable` when L1 does not answer
   */
  static async connect(options: CommitteesOptions): Promise<{ committees: CommitteeReader; domain: Domain }> {
    const { rpcUrls, clock, finality = FINALITY_DEFAULT, refreshMs = REFRESH_MS_DEFAULT, logger } = options
    const l1 = options.l1 ?? connectL1(rpcUrls, { ...logSettings(options), clock, signal: options.signal })
    const chainId = await agreedChainId(l1, options.chainId)
    const address = options.committee.toLowerCase() as Hex
    const ledger = options.ledger.toLowerCase() as Hex
    await checkContracts(l1, address, ledger)
    // Endpoints that do not know the block tag are reported now, and not with the first batch.
    await finalBlock(l1, finality)
    const epochs = new EpochReader({ l1, address, finality, logger })
    return { committees: new CommitteeReader({ epochs, clock, refreshMs }), domain: { chainId, ledger } }
  }

  private constructor({ epochs, clock, refreshMs }: CommitteeReaderOptions) {
    this.#epochs = epochs
    this.#clock = clock
    this.#policy = { refreshMs, staleMs: STALE_MS, patienceMs: PATIENCE_MS }
    const readViews = async (): Promise<EpochView[]> => epochs.views()
    const horizonMs = Math.min(refreshMs, HORIZON_REFRESH_MS_MAX)
    this.#horizon = new EpochHorizon({ readViews, clock, refreshMs: horizonMs })
    this.#current = staleWhileRevalidate(clock, this.#policy, async () => this.#readCurrent())
  }

  async current(): Promise<Committee> {
    return this.#current()
  }

  async ofEpoch(epoch: number, certificate?: Uint8Array): Promise<Committee | undefined> {
    if (epoch < 1) return undefined
    const known = this.#known(epoch)
    if (known !== undefined) return known
    if (await this.#horizon.isBeyond(epoch, certificate)) return undefined
    return this.#readShared(epoch)
  }

  async disperserQuota(disperser: Hex): Promise<bigint> {
    const address = disperser.toLowerCase() as Hex
    let quota = this.#quotas.get(address)
    if (quota === undefined) {
      quota = staleWhileRevalidate(this.#clock, this.#policy, async () => this.#epochs.quotaOf(address))
      this.#quotas.set(address, quota)
    }
    return quota()
  }

  /** @throws FloeError `isNotFinal` for an epoch that was not final within the last refresh interval */
  #known(epoch: number): Committee | undefined {
    const notFinal = this.#notFinal.get(epoch)
    if (notFinal !== undefined && this.#clock.monotonic() < notFinal.readAgainAt) throw notFinal.error
    return this.#committees.get(epoch)
  }

  async #readShared(epoch: number): Promise<Committee> {
    return this.#reads.run(epoch, async () => this.#readFinal(epoch))
  }

  async #readFinal(epoch: number): Promise<Committee> {
    try {
      const committee = await this.#epochs.readFinal(epoch)
      if (committee === undefined) throw startNotShown(epoch)
      this.#committees.set(epoch, committee)
      return committee
    } catch (error) {
      if (isNotFinal(error)) {
        const readAgainAt = this.#clock.monotonic() + this.#policy.refreshMs
        this.#notFinal.set(epoch, { error, readAgainAt })
      }
      throw error
    }
  }

  /** The newest final epoch. Epochs are long, so it is the newest epoch or one of the few before it. */
  async #readCurrent(): Promise<Committee> {
    const newest = await this.#epochs.newest()
    for (let epoch = newest; ; epoch--) {
      try {
        return await this.#readNamed(epoch)
      } catch (error) {
        if (!isNotFinal(error) || epoch === 1 || newest - epoch >= EPOCHS_NOT_FINAL_MAX) throw error
      }
    }
  }

  /** The committee of an epoch that L1 names. A committee that L1 no longer has is dropped, and read again. */
  async #readNamed(epoch: number): Promise<Committee> {
    const root = await this.#epochs.rootOf(epoch)
    const known = this.#committees.peek(epoch)
    if (known !== undefined && known.root !== root) this.#committees.delete(epoch)
    return this.#known(epoch) ?? this.#readShared(epoch)
  }
}

function startNotShown(epoch: number): FloeError {
  return new FloeError('unavailable', `L1 names epoch ${epoch} and does not have its committee yet.`, {
    remedy: 'Try again. If this continues, an endpoint lags, or it is on another fork.',
    facts: { epoch },
    retryAfterSeconds: 5,
  })
}
