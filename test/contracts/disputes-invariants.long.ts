// Hostile actors and the ether of the contracts, over 100,000 calls: contracts/test/DisputesInvariants.t.sol in the long profile of
// forge. FLOE_SEED replays a failed run.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const forge = join(import.meta.dirname, '../../scripts/contracts/foundry.ts')

test('no ether is created, lost or stuck, and no account pays for the fault of another', () => {
  const seed = process.env['FLOE_SEED'] ?? '1'
  const args = ['test', '--match-contract', 'DisputesInvariants', '--fuzz-seed', seed]
  const { stdout } = spawnSync(process.execPath, [forge, ...args], {
    encoding: 'utf8',
    env: { ...process.env, FOUNDRY_PROFILE: 'long' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const passed = /\[PASS\] invariant_books_areAsTheModelHasThem\(\) \(runs: \d+, calls: (\d+), reverts: 0\)/
  expect(stdout).toMatch(passed)
  expect(stdout).not.toContain('[FAIL')
  expect(Number(passed.exec(stdout)?.[1])).toBeGreaterThanOrEqual(100_000)
})
