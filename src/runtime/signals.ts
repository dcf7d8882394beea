// Signals of the operating system: the first SIGINT or SIGTERM asks the process to stop, the second ends it.
import type { Logger } from './logger.ts'

/** Aborts on the first SIGINT or SIGTERM; the second one ends the process immediately with status 130. */
export function stopSignal(logger: Logger): AbortSignal {
  const controller = new AbortController()
  const stop = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) process.exit(130)
    logger.info({ signal: name }, 'stopping')
    controller.abort(new Error(`stopped by ${name}`))
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  return controller.signal
}

/** Resolves when the signal aborts. */
export async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
