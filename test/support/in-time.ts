// A bound on how long a test waits for something that happens by itself.

/** What `promise` gives, or a failure that says `late()` after `ms`. */
export async function inTime<T>(promise: Promise<T>, ms: number, late: () => string): Promise<T> {
  const { promise: timeout, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`not within ${ms} ms: ${late()}`)), ms)
  try {
    return await Promise.race([promise, timeout])
  } finally {
    clearTimeout(timer)
  }
}
