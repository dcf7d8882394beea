// The handlers that run in this process. Closing waits for them for a bounded time.
import { settledWithin } from '../runtime/async/deadline.ts'
import type { Clock } from '../runtime/clock.ts'
import { ABORTED_MS, queueClosed } from './job.ts'

export class InFlight {
  readonly #clock: Clock
  readonly #runs = new Set<Promise<void>>()
  readonly #closing = new AbortController()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Aborts when handlers must end because the queue closes. */
  get closing(): AbortSignal {
    return this.#closing.signal
  }

  /** Counts `run` until it settles. The caller handles its outcome. */
  track(run: Promise<void>): void {
    const forget = (): void => void this.#runs.delete(run)
    this.#runs.add(run)
    run.then(forget, forget)
  }

  /** Waits `graceMs` for the runs in flight, aborts `closing`, and waits for `ABORTED_MS` more. */
  async finish(graceMs: number): Promise<void> {
    await settledWithin(this.#clock, graceMs, Promise.allSettled(this.#runs))
    if (this.#runs.size === 0) return
    this.#closing.abort(queueClosed())
    await settledWithin(this.#clock, ABORTED_MS, Promise.allSettled(this.#runs))
  }
}
