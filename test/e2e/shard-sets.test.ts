// Members whose sets of shards are interleaved and of different sizes: puts, gets, backfill and repair follow the sets, also after an
// epoch in which shards have changed hands.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FINAL_BLOCKS } from '../../src/devnet/anvil.ts'
import type { Hex } from '../../src/protocol/bytes.ts'
import { type Certificate, decodeCertificate } from '../../src/protocol/certificate.ts'
import {
  type Committee,
  type Member,
  memberOfPair,
  pairsOfMember,
  quorumOf,
} from '../../src/protocol/committee.ts'
import { range } from '../../src/protocol/field.ts'
import { repairSliver } from '../../src/protocol/repair.ts'
import { type Side, checkSymbol, sliverWidth } from '../../src/protocol/sliver.ts'
import { encodedCopy, kernel } from '../protocol/support.ts'
import { committeeOnL1 } from '../support/deploy.ts'
import { mineBlocks, startEpoch } from '../support/epochs.ts'
import { Network } from '../support/network.ts'
import { seededBytes } from '../support/random-bytes.ts'
import { until } from '../support/until.ts'
import { digestOf, verifies } from './ledger.ts'
import { commit, get } from './rollup.ts'

/** 13 shards: f = 4, r = 5, c = 9. No member has more than f. */
const COUNTS = [4, 1, 3, 2, 2, 1]
const BYTES = 30_000
let network: Network

beforeAll(async () => {
  network = await Network.start({ shards: COUNTS })
})

afterAll(async () => network[Symbol.asyncDispose]())

type Put = { readonly batch: Uint8Array; readonly commitment: Uint8Array; readonly digest: Hex } & Certificate

async function put(label: string): Promise<Put> {
  const batch = seededBytes(label, BYTES)
  const commitment = await commit(network.url, batch)
  return { batch, commitment, digest: digestOf(network, commitment), ...decodeCertificate(commitment) }
}

function shardsOf(committee: Committee, { signatures }: Put): number {
  return signatures.reduce((sum, { member }) => sum + (committee.members[member]?.shards.length ?? 0), 0)
}

/** The pairs of a batch that the node of a member serves. */
async function pairsServed(committee: Committee, member: number, { digest }: Put): Promise<number[]> {
  const endpoint = committee.members[member]?.endpoint ?? ''
  const statuses = await Promise.all(
    range(0, committee.geometry.shards).map(async (pair) => {
      const response = await fetch(`${endpoint}/v1/batches/${digest}/rows/${pair}`)
      await response.body?.cancel()
      return response.status
    }),
  )
  return statuses.flatMap((status, pair) => (status === 200 ? [pair] : []))
}

/** Waits until every node serves the pairs of its member's shards, and no others. */
async function untilAllServe(committee: Committee, batch: Put): Promise<void> {
  for (const member of committee.members.keys()) {
    const expected = pairsOfMember(committee, batch.header.root, member).toSorted((a, b) => a - b)
    await until(`the pairs of member ${member}`, async () => {
      const served = await pairsServed(committee, member, batch)
      return served.length === expected.length || undefined
    })
    expect(await pairsServed(committee, member, batch)).toEqual(expected)
  }
}

/** Symbol `index` of a peer's sliver, checked where the peer can open it. */
async function symbolOf(
  committee: Committee,
  { digest, header }: Put,
  { side, pair, index }: { side: Side; pair: number; index: number },
): Promise<Uint8Array> {
  const { geometry, members } = committee
  const endpoint = members[memberOfPair(committee, header.root, pair)]?.endpoint ?? ''
  const response = await fetch(`${endpoint}/v1/batches/${digest}/${side}s/${pair}/symbols/${index}`)
  const bytes = new Uint8Array(await response.arrayBuffer())
  if (response.status !== 200) throw new Error(`Expected a symbol from ${endpoint}, got ${response.status}.`)
  if (index >= sliverWidth(geometry, side)) return bytes
  return checkSymbol(kernel, { header, geometry, side, pair }, index, bytes)
}

describe('members with interleaved sets of shards of different sizes', () => {
  test('a put reaches each member with the pairs of its shards, and is certified by shards and not by members', async () => {
    const { members: committee } = network.deployment
    const largest = committee.members.find(({ shards }) => shards.length === 4)?.shards ?? []
    expect(largest.at(-1)).toBeGreaterThan((largest[0] ?? 0) + largest.length)
    const batch = await put('sets')
    expect(shardsOf(committee, batch)).toBeGreaterThanOrEqual(quorumOf(committee.geometry))
    expect(await verifies(network, batch.commitment)).toBe(true)
    await untilAllServe(committee, batch)
    expect((await get(network.url, batch.commitment)).body.equals(batch.batch)).toBe(true)
  })

  test('the largest member, which was stopped during a put, gets all of its pairs afterwards', async () => {
    const { members: committee } = network.deployment
    const largest = network.nodes.findIndex(({ operator }) => operator.member.shards.length === 4)
    await network.nodes[largest]?.stop()
    const batch = await put('backfill of sets')
    expect(batch.signatures.some(({ member }) => member === largest)).toBe(false)
    await network.nodes[largest]?.start()
    await network.restartSidecar()
    await untilAllServe(committee, batch)
  })

  test('every pair of the largest member is repaired from single symbols of the other members', async () => {
    const { members: committee } = network.deployment
    const { geometry } = committee
    const batch = await put('repair of sets')
    await untilAllServe(committee, batch)
    const encoding = encodedCopy(geometry, batch.batch)
    const largest = committee.members.findIndex(({ shards }) => shards.length === 4)
    const lost = pairsOfMember(committee, batch.header.root, largest)
    const peers = range(0, geometry.shards).filter((pair) => !lost.includes(pair))
    expect([lost.length, peers.length]).toEqual([4, geometry.columns])
    for (const pair of lost) {
      for (const side of ['row', 'column'] as const) {
        const helping: Side = side === 'row' ? 'column' : 'row'
        const points = await Promise.all(
          peers.slice(0, sliverWidth(geometry, side)).map(async (peer) => ({
            at: peer,
            symbol: await symbolOf(committee, batch, { side: helping, pair: peer, index: pair }),
          })),
        )
        const expected = (side === 'row' ? encoding.rows : encoding.columns)[pair]
        expect(repairSliver(kernel, geometry, side, points)).toEqual(expected)
      }
    }
  })
})

test('after shards have changed hands, new puts follow the new sets, and earlier batches are read from the old ones', async () => {
  const { rpcUrl, deployment } = network
  const earlier = await put('before the change')
  await untilAllServe(deployment.members, earlier)
  const { members } = deployment.members
  // The sets move on by one member, so that all of them change.
  const changed: Member[] = members.map((member, i) => ({
    ...member,
    shards: members[(i + 1) % members.length]?.shards ?? [],
  }))
  await startEpoch(rpcUrl, deployment.committee, changed)
  await mineBlocks(rpcUrl, FINAL_BLOCKS)
  const committee = await committeeOnL1(rpcUrl, deployment, 2)
  // Services see the new epoch at their start, and else a little later.
  for (const node of network.nodes) {
    await node.stop()
    await node.start()
  }
  await network.restartSidecar()
  const batch = await put('after the change')
  expect([earlier.header.epoch, batch.header.epoch]).toEqual([1, 2])
  expect(shardsOf(committee, batch)).toBeGreaterThanOrEqual(quorumOf(committee.geometry))
  await untilAllServe(committee, batch)
  for (const { commitment, batch: bytes } of [earlier, batch])
    expect((await get(network.url, commitment)).body.equals(bytes)).toBe(true)
})
