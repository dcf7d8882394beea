// Resolves a missing chunk: it is requested from its operator again, then rebuilt from the other slivers, then challenged on L1. A
// chunk that was shown on L1 counts as served: every reader of L1 has it.
import type { RetrieveOptions } from '../client/retrieve.ts'
import type { DisputeFollower } from '../disputes/dispute-follower.ts'
import type { OpenChallenges } from '../disputes/open-challenges.ts'
import { openPosition } from '../disputes/sliver-sources.ts'
import type { Disputes } from '../l1/disputes.ts'
import { type ErrorCode, asFloeError } from '../protocol/errors.ts'
import type { Clock } from '../runtime/clock.ts'
import { ConditionLog } from '../runtime/condition-log.ts'
import type { Logger } from '../runtime/logger.ts'
import type { ChallengeTransactions } from './challenge-transactions.ts'
import type { Disprover } from './disprover.ts'
import type { MissingChunk, MissingChunks } from './missing-chunks.ts'
import { sampleChunk } from './sampling.ts'

export type MissingChunkResolverOptions = {
  readonly follower: Pick<DisputeFollower, 'sync'>
  readonly challenges: Pick<OpenChallenges, 'all'>
  readonly disputes: Pick<Disputes, 'faultsOf' | 'challengeOf' | 'expiredPairOf'>
  readonly missingChunks: Pick<MissingChunks, 'remove'>
  readonly retrieval: RetrieveOptions
  readonly disprover: Pick<Disprover, 'disprove'>
  /** Undefined: no account pays, so a withheld chunk is only reported. */
  readonly transactions: Pick<ChallengeTransactions, 'address' | 'open'> | undefined
  /** Milliseconds for which a chunk is requested again before anything else is done. */
  readonly challengeAfterMs: number
  readonly clock: Clock
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>
  readonly onEvent: (event: 'rebuilt' | 'challenged') => void
}

export class MissingChunkResolver {
  readonly #options: MissingChunkResolverOptions
  /** By operator. */
  readonly #rebuilt: ConditionLog
  readonly #unpaid: ConditionLog

  constructor(options: MissingChunkResolverOptions) {
    this.#options = options
    const { logger, clock } = options
    const rebuilt = {
      began: 'chunk rebuilt: its operator does not serve it',
      ended: 'missing chunk served again',
    }
    this.#rebuilt = new ConditionLog({ logger, clock, ...rebuilt })
    const unpaid = {
      began: 'withheld chunk not challenged: no account pays',
      ended: 'withheld chunk served again',
    }
    this.#unpaid = new ConditionLog({ logger, clock, ...unpaid, level: 'error' })
  }

  /** Takes the next step, and removes the chunk when nothing is left to do. An error leaves it for the next call. */
  async resolve(chunk: MissingChunk, signal: AbortSignal): Promise<void> {
    if (await this.#isResolved(chunk, signal)) this.#options.missingChunks.remove(chunk)
  }

  async #isResolved(chunk: MissingChunk, signal: AbortSignal): Promise<boolean> {
    const { clock, challengeAfterMs, disputes, disprover } = this.#options
    const { certified, position, posted, missingSinceMs } = chunk
    if (await this.#isServed(chunk, signal)) return true
    if (clock.monotonic() - missingSinceMs < challengeAfterMs) return false
    const { status } = await disputes.challengeOf(certified.digest, position)
    if (status === 'answered') return true
    // Of any account: it is answered, or expires, or lapses and can be opened again.
    if (status === 'open') return false
    const failure = await this.#rebuild(chunk, signal)
    if (failure === undefined) return true
    if (failure === 'batch-invalid') await disprover.disprove(certified, posted, signal)
    if (await this.#isWorthAChallenge(chunk, signal)) await this.#challenge(chunk)
    return true
  }

  async #isServed({ certified, position, operator }: MissingChunk, signal: AbortSignal): Promise<boolean> {
    try {
      await sampleChunk(certified, position, { ...this.#options.retrieval, signal })
      this.#rebuilt.held(operator)
      this.#unpaid.held(operator)
      return true
    } catch {
      signal.throwIfAborted()
      return false
    }
  }

  /** @returns undefined when the chunk could be made from other slivers, else the reason why not */
  async #rebuild(
    { certified, position, operator }: MissingChunk,
    signal: AbortSignal,
  ): Promise<ErrorCode | undefined> {
    const { retrieval, onEvent } = this.#options
    try {
      await openPosition(certified, position, { ...retrieval, signal })
    } catch (error) {
      signal.throwIfAborted()
      return asFloeError(error).code
    }
    onEvent('rebuilt')
    this.#rebuilt.failed(operator, { digest: certified.digest, operator, position })
    return undefined
  }

  /**
   * Not for a header that is inconsistent or expired, and once for each pair: L1 fines it once. A header that is only withheld is
   * challenged at its other pairs, because each of them is fined (docs/protocol.md §7.3).
   */
  async #isWorthAChallenge({ certified, position }: MissingChunk, signal: AbortSignal): Promise<boolean> {
    const { disputes, follower, challenges, transactions } = this.#options
    const { digest, header } = certified
    if ((await disputes.faultsOf(digest)).inconsistent) return false
    if ((await disputes.expiredPairOf(digest, position.pair)) !== undefined) return false
    const { timestamp } = await follower.sync(signal)
    if (timestamp > header.expiry) return false
    return !challenges
      .all()
      .some(
        (open) =>
          open.challenger === transactions?.address &&
          open.digest === digest &&
          open.position.pair === position.pair,
      )
  }

  async #challenge({ position, posted, operator, missingSinceMs }: MissingChunk): Promise<void> {
    const { transactions, logger, onEvent } = this.#options
    const { digest } = posted
    if (transactions === undefined) {
      this.#unpaid.failed(operator, { digest, operator, position })
      return
    }
    const result = await transactions.open(posted, position, Math.floor(missingSinceMs))
    if (result.outcome === 'not-wanted') return
    onEvent('challenged')
    logger.warn({ digest, operator, position, ...result }, 'withheld chunk challenged')
  }
}
