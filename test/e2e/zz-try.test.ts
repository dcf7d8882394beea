import { test } from 'vitest'
import { startNetwork } from '../support/network.ts'
import { startTestAnvil } from '../support/anvil.ts'
import { deployFloe, testKey, testOperators } from '../support/deploy.ts'
test('t', async () => {
  const t0 = performance.now()
  const a = await startTestAnvil({ blockSeconds: 1 })
  console.log('anvil', performance.now() - t0)
  const t1 = performance.now()
  await deployFloe(a.url, testOperators([1,1,1,1]), {address: '0x1111111111111111111111111111111111111111', quotaBytes: 1n})
  console.log('deploy', performance.now() - t1)
  await a.stop()
  for (const s of [[1,1,1,1],[1,1,1,1,1,1,1], [20,20,20,20,20]]) {
  const t2 = performance.now()
  const net = await startNetwork({ shards: s })
  console.log('net', s.length, performance.now() - t2)
  await net[Symbol.asyncDispose]()
  }
})
