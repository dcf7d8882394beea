// Batches of many sizes are put and read with a committee of some shape, also while f shards are unreachable.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createReader } from '../../src/client/index.ts'
import { toHex } from '../../src/protocol/bytes.ts'
import { decodeCertificate } from '../../src/protocol/certificate.ts'
import { Network } from '../support/network.ts'
import { seededBytes } from '../support/random-bytes.ts'
import { verifies } from './ledger.ts'
import { commit, get } from './rollup.ts'

export type RoundTrips = {
  readonly shape: string
  readonly shards: readonly number[]
  readonly sizes: readonly number[]
  /** The number of members that have at most f shards together. */
  readonly stopped: number
}

export const MEBIBYTE: number = 1024 * 1024
export const smallSizes: readonly number[] = [1, 31, 32, 33, 1024, 119_823]

/** Repeats a prime number of bytes, so that symbols and chunks at aligned offsets differ. */
function batchOf(label: string, bytes: number): Uint8Array {
  return Uint8Array.from(Buffer.alloc(bytes, seededBytes(label, 65_521)))
}

/** The members with the fewest shards, as many as have at most f shards together. */
function membersOfFaults({ deployment }: Network): number[] {
  const { members, geometry } = deployment.members
  const shardsOf = (i: number): number => members[i]?.shards.length ?? 0
  const smallest = [...members.keys()].sort((a, b) => shardsOf(a) - shardsOf(b))
  let shards = 0
  return smallest.filter((i) => (shards += shardsOf(i)) <= geometry.faults)
}

export function describeRoundTrips(cases: readonly RoundTrips[]): void {
  describe.each(cases)('$shape', ({ shape, shards, sizes, stopped: count }) => {
    let network: Network

    beforeAll(async () => {
      network = await Network.start({ shards })
    })

    afterAll(async () => network[Symbol.asyncDispose]())

    test.each(sizes)(`with ${shape}, a batch of %i bytes is put, certified and read`, async (bytes) => {
      const batch = batchOf(`round trip ${shards.join()}`, bytes)
      const commitment = await commit(network.url, batch)
      expect(decodeCertificate(commitment).header.length).toBe(bytes)
      expect(await verifies(network, commitment)).toBe(true)
      const { status, body } = await get(network.url, commitment)
      expect([status, body.equals(batch)]).toEqual([200, true])
    })

    test(`with ${shape}, of which f shards are unreachable, a batch is put, and read through the sidecar and the client library`, async () => {
      const stopped = membersOfFaults(network)
      expect(stopped).toHaveLength(count)
      for (const i of stopped) await network.nodes[i]?.stop()
      const batch = seededBytes(`f unreachable ${shards.join()}`, 50_000)
      const commitment = await commit(network.url, batch)
      expect(decodeCertificate(commitment).signatures.some(({ member }) => stopped.includes(member))).toBe(
        false,
      )
      expect(await verifies(network, commitment)).toBe(true)
      expect((await get(network.url, commitment)).body.equals(batch)).toBe(true)
      const { committee, ledger } = network.deployment
      const reader = await createReader({ rpcUrls: [network.rpcUrl], committee, ledger })
      expect(Buffer.from(await reader.get(toHex(commitment))).equals(batch)).toBe(true)
      reader.close()
    })
  })
}
