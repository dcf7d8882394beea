// No batch that was answered with 200 is lost when processes are killed under load: the sidecar and storage nodes at every crash point
// and at random moments, and Redis and L1 at random moments, all concurrently. FLOE_KILLS is the number of kills; FLOE_SEED selects
// the moments.
import { getBlockNumber } from 'viem/actions'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until, within } from '../support/until.ts'
import { Fleet } from '../support/fleet.ts'
import {
  batchesNotHeldBySigners,
  headersNotPostedOnce,
  batchesNotServed,
  untilPosted,
} from '../support/invariants.ts'
import { KILLED } from '../support/child-process.ts'
import { Load } from '../support/load.ts'
import { connectL1 } from '../../src/l1/rpc.ts'
import { systemClock, unixSeconds } from '../../src/runtime/clock.ts'
import { type Campaign, runCampaign } from './campaign.ts'

const KILLS = Number(process.env['FLOE_KILLS'] ?? 200)
const SEED = process.env['FLOE_SEED'] ?? '0'
const SETTLED_MS = 180_000

let fleet: Fleet
let load: Load
let campaign: Campaign

beforeAll(async () => {
  fleet = await Fleet.start({
    redis: true,
    // Short, so that batches can expire in seconds.
    posting: { noticeSeconds: 2n },
    sidecarFlags: ['--posting-interval', '500ms', '--put-timeout', '3s'],
  })
  const urls = fleet.sidecars.map(({ url }) => url)
  load = new Load({ domain: fleet.deployment.domain, urls, seed: SEED, workers: 2, pauseMs: 30 })
  const answered = (): number => load.answered.length
  campaign = await runCampaign(fleet, { seed: SEED, kills: KILLS, answered })
  await load.stop()
}, 900_000)

afterAll(async () => fleet[Symbol.asyncDispose]())

test('every process is killed as often as planned, and at each of its crash points', () => {
  expect(campaign.unreached).toEqual([])
  expect(campaign.kills.length).toBeGreaterThanOrEqual(KILLS)
})

test('while processes are killed, puts are answered with a success or a retryable error', () => {
  expect(load.unexpected).toEqual([])
  expect(load.answered.length).toBeGreaterThan(campaign.kills.length)
})

test('after the kills, every batch that was answered with 200 is served unchanged', async () => {
  expect(await batchesNotServed(fleet, load.answered)).toEqual([])
})

test('after the kills, every node holds what it attested, and any r signers of a batch suffice to read it', async () => {
  expect(await batchesNotHeldBySigners(fleet, load.answered)).toEqual([])
})

test('after the kills, every batch that was answered with 200 is posted exactly once, also after restarts of the sidecar', async () => {
  await untilPosted(fleet, load.answered, { ms: SETTLED_MS }).catch(() => undefined)
  expect(await headersNotPostedOnce(fleet, load.answered)).toEqual([])
  for (const sidecar of fleet.sidecars) {
    await sidecar.kill()
    await sidecar.start()
  }
  await blocksLater(fleet, 5)
  expect(await headersNotPostedOnce(fleet, load.answered)).toEqual([])
})

test('a node that is killed while it deletes expired batches has deleted these and no others after its restart', async () => {
  const [sidecar] = fleet.sidecars
  const [node] = fleet.nodes
  if (sidecar === undefined || node === undefined)
    throw new Error('Expected a fleet with nodes and a sidecar.')
  await sidecar.kill()
  await sidecar.start({ FLOE_RETENTION: '8s' })
  const seed = `${SEED} expiring`
  const expiring = new Load({ domain: fleet.deployment.domain, urls: [sidecar.url], seed })
  await until(
    'ten batches with a short expiry',
    () => (expiring.answered.length >= 10 ? true : undefined),
    SETTLED_MS,
  )
  await expiring.stop()
  await node.kill()
  // A batch of a few bytes may be the same as an earlier one, and then it has the certificate of that one.
  const digests = new Set(load.answered.map(({ digest }) => digest))
  const short = expiring.answered.filter(({ digest }) => !digests.has(digest))
  const expiry = Math.max(...short.map(({ certificate }) => certificate.header.expiry))
  await until('their expiry', () => unixSeconds(systemClock) > expiry + 1 || undefined, SETTLED_MS)
  await node.start({ FLOE_CRASH_AT: 'node.expired:1' })
  expect(await within(node.ended(), SETTLED_MS, () => `${node.name} deletes expired batches`)).toBe(KILLED)
  await node.start()
  expect(short.length).toBeGreaterThan(0)
  for (const { digest } of short) {
    const response = await fetch(`${node.url}/v1/batches/${digest}`)
    expect(response.status).toBe(404)
  }
  expect(await batchesNotHeldBySigners(fleet, load.answered)).toEqual([])
})

async function blocksLater({ rpcUrl }: Fleet, blocks: number): Promise<void> {
  const { client } = connectL1([rpcUrl])
  const height = await getBlockNumber(client)
  await until(`${blocks} blocks`, async () =>
    (await getBlockNumber(client)) >= height + BigInt(blocks) ? true : undefined,
  )
}
