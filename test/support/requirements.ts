// Programs that some tests need and a machine may lack. Tests of a missing program are skipped with a message. They fail when
// FLOE_TESTS_REQUIRE, a list with commas, names the program: a run that must be complete sets it.

const required = (process.env['FLOE_TESTS_REQUIRE'] ?? '').split(',')

/**
 * Whether `tests` can run: they need `program`.
 * @param remedy how to install it
 * @throws Error when it is missing and required
 */
export function canRun(tests: string, program: { name: string; present: boolean; remedy: string }): boolean {
  const { name, present, remedy } = program
  if (present) return true
  if (required.includes(name)) throw new Error(`Expected ${name} for ${tests}, found none. ${remedy}`)
  process.stderr.write(`\n*** SKIPPED because ${name} is missing: ${tests}.\n*** ${remedy}\n\n`)
  return false
}
