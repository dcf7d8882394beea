// Hostile actors over the contracts' money, over 100,000 calls: contracts/test/DisputesInvariants.t.sol in forge's long profile.
// FLOE_SEED replays a run that failed.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const forge = join(import.meta.dirname, '../../scripts/contracts/foundry.ts')

test('no ether is created, lost or stuck, and nobody pays for the fault of another', () => {
  const seed = process.env['FLOE_SEED'] ?? '1'
  const args = ['test', '--match-contract', 'DisputesInvariants', '--fuzz-seed', seed]
  const { status, stdout } = spawnSync(process.execPath, [forge, ...args], {
    encoding: 'utf8',
    env: { ...process.env, FOUNDRY_PROFILE: 'long' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  expect({ status, stdout: status === 0 ? '' : stdout }).toEqual({ status: 0, stdout: '' })
  const calls =
    /\[PASS\] invariant_books_areAsTheModelHasThem\(\) \(runs: \d+, calls: (\d+), reverts: 0\)/.exec(stdout)
  expect(Number(calls?.[1])).toBeGreaterThanOrEqual(100_000)
})
