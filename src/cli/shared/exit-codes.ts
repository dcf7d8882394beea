// The exit codes of commands, which scripts read, and the conversion of a thrown error into one sentence for an operator.
import { CommanderError } from 'commander'
import { type ErrorCode, FloeError, asFloeError } from '../../protocol/errors.ts'
import { problemsIn } from '../../config/combined-error.ts'

export const exitCodes = {
  ok: 0,
  /** The operation failed, and a retry will not help. */
  failed: 1,
  /** Wrong arguments or configuration. */
  usage: 2,
  /** The commitment or its batch is invalid for every reader: skip it. */
  invalid: 3,
  /** Unavailable for now: try again. */
  unavailable: 4,
} as const

export const exitCodesHelp = `
Exit codes:
  0  done
  1  failed; a retry will not help
  2  wrong arguments or configuration
  3  the commitment or its batch is invalid for every reader: skip it
  4  unavailable for now: try again`

export type Failure = {
  readonly exitCode: number
  readonly code: ErrorCode | 'usage'
  readonly message: string
  readonly retryable: boolean
  readonly facts: Record<string, string | number | boolean>
  /** A sentence for each problem, when the error combines several. */
  readonly problems?: readonly string[]
  /** The stack trace of a defect of Floe. */
  readonly trace?: string | undefined
}

/** @returns undefined when commander threw only because it had printed the help or the version */
export function failureOf(thrown: unknown): Failure | undefined {
  if (thrown instanceof CommanderError) return usageFailure(thrown)
  if (thrown instanceof FloeError) {
    const { code, message, retryable, facts } = thrown
    const problems = problemsIn(thrown).map(toOneLine)
    return {
      exitCode: exitCodeOf(thrown),
      code,
      message: toOneLine(message),
      retryable,
      facts,
      ...(problems.length > 0 ? { problems } : {}),
    }
  }
  const { message, facts } = asFloeError(thrown)
  const trace = thrown instanceof Error ? thrown.stack : undefined
  return { exitCode: exitCodes.failed, code: 'internal', message, retryable: false, facts, trace }
}

function usageFailure(error: CommanderError): Failure | undefined {
  if (error.exitCode === 0) return undefined
  const message = error.message.replace(/^error: /, '')
  return { exitCode: exitCodes.usage, code: 'usage', message, retryable: false, facts: {} }
}

function exitCodeOf(error: FloeError): number {
  if (error.code === 'configuration') return exitCodes.usage
  if (error.code === 'commitment-invalid' || error.code === 'batch-invalid') return exitCodes.invalid
  return error.retryable ? exitCodes.unavailable : exitCodes.failed
}

/** A message may quote a response from the network, which may contain line breaks. */
function toOneLine(message: string): string {
  return message.replaceAll(/\s+/g, ' ')
}
