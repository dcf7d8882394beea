// Closes what a service has opened, in reverse order: later parts use earlier ones.

export class CloseStack {
  readonly #closers: (() => Promise<void>)[] = []

  /** Adds a part that is closed before all parts added earlier. */
  add(close: () => Promise<void>): void {
    this.#closers.push(close)
  }

  /** Closes every part, also after one fails to close. Rejects with the first failure. Call it once. */
  async close(): Promise<void> {
    const failures: unknown[] = []
    for (const close of this.#closers.splice(0).toReversed()) {
      try {
        await close()
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw failures[0]
  }

  /** Runs `open`, which adds parts to the stack; when it fails, closes them and rejects with its error. */
  async closeOnFailure<T>(open: () => Promise<T>): Promise<T> {
    try {
      return await open()
    } catch (error) {
      await this.close().catch(() => undefined)
      throw error
    }
  }
}
