// A job's lock on Redis, as this process sees it: a lease that is renewed while the job is handled.
//
// The lease is counted from the moment its request was sent, by the clock of this process. A process that was paused, or cut off
// from Redis, therefore knows that it lost the job as soon as it reads the clock, before Redis tells it.
import { linkAbort, withFallback } from '../runtime/async/deadline.ts'
import { runLoop } from '../runtime/async/loop.ts'
import type { Clock } from '../runtime/clock.ts'

export type LeaseOptions = {
  readonly clock: Clock
  readonly leaseMs: number
  /** Milliseconds since the lease was requested. */
  readonly ageMs: number
  /** Asks for another `leaseMs` from now on. @returns whether this process still holds the lock; may reject */
  readonly extend: () => Promise<boolean>
}

export class Lease {
  readonly #options: LeaseOptions
  readonly #lost = new AbortController()
  readonly #released = new AbortController()
  #endMs: number

  constructor(options: LeaseOptions) {
    this.#options = options
    this.#endMs = options.clock.monotonic() + options.leaseMs - Math.max(0, options.ageMs)
  }

  /** Aborts as soon as another process may hold the lock. */
  get lost(): AbortSignal {
    return this.#lost.signal
  }

  /** Renews the lease until it is released or lost. */
  async keep(): Promise<void> {
    const { clock, leaseMs } = this.#options
    const ended = new AbortController()
    const unlink = linkAbort(ended, [this.#released.signal, this.#lost.signal])
    try {
      await runLoop({ clock, intervalMs: leaseMs / 4 }, async () => this.#renew(), ended.signal)
    } finally {
      unlink()
    }
  }

  /** Ends the renewal once the job has been handled. */
  release(): void {
    this.#released.abort()
  }

  /** @returns milliseconds until the next renewal */
  async #renew(): Promise<number> {
    const { clock, leaseMs, extend } = this.#options
    const sentMs = clock.monotonic()
    const leftMs = this.#endMs - sentMs
    // The first quarter of a lease needs no renewal: the job may be done by then.
    const earlyMs = leftMs - (3 * leaseMs) / 4
    if (earlyMs > 0) return earlyMs
    if (leftMs > 0) {
      const extended = await withFallback(
        { clock, timeoutMs: leftMs, signals: [this.#released.signal] },
        extend().catch(() => undefined),
        () => undefined,
      )
      if (extended === true) this.#endMs = sentMs + leaseMs
      if (extended === false) this.#endMs = sentMs
    }
    const nowMs = clock.monotonic()
    if (nowMs >= this.#endMs && !this.#released.signal.aborted) this.#lost.abort()
    return Math.min(leaseMs / 4, this.#endMs - nowMs)
  }
}
