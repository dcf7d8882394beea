// A challenger: it samples random chunks of posted batches, keeps a score for every operator, challenges chunks that are withheld,
// expires challenges that were not answered, brings the fines that pay it, and disproves invalid encodings.
//
// Guarantees:
// - Patient: a challenge is opened only for a chunk that was not served for `challengeAfterMs` and could not be rebuilt.
// - Independent: a task that hangs delays no other task.
// - Bounded: samples in flight, missing chunks, whole batches in memory (one a task), and wei a day have maxima.
// - Not escaped: what another account challenged and left is expired too, before it lapses.
import type { DisputeFollower } from '../disputes/dispute-follower.ts'
import type { Challenge, OpenChallenges } from '../disputes/open-challenges.ts'
import { asFloeError } from '../protocol/errors.ts'
import { type Step, runLoop } from '../runtime/async/loop.ts'
import type { Clock } from '../runtime/clock.ts'
import { ConditionLog } from '../runtime/condition-log.ts'
import type { Logger } from '../runtime/logger.ts'
import type { BatchChecker } from './batch-checker.ts'
import type { ChallengeTransactions } from './challenge-transactions.ts'
import { dueActions } from './due-actions.ts'
import type { FineBringer } from './fine-bringer.ts'
import type { MissingChunkResolver } from './missing-chunk-resolver.ts'
import type { MissingChunks } from './missing-chunks.ts'
import type { RecentPosts } from './recent-posts.ts'
import type { Sampler } from './sampler.ts'

export type ChallengerEvent =
  /** A challenge was opened. */
  | 'challenged'
  | 'expired'
  /** The bond of a challenge that lapsed was taken back. */
  | 'reclaimed'
  | 'fined'
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
  readonly paying: PayingParts | undefined
  readonly policy: ChallengerPolicy
  /** Of the Disputes contract. */
  readonly windowSeconds: number
  readonly clock: Clock
  readonly logger: Pick<Logger, 'warn' | 'info'>
  readonly onEvent: (event: ChallengerEvent) => void
}

/** What sends transactions. */
export type PayingParts = {
  readonly transactions: Pick<ChallengeTransactions, 'address' | 'expire' | 'reclaim' | 'withdraw'>
  readonly fineBringer: Pick<FineBringer, 'bring'>
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
const FINES_INTERVAL_MS = 10_000
const WITHDRAWAL_INTERVAL_MS = 30_000
/** How often a missing chunk is requested within `challengeAfterMs`. */
const REQUESTS_BEFORE_CHALLENGE = 8

export class Challenger {
  readonly #options: ChallengerOptions
  /** By task. A spent budget fails each challenge and fine, and is one state. */
  readonly #failures: ConditionLog

  constructor(options: ChallengerOptions) {
    this.#options = options
    const { logger, clock } = options
    this.#failures = new ConditionLog({ logger, clock, began: 'task failed', ended: 'task succeeded again' })
  }

  /** Runs until the signal aborts and every task has ended. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { sampler, batchChecker, paying, policy } = this.#options
    const resolveIntervalMs = Math.ceil(policy.challengeAfterMs / REQUESTS_BEFORE_CHALLENGE)
    const loop = async (intervalMs: number, failure: string, step: Step): Promise<void> => {
      const onError = (error: unknown): void => this.#report(error, failure, signal)
      const stepAndLog = async (): Promise<void> => {
        await step(signal)
        this.#failures.held(failure)
      }
      return runLoop({ clock: this.#options.clock, intervalMs, onError }, stepAndLog, signal)
    }
    const payingLoops =
      paying === undefined
        ? []
        : [
            loop(FOLLOW_INTERVAL_MS, 'challenges not closed', async () => this.#close(paying, signal)),
            loop(FINES_INTERVAL_MS, 'fines not sent', async () => this.#fine(paying, signal)),
            loop(WITHDRAWAL_INTERVAL_MS, 'credit not withdrawn', async () => this.#withdraw(paying)),
          ]
    await Promise.all([
      loop(FOLLOW_INTERVAL_MS, 'L1 not followed', async () => this.#follow(signal)),
      loop(policy.sampleIntervalMs, 'sample not taken', async () => sampler.step(signal)),
      loop(resolveIntervalMs, 'missing chunks not resolved', async () => this.#resolveMissing(signal)),
      loop(policy.checkIntervalMs, 'batch not checked', async () => batchChecker.checkOne(signal)),
      ...payingLoops,
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
      await resolver.resolve(chunk, signal).then(
        () => this.#failures.held('missing chunk not resolved'),
        (error: unknown) => this.#report(error, 'missing chunk not resolved', signal),
      )
    }
  }

  /** Expires challenges that were not answered, and reclaims the bonds of own ones that lapsed. */
  async #close({ transactions }: PayingParts, signal: AbortSignal): Promise<void> {
    const { challenges, follower, windowSeconds } = this.#options
    const { timestamp } = await follower.sync(signal)
    const due = dueActions(challenges.all(), { account: transactions.address, timestamp, windowSeconds })
    for (const { action, challenge } of due) {
      if (signal.aborted) return
      await this.#closeOne(transactions, action, challenge).catch((error: unknown) =>
        this.#report(error, 'challenge not closed', signal),
      )
    }
  }

  async #closeOne(
    transactions: PayingParts['transactions'],
    action: 'expire' | 'reclaim',
    challenge: Challenge,
  ): Promise<void> {
    const { logger, onEvent } = this.#options
    const { outcome } = await transactions[action](challenge)
    this.#failures.held('challenge not closed')
    if (outcome !== 'mined') return
    const { digest, challenger, position } = challenge
    onEvent(action === 'expire' ? 'expired' : 'reclaimed')
    const message =
      action === 'expire' ? 'challenge expired unanswered' : 'bond of a lapsed challenge reclaimed'
    logger.warn({ digest, challenger, position }, message)
  }

  async #fine({ fineBringer }: PayingParts, signal: AbortSignal): Promise<void> {
    const { timestamp } = await this.#options.follower.sync(signal)
    let failed = false
    const onError = (error: unknown): void => {
      failed = true
      this.#report(error, 'fine not sent', signal)
    }
    await fineBringer.bring({ timestamp, onError, signal })
    if (!failed) this.#failures.held('fine not sent')
  }

  async #withdraw({ transactions }: PayingParts): Promise<void> {
    const { clock, onEvent } = this.#options
    const { outcome } = await transactions.withdraw(clock.now())
    if (outcome === 'mined') onEvent('withdrawn')
  }

  #report(error: unknown, failure: string, signal: AbortSignal): void {
    if (signal.aborted) return
    this.#options.onEvent('failed')
    const { code, message } = asFloeError(error)
    this.#failures.failed(failure, { task: failure, code, reason: message })
  }
}
