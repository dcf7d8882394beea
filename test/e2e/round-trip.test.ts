// What is put comes back, over committees of every shape, with the certificate true on L1, and with f shards gone.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createReader } from '../../src/client/index.ts'
import { toHex } from '../../src/protocol/bytes.ts'
import { decodeCertificate } from '../../src/protocol/certificate.ts'
import { Network } from '../support/network.ts'
import { seededBytes } from '../support/random-bytes.ts'
import { verifies } from './ledger.ts'
import { commit, get } from './rollup.ts'

const MEBIBYTE = 1024 * 1024

type Case = {
  readonly shape: string
  readonly shards: readonly number[]
  readonly sizes: readonly number[]
  /** How many members can be gone together. */
  readonly gone: number
}

const small = [1, 31, 32, 33, 1024, 119_823]
const cases: readonly Case[] = [
  { shape: 'seven operators', shards: [1, 1, 1, 1, 1, 1, 1], sizes: [...small, 16 * MEBIBYTE], gone: 2 },
  { shape: 'four of seven shards', shards: [3, 2, 1, 1], sizes: [...small, MEBIBYTE], gone: 2 },
  { shape: 'ten operators', shards: Array<number>(10).fill(1), sizes: [...small, MEBIBYTE], gone: 3 },
  { shape: 'five of 31 shards', shards: [7, 7, 7, 5, 5], sizes: [1, 33, 119_823, MEBIBYTE], gone: 2 },
  { shape: 'five of 100 shards', shards: [20, 20, 20, 20, 20], sizes: [1, 33, 119_823, MEBIBYTE], gone: 1 },
]

/** Different at every place that symbols and chunks align with: a prime number of bytes, again and again. */
function batchOf(label: string, bytes: number): Uint8Array {
  return Uint8Array.from(Buffer.alloc(bytes, seededBytes(label, 65_521)))
}

/** Members, the smallest first, whose shards sum to at most f. */
function membersOfFaults({ deployment }: Network): number[] {
  const { members, geometry } = deployment.members
  const smallest = [...members.keys()].sort((a, b) => (members[a]?.shards ?? 0) - (members[b]?.shards ?? 0))
  let shards = 0
  return smallest.filter((i) => (shards += members[i]?.shards ?? 0) <= geometry.faults)
}

describe.each(cases)('$shape', ({ shards, sizes, gone }) => {
  let network: Network

  beforeAll(async () => {
    // 16 MiB through everything at once on a busy machine is not what timeouts are tested with.
    network = await Network.start({ shards, sidecar: { putTimeoutMs: 20_000, getTimeoutMs: 20_000 } })
  })

  afterAll(async () => network[Symbol.asyncDispose]())

  test.each(sizes)('%i bytes come back', async (bytes) => {
    const batch = batchOf(`round trip ${shards.join()}`, bytes)
    const commitment = await commit(network.url, batch)
    expect(decodeCertificate(commitment).header.length).toBe(bytes)
    expect(await verifies(network, commitment)).toBe(true)
    const { status, body } = await get(network.url, commitment)
    expect([status, body.equals(batch)]).toEqual([200, true])
  })

  test('with f shards gone batches are put and come back, to the client library as well', async () => {
    const stopped = membersOfFaults(network)
    expect(stopped).toHaveLength(gone)
    for (const i of stopped) await network.nodes[i]?.stop()
    const batch = seededBytes(`f gone ${shards.join()}`, 50_000)
    const commitment = await commit(network.url, batch)
    expect(decodeCertificate(commitment).signatures.some(({ member }) => stopped.includes(member))).toBe(
      false,
    )
    expect(await verifies(network, commitment)).toBe(true)
    expect((await get(network.url, commitment)).body.equals(batch)).toBe(true)
    const { committee, ledger } = network.deployment
    const reader = await createReader({ rpcUrls: [network.rpcUrl], committee, ledger })
    expect(Buffer.from(await reader.get(toHex(commitment))).equals(batch)).toBe(true)
  })
})
