// A devnet with REDIS_URL: the sidecar's jobs go through that Redis, and batches are posted as without it (devnet.test.ts), also
// while Redis is unreachable.
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { until } from '../support/until.ts'
import { runFloe, startFloe } from '../support/floe.ts'
import { TestRedis, canStartRedis } from '../support/redis.ts'

const TIMEOUT_MS = 240_000

describe.skipIf(!canStartRedis('a devnet on Redis'))(
  'a devnet with REDIS_URL',
  { timeout: TIMEOUT_MS },
  () => {
    it('a devnet with REDIS_URL queues its jobs on Redis, and posts batches also when Redis has ended', async () => {
      await using redis = await TestRedis.start()
      const parent = await mkdtemp(join(tmpdir(), 'floe-devnet-redis-'))
      onTestFinished(async () => rm(parent, { recursive: true }))
      const dir = join(parent, 'devnet')
      const options = ['--dir', dir, '--port', '0', '--nodes', '4', '--posting-interval', '500ms']
      const devnet = startFloe(['devnet', ...options], { env: { REDIS_URL: redis.url } })
      onTestFinished(async () => {
        devnet.process.kill('SIGTERM')
        await devnet.finished
      })
      await devnet.until('floe devnet ready: ')
      const floe = async (...given: string[]): Promise<string> => {
        const { code, stdout, stderr } = await runFloe(given, {
          env: { FLOE_DEVNET_DIR: dir },
          input: randomBytes(5_000),
        })
        if (code !== 0) throw new Error(stderr)
        return stdout
      }
      const putAndPost = async (): Promise<unknown> => {
        const { commitment } = JSON.parse(await floe('put', '-', '--json')) as { commitment: string }
        return until('the post', async () => {
          const { post } = JSON.parse(await floe('verify', commitment, '--json')) as { post: unknown }
          return post ?? undefined
        })
      }
      expect(await putAndPost()).toMatchObject({ transactionHash: expect.any(String) })
      expect(await redis.client.dbsize()).toBeGreaterThan(0)
      await redis.kill()
      expect(await putAndPost()).toMatchObject({ transactionHash: expect.any(String) })
    })
  },
)
