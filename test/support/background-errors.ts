// Errors of work that a test starts and does not await, such as the handler of a proxy's request. They are collected, and thrown
// when the object that started the work is closed: an unhandled rejection would fail the run without naming a test.

export class BackgroundErrors {
  readonly #errors: unknown[] = []
  readonly #owner: string

  /** @param owner names the object in the error */
  constructor(owner: string) {
    this.#owner = owner
  }

  /** Collects the error of `work`. `onError` cleans up after it and must not throw. */
  watch(work: Promise<unknown>, onError: () => void = () => undefined): void {
    work.catch((error: unknown) => {
      this.#errors.push(error)
      onError()
    })
  }

  /** @throws AggregateError with all errors so far */
  throwIfAny(): void {
    if (this.#errors.length === 0) return
    throw new AggregateError(this.#errors, `${this.#owner} failed: ${this.#errors.map(String).join('; ')}`)
  }
}
