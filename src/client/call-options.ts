// What every call of the public clients takes.

export type CallOptions = {
  /** Ends the call; it is then rejected with the signal's reason. */
  readonly signal?: AbortSignal | undefined
}
