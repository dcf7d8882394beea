// One run of a task for all callers that need its result at the same time.
import { untilAborted } from './deadline.ts'

/** The reason of the abort when no caller waits for a run. */
const ALL_LEFT = new Error('every caller has left')

type Run<V> = { readonly result: Promise<V>; readonly stop: AbortController; callers: number }

/** Callers of one key share the run that is in flight; the first caller starts it. */
export class SingleFlight<K, V> {
  readonly #runs = new Map<K, Run<V>>()

  /** Runs in flight. */
  get size(): number {
    return this.#runs.size
  }

  has(key: K): boolean {
    return this.#runs.has(key)
  }

  /**
   * The result of the run for `key`; the first caller starts it with `work`. A caller whose signal aborts is rejected with its
   * reason. The signal of `work` aborts when every caller has left; a caller without a signal never leaves.
   */
  async run(key: K, work: (signal: AbortSignal) => Promise<V>, signal?: AbortSignal): Promise<V> {
    signal?.throwIfAborted()
    const run = this.#runs.get(key) ?? this.#start(key, work)
    run.callers += 1
    if (signal === undefined) return run.result
    try {
      return await untilAborted(run.result, signal)
    } finally {
      run.callers -= 1
      if (run.callers === 0) this.#cancel(key, run)
    }
  }

  /** The runs in flight, for a caller that must wait for all of them. */
  values(): Promise<V>[] {
    return [...this.#runs.values()].map(({ result }) => result)
  }

  #start(key: K, work: (signal: AbortSignal) => Promise<V>): Run<V> {
    const stop = new AbortController()
    const result = work(stop.signal).finally(() => this.#remove(key, run))
    const run: Run<V> = { result, stop, callers: 0 }
    this.#runs.set(key, run)
    return run
  }

  /** A run that was cancelled is not shared with later callers. Cancelling a run that has settled does nothing. */
  #cancel(key: K, run: Run<V>): void {
    this.#remove(key, run)
    run.stop.abort(ALL_LEFT)
  }

  #remove(key: K, run: Run<V>): void {
    if (this.#runs.get(key) === run) this.#runs.delete(key)
  }
}

/**
 * Runs `task` one at a time and lets concurrent callers share a run. A caller always gets a run that starts after its call, so its
 * result is never older than the call.
 * @param task gets a function that throws once every caller of its run has aborted
 */
export function coalesce<T>(
  task: (throwIfCancelled: () => void) => Promise<T>,
): (signal?: AbortSignal) => Promise<T> {
  let busy: Promise<unknown> = Promise.resolve()
  let next: { readonly signals: (AbortSignal | undefined)[]; readonly result: Promise<T> } | undefined
  const enqueue = (): NonNullable<typeof next> => {
    const signals: (AbortSignal | undefined)[] = []
    const throwIfCancelled = (): void => {
      if (signals.every((signal) => signal?.aborted === true)) signals[0]?.throwIfAborted()
    }
    const result = busy.then(async () => {
      next = undefined
      return task(throwIfCancelled)
    })
    busy = result.catch(() => undefined)
    return { signals, result }
  }
  return async (signal) => {
    next ??= enqueue()
    next.signals.push(signal)
    return next.result
  }
}
