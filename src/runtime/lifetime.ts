// Runs a service until the process is told to stop, and no longer than its parent process where that is asked for.
import { fstatSync } from 'node:fs'
import { FloeError } from '../protocol/errors.ts'
import { linkAbort, withFallback } from './async/deadline.ts'
import { runLoop } from './async/loop.ts'
import { systemClock } from './clock.ts'
import { type LogLevel, type Logger, createLogger } from './logger.ts'
import { aborted, stopSignal } from './signals.ts'

export type Service = { readonly url: string; close(): Promise<void> }

export type ServiceStart = {
  /** Component that the log lines name. */
  readonly name: string
  readonly logLevel: LogLevel
  /** URLs whose secrets must not be in a line. */
  readonly secretUrls: readonly (string | undefined)[]
  readonly exitWithParent: boolean
  /** @throws FloeError when the service cannot start */
  readonly start: (logger: Logger, signal: AbortSignal) => Promise<Service>
}

/** Longer than the grace period of any service. */
const CLOSE_MS_MAX = 15_000
const PARENT_CHECK_MS = 500

/**
 * Starts a service, and closes it when a signal or the end of the parent process asks for it.
 * @throws FloeError when it cannot start, or is not closed in time
 */
export async function runService({
  name,
  logLevel,
  secretUrls,
  exitWithParent,
  start,
}: ServiceStart): Promise<void> {
  const logger = createLogger(name, logLevel, secretUrls)
  const stop = new AbortController()
  linkAbort(stop, [stopSignal(logger), exitWithParent ? parentEnd() : undefined])
  const service = await Promise.race([start(logger, stop.signal), aborted(stop.signal)])
  if (service === undefined) return
  await aborted(stop.signal)
  await closeInTime(service)
  logger.info('stopped')
}

async function closeInTime(service: Service): Promise<void> {
  const closing = service.close().then(() => true)
  const closed = await withFallback({ clock: systemClock, timeoutMs: CLOSE_MS_MAX }, closing, () => false)
  if (!closed)
    throw new FloeError('unavailable', `Expected the service to close within ${CLOSE_MS_MAX} ms, it did not.`)
}

/**
 * Aborts when standard input ends, which is when the process that holds its other end has ended. Only where standard input is a
 * pipe or a socket: a command that a person starts in a terminal must not end immediately.
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

/** Keeps the process running when the reader of its output has gone. */
export function keepRunningUnread(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.removeAllListeners('error')
    stream.on('error', () => {})
  }
}

/**
 * Aborts when npm has ended, if npm started this process: on SIGTERM, npm ends its shell and may not reach what the shell runs.
 * A process that was started by hand may outlive its shell on purpose.
 */
export function npmEnd(): AbortSignal {
  const controller = new AbortController()
  if (process.env['npm_lifecycle_event'] === undefined) return controller.signal
  const parent = process.ppid
  const checkParent = async (): Promise<void> => {
    if (process.ppid !== parent) controller.abort(new Error('npm has ended'))
  }
  void runLoop({ clock: systemClock, intervalMs: PARENT_CHECK_MS }, checkParent, controller.signal)
  return controller.signal
}
