// One error type for everything that can go wrong in operation. A code decides the HTTP status and whether to try again,
// here and nowhere else. A message says what was expected, what came, and what to do; programmer errors are `assert`.

const codes = {
  /** Bytes that are not what they should be: wrong length, wrong version, not canonical. */
  malformed: { status: 400, retryable: false },
  /** A batch of no bytes. */
  empty: { status: 400, retryable: false },
  /** More bytes than the limit. */
  'too-large': { status: 413, retryable: false },
  /** A commitment that no honest committee stands behind. */
  'commitment-invalid': { status: 418, retryable: false },
  /** A certified root that no batch encodes to: no batch, for everybody, for ever. */
  'batch-invalid': { status: 418, retryable: false },
  /** Past its expiry: provably gone (docs/protocol.md and design §5.5 allow 404 for nothing else). */
  expired: { status: 404, retryable: false },
  /** Not here, which says nothing about elsewhere. Only storage nodes answer it. */
  'not-held': { status: 404, retryable: false },
  /** A contract on L1 refuses a transaction, for a reason that it gives. */
  refused: { status: 409, retryable: false },
  /** Something that may pass: too few nodes, no L1, shutting down. */
  unavailable: { status: 503, retryable: true },
  /** Too much work in hand. */
  overloaded: { status: 429, retryable: true },
  /** A disperser's quota is used up until something of it expires. */
  'over-quota': { status: 429, retryable: true },
  /** A disperser that the committee's contract does not know. */
  'unknown-disperser': { status: 403, retryable: false },
  /** A signature by nobody, or by somebody else. */
  'bad-signature': { status: 403, retryable: false },
  /** An epoch that is neither current nor the one before. */
  'wrong-epoch': { status: 409, retryable: true },
  /** An expiry in the past or too far ahead. */
  'bad-expiry': { status: 422, retryable: false },
  /** Slivers that do not open under the root. */
  'sliver-mismatch': { status: 422, retryable: false },
  /** The disk took no more, or failed. */
  storage: { status: 503, retryable: true },
  /** No such route, or a method that the route does not have. */
  'no-route': { status: 404, retryable: false },
  /** Configuration that cannot work; the process says so and ends. */
  configuration: { status: 500, retryable: false },
  /** A defect of ours; the log has the trace. */
  internal: { status: 500, retryable: false },
} as const

export type ErrorCode = keyof typeof codes

export type ErrorDetails = {
  /** What the message speaks of, as data for logs and JSON answers. */
  facts?: Record<string, string | number | boolean>
  /** What the reader of the message can do. */
  remedy?: string
  /** Seconds after which a retry has a chance. */
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

/** The error as it is, or as an `internal` one that has it as its cause. */
export function asFloeError(error: unknown): FloeError {
  if (error instanceof FloeError) return error
  const message = error instanceof Error ? error.message : String(error)
  return new FloeError('internal', `Unexpected error: ${message}`, { cause: error })
}

/** A programmer error if it does not hold: kept on in production, never caught on purpose. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${message}`)
}
