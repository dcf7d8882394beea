// When an endpoint is asked again after it failed. The pause doubles with every failure in a row, is drawn from its upper half so that
// processes do not return together, and is never shorter than the endpoint's Retry-After, up to a bound.
//
// Requests in flight fail together when an endpoint starts to refuse. They count as one failure: `turn` is taken when a request is
// sent, and a failure or a success of an earlier turn changes nothing but the end of the pause.
import type { Clock } from '../../runtime/clock.ts'

const PAUSE_MS_MIN = 500
const PAUSE_MS_MAX = 60_000
/** A provider whose limit of a day is used up may say hours: it is asked now and then, because plans change. */
const RETRY_AFTER_MS_MAX = 5 * 60_000

export type BackOffOptions = {
  readonly clock: Clock
  /** In [0, 1). */
  readonly random: () => number
}

export class BackOff {
  readonly #clock: Clock
  readonly #random: () => number
  #turn = 0
  #failures = 0
  #untilMs = -Infinity

  constructor({ clock, random }: BackOffOptions) {
    this.#clock = clock
    this.#random = random
  }

  /** To be taken when a request is sent. */
  get turn(): number {
    return this.#turn
  }

  /** Failures in a row, those of one turn counted once. */
  get failures(): number {
    return this.#failures
  }

  /** Milliseconds until the pause ends; 0 without a pause. */
  remainingMs(): number {
    return Math.max(0, this.#untilMs - this.#clock.monotonic())
  }

  /** @returns whether this failure is the first of its turn */
  failed(turn: number, retryAfterMs: number | undefined): boolean {
    const isFirst = turn === this.#turn
    if (isFirst) {
      this.#turn += 1
      this.#failures += 1
      const pauseMs = Math.min(PAUSE_MS_MIN * 2 ** (this.#failures - 1), PAUSE_MS_MAX)
      this.#pause(pauseMs * (0.5 + this.#random() / 2))
    }
    if (retryAfterMs !== undefined) this.#pause(Math.min(retryAfterMs, RETRY_AFTER_MS_MAX))
    return isFirst
  }

  succeeded(turn: number): void {
    if (turn !== this.#turn) return
    this.#failures = 0
    this.#untilMs = -Infinity
  }

  #pause(ms: number): void {
    this.#untilMs = Math.max(this.#untilMs, this.#clock.monotonic() + ms)
  }
}
