// What a sidecar does by itself while it runs: it follows L1, posts when it is elected or when much waits, and adds to the queue
// whatever its own disk says is to be done. Nothing here is remembered: after a restart the disk says the same again.
import { asFloeError } from '../protocol/errors.ts'
import type { Follower } from '../l1/chain.ts'
import type { JobPolicy, JobQueue } from '../queue/queue.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import type { BatchIndex } from '../store/batch-index.ts'
import type { Announcements } from './announcements.ts'
import type { Checkpointer } from './group-poster.ts'
import { type Completer, completePolicy } from './backfill.ts'

export type UpkeepOptions = {
  readonly queue: JobQueue
  readonly spool: BatchIndex
  readonly follower: Follower
  readonly checkpointer: Checkpointer
  readonly completer: Completer
  readonly announcements: Announcements | undefined
  readonly clock: Clock
  readonly logger: Logger
  readonly postingIntervalMs: number
  /** As many batches that wait are posted at once, whatever the interval. */
  readonly postingBatchesMax: number
  readonly onPostingFailure: () => void
}

const TICK_MS = 1_000
/** A block of L1 takes longer; a sidecar that posts looks more often, when it has to know. */
const FOLLOW_MS = 4_000
const SWEEP_MS = 5_000
const REPEAT_MS = 30_000
/** Records that fail or are forgotten at a time. */
const EXPIRE_MAX = 1_000
/** Intervals without a queue after which a sidecar posts unelected: the fence of posts, not the election, keeps posts single. */
const UNELECTED_INTERVALS = 3

/** It recurs, so there is no other attempt. */
const checkpointPolicy: JobPolicy = {
  concurrency: 1,
  attemptsMax: 1,
  backoffMs: 1_000,
  backoffMsMax: 1_000,
}

/** Starts it. The result resolves when everything has ended, after `signal` aborted. Never rejects. */
export async function keepUp(options: UpkeepOptions, signal: AbortSignal): Promise<void> {
  const { queue, spool, follower, completer, announcements, clock, postingIntervalMs } = options
  const posting = createPosting(options)
  queue.handle('checkpoint', checkpointPolicy, async (_work, lost) => posting.run(lost))
  queue.handle('backfill', completePolicy, completer.handle)
  queue.every('checkpoint', postingIntervalMs)
  const loop = async (ms: number, what: string, step: () => Promise<unknown>): Promise<void> => {
    let failing = false
    while (!signal.aborted) {
      try {
        await step()
        if (failing) options.logger.info({}, `${what}: over`)
        failing = false
      } catch (error) {
        // One line when it begins and one when it is over, however long it lasts; metrics show that it does.
        if (!signal.aborted && !failing) options.logger.warn({ reason: asFloeError(error).message }, what)
        failing = true
      }
      await clock.sleep(ms, signal).catch(() => undefined)
    }
  }
  await Promise.all([
    loop(Math.min(FOLLOW_MS, postingIntervalMs), 'L1 not followed', async () => follower.sync(signal)),
    loop(SWEEP_MS, 'work left for later', async () => {
      while ((await spool.expire(clock.now(), EXPIRE_MAX)) >= EXPIRE_MAX && !signal.aborted);
      await completer.sweep(signal)
    }),
    loop(REPEAT_MS, 'batches not announced', async () => announcements?.repeat()),
    loop(TICK_MS, 'work left for later', async () => {
      await completer.flush()
      await posting.tick(signal)
    }),
  ])
}

type Posting = {
  /** Handles `checkpoint` work. */
  run(signal: AbortSignal): Promise<void>
  /** Asks for a checkpoint, or makes one, where the election would not do in time. */
  tick(signal: AbortSignal): Promise<void>
}

function createPosting(options: UpkeepOptions): Posting {
  const { queue, spool, checkpointer, clock, postingIntervalMs, postingBatchesMax } = options
  let running: Promise<void> | undefined
  let failedAt = -Infinity
  /** When this process last posted, or could have been elected to. */
  let electableAt = clock.monotonic()
  const run = async (signal: AbortSignal): Promise<void> => {
    running ??= checkpointer
      .checkpoint(signal)
      .catch((error: unknown) => {
        failedAt = clock.monotonic()
        if (!signal.aborted) {
          options.onPostingFailure()
          const reason = asFloeError(error).message
          options.logger.error({ reason }, 'posting failed, it is tried again next interval')
        }
        throw error
      })
      .finally(() => {
        electableAt = clock.monotonic()
        running = undefined
      })
    return running
  }
  return {
    run,
    tick: async (signal) => {
      const now = clock.monotonic()
      if (queue.reachable()) electableAt = now
      else if (now - electableAt >= UNELECTED_INTERVALS * postingIntervalMs) {
        options.logger.warn({}, 'posting unelected: the queue cannot be reached')
        await run(signal)
      }
      const many = spool.counts().certified >= postingBatchesMax
      if (many && running === undefined && now - failedAt >= postingIntervalMs)
        await queue.add({ kind: 'checkpoint', id: 'many', data: {} })
    },
  }
}
