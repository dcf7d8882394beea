// Nothing lost, whatever is killed and whenever: sidecar and storage nodes at every named point and at random moments, Redis,
// L1 with its state, under load and beside each other. FLOE_KILLS is how many, FLOE_SEED where.
import { getBlockNumber } from 'viem/actions'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../support/until.ts'
import { type Fleet, startFleet } from '../support/fleet.ts'
import { notHeldBySigners, notPostedOnce, notServed, untilPosted } from '../support/invariants.ts'
import { within } from '../support/within.ts'
import { KILLED } from '../support/child-process.ts'
import { type Load, startLoad } from '../support/load.ts'
import { connectL1 } from '../../src/l1/rpc.ts'
import { type Campaign, runCampaign } from './campaign.ts'

const KILLS = Number(process.env['FLOE_KILLS'] ?? 200)
const SEED = process.env['FLOE_SEED'] ?? '0'
const SETTLED_MS = 90_000

let fleet: Fleet
let load: Load
let campaign: Campaign

beforeAll(async () => {
  fleet = await startFleet({
    redis: true,
    sidecarFlags: ['--posting-interval', '500ms', '--put-timeout', '3s'],
  })
  const urls = fleet.sidecars.map(({ url }) => url)
  load = startLoad({ domain: fleet.deployment.domain, urls, seed: SEED, workers: 2, pauseMs: 30 })
  const answered = (): number => load.promised.length
  campaign = await runCampaign(fleet, { seed: SEED, kills: KILLS, answered })
  await load.stop()
}, 900_000)

afterAll(async () => fleet[Symbol.asyncDispose]())

test('every process died as often as it was to, at every point that it has', () => {
  expect(campaign.unreached).toEqual([])
  expect(campaign.kills.length).toBeGreaterThanOrEqual(KILLS)
})

test('puts were answered all along, and never with what a rollup cannot act on', () => {
  expect(load.unexpected).toEqual([])
  expect(load.promised.length).toBeGreaterThan(campaign.kills.length)
})

test('every batch that was answered for is served to the byte', async () => {
  expect(await notServed(fleet, load.promised)).toEqual([])
})

test('every node holds what it attested, and those who signed for a batch suffice to read it', async () => {
  expect(await notHeldBySigners(fleet, load.promised)).toEqual([])
})

test('every batch that was answered for is posted, once, and stays so', async () => {
  await untilPosted(fleet, load.promised, { ms: SETTLED_MS }).catch(() => undefined)
  expect(await notPostedOnce(fleet, load.promised)).toEqual([])
  for (const sidecar of fleet.sidecars) {
    await sidecar.kill()
    await sidecar.start()
  }
  await blocksLater(fleet, 5)
  expect(await notPostedOnce(fleet, load.promised)).toEqual([])
})

test('a node that dies while it forgets what has expired has forgotten it, and nothing else', async () => {
  const [sidecar] = fleet.sidecars
  const [node] = fleet.nodes
  if (sidecar === undefined || node === undefined) throw new Error('a fleet has both')
  await sidecar.kill()
  await sidecar.start({ FLOE_RETENTION: '8s' })
  const seed = `${SEED} expiring`
  const expiring = startLoad({ domain: fleet.deployment.domain, urls: [sidecar.url], seed })
  await until('batches', () => (expiring.promised.length >= 10 ? true : undefined), SETTLED_MS)
  await expiring.stop()
  await node.kill()
  // A batch of a few bytes may have been put before, and then has the promise of before.
  const digests = new Set(load.promised.map(({ digest }) => digest))
  const short = expiring.promised.filter(({ digest }) => !digests.has(digest))
  const expiry = Math.max(...short.map(({ certificate }) => certificate.header.expiry))
  await until('their expiry', () => (Date.now() / 1000 > expiry + 1 ? true : undefined), SETTLED_MS)
  await node.start({ FLOE_CRASH_AT: 'node.expired:1' })
  expect(await within(node.ended(), SETTLED_MS, () => `${node.name} forgets what expired`)).toBe(KILLED)
  await node.start()
  expect(short.length).toBeGreaterThan(0)
  for (const { digest } of short) {
    const response = await fetch(`${node.url}/v1/batches/${digest}`)
    expect(response.status).toBe(404)
  }
  expect(await notHeldBySigners(fleet, load.promised)).toEqual([])
})

async function blocksLater({ rpcUrl }: Fleet, blocks: number): Promise<void> {
  const { client } = connectL1([rpcUrl])
  const height = await getBlockNumber(client)
  await until('blocks', async () =>
    (await getBlockNumber(client)) >= height + BigInt(blocks) ? true : undefined,
  )
}
