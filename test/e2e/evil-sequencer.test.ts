// A sequencer that sends invalid encodings. Honest nodes refuse slivers that do not match the root. Slivers that match it but are not
// a codeword get a certificate that L1 accepts, and every reader finds the encoding invalid, whichever nodes it reads from.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createReader } from '../../src/client/index.ts'
import { toHex } from '../../src/protocol/bytes.ts'
import { dispersalLayout } from '../../src/protocol/dispersal.ts'
import { geometryOf } from '../../src/protocol/geometry.ts'
import { type Flaw, evilEncode, flaws } from '../support/evil-encoder.ts'
import { Network } from '../support/network.ts'
import { seededBytes } from '../support/random-bytes.ts'
import { certify, disperse, evilBatch, flipped } from './evil-sequencer.ts'
import { verifies } from './ledger.ts'
import { get, getPath } from './rollup.ts'

/** A size for which the encoding has padding. */
const BYTES = 5_001
let network: Network

beforeAll(async () => {
  // One operator of the seven shards has two, so that a body has pairs to exchange: f = 2, r = 3.
  network = await Network.start({ shards: [2, 1, 1, 1, 1, 1], sidecar: { hedgeDelayMs: 1_000 } })
})

afterAll(async () => network[Symbol.asyncDispose]())

function cutOnly(members: readonly number[]): void {
  for (const [i, { proxy }] of network.nodes.entries())
    proxy.fault = { kind: members.includes(i) ? 'cut' : 'none' }
}

afterEach(() => cutOnly([]))

const geometry = geometryOf(7)
const batch = seededBytes('evil', BYTES)

describe('dispersals of slivers that do not match the root', () => {
  /** Sends every member its body as changed by `spoil`. */
  async function answers(
    spoil: (body: Uint8Array, member: number) => Uint8Array,
    label: string,
  ): Promise<unknown[]> {
    const honest = evilEncode(geometry, seededBytes(label, BYTES), 'none')
    const { bodies, digest } = evilBatch(network, honest, BYTES)
    return Promise.all(
      network.nodes.map(async (node, member) => {
        const { status, json } = await disperse(node.proxy.url, spoil(bodies[member] as Uint8Array, member))
        const held = await fetch(`${node.proxy.url}/v1/batches/${digest}`)
        await held.body?.cancel()
        return [status, json['code'], json['signature'], held.status]
      }),
    )
  }

  const refused = Array.from({ length: 6 }, () => [422, 'sliver-mismatch', undefined, 404])
  const layout = (member: number): ReturnType<typeof dispersalLayout> =>
    dispersalLayout(network.deployment.members, member, BYTES)

  test('nodes accept a dispersal of valid slivers', async () => {
    const accepted = (await answers((body) => body, 'unchanged')) as [number, unknown, string, number][]
    for (const [status, code, signature, held] of accepted) {
      expect([status, code, held]).toEqual([200, undefined, 200])
      expect(signature).toMatch(/^0x[0-9a-f]{128}$/)
    }
  })

  test('nodes refuse a dispersal with one bit of a row flipped', async () => {
    expect(await answers((body, i) => flipped(body, layout(i).pair(0)), 'row')).toEqual(refused)
  })

  test('nodes refuse a dispersal with one bit of the last column flipped', async () => {
    expect(await answers((body) => flipped(body, body.length - 1), 'column')).toEqual(refused)
  })

  test('nodes refuse a dispersal with one bit of any leaf flipped', async () => {
    for (const leaf of [0, 3, 6]) {
      const spoil = (body: Uint8Array, i: number): Uint8Array => flipped(body, layout(i).leaves + 32 * leaf)
      expect(await answers(spoil, `leaf ${leaf}`)).toEqual(refused)
    }
  })

  test('nodes refuse a dispersal in which the row and the column of a pair are exchanged', async () => {
    const spoil = (body: Uint8Array, i: number): Uint8Array => {
      const { rowBytes, columnBytes } = layout(i)
      const start = layout(i).pair(0)
      const copy = Uint8Array.from(body)
      copy.set(body.subarray(start + rowBytes, start + rowBytes + columnBytes), start)
      copy.set(body.subarray(start, start + rowBytes), start + columnBytes)
      return copy
    }
    expect(await answers(spoil, 'places')).toEqual(refused)
  })

  test('a node refuses a dispersal in which two of its pairs are exchanged', async () => {
    const member = network.nodes.findIndex(({ operator }) => operator.member.shards.length === 2)
    const spoil = (body: Uint8Array, i: number): Uint8Array => {
      if (i !== member) return body
      const { pair } = layout(i)
      const copy = Uint8Array.from(body)
      copy.set(body.subarray(pair(1)), pair(0))
      copy.set(body.subarray(pair(0), pair(1)), pair(1))
      return copy
    }
    expect((await answers(spoil, 'order'))[member]).toEqual([422, 'sliver-mismatch', undefined, 404])
  })

  test('nodes refuse a dispersal with the pairs or the root of another batch', async () => {
    const other = evilEncode(geometry, seededBytes('other', BYTES), 'none')
    const otherBodies = evilBatch(network, other, BYTES).bodies
    const pairs = (body: Uint8Array, i: number): Uint8Array => {
      const start = layout(i).pair(0)
      return Uint8Array.from(
        Buffer.concat([body.subarray(0, start), (otherBodies[i] as Uint8Array).subarray(start)]),
      )
    }
    expect(await answers(pairs, 'pairs')).toEqual(refused)
    const honest = evilEncode(geometry, seededBytes('root', BYTES), 'none')
    const { bodies } = evilBatch(network, { ...honest, root: other.root }, BYTES)
    for (const [i, node] of network.nodes.entries()) {
      const { status, json } = await disperse(node.proxy.url, bodies[i] as Uint8Array)
      expect([status, json['code']]).toEqual([422, 'sliver-mismatch'])
    }
  })
})

/** The subsets of members with at least r shards: a reader can decode from each of them. */
function readableSubsets(shards: readonly number[], rows: number): number[][] {
  const members = shards.map((_, i) => i)
  const subsets = Array.from({ length: 2 ** shards.length }, (_, bits) =>
    members.filter((i) => bits & (1 << i)),
  )
  return subsets.filter((subset) => subset.reduce((sum, i) => sum + (shards[i] ?? 0), 0) >= rows)
}

describe('slivers that match the root and are not a codeword', () => {
  test.each([...flaws])(
    'an encoding with the flaw %s is certified, L1 accepts its certificate, and a get is answered with 418 whichever nodes answer',
    async (flaw: Flaw) => {
      const encoding = evilEncode(geometry, batch, flaw)
      const commitment = await certify(network, evilBatch(network, encoding, BYTES))
      expect(await verifies(network, commitment)).toBe(true)
      const { members } = network.deployment.members
      const subsets = readableSubsets(
        members.map(({ shards }) => shards.length),
        geometry.rows,
      )
      expect(subsets.length).toBeGreaterThan(20)
      for (const answering of subsets) {
        cutOnly(members.map((_, i) => i).filter((i) => !answering.includes(i)))
        const { status, headers, body } = await get(network.url, commitment)
        expect([answering, status, headers.get('x-floe-error')]).toEqual([answering, 418, 'batch-invalid'])
        expect(body).toHaveLength(0)
      }
      const path = `/get/0x${Buffer.from(commitment).toString('hex')}?l1_inclusion_block_number=0`
      const { body } = await getPath(network.url, path)
      expect(JSON.parse(body.toString())).toMatchObject({ StatusCode: 4 })
    },
  )

  test('the client library finds an invalid encoding invalid, whichever nodes answer', async () => {
    const { committee, ledger } = network.deployment
    const reader = await createReader({ rpcUrls: [network.rpcUrl], committee, ledger })
    for (const flaw of flaws) {
      const encoding = evilEncode(geometry, seededBytes(`client ${flaw}`, BYTES), flaw)
      const commitment = toHex(await certify(network, evilBatch(network, encoding, BYTES)))
      for (const cut of [[0], [1, 2], [4, 5], []]) {
        cutOnly(cut)
        await expect(reader.get(commitment)).rejects.toMatchObject({
          code: 'batch-invalid',
          retryable: false,
        })
      }
    }
    reader.close()
  })

  test('a valid encoding of the same encoder is served', async () => {
    const encoding = evilEncode(geometry, batch, 'none')
    const commitment = await certify(network, evilBatch(network, encoding, BYTES))
    for (const cut of [[], [0, 1], [3, 5]]) {
      cutOnly(cut)
      const { status, body } = await get(network.url, commitment)
      expect([cut, status, body.equals(batch)]).toEqual([cut, 200, true])
    }
  })

  test('a get is answered with 418 when the length in the header is not that of the batch', async () => {
    // One byte less, in symbols of the same size: the last byte is now padding, and it is not zero.
    const encoding = evilEncode(geometry, batch, 'none')
    const commitment = await certify(network, evilBatch(network, encoding, BYTES - 1))
    expect(await verifies(network, commitment)).toBe(true)
    const { status, headers } = await get(network.url, commitment)
    expect([status, headers.get('x-floe-error')]).toEqual([418, 'batch-invalid'])
  })
})
