// The sidecar's view of L1, between the follower and the components that read how far it has followed.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import type { Follower } from '../../src/l1/chain.ts'
import { ChainView } from '../../src/sidecar/chain-view.ts'
import { manualClock } from '../support/manual-clock.ts'
import { until } from '../support/until.ts'

const NOW = 1_700_000_000
const headWatch = { observe: () => undefined }

type Reached = Awaited<ReturnType<Follower['sync']>>

const tip = { number: 7, hash: `0x${'77'.repeat(32)}` } as const

test('A chain view is idle once every sync in flight has ended, also one that fails.', async () => {
  const syncs = [Promise.withResolvers<Reached>(), Promise.withResolvers<Reached>()]
  const pending = syncs.values()
  const sync = async (): Promise<Reached> =>
    pending.next().value?.promise ?? Promise.reject(new Error('late'))
  const view = new ChainView({ follower: { sync, follow: sync }, headWatch, clock: manualClock(NOW) })
  const failing = view.sync()
  const succeeding = view.sync()
  let isIdle = false
  const idle = view.idle().then(() => (isIdle = true))
  syncs[1]?.resolve({ tip, timestamp: NOW, final: 5 })
  await succeeding
  expect(isIdle).toBe(false)
  syncs[0]?.reject(new Error('L1 is down'))
  await expect(failing).rejects.toThrow('L1 is down')
  await idle
  expect(view.progress()).toMatchObject({ tip, final: 5, secondsAgo: 0 })
})

test('A chain view keeps the result of the newest sync only.', async () => {
  const results: WeakRef<Reached>[] = []
  const sync = async (): Promise<Reached> => {
    const reached = { tip, timestamp: NOW, final: 5 }
    results.push(new WeakRef(reached))
    return reached
  }
  const view = new ChainView({ follower: { sync, follow: sync }, headWatch, clock: manualClock(NOW) })
  for (let i = 0; i < 3; i++) await view.sync()
  await view.idle()
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  await until('the results of earlier syncs are collected', () => {
    collect()
    return results.slice(0, -1).every((result) => result.deref() === undefined) ? true : undefined
  })
  expect(view.progress()).toMatchObject({ tip, final: 5 })
})
