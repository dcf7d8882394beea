// Errors of work that a test starts and does not wait for, such as the handler of a proxy's request. They are kept and thrown when
// the thing that started the work is closed: an unhandled rejection would fail the run, and no test by name.

export class BackgroundErrors {
  readonly #errors: unknown[] = []
  readonly #owner: string

  /** @param owner names the thing in the error */
  constructor(owner: string) {
    this.#owner = owner
  }

  /** Keeps an error of `work`. `onError` cleans up after it. */
  watch(work: Promise<unknown>, onError: () => void = () => undefined): void {
    work.catch((error: unknown) => {
      this.#errors.push(error)
      onError()
    })
  }

  /** @throws AggregateError with every error so far */
  throwIfAny(): void {
    if (this.#errors.length === 0) return
    throw new AggregateError(this.#errors, `${this.#owner} failed: ${this.#errors.map(String).join('; ')}`)
  }
}
