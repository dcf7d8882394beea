// Work on the same key runs one after another, in the order of the calls. Work on different keys runs concurrently.

export class KeyedMutex<K> {
  /** The newest work of every key that has work in flight. */
  readonly #last = new Map<K, Promise<unknown>>()

  /** Runs `work` once all earlier work on any of `keys` has settled, also when that failed. */
  async run<T>(keys: readonly K[], work: () => Promise<T>): Promise<T> {
    const earlier = keys.flatMap((key) => this.#last.get(key) ?? [])
    const run = Promise.allSettled(earlier).then(work)
    for (const key of keys) this.#last.set(key, run)
    try {
      return await run
    } finally {
      for (const key of keys) if (this.#last.get(key) === run) this.#last.delete(key)
    }
  }
}
