// Two tiers by suffix. `fast` (*.test.ts) is what `npm test` runs: no network beyond loopback, no sleep, no retry. `long`
// (*.fuzz.ts, *.long.ts, *.crash.ts, *.soak.ts) is what `npm run test:long -- NAME` picks from, NAME a file's base name.
//
// FLOE_SEED replays a property that failed; FLOE_RUNS is the number of cases of every property that sets none itself.
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { type ViteUserConfig, defineConfig } from 'vitest/config'

const shared = {
  pool: 'forks' as const,
  // A guard as well: the default of one second is short on a busy machine.
  expect: { poll: { timeout: 300_000 } },
  setupFiles: ['test/support/property-settings.ts'],
}

const config: ViteUserConfig = defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    // Much of the fast tier waits for blocks and for processes: on two cores three files at a time take half as long as one.
    maxWorkers: Math.max(3, availableParallelism()),
    projects: [
      {
        test: {
          ...shared,
          name: 'fast',
          include: ['test/**/*.test.ts'],
          // A process of its own for every file takes a fifth of all processor time, for modules that are loaded again.
          isolate: false,
          setupFiles: [...shared.setupFiles, 'test/support/no-global-state.ts'],
          // Guards against a hang, not assertions: a busy machine may need many times what an idle one does.
          testTimeout: 300_000,
          hookTimeout: 300_000,
          env: { FLOE_RUNS: process.env['FLOE_RUNS'] ?? '20' },
        },
      },
      {
        test: {
          ...shared,
          name: 'long',
          include: ['test/**/*.{fuzz,long,crash,soak}.ts'],
          testTimeout: 1_800_000,
          hookTimeout: 120_000,
          // Growth measurements and crash tests need the machine for themselves.
          fileParallelism: false,
          env: { FLOE_RUNS: process.env['FLOE_RUNS'] ?? '500' },
        },
      },
    ],
  },
})

export default config
