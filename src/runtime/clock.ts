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

/** One error for all sleeps: every request aborts one, and building an error's stack costs more than the sleep itself. */
const SLEEP_ABORTED = new Error('the sleep was aborted')

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: async (ms, signal) =>
    new Promise((resolve, reject) => {
      const stop = (): void => {
        clearTimeout(timer)
        reject(SLEEP_ABORTED)
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

/** The time as libraries take it. */
export function currentDate(clock: Clock): Date {
  return new Date(clock.now())
}

/** A time for people. Any u64 is an expiry, and a Date has a limit. */
export function timeText(unixTime: number): string {
  const date = new Date(unixTime * 1000)
  return Number.isNaN(date.getTime()) ? `second ${unixTime}` : date.toISOString().replace('.000', '')
}

/** Unix milliseconds of a date as HTTP headers write it; undefined for other text. */
export function parseDateMs(text: string): number | undefined {
  const ms = Date.parse(text)
  return Number.isNaN(ms) ? undefined : ms
}

/** Lets the event loop handle other events between two parts of long work. Only on Node. */
export async function yieldToEventLoop(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}
