// The end of a command that runs in the foreground until it is stopped.
import { linkAbort } from '../../runtime/async/deadline.ts'
import { npmEnd } from '../../runtime/lifetime.ts'
import { createLogger } from '../../runtime/logger.ts'
import { stopSignal } from '../../runtime/signals.ts'

/** Aborts on SIGINT and SIGTERM, and when npm, if it started the command, has ended. */
export function foregroundStop(): AbortSignal {
  const stop = new AbortController()
  linkAbort(stop, [stopSignal(createLogger('floe', 'silent')), npmEnd()])
  return stop.signal
}
