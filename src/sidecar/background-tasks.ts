// What a sidecar does on its own while it runs: it follows L1, posts, backfills operators, and announces batches again. All of
// it follows from the disk, so a restarted sidecar continues where it was.
import { asFloeError } from '../protocol/errors.ts'
import type { Follower } from '../l1/chain.ts'
import type { JobQueue } from '../queue/queue.ts'
import { runLoop } from '../runtime/async/loop.ts'
import type { Clock } from '../runtime/clock.ts'
import { ConditionLog } from '../runtime/condition-log.ts'
import type { Logger } from '../runtime/logger.ts'
import type { BatchIndex } from '../store/batch-index.ts'
import type { Announcements } from './announcements.ts'
import { type Backfill, backfillPolicy } from './backfill.ts'
import type { PostingDeadline } from './posting-deadline.ts'
import type { PostScheduler } from './post-scheduler.ts'

export type BackgroundTasksOptions = {
  readonly queue: Pick<JobQueue, 'handle'>
  readonly batchIndex: Pick<BatchIndex, 'expire'>
  readonly follower: Follower
  readonly postScheduler: Pick<PostScheduler, 'start' | 'tick'>
  readonly deadline: Pick<PostingDeadline, 'check'>
  readonly backfill: Pick<Backfill, 'handle' | 'flush' | 'sweep'>
  /** Undefined: no other sidecar shares the queue. */
  readonly announcements: Pick<Announcements, 'repeat'> | undefined
  readonly clock: Clock
  readonly logger: Logger
  /** Milliseconds between posts; L1 is followed at least as often. */
  readonly postingIntervalMs: number
}

const TICK_MS = 1_000
/** A block of L1 takes longer. Posting follows L1 itself, when it has to know. */
const FOLLOW_MS = 4_000
const SWEEP_MS = 5_000
const REPEAT_MS = 30_000
/** Records that fail or are forgotten in one write. */
const EXPIRE_MAX = 1_000

/** Starts the tasks. The promise resolves after `signal` aborted and every step in flight has ended. Never rejects. */
export async function runBackgroundTasks(
  options: BackgroundTasksOptions,
  signal: AbortSignal,
): Promise<void> {
  const { queue, batchIndex, follower, postScheduler, deadline, backfill, announcements } = options
  const { clock, logger, postingIntervalMs } = options
  queue.handle('backfill', backfillPolicy, async (job, lost) => backfill.handle(job, lost))
  postScheduler.start()
  const repeat = async (ms: number, messages: TaskMessages, step: () => Promise<void>): Promise<void> =>
    runTask({ clock, logger, intervalMs: ms, messages, signal }, step)
  await Promise.all([
    repeat(
      Math.min(FOLLOW_MS, postingIntervalMs),
      { failed: 'L1 not followed', recovered: 'L1 followed again' },
      async () => {
        await follower.sync(signal)
      },
    ),
    repeat(SWEEP_MS, { failed: 'batch index not swept', recovered: 'batch index swept again' }, async () => {
      while ((await batchIndex.expire(clock.now(), EXPIRE_MAX)) >= EXPIRE_MAX && !signal.aborted);
      await backfill.sweep(signal)
    }),
    repeat(REPEAT_MS, { failed: 'batches not announced', recovered: 'batches announced again' }, async () =>
      announcements?.repeat(),
    ),
    repeat(TICK_MS, { failed: 'posting not checked', recovered: 'posting checked again' }, async () => {
      await backfill.flush()
      deadline.check()
      await postScheduler.tick(signal)
    }),
  ])
}

type TaskMessages = { readonly failed: string; readonly recovered: string }

type TaskOptions = {
  readonly clock: Clock
  readonly logger: Logger
  readonly intervalMs: number
  readonly messages: TaskMessages
  readonly signal: AbortSignal
}

/** Repeats a step until `signal` aborts. That it fails is logged when it begins and when it ends; metrics show the rest. */
async function runTask(
  { clock, logger, intervalMs, messages, signal }: TaskOptions,
  step: () => Promise<void>,
): Promise<void> {
  const log = new ConditionLog({ logger, clock, began: messages.failed, ended: messages.recovered })
  const onError = (error: unknown): void => {
    if (!signal.aborted) log.failed('task', { reason: asFloeError(error).message })
  }
  const stepAndLog = async (): Promise<void> => {
    await step()
    log.held('task')
  }
  await runLoop({ clock, intervalMs, onError }, stepAndLog, signal)
}
