// The demonstration, whole: it checks every claim that it makes, so it is enough that it ends well and cleans up.
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { runFloe } from '../../support/floe.ts'

const TIMEOUT_MS = 120_000

it(
  'the demo tells the whole story, says what it cost, and leaves nothing behind',
  { timeout: TIMEOUT_MS },
  async () => {
    const temporary = await mkdtemp(join(tmpdir(), 'floe-test-demo-'))
    onTestFinished(async () => rm(temporary, { recursive: true }))
    const options = ['--nodes', '4', '--transactions', '20', '--json']
    const { code, stdout, stderr } = await runFloe(['demo', ...options], { env: { TMPDIR: temporary } })
    expect(stderr).toContain('7  Verified against L1 alone')
    expect(code).toBe(0)
    const { commitment, ...story } = JSON.parse(stdout) as Record<string, unknown>
    expect(commitment).toMatch(/^0x016601/)
    expect(story).toMatchObject({ nodes: 4, transactions: 20, killed: [0], gas: expect.any(Number) })
    expect((await readdir(temporary)).filter((name) => name.startsWith('floe-'))).toEqual([])
  },
)
