// One run for several callers that ask for the same at the same time.

/** Callers of one key share the run that is in flight; the first caller starts it. */
export class SingleFlight<K, V> {
  readonly #runs = new Map<K, Promise<V>>()

  /** Runs in flight. */
  get size(): number {
    return this.#runs.size
  }

  has(key: K): boolean {
    return this.#runs.has(key)
  }

  async run(key: K, work: () => Promise<V>): Promise<V> {
    const running = this.#runs.get(key)
    if (running !== undefined) return running
    const run = work().finally(() => this.#runs.delete(key))
    this.#runs.set(key, run)
    return run
  }

  /** The runs in flight, for a caller that must wait for all of them. */
  values(): Promise<V>[] {
    return [...this.#runs.values()]
  }
}

/**
 * Runs `task` one at a time and lets concurrent callers share a run. A caller always gets a run that starts after its call, so
 * that what it learns is never older than its question.
 * @param task is given a check that throws once every caller of its run has aborted
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
