// Runs the long tier, or its files with the given base names: `npm run test:long [-- NAME …]`. It prints the seed that repeats the run.
import { spawnSync } from 'node:child_process'
import { randomInt } from 'node:crypto'

const files = process.argv.slice(2).map((name) => `/${name}.`)
const seed = process.env['FLOE_SEED'] ?? String(randomInt(2 ** 31))
console.log(`FLOE_SEED=${seed} FLOE_RUNS=${process.env['FLOE_RUNS'] ?? 'default'}`)
const vitest = ['run', '--config', 'test/vitest.config.ts', '--project', 'long', ...files]
const { status, error } = spawnSync('vitest', vitest, {
  stdio: 'inherit',
  env: { ...process.env, FLOE_SEED: seed },
})
if (error !== undefined) throw error
process.exitCode = status ?? 1
