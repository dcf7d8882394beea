// Watches the time in which certified batches must be posted: after it, no post can make their headers stand (docs/protocol.md §6.2).
import { type PostingTerms, postableUntil } from '../protocol/posting.ts'
import { type Clock, unixSeconds } from '../runtime/clock.ts'
import { ConditionLog } from '../runtime/condition-log.ts'
import type { Logger } from '../runtime/logger.ts'
import type { BatchIndex } from '../store/batch-index.ts'

export type PostingDeadlineOptions = {
  readonly batchIndex: Pick<BatchIndex, 'readyToPost' | 'counts'>
  readonly terms: PostingTerms
  /** Seconds in which a batch can be posted after its put: retention without notice. */
  readonly roomSeconds: number
  readonly clock: Clock
  readonly logger: Logger
}

/** An alert leaves an operator as much time as has passed. */
const ALERT_SHARE = 0.5

export class PostingDeadline {
  readonly #options: PostingDeadlineOptions
  readonly #log: ConditionLog

  constructor(options: PostingDeadlineOptions) {
    this.#options = options
    const { logger, clock } = options
    const messages = { began: 'posts delayed: a deadline is near', ended: 'no deadline of a post is near' }
    this.#log = new ConditionLog({ logger, clock, ...messages, level: 'error' })
  }

  /** The last second in which the next certified batch can be posted; undefined when none waits. */
  next(): number | undefined {
    const { batchIndex, terms } = this.#options
    const [first] = batchIndex.readyToPost(1)
    return first && postableUntil(first.header, undefined, terms)
  }

  /** Seconds that are left for the next certified batch; those that a batch has after its put when none waits. */
  secondsLeft(): number {
    const { roomSeconds, clock } = this.#options
    const next = this.next()
    return next === undefined ? roomSeconds : next - unixSeconds(clock)
  }

  /** Logs that the next batch has half of its time left or less. Call it about once a second. */
  check(): void {
    const { batchIndex, roomSeconds } = this.#options
    const secondsLeft = this.secondsLeft()
    if (secondsLeft > ALERT_SHARE * roomSeconds) this.#log.held('deadline')
    else this.#log.failed('deadline', { secondsLeft, waiting: batchIndex.counts().certified })
  }
}
