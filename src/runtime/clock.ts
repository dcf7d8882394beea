// Time, behind an interface so that decisions can be replayed. Unix time is for the protocol, monotonic time for durations.
// Imports nothing of Node: the client library uses it in browsers.

export type Clock = {
  /** Unix time in milliseconds. */
  now(): number
  /** Milliseconds since some fixed moment; never goes back. */
  monotonic(): number
  /** Resolves after `ms`; rejects when the signal aborts. Keeps a Node process alive. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** One for all: sleeps are aborted on every request, and an error's stack costs more than the sleep. */
const sleepAborted = new Error('the sleep was aborted')

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: async (ms, signal) =>
    new Promise((resolve, reject) => {
      const stop = (): void => {
        clearTimeout(timer)
        reject(sleepAborted)
      }
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', stop)
        resolve()
      }, ms)
      if (signal?.aborted === true) stop()
      else signal?.addEventListener('abort', stop, { once: true })
    }),
}

/** Unix seconds, as headers count. */
export function unixSeconds(clock: Clock): number {
  return Math.floor(clock.now() / 1000)
}
