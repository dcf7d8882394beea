// Running until told to stop, and never longer than whoever started us.
import { fstatSync } from 'node:fs'
import { FloeError } from '../protocol/errors.ts'
import { systemClock } from './clock.ts'
import { type LogLevel, type Logger, createLogger } from './logger.ts'
import { aborted, stopSignal } from './signals.ts'

export type Service = { readonly url: string; close(): Promise<void> }

export type ServiceStart = {
  /** Component that the log lines name. */
  readonly name: string
  readonly logLevel: LogLevel
  readonly exitWithParent: boolean
  /** @throws FloeError when it cannot start */
  readonly start: (logger: Logger) => Promise<Service>
}

/** Longer than any service's own grace; then the process ends whatever hangs. */
const CLOSE_MS_MAX = 15_000
const PARENT_LOOK_MS = 500

/** Starts a service, and closes it when a signal or the end of the parent asks for it. */
export async function runService({ name, logLevel, exitWithParent, start }: ServiceStart): Promise<void> {
  const logger = createLogger(name, logLevel)
  const stop = AbortSignal.any([stopSignal(logger), ...(exitWithParent ? [parentEnd()] : [])])
  const service = await Promise.race([start(logger), aborted(stop)])
  if (service === undefined) return
  await aborted(stop)
  const late = systemClock.sleep(CLOSE_MS_MAX).then(() => {
    throw new FloeError('unavailable', `Not closed within ${CLOSE_MS_MAX} ms.`)
  })
  await Promise.race([service.close(), late])
  logger.info('stopped')
}

/**
 * Aborts when standard input ends, which is when the process that holds its other end does, however it does. Only where
 * standard input is a pipe: somebody who runs the same command by hand must not see it end at once.
 */
function parentEnd(): AbortSignal {
  const controller = new AbortController()
  const stats = fstatSync(0)
  if (!stats.isFIFO() && !stats.isSocket()) return controller.signal
  const end = (): void => controller.abort(new Error('the parent process has ended'))
  process.stdin.on('end', end).on('close', end).on('error', end)
  process.stdin.resume()
  return controller.signal
}

/** For what runs until it is stopped: nobody reading what it prints is no reason to end. */
export function keepRunningUnread(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.removeAllListeners('error')
    stream.on('error', () => {})
  }
}

/**
 * Aborts when npm, if it started us, is gone: npm ends its shell on SIGTERM and may not reach what the shell runs. Started by
 * hand, a process may outlive its shell on purpose.
 */
export function npmEnd(): AbortSignal {
  const controller = new AbortController()
  if (process.env['npm_lifecycle_event'] === undefined) return controller.signal
  const parent = process.ppid
  void (async () => {
    while (process.ppid === parent) await systemClock.sleep(PARENT_LOOK_MS)
    controller.abort(new Error('npm has ended'))
  })()
  return controller.signal
}
