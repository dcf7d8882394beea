// A devnet that has a batch, and is started again with --reset.
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { type FloeCommand, runFloe, startFloe } from '../support/floe.ts'

it('a devnet that is started with --reset has no batches, and another number of nodes', async () => {
  const parent = await mkdtemp(join(tmpdir(), 'floe-devnet-reset-'))
  onTestFinished(async () => rm(parent, { recursive: true }))
  const dir = join(parent, 'devnet')
  const start = async (...flags: string[]): Promise<FloeCommand> => {
    const devnet = startFloe(['devnet', '--dir', dir, '--port', '0', ...flags])
    onTestFinished(async () => stop(devnet))
    await devnet.until('floe devnet ready: ')
    return devnet
  }
  const stop = async (devnet: FloeCommand): Promise<void> => {
    devnet.process.kill('SIGTERM')
    await devnet.finished
  }
  const status = async (): Promise<unknown> => {
    const { stdout } = await runFloe(['status', '--json'], { env: { FLOE_DEVNET_DIR: dir } })
    return JSON.parse(stdout)
  }
  const first = await start('--nodes', '4')
  const put = { env: { FLOE_DEVNET_DIR: dir }, input: randomBytes(5_000) }
  expect((await runFloe(['put', '-'], put)).code).toBe(0)
  expect(await status()).not.toMatchObject({ batches: { certified: 0, posted: 0, final: 0 } })
  await stop(first)
  await start('--reset', '--nodes', '5')
  expect(await status()).toMatchObject({ batches: { received: 0, certified: 0, posted: 0, final: 0 } })
})
