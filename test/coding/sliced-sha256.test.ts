// SHA-256 in slices, between which the event loop runs.
import { hash } from 'node:crypto'
import { expect, test } from 'vitest'
import { sha256InSlices } from '../../src/coding/sliced-sha256.ts'
import { seededBytes } from '../support/random-bytes.ts'

test.each([0, 1, 1024 * 1024 - 1, 1024 * 1024, 1024 * 1024 + 1, 3_000_000])(
  'SHA-256 of %i bytes in slices equals SHA-256 of the whole',
  async (length) => {
    const bytes = seededBytes('slices', length)
    expect(Buffer.from(await sha256InSlices(bytes))).toEqual(hash('sha256', bytes, 'buffer'))
  },
)

test('the event loop runs between slices', async () => {
  let turns = 0
  const turn = (): void => void (turns++, (turning = setImmediate(turn)))
  let turning = setImmediate(turn)
  await sha256InSlices(new Uint8Array(5 * 1024 * 1024))
  clearImmediate(turning)
  expect(turns).toBeGreaterThanOrEqual(4)
})
