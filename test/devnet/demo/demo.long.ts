// The whole demonstration. It checks every statement that it makes, so the test checks that it succeeds and cleans up.
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { runFloe } from '../../support/floe.ts'

const TIMEOUT_MS = 240_000

it(
  'the demo makes every step, reports the costs, and leaves nothing behind',
  { timeout: TIMEOUT_MS },
  async () => {
    const temporary = await mkdtemp(join(tmpdir(), 'floe-test-demo-'))
    onTestFinished(async () => rm(temporary, { recursive: true }))
    const options = ['--nodes', '4', '--transactions', '20', '--json']
    const { code, stdout, stderr } = await runFloe(['demo', ...options], { env: { TMPDIR: temporary } })
    expect(stderr).toContain('7  Verified against L1 alone')
    expect(code).toBe(0)
    const { commitment, ...result } = JSON.parse(stdout) as Record<string, unknown>
    expect(commitment).toMatch(/^0x016601/)
    expect(result).toMatchObject({ nodes: 4, transactions: 20, killed: [0], gas: expect.any(Number) })
    expect((await readdir(temporary)).filter((name) => name.startsWith('floe-'))).toEqual([])
  },
)
