// Responses to readers: slivers that check against the root, symbols for repair, and errors that say why a batch is absent.
import { describe, expect, it } from 'vitest'
import { encodeBatch } from '../../src/protocol/batch.ts'
import { type Hex, fromHex } from '../../src/protocol/bytes.ts'
import { attestationDigest } from '../../src/protocol/header.ts'
import { recoverSigner } from '../../src/protocol/signature.ts'
import { type Side, checkSliver, checkSymbol, sliverWidth } from '../../src/protocol/sliver.ts'
import { repairSliver } from '../../src/protocol/repair.ts'
import { range } from '../../src/protocol/field.ts'
import { curve } from '../support/arbitraries.ts'
import { seededBytes } from '../support/random-bytes.ts'
import {
  DOMAIN,
  START_SECONDS,
  type World,
  type WorldOptions,
  dispersalOf,
  jsonOf,
  kernel,
  leftOver,
  openTestWorld,
  until,
} from './harness.ts'

const BATCH = seededBytes('served', 20_000)
const SIDES: Side[] = ['row', 'column']

async function holding(options?: WorldOptions): Promise<{ at: World; held: ReturnType<typeof dispersalOf> }> {
  const at = await openTestWorld(options)
  const held = dispersalOf(at, BATCH)
  expect((await at.send('POST', '/v1/dispersals', held.body)).status).toBe(200)
  return { at, held }
}

describe('a batch', () => {
  it('a stored batch is described with the signature of its disperser and an attestation', async () => {
    const { at, held } = await holding()
    const response = await at.send('GET', `/v1/batches/${held.digest}`)
    expect(response.status).toBe(200)
    const { attestation, ...rest } = jsonOf(response) as { attestation: Hex }
    const { header, signature: disperserSignature, pairs } = held
    expect(rest).toEqual({ header, disperserSignature, pairs, signer: at.signer })
    const signed = attestationDigest(DOMAIN, fromHex(held.digest), fromHex(at.keyed.committee.root))
    expect(recoverSigner(curve, signed, fromHex(attestation))).toBe(at.signer)
  })

  it.each(SIDES)('a node serves %s slivers that open under the root', async (side) => {
    const { at, held } = await holding()
    const { geometry } = at.keyed.committee
    for (const pair of held.pairs) {
      const response = await at.send('GET', `/v1/batches/${held.digest}/${side}s/${pair}`)
      expect([response.status, response.contentType]).toEqual([200, 'application/octet-stream'])
      const sliver = checkSliver(kernel, { header: held.header, geometry, side, pair }, response.body)
      expect(Uint8Array.from(sliver)).toEqual(await at.sliverStore.sliver(held.digest, pair, side))
    }
    await until(() => leftOver(at)['serving'] === 0)
  })

  it.each(SIDES)(
    'a node serves symbols of %s slivers that open under the root, and computes the other symbols',
    async (side) => {
      const { at, held } = await holding()
      const { geometry } = at.keyed.committee
      const [pair] = held.pairs as [number]
      const width = sliverWidth(geometry, side)
      const points = []
      for (const index of range(0, geometry.shards)) {
        const { status, body } = await at.send(
          'GET',
          `/v1/batches/${held.digest}/${side}s/${pair}/symbols/${index}`,
        )
        expect(status).toBe(200)
        const place = { header: held.header, geometry, side, pair }
        points.push({ at: index, symbol: index < width ? checkSymbol(kernel, place, index, body) : body })
      }
      // Any symbols of a sliver, computed ones too, are enough to repair it.
      const repaired = repairSliver(kernel, geometry, side, points.slice(-width))
      expect(repaired).toEqual(await at.sliverStore.sliver(held.digest, pair, side))
    },
  )

  it('a column that another node lost is repaired from symbols of rows', async () => {
    const { at, held } = await holding({ shards: [1, 6] })
    const { geometry } = at.keyed.committee
    const lost = geometry.shards - 1
    const helpers = held.pairs.slice(0, geometry.rows)
    const points = await Promise.all(
      helpers.map(async (pair) => {
        const path = `/v1/batches/${held.digest}/rows/${pair}/symbols/${lost}`
        return { at: pair, symbol: (await at.send('GET', path)).body }
      }),
    )
    const column = encodeBatch(kernel, geometry, BATCH, (encoding) => {
      const bytes = new Uint8Array(geometry.rows * encoding.symbolBytes)
      encoding.copyColumn(lost, bytes)
      return bytes
    })
    // E[i][lost] of any r rows i interpolates to the column.
    expect(repairSliver(kernel, geometry, 'column', points)).toEqual(column)
  })
})

describe('absence', () => {
  it('a batch or pair that was never stored is answered with not-held', async () => {
    const { at, held } = await holding()
    const absent = [0, 1, 2, 3, 4, 5, 6].find((pair) => !held.pairs.includes(pair))
    const unknown = `0x${'ab'.repeat(32)}`
    const paths = [
      `/v1/batches/${unknown}`,
      `/v1/batches/${unknown}/rows/0`,
      `/v1/batches/${held.digest}/rows/${absent}`,
      `/v1/batches/${held.digest}/columns/${absent}/symbols/0`,
    ]
    for (const path of paths) {
      const response = await at.send('GET', path)
      expect([response.status, jsonOf(response)['code']]).toEqual([404, 'not-held'])
    }
  })

  it('a batch is answered with expired from its expiry on, and with not-held once it is deleted', async () => {
    const { at, held } = await holding()
    const path = `/v1/batches/${held.digest}/rows/${held.pairs[0]}`
    at.clock.advance(3_599_000)
    expect((await at.send('GET', path)).status).toBe(200)
    at.clock.advance(1_000)
    expect(jsonOf(await at.send('GET', path))['code']).toBe('expired')
    await at.sliverStore.removeExpired(START_SECONDS + 3600, 10)
    expect(jsonOf(await at.send('GET', path))['code']).toBe('not-held')
  })

  it('an index outside the committee is answered with malformed', async () => {
    const { at, held } = await holding()
    const pair = held.pairs[0]
    for (const path of [
      'rows/7',
      'rows/255',
      'rows/256',
      'rows/01',
      'rows/-1',
      'rows/x',
      `rows/${pair}/symbols/7`,
    ]) {
      const response = await at.send('GET', `/v1/batches/${held.digest}/${path}`)
      expect([path, response.status, jsonOf(response)['code']]).toEqual([path, 400, 'malformed'])
    }
    await until(() => leftOver(at)['serving'] === 0)
  })
})

describe('memory', () => {
  it('the memory of slivers that are being sent is bounded', async () => {
    const { at, held } = await holding({ servingBytesMax: 10_000 })
    const path = `/v1/batches/${held.digest}/rows/${held.pairs[0]}`
    const share = at.servingMemory.take('another client', 10_000)
    const response = await at.send('GET', path)
    expect([response.status, jsonOf(response)['code']]).toEqual([429, 'overloaded'])
    share?.release()
    expect((await at.send('GET', path)).status).toBe(200)
    await until(() => leftOver(at)['serving'] === 0)
  })

  it('a client that holds three quarters of the memory gets no more, and another one is served', async () => {
    const { at, held } = await holding({ servingBytesMax: 100_000 })
    const path = `/v1/batches/${held.digest}/rows/${held.pairs[0]}`
    const share = at.servingMemory.take('127.0.0.1', 75_000)
    expect((await at.send('GET', path)).status).toBe(429)
    share?.release()
    const other = at.servingMemory.take('another client', 75_000)
    expect((await at.send('GET', path)).status).toBe(200)
    other?.release()
  })
})
