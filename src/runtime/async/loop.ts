// A step that runs repeatedly until it is stopped, with a pause between two runs that a wake ends early.
import type { Clock } from '../clock.ts'

export type LoopOptions = {
  readonly clock: Clock
  /** Milliseconds between the end of a step and the start of the next. */
  readonly intervalMs: number
  /** Called with the error of a step, after which the loop goes on; must not throw. Left out, an error ends the loop. */
  readonly onError?: (error: unknown) => void
}

/** @returns milliseconds until the next step; undefined for `intervalMs` */
export type Step = (signal: AbortSignal) => Promise<number | undefined | void>

/** The reason of every early end of a pause; one object, so that a wake builds no stack. */
const PAUSE_ENDED = new Error('the pause of a loop was ended')

export class Loop {
  readonly #options: LoopOptions
  readonly #step: Step
  #pause = new AbortController()
  #woken = false

  constructor(options: LoopOptions, step: Step) {
    this.#options = options
    this.#step = step
  }

  /** Runs until `signal` has aborted and the step in progress has ended. To be called once. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, intervalMs, onError } = this.#options
    const stop = (): void => this.#pause.abort(PAUSE_ENDED)
    signal.addEventListener('abort', stop)
    try {
      while (!signal.aborted) {
        this.#woken = false
        let pauseMs = intervalMs
        try {
          pauseMs = (await this.#step(signal)) ?? intervalMs
        } catch (error) {
          if (onError === undefined) throw error
          onError(error)
        }
        if (signal.aborted) return
        // A wake during the step counts: the step may have read its input before the reason for the wake.
        if (this.#woken) continue
        this.#pause = new AbortController()
        await clock.sleep(pauseMs, this.#pause.signal).catch(() => undefined)
      }
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }

  /** Starts the next step immediately, or directly after the step in progress. */
  wake(): void {
    this.#woken = true
    this.#pause.abort(PAUSE_ENDED)
  }
}

/** Runs a loop that needs no wakes. */
export async function runLoop(options: LoopOptions, step: Step, signal: AbortSignal): Promise<void> {
  return new Loop(options, step).run(signal)
}
