// A guard on how long a test waits for something that happens by itself.

/** What `promise` gives, or a failure that says `late()` after `guardMs`. */
export async function within<T>(promise: Promise<T>, guardMs: number, late: () => string): Promise<T> {
  const { promise: timeout, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`not within ${guardMs} ms: ${late()}`)), guardMs)
  try {
    return await Promise.race([promise, timeout])
  } finally {
    clearTimeout(timer)
  }
}
