// Work that comes up at every multiple of an interval. Nothing but the work itself is kept in the queue: each process that
// wants it adds it for the next multiple, again and again, which changes nothing while it is there. So a queue that lost it
// gets it back, and processes need not agree on anything but the time.
import { assert } from '../protocol/errors.ts'
import type { Clock } from '../runtime/clock.ts'
import type { WorkKind, WorkQueue } from './queue.ts'

/** The id of work that recurs. */
const EVERY = 'every'
/** Milliseconds after which what a queue lost is added again at the latest. */
const LOOK_MS = 5_000

export type Recurrences = {
  readonly every: WorkQueue['every']
  /** To be told of all work that ended, well or not, so that what recurs comes up again in time. */
  readonly ended: (kind: WorkKind, id: string) => void
}

/** @param add adds the work of `every`; may reject */
export function createRecurrences(clock: Clock, stopping: AbortSignal, add: WorkQueue['add']): Recurrences {
  const intervals = new Map<WorkKind, number>()
  const addNext = (kind: WorkKind): void => {
    const everyMs = intervals.get(kind)
    if (everyMs === undefined || stopping.aborted) return
    add({ kind, id: EVERY, data: {} }, { delayMs: everyMs - (clock.now() % everyMs) }).catch(() => undefined)
  }
  const keep = async (kind: WorkKind, everyMs: number): Promise<void> => {
    while (!stopping.aborted) {
      addNext(kind)
      await clock.sleep(Math.min(everyMs, LOOK_MS), stopping).catch(() => undefined)
    }
  }
  return {
    every: (kind, everyMs) => {
      assert(!intervals.has(kind), `${kind} recurs twice`)
      intervals.set(kind, everyMs)
      void keep(kind, everyMs)
    },
    ended: (kind, id) => {
      if (id === EVERY) addNext(kind)
    },
  }
}
