// Waiting for a fact: it is looked for again and again, and nothing is slept through. The bound is there so that a test that
// hangs says what it waited for. It is no assertion: it is far above what a busy machine needs.
import { setTimeout as delay } from 'node:timers/promises'

const POLL_MS = 20
const GUARD_MS = 60_000

/** The first answer of `look` that is not undefined. Fails when there is none within `guardMs`. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined> | T | undefined,
  guardMs: number = GUARD_MS,
): Promise<T> {
  const deadline = performance.now() + guardMs
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    if (performance.now() > deadline) throw new Error(`waited ${guardMs} ms for this: ${what}`)
    await delay(POLL_MS)
  }
}

/** How long `work` took, with what it resolved to. For the long tier: tests of the fast tier assert nothing about wall time. */
export async function timed<T>(work: () => Promise<T>): Promise<{ ms: number; value: T }> {
  const start = performance.now()
  const value = await work()
  return { ms: performance.now() - start, value }
}
