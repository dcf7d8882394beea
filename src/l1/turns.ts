// Runs of one task, one at a time, shared by those who come together. Whoever comes while one runs gets one that starts after
// he came: what he learns is never older than his question.

/** `task` is given a check that throws once everybody who waits for its run has given up. */
export function inTurn<T>(task: (goOn: () => void) => Promise<T>): (signal?: AbortSignal) => Promise<T> {
  let busy: Promise<unknown> = Promise.resolve()
  let next: { readonly signals: (AbortSignal | undefined)[]; readonly result: Promise<T> } | undefined
  const enqueue = (): NonNullable<typeof next> => {
    const signals: (AbortSignal | undefined)[] = []
    const goOn = (): void => {
      if (signals.every((signal) => signal?.aborted === true)) signals[0]?.throwIfAborted()
    }
    const result = busy.then(async () => {
      next = undefined
      return task(goOn)
    })
    busy = result.catch(() => undefined)
    return { signals, result }
  }
  return async (signal) => {
    next ??= enqueue()
    next.signals.push(signal)
    return next.result
  }
}
