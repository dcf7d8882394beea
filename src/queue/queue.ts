// Work that must be done some time by some process, and the port through which it is handed around. Two implementations keep
// it: one in this process, one on Redis for several sidecars. Both hold to test/queue/contract.ts.
//
// A queue holds work to do and is never the only record of it: whoever adds work can find out from its own disk, after a
// restart or the loss of the queue, that it is still to be done, and adds it again. So every handler is idempotent, work may
// be handed out more than once, and losing a queue delays and loses nothing.

/** The kinds of work there are, in one list so that metrics and dashboards have closed labels. */
export const workKinds = ['announce', 'complete', 'checkpoint'] as const
export type WorkKind = (typeof workKinds)[number]

export type Work = {
  readonly kind: WorkKind
  /**
   * Names it within its kind: while it is queued or in hand, adding it again changes nothing. 1 to 128 characters of
   * [A-Za-z0-9._-], not only digits.
   */
  readonly id: string
  /** What a handler needs to know, as JSON of at most 64 KiB. It came over a network: check it before use. */
  readonly data: unknown
}

export type WorkPolicy = {
  /** Units of this kind at once in this process. */
  readonly concurrency: number
  /** Times a unit is tried before it counts as failed; whoever added it may add it again. */
  readonly attemptsMax: number
  /** Milliseconds before the second attempt; doubled each further one up to `backoffMsMax`, less a random part up to half. */
  readonly backoffMs: number
  readonly backoffMsMax: number
}

/**
 * Throwing a retryable FloeError has the work tried again by the policy; any other ends it as failed. What throws after its
 * signal aborted counts as not tried.
 */
export type WorkHandler = (work: Work & { readonly attempt: number }, signal: AbortSignal) => Promise<void>

export type WorkCounts = {
  readonly waiting: number
  readonly active: number
  readonly delayed: number
  readonly failed: number
}

export type WorkQueue = {
  /**
   * Resolves when the queue has the work, within a bounded time. Work that had failed starts anew.
   * @throws FloeError `unavailable` when it cannot be reached, `overloaded` when it is full
   */
  add(work: Work, options?: { readonly delayMs?: number }): Promise<void>
  /** Starts handing out work of a kind; once a kind. The signal aborts when the work was lost to another process, or on close. */
  handle(kind: WorkKind, policy: WorkPolicy, handler: WorkHandler): void
  /**
   * Work of this kind (id `every`) comes up at each multiple of `everyMs` of unix time at which it is not still in hand, for
   * one process of all that ask for it: the process that handles it is elected by getting it. A process that dies or is
   * paused with it in hand loses it within `stalledMs`. Where the queue cannot be reached or lost it, it comes up again by
   * itself when it can be.
   */
  every(kind: WorkKind, everyMs: number): void
  /** Work of a kind that nobody handles: a shared list, oldest first. @throws FloeError `unavailable` */
  waiting(kind: WorkKind, limit: number): Promise<Work[]>
  /** Takes work off such a list. @throws FloeError `unavailable` */
  remove(kind: WorkKind, ids: readonly string[]): Promise<void>
  /** Last known counts; never rejects, zeroes while the queue cannot be reached. */
  counts(): Promise<Record<WorkKind, WorkCounts>>
  /** Whether the queue can be reached now. */
  reachable(): boolean
  /** Stops handing out, gives handlers in hand `graceMs`, then aborts their signals. */
  close(graceMs: number): Promise<void>
}

/** One of something for each kind. */
export function perKind<T>(of: (kind: WorkKind) => T): Record<WorkKind, T> {
  return Object.fromEntries(workKinds.map((kind) => [kind, of(kind)])) as Record<WorkKind, T>
}
