// Work that is repeated after a failure that may pass, with a pause that doubles.
import { type FloeError, asFloeError } from '../../protocol/errors.ts'
import type { Clock } from '../clock.ts'

export type RetryOptions = {
  readonly clock: Clock
  /** Attempts in total, including the first. */
  readonly attemptsMax: number
  /** Milliseconds before the second attempt; doubled before each further one, up to `backoffMsMax`. */
  readonly backoffMs: number
  readonly backoffMsMax: number
  /** Bound of a pause that an error asks for by its `retryAfterSeconds`; left out, that is ignored. */
  readonly retryAfterMsMax?: number
  /** A number in [0, 1) for each pause, which shortens it by up to a half; left out, pauses are not shortened. */
  readonly random?: () => number
  /** Whether another attempt follows an error; left out, when the error is retryable. */
  readonly retryIf?: (error: FloeError) => boolean
  /** Ends the pauses, and no attempt begins after it has aborted. The work itself decides what an abort means. */
  readonly signal: AbortSignal
  /** Called with every error that is followed by another attempt. */
  readonly onRetry?: (error: FloeError) => void
}

/**
 * Runs `work` until it succeeds.
 * @throws FloeError of the last attempt, when it is not to be retried, attempts are used up, or `signal` has aborted
 */
export async function retry<T>(options: RetryOptions, work: () => Promise<T>): Promise<T> {
  const { clock, attemptsMax, signal, onRetry, retryIf = (error) => error.retryable } = options
  signal.throwIfAborted()
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (thrown) {
      const error = asFloeError(thrown)
      if (!retryIf(error) || attempt >= attemptsMax || signal.aborted) throw error
      onRetry?.(error)
      const slept = await clock.sleep(pauseMs(options, attempt, error), signal).then(
        () => true,
        () => false,
      )
      if (!slept) throw error
    }
  }
}

function pauseMs(options: RetryOptions, attempt: number, { retryAfterSeconds = 0 }: FloeError): number {
  const { backoffMs, backoffMsMax, retryAfterMsMax = 0, random = () => 0 } = options
  const whole = Math.min(backoffMs * 2 ** (attempt - 1), backoffMsMax)
  const jittered = Math.round(whole * (1 - random() / 2))
  return Math.max(jittered, Math.min(retryAfterSeconds * 1000, retryAfterMsMax))
}
