// The error type for everything that can go wrong in operation. The code of an error decides its HTTP status and whether a retry can
// help; this table is the only place that says so. A message says what was expected, what came, and what to do. Mistakes of the
// programmer fail an `assert` instead.

const codes = {
  /** Bytes with a wrong length, an unknown version or a non-canonical encoding. */
  malformed: { status: 400, retryable: false },
  /** A batch without bytes. */
  empty: { status: 400, retryable: false },
  /** More bytes than the limit. */
  'too-large': { status: 413, retryable: false },
  /** A commitment that is malformed, or that no quorum of its committee signed. Final. */
  'commitment-invalid': { status: 418, retryable: false },
  /** A certified root that no batch encodes to: an invalid encoding, for every reader and permanently. */
  'batch-invalid': { status: 418, retryable: false },
  /** A commitment that L1 included after the expiry of its batch; permanent. */
  'included-late': { status: 418, retryable: false },
  /** Past its expiry, so no operator has to hold it any more (design §5.5: no other response about a batch has status 404). */
  expired: { status: 404, retryable: false },
  /** Not stored on this storage node, or a header that this sidecar does not know; others may have it. */
  'not-held': { status: 404, retryable: false },
  /** Stored on this storage node, but no longer as it was written: its disk changed it. Others may have it. */
  damaged: { status: 404, retryable: false },
  /** A body that arrives slower than the minimum (docs/api.md, limits). */
  'too-slow': { status: 408, retryable: true },
  /** A transaction that a contract on L1 reverts, with its reason. */
  refused: { status: 409, retryable: false },
  /** A condition that may pass: too few nodes answer, L1 cannot be reached, the process shuts down. */
  unavailable: { status: 503, retryable: true },
  /** A limit on concurrent or queued work is reached. */
  overloaded: { status: 429, retryable: true },
  /** The quota of the disperser is used up until one of its batches expires. */
  'over-quota': { status: 429, retryable: true },
  /** A disperser that is not registered with the Ledger. */
  'unknown-disperser': { status: 403, retryable: false },
  /** A disperser whose deposit is below the minimum, or that has asked for it back (docs/protocol.md §7.6). */
  'no-deposit': { status: 403, retryable: false },
  /** A signature that is not valid, or of another key than expected. */
  'bad-signature': { status: 403, retryable: false },
  /** A request without a token where one is needed, or with one that is not valid. */
  unauthorized: { status: 401, retryable: false },
  /** A write by a page in a browser. */
  'write-by-page': { status: 403, retryable: false },
  /** A body with a Content-Encoding. */
  'unsupported-encoding': { status: 415, retryable: false },
  /** A Host header that the listener does not have: a name that was made to resolve to it, or one that is not configured. */
  'wrong-host': { status: 421, retryable: false },
  /** An epoch other than the current and the previous one. */
  'wrong-epoch': { status: 409, retryable: true },
  /** An expiry too near for a post to stand, or beyond the longest promise (docs/protocol.md §6.2). */
  'bad-expiry': { status: 422, retryable: false },
  /** Slivers that do not open under the root. */
  'sliver-mismatch': { status: 422, retryable: false },
  /** The disk is full or failed. */
  storage: { status: 503, retryable: true },
  /** An unknown route, or a method that the route does not support. */
  'no-route': { status: 404, retryable: false },
  /** Invalid configuration: the process reports it and ends. */
  configuration: { status: 500, retryable: false },
  /** A defect of the program; the log has the stack. */
  internal: { status: 500, retryable: false },
} as const

export type ErrorCode = keyof typeof codes

export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(codes, value)
}

export type ErrorDetails = {
  /** The values in the message, for logs and JSON responses. */
  facts?: Record<string, string | number | boolean>
  /** What the user can do about it; appended to the message. */
  remedy?: string
  /** Seconds after which a retry may succeed. */
  retryAfterSeconds?: number
  cause?: unknown
}

export class FloeError extends Error {
  readonly code: ErrorCode
  readonly status: number
  readonly retryable: boolean
  readonly facts: Record<string, string | number | boolean>
  readonly remedy: string | undefined
  readonly retryAfterSeconds: number | undefined

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(details.remedy === undefined ? message : `${message} ${details.remedy}`, { cause: details.cause })
    this.name = 'FloeError'
    this.code = code
    this.status = codes[code].status
    this.retryable = codes[code].retryable
    this.facts = details.facts ?? {}
    this.remedy = details.remedy
    this.retryAfterSeconds = details.retryAfterSeconds
  }
}

/** `error` itself if it is a FloeError, otherwise an `internal` one with `error` as its cause. */
export function asFloeError(error: unknown): FloeError {
  if (error instanceof FloeError) return error
  const message = error instanceof Error ? error.message : String(error)
  return new FloeError('internal', `Unexpected error: ${message}`, { cause: error })
}

/** Fails on a mistake of the programmer. Active in production; no code catches it on purpose. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${message}`)
}
