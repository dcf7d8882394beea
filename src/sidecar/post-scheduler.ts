// When a sidecar posts: once an interval if the queue elects it, earlier when enough batches wait for a whole post or one waits that
// is posted alone, and without an election when the queue has been unreachable for several intervals. (The fence of GroupPoster, not the election, is what
// keeps headers from being posted twice.)
import { asFloeError } from '../protocol/errors.ts'
import type { JobPolicy, JobQueue } from '../queue/queue.ts'
import { SingleFlight } from '../runtime/async/single-flight.ts'
import type { Clock } from '../runtime/clock.ts'
import { ConditionLog } from '../runtime/condition-log.ts'
import type { Logger } from '../runtime/logger.ts'
import type { BatchIndex } from '../store/batch-index.ts'
import type { GroupPoster } from './group-poster.ts'

export type PostSchedulerOptions = {
  readonly queue: Pick<JobQueue, 'add' | 'handle' | 'every' | 'reachable'>
  readonly batchIndex: Pick<BatchIndex, 'counts'>
  readonly groupPoster: Pick<GroupPoster, 'postWaiting'>
  readonly clock: Clock
  readonly logger: Logger
  /** Milliseconds between posts. */
  readonly postingIntervalMs: number
  /** As soon as this many batches wait they are posted, whatever the interval. */
  readonly postingBatchesMax: number
  readonly onFailure: () => void
}

/** Intervals without a queue after which a sidecar posts without being elected. */
const UNELECTED_INTERVALS = 3

/** The job recurs, so it is not attempted twice. */
const policy: JobPolicy = { concurrency: 1, attemptsMax: 1, backoffMs: 1_000, backoffMsMax: 1_000 }

export class PostScheduler {
  readonly #options: PostSchedulerOptions
  readonly #runs = new SingleFlight<'post', void>()
  readonly #electionLog: ConditionLog
  readonly #postingLog: ConditionLog
  #failedAt = -Infinity
  #isWanted = false
  /** When this process last posted, or last could have been elected. */
  #electableAt: number

  constructor(options: PostSchedulerOptions) {
    const { logger, clock } = options
    this.#options = options
    this.#electionLog = new ConditionLog({
      logger,
      clock,
      began: 'posts made without an election: the queue is unreachable',
      ended: 'posts elected again',
    })
    this.#postingLog = new ConditionLog({
      logger,
      clock,
      began: 'posting failed: each interval tries again',
      ended: 'posting succeeded again',
      level: 'error',
    })
    this.#electableAt = options.clock.monotonic()
  }

  /** Registers with the queue, which calls this process each interval in which it is elected. Call it once. */
  start(): void {
    const { queue, postingIntervalMs } = this.#options
    queue.handle('checkpoint', policy, async (_job, signal) => this.#post(signal))
    queue.every('checkpoint', postingIntervalMs)
  }

  /**
   * Posts, or queues a post, where waiting for the next election would take too long. Call it about once a second.
   * @throws FloeError when a post fails, or the queue does not take the job
   */
  async tick(signal: AbortSignal): Promise<void> {
    const { queue, clock, postingIntervalMs } = this.#options
    const now = clock.monotonic()
    if (queue.reachable()) {
      this.#electableAt = now
      this.#electionLog.held('election')
    } else if (now - this.#electableAt >= UNELECTED_INTERVALS * postingIntervalMs) {
      this.#electionLog.failed('election', {})
      await this.#post(signal)
    }
    if (
      (this.#isWanted || this.#postIsFull()) &&
      !this.#runs.has('post') &&
      now - this.#failedAt >= postingIntervalMs
    )
      await queue.add({ kind: 'checkpoint', id: 'many', data: {} })
  }

  /** Makes the next tick post, for a batch that gains nothing from waiting. */
  postSoon(): void {
    this.#isWanted = true
  }

  #postIsFull(): boolean {
    const { batchIndex, postingBatchesMax } = this.#options
    return batchIndex.counts().certified >= postingBatchesMax
  }

  async #post(signal: AbortSignal): Promise<void> {
    return this.#runs.run('post', async () => {
      const { groupPoster, clock, onFailure } = this.#options
      this.#isWanted = false
      try {
        await groupPoster.postWaiting(signal)
        this.#postingLog.held('posting')
      } catch (error) {
        this.#failedAt = clock.monotonic()
        if (!signal.aborted) {
          onFailure()
          this.#postingLog.failed('posting', { reason: asFloeError(error).message })
        }
        throw error
      } finally {
        this.#electableAt = clock.monotonic()
      }
    })
  }
}
