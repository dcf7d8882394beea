// Programs that some tests need and a machine may lack. Without one its tests are skipped, loudly, unless FLOE_TESTS_REQUIRE names
// it (a list with commas): then they fail, so that a run that must be complete cannot be incomplete unnoticed.

const required = (process.env['FLOE_TESTS_REQUIRE'] ?? '').split(',')

/**
 * Whether `tests` can run, which need `program`.
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
