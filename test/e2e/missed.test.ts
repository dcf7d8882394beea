// Batches that L1 does not take in time, with a Ledger whose notice is seconds: what a sidecar says of them, that they are served, and that
// they are not posted later.
import { createTestClient, http } from 'viem'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Status } from '../../src/client/sidecar-status.ts'
import { toHex } from '../../src/protocol/bytes.ts'
import { decodeCertificate } from '../../src/protocol/certificate.ts'
import { addressOfSecretKey } from '../../src/protocol/signature.ts'
import { testKey } from '../support/deploy.ts'
import { Network } from '../support/network.ts'
import { seededBytes } from '../support/random-bytes.ts'
import { until } from '../support/until.ts'
import { allPosted, digestOf } from './ledger.ts'
import { commit, get } from './rollup.ts'

const NOTICE_SECONDS = 24
/** A post is possible in the first 13 s, and a batch is served for 24 s more. */
const RETENTION_SECONDS = 37
const posterKey = testKey('poor')
const batch = seededBytes('missed', 5_000)
let network: Network

beforeAll(async () => {
  network = await Network.start({
    shards: [1, 1, 1, 1],
    posting: { noticeSeconds: BigInt(NOTICE_SECONDS) },
    sidecar: {
      retentionSeconds: RETENTION_SECONDS,
      postingIntervalMs: 100,
      // An account that cannot pay for a post.
      posterKeyFile: () => toHex(posterKey),
    },
  })
})

afterAll(async () => network[Symbol.asyncDispose]())

async function status(): Promise<Status> {
  return (await fetch(`${network.url}/v1/status`)).json() as Promise<Status>
}

test('A batch that cannot be posted in time is reported as missed, served until its expiry, not posted later, and put again under another commitment.', async () => {
  const commitment = await commit(network.url, batch)
  const before = await status()
  const { expiry } = decodeCertificate(commitment).header
  expect([before.spool.unposted, before.spool.postableUntil]).toEqual([1, expiry - NOTICE_SECONDS])
  expect(before.batches).toMatchObject({ certified: 1, missed: 0 })
  const after = await until('the batch is missed', async () => {
    const now = await status()
    return now.batches.missed === 1 ? now : undefined
  })
  expect((await get(network.url, commitment)).body.equals(batch)).toBe(true)
  expect(after.batches).toMatchObject({ certified: 0, failed: 0 })
  expect([after.spool.unposted, after.spool.postableUntil]).toEqual([0, null])
  const metrics = await (await fetch(`${network.url}/metrics`)).text()
  expect(metrics).toContain('floe_sidecar_batches{state="missed"} 1')
  expect(metrics).toContain('floe_sidecar_state_changes_total{state="missed"} 1')
  // The account has ether from now on: the missed batch is not posted nevertheless.
  const chain = createTestClient({ mode: 'anvil', transport: http(network.rpcUrl) })
  await chain.setBalance({ address: addressOfSecretKey(posterKey), value: 10n ** 18n })
  const again = await commit(network.url, batch)
  expect(again.equals(commitment)).toBe(false)
  await until('the next batch is final', async () =>
    (await status()).batches.final === 1 ? true : undefined,
  )
  expect((await allPosted(network)).map(({ digest }) => digest)).toEqual([digestOf(network, again)])
})

test('A sidecar whose retention leaves a post no time does not start, and says which retention is possible.', async () => {
  await expect(network.restartSidecar({ retentionSeconds: 36 })).rejects.toThrow(
    'Leave out --retention, or set it in 37s…',
  )
  await network.restartSidecar()
  expect((await status()).batches.missed).toBe(1)
})
