// Starts a service when what it needs is there: an L1 endpoint that limits the rate or is away for a while does not end the process.
// Meanwhile the process is alive and not ready, for what watches it.
import { FloeError } from '../../protocol/errors.ts'
import { retry } from '../../runtime/async/retry.ts'
import type { Clock } from '../../runtime/clock.ts'
import { ConditionLog } from '../../runtime/condition-log.ts'
import {
  type ListenerOptions,
  type RunningServer,
  answerErrors,
  listen,
  newApp,
} from '../../runtime/http-server.ts'
import type { Logger } from '../../runtime/logger.ts'

export type PatientStartOptions<T> = {
  /** Where the service will listen. */
  readonly at: ListenerOptions
  readonly clock: Clock
  readonly logger: Logger
  /** Ends the wait. */
  readonly signal: AbortSignal
  /** @throws FloeError `unavailable` for what may pass; any other error ends the wait */
  readonly start: () => Promise<T>
}

const PAUSE_MS = 5_000
const PAUSE_MS_MAX = 30_000
/** About an hour; then a supervisor starts the process again. */
const ATTEMPTS_MAX = 120

/** @throws FloeError of the last attempt */
export async function startPatiently<T>(options: PatientStartOptions<T>): Promise<T> {
  const { at, clock, logger, signal, start } = options
  const condition = new ConditionLog({
    logger,
    clock,
    began: 'start delayed: what the service needs is unavailable',
    ended: 'start continued',
  })
  let waiting: Promise<RunningServer | undefined> = Promise.resolve(undefined)
  const stopWaiting = async (): Promise<void> => (await waiting)?.close(0)
  const policy = {
    clock,
    attemptsMax: ATTEMPTS_MAX,
    backoffMs: PAUSE_MS,
    backoffMsMax: PAUSE_MS_MAX,
    retryIf: ({ code }: FloeError) => code === 'unavailable',
    signal,
  }
  const onRetry = (error: FloeError): void => {
    condition.failed('start', { reason: error.message })
    waiting = listenMeanwhile(at, logger, error)
  }
  try {
    const service = await retry({ ...policy, onRetry }, async () => {
      await stopWaiting()
      return start()
    })
    condition.held('start')
    return service
  } finally {
    await stopWaiting()
  }
}

/** Answers that the process is alive, and to everything else that it is not ready. A port that is in use is left alone. */
async function listenMeanwhile(
  at: ListenerOptions,
  logger: Logger,
  reason: FloeError,
): Promise<RunningServer | undefined> {
  const app = newApp(at)
  app.get(['/health', '/v1/health'], (_request, response) => void response.json({ status: 'ok' }))
  app.use(() => {
    throw new FloeError('unavailable', `The service has not started yet: ${reason.message}`, {
      retryAfterSeconds: PAUSE_MS_MAX / 1000,
    })
  })
  app.use(answerErrors(logger))
  return listen(app, at).catch(() => undefined)
}
