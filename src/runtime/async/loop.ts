// A step that is run again and again until it is told to stop, with a pause between that can be cut short.
import type { Clock } from '../clock.ts'

export type LoopOptions = {
  readonly clock: Clock
  /** Milliseconds between the end of a step and the begin of the next. */
  readonly intervalMs: number
  /** Told of an error of a step; the loop goes on after its pause. Must not throw. Left out, the error ends the loop. */
  readonly onError?: (error: unknown) => void
}

/** @returns milliseconds until the next step, where it is not `intervalMs` */
export type Step = (signal: AbortSignal) => Promise<number | undefined | void>

export class Loop {
  readonly #options: LoopOptions
  readonly #step: Step
  #pause = new AbortController()
  #woken = false

  constructor(options: LoopOptions, step: Step) {
    this.#options = options
    this.#step = step
  }

  /** Runs until `signal` aborts and the step under way has ended. Run it once. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, intervalMs, onError } = this.#options
    const stop = (): void => this.#pause.abort()
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
        // A wake during the step counts: what it is about may have come too late for that step.
        if (this.#woken) continue
        this.#pause = new AbortController()
        await clock.sleep(pauseMs, this.#pause.signal).catch(() => undefined)
      }
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }

  /** Begins the next step immediately, or right after the one under way. */
  wake(): void {
    this.#woken = true
    this.#pause.abort()
  }
}

/** A loop that nothing wakes. */
export async function runLoop(options: LoopOptions, step: Step, signal: AbortSignal): Promise<void> {
  return new Loop(options, step).run(signal)
}
