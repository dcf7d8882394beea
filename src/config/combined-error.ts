// Several things that are wrong at once, as one error: whoever sets something up should not find them one start at a time.
import { FloeError } from '../protocol/errors.ts'

/** @param problems at least one sentence; one alone is the message itself */
export function problemsError(
  problems: readonly string[],
  remedy: string,
  code: 'configuration' | 'unavailable' = 'configuration',
): FloeError {
  const [first = ''] = problems
  if (problems.length === 1) return new FloeError(code, first, { remedy })
  const cause = new AggregateError(problems.map((problem) => new Error(problem)))
  return new FloeError(code, `${problems.length} things are wrong.`, { remedy, cause })
}

/** The sentences of an error made above; none for any other. */
export function problemsOf(error: FloeError): string[] {
  if (!(error.cause instanceof AggregateError)) return []
  return error.cause.errors.map((problem: unknown) =>
    problem instanceof Error ? problem.message : String(problem),
  )
}
