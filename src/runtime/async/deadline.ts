// Time limits for work, on the injected clock. `AbortSignal.timeout` and `AbortSignal.any` are not used: they read the system
// clock, and leave their listeners to finalizers (measured: a put made seven of each).
import type { Clock } from '../clock.ts'

/** The reason of every deadline that was met; one object, so that ending a deadline builds no stack. */
const FINISHED = new Error('the work finished before its deadline')

export type DeadlineOptions = {
  readonly clock: Clock
  readonly timeoutMs: number
  /** Signals that end the work earlier. */
  readonly signals?: readonly (AbortSignal | undefined)[]
  /** The reason of the abort when the time is over; a `TimeoutError` when left out. */
  readonly reason?: () => Error
}

/**
 * Runs `work` with a signal that aborts after `timeoutMs`, or when one of `signals` does. The result is that of the work: `work`
 * itself decides what an abort means. No timer and no listener is left once it has settled.
 */
export async function withDeadline<T>(
  options: DeadlineOptions,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const deadline = startDeadline(options)
  try {
    return await work(deadline.signal)
  } finally {
    deadline.release()
  }
}

export type Deadline = {
  readonly signal: AbortSignal
  /** Whether the time was over before `release`. */
  expired(): boolean
  /** Frees the timer and the listeners; to be called when the work has settled. */
  release(): void
}

/** As `withDeadline`, for work that outlives the function that starts it. */
export function startDeadline({ clock, timeoutMs, signals = [], reason }: DeadlineOptions): Deadline {
  const controller = new AbortController()
  const finished = new AbortController()
  let expired = false
  clock.sleep(timeoutMs, finished.signal).then(
    () => {
      expired = true
      controller.abort(reason?.() ?? new DOMException(`The work took over ${timeoutMs} ms.`, 'TimeoutError'))
    },
    () => undefined,
  )
  const unlink = linkAbort(controller, signals)
  return {
    signal: controller.signal,
    expired: () => expired,
    release: () => {
      finished.abort(FINISHED)
      unlink()
    },
  }
}

/**
 * Makes `controller` abort when one of `signals` does, with its reason.
 * @returns a function that removes the listeners
 */
export function linkAbort(
  controller: AbortController,
  signals: readonly (AbortSignal | undefined)[],
): () => void {
  const links = signals.flatMap((signal) => {
    if (signal === undefined) return []
    const abort = (): void => controller.abort(signal.reason)
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
    return [{ signal, abort }]
  })
  return () => {
    for (const { signal, abort } of links) signal.removeEventListener('abort', abort)
  }
}

const LATE: unique symbol = Symbol('late')

/**
 * What `promise` resolves with; or the result of `fallback`, when `promise` takes longer than `timeoutMs` or a signal aborts. A
 * rejection in time is passed on, a later one is dropped.
 */
export async function withFallback<T, F>(
  { clock, timeoutMs, signals = [] }: Omit<DeadlineOptions, 'reason'>,
  promise: Promise<T>,
  fallback: () => F,
): Promise<T | F> {
  const finished = new AbortController()
  const unlink = linkAbort(finished, signals)
  const late = clock.sleep(timeoutMs, finished.signal).then(
    (): typeof LATE => LATE,
    (): typeof LATE => LATE,
  )
  try {
    const first = await Promise.race([promise, late])
    return first === LATE ? fallback() : first
  } finally {
    promise.catch(() => undefined)
    unlink()
    finished.abort(FINISHED)
  }
}

/** Waits until `promise` has settled, at most `timeoutMs`. Never rejects. @returns whether it settled in time */
export async function settledWithin(
  clock: Clock,
  timeoutMs: number,
  promise: Promise<unknown>,
): Promise<boolean> {
  const settled = promise.then(
    () => true,
    () => true,
  )
  return withFallback({ clock, timeoutMs }, settled, () => false)
}

/**
 * What `promise` resolves with. When `signal` aborts first, rejects with its reason; the work behind `promise` goes on, and its
 * rejection is dropped.
 */
export async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const abort = (): void => reject(signal.reason)
  if (signal.aborted) abort()
  else signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([aborted, promise])
  } finally {
    signal.removeEventListener('abort', abort)
    promise.catch(() => undefined)
  }
}
