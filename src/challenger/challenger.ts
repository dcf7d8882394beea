// A challenger: it samples random chunks of posted batches, keeps a score for every operator, challenges chunks that are withheld,
// expires its challenges, and disproves invalid encodings.
//
// Guarantees:
// - Patient: a challenge is opened only for a chunk that was not served for `challengeAfterMs` and could not be rebuilt.
// - Independent: a task that hangs delays no other task.
// - Bounded: samples in flight, missing chunks, whole batches in memory (one a task), and wei a day have maxima.
import type { DisputeFollower } from '../disputes/dispute-follower.ts'
import type { OpenChallenges } from '../disputes/open-challenges.ts'
import { asFloeError } from '../protocol/errors.ts'
import { type Step, runLoop } from '../runtime/async/loop.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import type { BatchChecker } from './batch-checker.ts'
import type { ChallengeTransactions } from './challenge-transactions.ts'
import type { MissingChunkResolver } from './missing-chunk-resolver.ts'
import type { MissingChunks } from './missing-chunks.ts'
import type { RecentPosts } from './recent-posts.ts'
import type { Sampler } from './sampler.ts'

export type ChallengerEvent =
  /** A challenge was opened. */
  | 'challenged'
  | 'expired'
  | 'withdrawn'
  | 'disproved'
  /** A chunk was rebuilt that its operator does not serve. */
  | 'rebuilt'
  /** A whole batch was checked. */
  | 'checked'
  /** A task failed; it is repeated. */
  | 'failed'

export type ChallengerOptions = {
  readonly follower: Pick<DisputeFollower, 'sync'>
  readonly challenges: Pick<OpenChallenges, 'all'>
  readonly posts: Pick<RecentPosts, 'prune'>
  readonly missingChunks: Pick<MissingChunks, 'all'>
  readonly sampler: Pick<Sampler, 'step' | 'settled'>
  readonly resolver: Pick<MissingChunkResolver, 'resolve'>
  readonly batchChecker: Pick<BatchChecker, 'checkOne'>
  /** Undefined: no account pays, so nothing is sent to L1. */
  readonly transactions: Pick<ChallengeTransactions, 'address' | 'expire' | 'withdraw'> | undefined
  readonly policy: ChallengerPolicy
  readonly clock: Clock
  readonly logger: Pick<Logger, 'warn'>
  readonly onEvent: (event: ChallengerEvent) => void
}

export type ChallengerPolicy = {
  /** Milliseconds between samples. */
  readonly sampleIntervalMs: number
  /** Milliseconds between checks of whole batches. */
  readonly checkIntervalMs: number
  /** Milliseconds for which a missing chunk is requested again before it is challenged. */
  readonly challengeAfterMs: number
}

const FOLLOW_INTERVAL_MS = 1_000
/** How often a missing chunk is requested within `challengeAfterMs`. */
const REQUESTS_BEFORE_CHALLENGE = 8

export class Challenger {
  readonly #options: ChallengerOptions

  constructor(options: ChallengerOptions) {
    this.#options = options
  }

  /** Runs until the signal aborts and every task has ended. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { sampler, batchChecker, policy } = this.#options
    const resolveIntervalMs = Math.ceil(policy.challengeAfterMs / REQUESTS_BEFORE_CHALLENGE)
    const loop = async (intervalMs: number, failure: string, step: Step): Promise<void> => {
      const onError = (error: unknown): void => this.#report(error, failure, signal)
      return runLoop({ clock: this.#options.clock, intervalMs, onError }, step, signal)
    }
    await Promise.all([
      loop(FOLLOW_INTERVAL_MS, 'L1 not followed', async () => this.#follow(signal)),
      loop(policy.sampleIntervalMs, 'sample not taken', async () => sampler.step(signal)),
      loop(resolveIntervalMs, 'missing chunks not resolved', async () => this.#resolveMissing(signal)),
      loop(policy.checkIntervalMs, 'batch not checked', async () => batchChecker.checkOne(signal)),
      loop(FOLLOW_INTERVAL_MS, 'challenges not expired', async () => this.#expireOwn(signal)),
    ])
    await sampler.settled()
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const { follower, posts } = this.#options
    const { timestamp } = await follower.sync(signal)
    posts.prune(timestamp)
  }

  async #resolveMissing(signal: AbortSignal): Promise<void> {
    const { missingChunks, resolver } = this.#options
    for (const chunk of missingChunks.all()) {
      if (signal.aborted) return
      await resolver
        .resolve(chunk, signal)
        .catch((error: unknown) => this.#report(error, 'missing chunk not resolved', signal))
    }
  }

  /** Expires the own challenges that were not answered, and withdraws what that pays. */
  async #expireOwn(signal: AbortSignal): Promise<void> {
    const { transactions, challenges, follower, clock, logger, onEvent } = this.#options
    if (transactions === undefined) return
    const { timestamp } = await follower.sync(signal)
    const unanswered = challenges
      .all()
      .filter(({ challenger, deadline }) => challenger === transactions.address && deadline < timestamp)
    let credited = false
    for (const challenge of unanswered) {
      const { outcome } = await transactions.expire(challenge)
      if (outcome !== 'mined') continue
      credited = true
      onEvent('expired')
      logger.warn({ digest: challenge.digest, position: challenge.position }, 'challenge expired unanswered')
    }
    if (!credited) return
    await transactions.withdraw(clock.now())
    onEvent('withdrawn')
  }

  #report(error: unknown, failure: string, signal: AbortSignal): void {
    if (signal.aborted) return
    this.#options.onEvent('failed')
    this.#options.logger.warn({ reason: asFloeError(error).message }, failure)
  }
}
