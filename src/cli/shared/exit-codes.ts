// What a command's exit code says to a script, and how any failure becomes one sentence for a person.
import { CommanderError } from 'commander'
import { type ErrorCode, FloeError, asFloeError } from '../../protocol/errors.ts'
import { problemsOf } from '../../config/combined-error.ts'

export const exitCodes = {
  ok: 0,
  /** The operation failed, and will fail again as it is. */
  failed: 1,
  /** Wrong arguments or configuration. */
  usage: 2,
  /** The commitment, or the batch behind it, is invalid for everybody: skip it. */
  invalid: 3,
  /** It may work later: try again. */
  unavailable: 4,
} as const

export const exitCodesHelp = `
Exit codes:
  0  done
  1  failed, and trying again will not help
  2  wrong arguments or configuration
  3  the commitment or its batch is invalid, for everybody: skip it
  4  unavailable for now: try again`

export type Failure = {
  readonly exitCode: number
  readonly code: ErrorCode | 'usage'
  readonly message: string
  readonly retryable: boolean
  readonly facts: Record<string, string | number | boolean>
  /** Where several things are wrong, each in a sentence. */
  readonly problems?: readonly string[]
  /** Of a defect of ours. */
  readonly trace?: string | undefined
}

/** What was thrown, or undefined if it is not a failure: help or a version was printed. */
export function failureOf(thrown: unknown): Failure | undefined {
  if (thrown instanceof CommanderError) return usageFailure(thrown)
  if (thrown instanceof FloeError) {
    const { code, message, retryable, facts } = thrown
    const problems = problemsOf(thrown).map(sentence)
    return {
      exitCode: exitCodeOf(thrown),
      code,
      message: sentence(message),
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

/** One line, whatever an answer from outside put into it. */
function sentence(message: string): string {
  return message.replaceAll(/\s+/g, ' ')
}
