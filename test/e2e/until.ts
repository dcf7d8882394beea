// Waiting for a fact, with a bound: what is looked for is asked for again and again, and nothing is slept through.
import { setTimeout as delay } from 'node:timers/promises'

const POLL_MS = 20

/** The first answer of `look` that is not undefined. Fails when there is none within `ms`. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined> | T | undefined,
  ms = 10_000,
): Promise<T> {
  const deadline = performance.now() + ms
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    if (performance.now() > deadline) throw new Error(`waited ${ms} ms for this: ${what}`)
    await delay(POLL_MS)
  }
}

/** How long `work` took, with what it resolved to. */
export async function timed<T>(work: () => Promise<T>): Promise<{ ms: number; value: T }> {
  const start = performance.now()
  const value = await work()
  return { ms: performance.now() - start, value }
}
