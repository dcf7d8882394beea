// `npm run test:long [-- NAME …]`: runs the long tier, or its files with these base names. It prints the seed, which replays the run.
import { spawnSync } from 'node:child_process'

const names = process.argv.slice(2)
const seed = process.env['FLOE_SEED'] ?? String(Math.floor(Math.random() * 2 ** 31))
console.log(`FLOE_SEED=${seed} FLOE_RUNS=${process.env['FLOE_RUNS'] ?? 'default'}`)
const files = names.map((name) => `/${name}.`)
const { status } = spawnSync(
  'vitest',
  ['run', '--config', 'test/vitest.config.ts', '--project', 'long', ...files],
  {
    stdio: 'inherit',
    env: { ...process.env, FLOE_SEED: seed },
  },
)
process.exit(status ?? 1)
