// Handling work that comes from Redis. BullMQ hands it out; what is here decides three things by itself:
//
// - What came is checked before a handler sees it: anybody who reaches Redis may have written it.
// - Work is held by a lease, counted from when the question for it was sent, by our clock. A process that was paused, or cut off
//   from Redis, knows that it lost its work as soon as it looks at the time, and not only when Redis says so.
// - What becomes of work that was not done is up to the handler's policy, not to what the job says.
import { type Job, type JobJson, UnrecoverableError, WaitingError, Worker } from 'bullmq'
import type { Redis } from 'ioredis'
import { z } from 'zod'
import { FloeError, asFloeError } from '../protocol/errors.ts'
import { type Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import type { InHand } from './in-flight.ts'
import type { Work, WorkHandler, WorkKind, WorkPolicy } from './queue.ts'
import type { Recurrences } from './recurrence.ts'
import { FAILED_KEPT, WORK_DATA_BYTES_MAX, WORK_ID, backoffMs } from './work.ts'

export type RedisWorkerOptions = {
  readonly connection: Redis
  readonly prefix: string
  readonly clock: Clock
  readonly random: () => number
  readonly logger: Logger
  readonly stalledMs: number
  readonly inHand: InHand
  readonly reachable: () => boolean
  readonly ended: Recurrences['ended']
}

/** Times that work may be lost by processes that die over it before it counts as failed. */
const LOST_MAX = 10
/** Milliseconds before BullMQ tries again what failed for want of a connection. */
const RETRY_MS = 1_000

/** In place of data that is no JSON or too long. */
const UNREADABLE: symbol = Symbol('unreadable')

/** What BullMQ leaves open when Redis is hostile or refuses. */
class CheckingWorker extends Worker<unknown, void> {
  clock: Clock | undefined

  /** BullMQ would throw on a job that it cannot parse, and try it again for ever. */
  protected override createJob(raw: JobJson, id: string): Job<unknown, void> {
    const job = super.createJob({ ...raw, data: 'null' }, id)
    job.data = readData(raw.data)
    // Nothing here uses BullMQ's schedulers; a job that says so was not written by us.
    delete job.repeatJobKey
    return job
  }

  /** BullMQ would ask again at once, thousands of times a second, while Redis answers with errors. */
  protected override async moveToActive(token: string, name?: string): Promise<Job<unknown, void>> {
    try {
      return await super.moveToActive(token, name)
    } catch (error) {
      await this.clock?.sleep(RETRY_MS)
      throw error
    }
  }
}

/** The data in a job's text, if it can be read. */
export function readData(text: string | null | undefined): unknown {
  if (typeof text !== 'string' || text.length > WORK_DATA_BYTES_MAX) return UNREADABLE
  try {
    return JSON.parse(text) as unknown
  } catch {
    return UNREADABLE
  }
}

const shape = z.object({
  name: z.string(),
  id: z.string().regex(WORK_ID),
  data: z.unknown().refine((data) => data !== UNREADABLE, `not JSON of at most ${WORK_DATA_BYTES_MAX} bytes`),
  attemptsMade: z.int().min(0),
})

/** @throws FloeError `malformed` */
export function checkedWork(kind: WorkKind, found: unknown): Work & { readonly attempt: number } {
  const { success, data: job, error } = shape.safeParse(found)
  if (!success) {
    const what = error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')
    throw new FloeError('malformed', `What Redis had for ${kind} is not work: ${what.slice(0, 500)}.`)
  }
  return { kind, id: job.id, data: job.data, attempt: job.attemptsMade + 1 }
}

export function startWorker(
  kind: WorkKind,
  by: { readonly policy: WorkPolicy; readonly handler: WorkHandler },
  options: RedisWorkerOptions,
): Worker {
  const { connection, prefix, clock, random, logger, stalledMs, ended, reachable } = options
  const { policy } = by
  const worker = new CheckingWorker(
    kind,
    async (job, token = '') => perform(job, token, { ...options, ...by, kind }),
    {
      connection,
      prefix,
      concurrency: policy.concurrency,
      // A lease that ended is noticed by the next look: together less than `stalledMs`.
      lockDuration: leaseMs(stalledMs),
      stalledInterval: Math.ceil(stalledMs / 4),
      skipLockRenewal: true,
      maxStalledCount: LOST_MAX,
      // A process that is paused may be the one that Redis tells of new work: the others look by themselves this often.
      drainDelay: Math.min(stalledMs / 4, 5_000) / 1_000,
      runRetryDelay: RETRY_MS,
      removeOnComplete: { count: 0 },
      removeOnFail: { count: FAILED_KEPT },
      autorun: false,
      settings: { backoffStrategy: (attemptsMade) => backoffMs(policy, attemptsMade, random) },
    },
  )
  worker.clock = clock
  const trouble = (error: Error): void =>
    logger[reachable() ? 'warn' : 'debug']({ kind, reason: error.message }, 'handling work from redis')
  worker.on('error', trouble)
  worker.on('stalled', (id) =>
    logger.warn({ kind, id }, 'work of another process was lost, it is handed out again'),
  )
  worker.on('completed', (job) => ended(kind, job.id ?? ''))
  worker.on('failed', (job, error) => {
    if (job?.deferredFailure !== undefined)
      logger.error({ kind, id: job.id, reason: error.message }, 'work failed')
    ended(kind, job?.id ?? '')
  })
  worker.run().catch(trouble)
  return worker
}

const leaseMs = (stalledMs: number): number => Math.ceil(stalledMs / 2)

type Performing = RedisWorkerOptions & {
  readonly kind: WorkKind
  readonly policy: WorkPolicy
  readonly handler: WorkHandler
}

/** Has a job handled once. Throws what makes BullMQ do with it what is to be done. */
async function perform(job: Job<unknown, void>, token: string, performing: Performing): Promise<void> {
  const { kind, handler, clock, logger, inHand, stalledMs } = performing
  const done = new AbortController()
  const lost = new AbortController()
  const run = (async () => {
    const work = checkedWork(kind, job)
    void keepLease(clock, done.signal, {
      leaseMs: leaseMs(stalledMs),
      ageMs: clock.now() - (job.processedOn ?? 0),
      extend: async () => (await job.extendLock(token, leaseMs(stalledMs))) === 1,
    }).then((kept) => {
      if (!kept)
        logger.warn({ kind, id: work.id }, 'work was lost: this process was cut off or paused too long')
      if (!kept) lost.abort(workLost(work))
    })
    await handler(work, AbortSignal.any([lost.signal, inHand.closing]))
  })()
  inHand.track(run)
  try {
    await run
  } catch (thrown) {
    if (!lost.signal.aborted && inHand.closing.aborted) {
      await job.moveToWait(token)
      throw new WaitingError()
    }
    if (!lost.signal.aborted) throw verdict(thrown, job, performing)
  } finally {
    done.abort()
  }
  // Whoever has it now says what becomes of it; BullMQ leaves a job alone that it is told is waiting.
  if (lost.signal.aborted) throw new WaitingError()
}

/** What to tell BullMQ of work that threw: to try it again, or not to. */
function verdict(thrown: unknown, job: Job, { kind, policy, logger }: Performing): Error {
  const error = asFloeError(thrown)
  const attempt = job.attemptsMade + 1
  const facts = { kind, id: job.id?.slice(0, 200), attempt, reason: error.message }
  if (error.retryable && attempt < policy.attemptsMax) {
    logger.debug(facts, 'work is tried again')
    return new Error(error.message)
  }
  logger.error(error.code === 'internal' ? { ...facts, err: thrown } : facts, 'work failed')
  return new UnrecoverableError(error.message)
}

type Lease = {
  readonly leaseMs: number
  /** Milliseconds since it was asked for. */
  readonly ageMs: number
  /** Whether it is still held, and if so is from now on. */
  readonly extend: () => Promise<boolean>
}

/** Renews a lease until the signal aborts. Resolves to false as soon as it may be somebody else's. */
async function keepLease(clock: Clock, done: AbortSignal, lease: Lease): Promise<boolean> {
  let endMs = clock.monotonic() + lease.leaseMs - Math.max(0, lease.ageMs)
  for (;;) {
    await clock.sleep(lease.leaseMs / 4, done).catch(() => undefined)
    if (done.aborted) return true
    const sentMs = clock.monotonic()
    if (sentMs >= endMs) return false
    const late = new AbortController()
    const held = await Promise.race([
      lease.extend().catch(() => undefined),
      clock.sleep(endMs - sentMs, AbortSignal.any([done, late.signal])).catch(() => undefined),
    ])
    late.abort()
    if (held === false) return done.aborted
    if (held === true) endMs = sentMs + lease.leaseMs
  }
}

function workLost({ kind, id }: Work): FloeError {
  return new FloeError('unavailable', `The work ${kind} ${id} was lost to another process.`)
}
