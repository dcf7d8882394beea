// Several problems as one error, so that an operator finds all of them in one attempt to start instead of one in each.
import { FloeError } from '../protocol/errors.ts'

/** @param problems at least one sentence; a single one becomes the message itself */
export function combineProblems(
  problems: readonly string[],
  remedy: string,
  code: 'configuration' | 'unavailable' = 'configuration',
): FloeError {
  const [first = ''] = problems
  if (problems.length === 1) return new FloeError(code, first, { remedy })
  const cause = new AggregateError(problems.map((problem) => new Error(problem)))
  return new FloeError(code, `Found ${problems.length} problems.`, { remedy, cause })
}

/** The sentences that `combineProblems` combined; empty for any other error. */
export function problemsIn(error: FloeError): string[] {
  if (!(error.cause instanceof AggregateError)) return []
  return error.cause.errors.map((problem: unknown) =>
    problem instanceof Error ? problem.message : String(problem),
  )
}
