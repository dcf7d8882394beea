// Whether an epoch has not started on L1, so that no signature for it can hold (docs/protocol.md §6.1). Readers reject a commitment of
// such an epoch permanently, so an endpoint that lags must not decide it.
//
// Guarantees:
// - Recent: only a block that is younger than the question decides. A certificate that exists when its reader asks was signed for an
//   epoch whose start was final by then, so such a block has the start, whatever --finality the signers have.
// - Final: the newest final block is at most FINALITY_LAG_SECONDS_MAX behind that block, or younger than the question itself. A fork
//   that L1 does not finalize misses the start of an epoch that was final elsewhere, and its final block falls behind.
// - Asked once: the first question about a certificate counts, so a reader that asks again a block later has its answer. Another
//   certificate of the same epoch is another question: it may have been signed since.
// - Cheap: questions about any number of epochs share one read of L1 in a refresh interval.
import { sha256 } from '@noble/hashes/sha2.js'
import { LRUCache } from 'lru-cache'
import { type Hex, toHex } from '../protocol/bytes.ts'
import { FloeError } from '../protocol/errors.ts'
import { staleWhileRevalidate } from '../runtime/async/stale-while-revalidate.ts'
import { type Clock, unixSeconds } from '../runtime/clock.ts'

/** What one endpoint shows of the epochs. Times are the timestamps of blocks in unix seconds. */
export type EpochView = {
  /** The newest epoch that has started in the newest block; 0: none. */
  readonly newestEpoch: number
  /** Of the newest block. */
  readonly time: number
  /** Of the newest final block. */
  readonly finalTime: number
}

export type EpochHorizonOptions = {
  /** The views of the endpoints that answer, at least one. @throws FloeError `unavailable` */
  readonly readViews: () => Promise<readonly EpochView[]>
  readonly clock: Clock
  /** Milliseconds for which a view is used again. */
  readonly refreshMs: number
}

/**
 * Ethereum finalizes a block after 13 to 19 minutes. A fork that forked off before a block that was final on the other one is
 * at least 26 minutes behind its own final block.
 */
export const FINALITY_LAG_SECONDS_MAX: number = 24 * 60
/** Epochs that do not exist come from commitments that are not valid; a rollup has few, and a stranger may ask for many. */
const QUESTIONS_MAX = 8_192
/** Ethereum has a new block then. */
const RETRY_SECONDS = 12

export class EpochHorizon {
  readonly #clock: Clock
  readonly #view: () => Promise<EpochView>
  /** When a certificate was first asked about, in unix seconds, by its hash. */
  readonly #askedAt = new LRUCache<Hex, number>({ max: QUESTIONS_MAX })
  /** The newest block that any view had. */
  #newestTime = 0

  constructor({ readViews, clock, refreshMs }: EpochHorizonOptions) {
    this.#clock = clock
    const policy = { refreshMs, staleMs: refreshMs, patienceMs: 0 }
    this.#view = staleWhileRevalidate(clock, policy, async () => joinViews(await readViews()))
  }

  /**
   * Whether a certificate is of an epoch that had not started when it was first asked about: true is final, false means that an
   * endpoint shows the start of the epoch.
   * @param certificate its bytes; left out, every call is a new question
   * @throws FloeError `unavailable` when L1 does not answer, and `isUndecided` before a view is recent and final
   */
  async isBeyond(epoch: number, certificate: Uint8Array | undefined): Promise<boolean> {
    const askedAt = this.#firstAskedAt(certificate)
    const view = await this.#view()
    this.#newestTime = Math.max(this.#newestTime, view.time)
    if (epoch <= view.newestEpoch) return false
    if (view.time >= this.#newestTime && decides(view, askedAt)) return true
    throw undecided(epoch, view, askedAt)
  }

  #firstAskedAt(certificate: Uint8Array | undefined): number {
    const now = unixSeconds(this.#clock)
    if (certificate === undefined) return now
    const key = toHex(sha256(certificate))
    const askedAt = this.#askedAt.get(key) ?? now
    this.#askedAt.set(key, askedAt)
    return askedAt
  }
}

/** The view with the newest block. An epoch that any endpoint shows has started, or there is a fork: both decide nothing. */
function joinViews(views: readonly EpochView[]): EpochView {
  const newest = views.reduce((best, other) => (other.time > best.time ? other : best))
  return { ...newest, newestEpoch: Math.max(...views.map(({ newestEpoch }) => newestEpoch)) }
}

/** Whether an epoch that is not in the view had no certificate when it was asked for. */
export function decides({ time, finalTime }: Omit<EpochView, 'newestEpoch'>, askedAt: number): boolean {
  if (finalTime > askedAt) return true
  return time > askedAt && time - finalTime <= FINALITY_LAG_SECONDS_MAX
}

function undecided(epoch: number, { newestEpoch, time, finalTime }: EpochView, askedAt: number): FloeError {
  return new FloeError(
    'unavailable',
    `Expected a block of L1 younger than this question that shows whether epoch ${epoch} has started, got one ` +
      `${Math.max(0, askedAt - time)} s older, in epoch ${newestEpoch}; the newest final block is ${time - finalTime} s behind it.`,
    {
      remedy:
        'Try again: a later block decides it. If this continues, check whether L1 or its finality has stalled, an endpoint lags, or ' +
        'this clock is ahead.',
      facts: { epoch, newestEpoch, undecided: true },
      retryAfterSeconds: RETRY_SECONDS,
    },
  )
}

/** Whether a later block of L1 decides the question. */
export function isUndecided(error: unknown): error is FloeError {
  return error instanceof FloeError && 'undecided' in error.facts
}
