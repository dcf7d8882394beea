// Two sidecars that share a disperser key and a Redis: each posts the batches of the other, no header is posted twice, and nothing is
// lost or delayed while Redis is down.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type RunningSidecar, startSidecar } from '../../src/sidecar/http/server.ts'
import type { Hex } from '../../src/protocol/bytes.ts'
import type { SidecarConfig } from '../../src/sidecar/config.ts'
import type { Status } from '../../src/client/sidecar-status.ts'
import { Network } from '../support/network.ts'
import { seededBytes } from '../support/random-bytes.ts'
import { TestRedis, canStartRedis } from '../support/redis.ts'
import { allPosted, digestOf } from './ledger.ts'
import { commit } from './rollup.ts'
import { until } from '../support/until.ts'

const NEVER_MS = 3_600_000

describe.skipIf(!canStartRedis('two sidecars on one Redis'))('two sidecars on one Redis', () => {
  let redis: TestRedis
  let network: Network
  let second: RunningSidecar | undefined

  beforeAll(async () => {
    redis = await TestRedis.start()
    network = await Network.start({
      shards: [1, 1, 1, 1],
      sidecar: { redisUrl: redis.url, postingIntervalMs: NEVER_MS },
    })
  })

  afterAll(async () => {
    await using stack = new AsyncDisposableStack()
    stack.use(redis)
    stack.use(network)
    stack.defer(async () => second?.close())
  })

  const startSecond = async (changes: Partial<SidecarConfig>): Promise<RunningSidecar> => {
    await second?.close()
    second = await startSidecar({
      ...network.sidecarConfig,
      dir: `${network.sidecarConfig.dir}-2`,
      ...changes,
    })
    return second
  }
  const statusOf = async (url: string): Promise<Status> =>
    (await (await fetch(`${url}/v1/status`)).json()) as Status
  const times = async (digests: readonly Hex[]): Promise<number[]> => {
    const posted = (await allPosted(network)).map(({ digest }) => digest)
    return digests.map((digest) => posted.filter((other) => other === digest).length)
  }
  const put = async (url: string, label: string): Promise<Hex> =>
    digestOf(network, await commit(url, seededBytes(label, 2_000)))
  const onL1 = async (digests: readonly Hex[]): Promise<void> => {
    await until('the headers are on L1', async () =>
      (await times(digests)).every((n) => n > 0) ? true : undefined,
    )
  }

  test('a sidecar posts the batches of one that was stopped, which finds them on L1 after its restart', async () => {
    await until('Redis is reached', async () =>
      (await statusOf(network.url)).pipeline?.queue.reachable === true ? true : undefined,
    )
    const digests = [await put(network.url, 'orphan 0'), await put(network.url, 'orphan 1')]
    await network.stopSidecar()
    await startSecond({ postingIntervalMs: 500 })
    await onL1(digests)
    await network.restartSidecar({ postingIntervalMs: 500 })
    await until('the first sidecar has found them', async () =>
      (await statusOf(network.url)).batches.waiting === 0 ? true : undefined,
    )
    expect(await times(digests)).toEqual([1, 1])
  })

  test('the batches of two sidecars that both post are on L1 exactly once', async () => {
    const digests: Hex[] = []
    for (let i = 0; i < 6; i++)
      digests.push(await put(i % 2 === 0 ? network.url : (second?.url ?? ''), `both ${i}`))
    await onL1(digests)
    for (const url of [network.url, second?.url ?? ''])
      await until('no batch waits', async () =>
        (await statusOf(url)).batches.waiting === 0 ? true : undefined,
      )
    expect(await times(digests)).toEqual(digests.map(() => 1))
  })

  test('while Redis is down, two sidecars accept puts and post every batch once', async () => {
    await redis.kill()
    const digests = [await put(network.url, 'away 0'), await put(second?.url ?? '', 'away 1')]
    await onL1(digests)
    await redis.start()
    digests.push(await put(network.url, 'back'))
    await onL1(digests)
    expect(await times(digests)).toEqual([1, 1, 1])
  })
})
