// The work queue of a process that has none to share: nothing to install, and empty after a restart, which loses nothing
// because whoever added work knows from its own disk that it is to be done.
//
// Guarantees:
// - Bounded: at most `unitsMax` units of a kind, `FAILED_KEPT` failed ones.
// - Each unit is in exactly one of the four states that are counted.
import { asFloeError, assert } from '../protocol/errors.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import { type InHand, createInHand } from './in-flight.ts'
import {
  type Work,
  type WorkCounts,
  type WorkHandler,
  type WorkKind,
  type WorkPolicy,
  type WorkQueue,
  perKind,
} from './queue.ts'
import { type Recurrences, createRecurrences } from './recurrence.ts'
import { FAILED_KEPT, LISTED_MAX, UNITS_MAX, backoffMs, queueClosed, queueFull, workText } from './work.ts'

export type MemoryQueueOptions = {
  readonly clock: Clock
  /** In [0, 1), for jitter. */
  readonly random: () => number
  readonly logger: Logger
  /** Most units of a kind. */
  readonly unitsMax?: number
}

type Unit = { readonly id: string; readonly text: string; readonly attempt: number }
type Worker = { readonly policy: WorkPolicy; readonly handler: WorkHandler }

export function createMemoryQueue(options: MemoryQueueOptions): WorkQueue {
  const stopping = new AbortController()
  const inHand = createInHand(options.clock)
  const add: WorkQueue['add'] = async ({ kind, id, data }, { delayMs = 0 } = {}) =>
    lines[kind].add(id, data, delayMs)
  const { every, ended } = createRecurrences(options.clock, stopping.signal, add)
  const lines = perKind((kind) => createLine(kind, { ...options, stopping: stopping.signal, inHand, ended }))
  return {
    add,
    handle: (kind, policy, handler) => lines[kind].handle({ policy, handler }),
    every,
    waiting: async (kind, limit) => lines[kind].list(limit),
    remove: async (kind, ids) => lines[kind].remove(ids),
    counts: async () => perKind((kind) => lines[kind].counts()),
    reachable: () => !stopping.signal.aborted,
    close: async (graceMs) => {
      stopping.abort(queueClosed())
      await inHand.finish(graceMs)
    },
  }
}

type LineOptions = MemoryQueueOptions & {
  readonly stopping: AbortSignal
  readonly inHand: InHand
  readonly ended: Recurrences['ended']
}

/** The work of one kind. */
type Line = {
  add(id: string, data: unknown, delayMs: number): void
  handle(worker: Worker): void
  list(limit: number): Work[]
  remove(ids: readonly string[]): void
  counts(): WorkCounts
}

function createLine(kind: WorkKind, options: LineOptions): Line {
  const { clock, stopping, inHand, ended, unitsMax = UNITS_MAX } = options
  // In the order in which they came to be so.
  const waiting = new Map<string, Unit>()
  const active = new Map<string, Unit>()
  const delayed = new Map<string, Unit>()
  const failed = new Map<string, Unit>()
  let worker: Worker | undefined

  const wait = (unit: Unit): void => {
    delayed.delete(unit.id)
    waiting.set(unit.id, unit)
    handOut()
  }
  const enqueue = (unit: Unit, delayMs: number): void => {
    if (delayMs === 0) {
      wait(unit)
      return
    }
    delayed.set(unit.id, unit)
    clock.sleep(delayMs, stopping).then(
      () => wait(unit),
      () => undefined,
    )
  }
  const handOut = (): void => {
    for (const [id, unit] of waiting) {
      if (worker === undefined || active.size >= worker.policy.concurrency || stopping.aborted) return
      waiting.delete(id)
      active.set(id, unit)
      inHand.track(perform(unit, worker))
    }
  }
  const perform = async (unit: Unit, by: Worker): Promise<void> => {
    const outcome = await attempt(options, { kind, unit, ...by })
    active.delete(unit.id)
    if (outcome === 'failed') keepFailed(failed, unit)
    if (typeof outcome === 'object') enqueue({ ...unit, attempt: unit.attempt + 1 }, outcome.delayMs)
    else ended(kind, unit.id)
    handOut()
  }
  const add: Line['add'] = (id, data, delayMs) => {
    const text = workText(id, data, delayMs)
    if (stopping.aborted) throw queueClosed()
    if (waiting.has(id) || active.has(id) || delayed.has(id)) return
    const units = waiting.size + active.size + delayed.size
    if (units >= unitsMax) throw queueFull(kind, units)
    failed.delete(id)
    enqueue({ id, text, attempt: 1 }, delayMs)
  }
  return {
    add,
    handle: (given) => {
      assert(worker === undefined, `${kind} is handled twice`)
      worker = given
      handOut()
    },
    list: (limit) =>
      [...waiting.values()].slice(0, Math.min(limit, LISTED_MAX)).map((unit) => workOf(kind, unit)),
    remove: (ids) => {
      for (const id of ids) waiting.delete(id)
    },
    counts: () => ({
      waiting: waiting.size,
      active: active.size,
      delayed: delayed.size,
      failed: failed.size,
    }),
  }
}

function workOf(kind: WorkKind, { id, text }: Unit): Work {
  return { kind, id, data: JSON.parse(text) as unknown }
}

/** Has a unit handled once, and decides what becomes of it. */
async function attempt(
  { logger, random, inHand }: LineOptions,
  { kind, unit, policy, handler }: Worker & { kind: WorkKind; unit: Unit },
): Promise<'done' | 'failed' | { delayMs: number }> {
  try {
    // Not while somebody is still adding it.
    await Promise.resolve()
    await handler({ ...workOf(kind, unit), attempt: unit.attempt }, inHand.closing)
    return 'done'
  } catch (thrown) {
    const error = asFloeError(thrown)
    const facts = { kind, id: unit.id, attempt: unit.attempt, reason: error.message }
    if (error.retryable && unit.attempt < policy.attemptsMax) {
      logger.debug(facts, 'work is tried again')
      return { delayMs: backoffMs(policy, unit.attempt, random) }
    }
    logger.error(error.code === 'internal' ? { ...facts, err: thrown } : facts, 'work failed')
    return 'failed'
  }
}

/** Keeps the last failed units, and forgets the oldest beyond them. */
function keepFailed(failed: Map<string, Unit>, unit: Unit): void {
  failed.set(unit.id, unit)
  const [oldest] = failed.keys()
  if (failed.size > FAILED_KEPT && oldest !== undefined) failed.delete(oldest)
}
