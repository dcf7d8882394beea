// The L1 of devnets and tests: what anvil itself would forget between two runs.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestClient, http } from 'viem'
import { expect, it } from 'vitest'
import { startTestAnvil } from '../support/anvil.ts'
import { newestTimestamp } from '../support/transactions.ts'

const DAY = 86_400

it('blocks are never older than those before, also when anvil starts again after its clock was moved ahead', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'floe-anvil-'))
  const stateFile = join(dir, 'state.json')
  try {
    const first = await startTestAnvil({ stateFile })
    const client = createTestClient({ mode: 'anvil', transport: http(first.url) })
    await client.increaseTime({ seconds: DAY })
    await client.mine({ blocks: 1 })
    const before = await newestTimestamp(first.url)
    await first.stop()
    const second = await startTestAnvil({ stateFile })
    await createTestClient({ mode: 'anvil', transport: http(second.url) }).mine({ blocks: 1 })
    const after = await newestTimestamp(second.url)
    await second.stop()
    expect(after).toBeGreaterThanOrEqual(before)
    // The clock goes on from there.
    expect(after - before).toBeLessThan(DAY)
  } finally {
    await rm(dir, { recursive: true })
  }
})
