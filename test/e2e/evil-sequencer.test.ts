// A sequencer that lies about the code. Slivers that do not open are refused by every honest node; slivers that open and are
// no codeword get a certificate that L1 takes, and are no batch for every reader, whichever nodes it reads from.
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
import { get } from './rollup.ts'

/** Leaves room for padding in either committee. */
const BYTES = 5_001
let network: Network

beforeAll(async () => {
  // Seven shards with several at one operator, so that a body has pairs to mix up: f = 2, r = 3.
  network = await Network.start({ shards: [2, 1, 1, 1, 1, 1], sidecar: { hedgeDelayMs: 1_000 } })
})

afterAll(async () => network[Symbol.asyncDispose]())

function onlyGone(gone: readonly number[]): void {
  for (const [i, { proxy }] of network.nodes.entries())
    proxy.fault = { kind: gone.includes(i) ? 'cut' : 'none' }
}

afterEach(() => onlyGone([]))

const geometry = geometryOf(7)
const batch = seededBytes('evil', BYTES)

describe('dispersals whose slivers do not open are refused by every node', () => {
  /** Sends every member what `spoil` makes of its body. */
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

  test('the same bodies, unspoilt, are taken', async () => {
    const taken = (await answers((body) => body, 'unspoilt')) as [number, unknown, string, number][]
    for (const [status, code, signature, held] of taken) {
      expect([status, code, held]).toEqual([200, undefined, 200])
      expect(signature).toMatch(/^0x[0-9a-f]{128}$/)
    }
  })

  test('one bit of a row', async () => {
    expect(await answers((body, i) => flipped(body, layout(i).pair(0)), 'row')).toEqual(refused)
  })

  test('one bit of the last column', async () => {
    expect(await answers((body) => flipped(body, body.length - 1), 'column')).toEqual(refused)
  })

  test('one bit of a leaf, its own or another’s', async () => {
    for (const leaf of [0, 3, 6]) {
      const spoil = (body: Uint8Array, i: number): Uint8Array => flipped(body, layout(i).leaves + 32 * leaf)
      expect(await answers(spoil, `leaf ${leaf}`)).toEqual(refused)
    }
  })

  test('row and column of a pair that change places', async () => {
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

  test('the pairs of one member that change places', async () => {
    const member = network.nodes.findIndex(({ operator }) => operator.member.shards === 2)
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

  test('the pairs of another batch, and the root of another batch', async () => {
    const other = evilEncode(geometry, seededBytes('other', BYTES), 'none')
    const strange = evilBatch(network, other, BYTES).bodies
    const pairs = (body: Uint8Array, i: number): Uint8Array => {
      const start = layout(i).pair(0)
      return Uint8Array.from(
        Buffer.concat([body.subarray(0, start), (strange[i] as Uint8Array).subarray(start)]),
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

/** The subsets of the members whose shards are at least r, which is what a reader can read from. */
function readableSubsets(shards: readonly number[], rows: number): number[][] {
  const members = shards.map((_, i) => i)
  const subsets = Array.from({ length: 2 ** shards.length }, (_, bits) =>
    members.filter((i) => bits & (1 << i)),
  )
  return subsets.filter((subset) => subset.reduce((sum, i) => sum + (shards[i] ?? 0), 0) >= rows)
}

describe('slivers that open and are no codeword', () => {
  test.each([...flaws])('%s: certified, true on L1, and 418 whichever nodes answer', async (flaw: Flaw) => {
    const encoding = evilEncode(geometry, batch, flaw)
    const commitment = await certify(network, evilBatch(network, encoding, BYTES))
    expect(await verifies(network, commitment)).toBe(true)
    const { members } = network.deployment.members
    const subsets = readableSubsets(
      members.map(({ shards }) => shards),
      geometry.rows,
    )
    expect(subsets.length).toBeGreaterThan(20)
    for (const answering of subsets) {
      onlyGone(members.map((_, i) => i).filter((i) => !answering.includes(i)))
      const { status, headers, body } = await get(network.url, commitment)
      expect([answering, status, headers.get('x-floe-error')]).toEqual([answering, 418, 'batch-invalid'])
      expect(JSON.parse(body.toString())).toMatchObject({ StatusCode: 4 })
    }
  })

  test('are invalid for the client library too, over whichever nodes', async () => {
    const { committee, ledger } = network.deployment
    const reader = await createReader({ rpcUrls: [network.rpcUrl], committee, ledger })
    for (const flaw of flaws) {
      const encoding = evilEncode(geometry, seededBytes(`client ${flaw}`, BYTES), flaw)
      const commitment = toHex(await certify(network, evilBatch(network, encoding, BYTES)))
      for (const gone of [[0], [1, 2], [4, 5], []]) {
        onlyGone(gone)
        await expect(reader.get(commitment)).rejects.toMatchObject({
          code: 'batch-invalid',
          retryable: false,
        })
      }
    }
  })

  test('the encoder’s honest batches are served, so it is the flaw that is refused', async () => {
    const encoding = evilEncode(geometry, batch, 'none')
    const commitment = await certify(network, evilBatch(network, encoding, BYTES))
    for (const gone of [[], [0, 1], [3, 5]]) {
      onlyGone(gone)
      const { status, body } = await get(network.url, commitment)
      expect([gone, status, body.equals(batch)]).toEqual([gone, 200, true])
    }
  })

  test('a header whose length is not the batch’s makes a true batch invalid', async () => {
    // One byte less, in the same symbols: what was the last byte is padding now, and not zero.
    const encoding = evilEncode(geometry, batch, 'none')
    const commitment = await certify(network, evilBatch(network, encoding, BYTES - 1))
    expect(await verifies(network, commitment)).toBe(true)
    const { status, headers } = await get(network.url, commitment)
    expect([status, headers.get('x-floe-error')]).toEqual([418, 'batch-invalid'])
  })
})
