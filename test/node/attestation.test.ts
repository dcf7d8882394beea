// Attestations of several headers: a node signs only for batches that it stores, of one epoch, that can still be posted with notice.
import { afterEach, describe, expect, it } from 'vitest'
import { type Hex, fromHex } from '../../src/protocol/bytes.ts'
import { attestationDigest, headersTree } from '../../src/protocol/header.ts'
import { recoverSigner } from '../../src/protocol/signature.ts'
import { curve } from '../support/arbitraries.ts'
import { seededBytes } from '../support/random-bytes.ts'
import {
  DISPERSER,
  DOMAIN,
  EPOCH,
  NOTICE_SECONDS,
  START_SECONDS,
  type World,
  dispersalOf,
  jsonOf,
  openWorld,
} from './harness.ts'

let at: World | undefined
afterEach(async () => at?.close())

async function worldHolding(count: number): Promise<{ world: World; digests: Hex[] }> {
  const world = await openWorld()
  at = world
  const digests: Hex[] = []
  for (let i = 0; i < count; i++) {
    const expiry = START_SECONDS + NOTICE_SECONDS + 100 * (i + 1)
    const { body, digest } = dispersalOf(world, seededBytes(`held ${i}`, 100), { header: { expiry } })
    await world.send('POST', '/v1/dispersals', body)
    digests.push(digest)
  }
  return { world, digests }
}

async function ask(
  world: World,
  list: unknown,
): Promise<{ status: number; answer: Record<string, unknown> }> {
  const body = Buffer.from(typeof list === 'string' ? list : JSON.stringify(list))
  const response = await world.send('POST', '/v1/attestations', body)
  return { status: response.status, answer: jsonOf(response) }
}

describe('an attestation of several headers', () => {
  it('an attestation of several headers signs their headersRoot in the given order', async () => {
    const { world, digests } = await worldHolding(5)
    for (const list of [digests, [...digests].reverse(), digests.slice(0, 1)]) {
      const { status, answer } = await ask(world, { epoch: EPOCH, digests: list })
      expect(status).toBe(200)
      const root = headersTree(list.map(fromHex), 0).root
      const signed = attestationDigest(DOMAIN, root, fromHex(world.keyed.committee.root))
      expect(recoverSigner(curve, signed, fromHex(answer['signature'] as Hex))).toBe(world.signer)
      expect(answer['signer']).toBe(world.signer)
    }
  })

  it('a refused attestation names the first header that is missing, of another epoch, or too late to be posted', async () => {
    const { world, digests } = await worldHolding(3)
    const absent = `0x${'ab'.repeat(32)}`
    const missing = await ask(world, { epoch: EPOCH, digests: [digests[0], absent, `0x${'cd'.repeat(32)}`] })
    expect([missing.status, missing.answer['code']]).toEqual([404, 'not-held'])
    expect(missing.answer['facts']).toMatchObject({ digest: absent })
    const other = await ask(world, { epoch: EPOCH - 1, digests })
    expect(other.answer).toMatchObject({ code: 'not-held', facts: { digest: digests[0] } })
    // The expiry of the second header is one second short of the notice.
    world.clock.advance(201_000)
    const over = await ask(world, { epoch: EPOCH, digests: [digests[2], digests[1], digests[0]] })
    expect(over.answer).toMatchObject({ code: 'not-held', facts: { digest: digests[1] } })
    expect((await ask(world, { epoch: EPOCH, digests: [digests[2]] })).status).toBe(200)
  })

  it('Two epochs: a list of an epoch two before the current one is refused, also when its headers are held', async () => {
    const { world, digests } = await worldHolding(2)
    world.l1.epoch = EPOCH + 1
    expect((await ask(world, { epoch: EPOCH, digests })).status).toBe(200)
    world.l1.epoch = EPOCH + 2
    const refused = await ask(world, { epoch: EPOCH, digests })
    expect([refused.status, refused.answer['code']]).toEqual([409, 'wrong-epoch'])
  })

  it('a header is served with the signature of its disperser and, until its expiry, with the attestation', async () => {
    const { world, digests } = await worldHolding(1)
    const digest = digests[0] as Hex
    const batch = async (): Promise<Record<string, unknown>> =>
      jsonOf(await world.send('GET', `/v1/batches/${digest}`))
    const { header, disperserSignature, attestation } = (await batch()) as Record<string, Hex>
    expect(recoverSigner(curve, fromHex(digest), fromHex(disperserSignature as Hex))).toBe(DISPERSER)
    expect(header).toMatchObject({ disperser: DISPERSER })
    const signed = attestationDigest(DOMAIN, fromHex(digest), fromHex(world.keyed.committee.root))
    expect(recoverSigner(curve, signed, fromHex(attestation as Hex))).toBe(world.signer)
    world.clock.advance(1000 * (NOTICE_SECONDS + 50))
    expect(await batch()).toMatchObject({ attestation })
  })

  it('a request for an attestation with a malformed body is refused', async () => {
    const { world, digests } = await worldHolding(1)
    const digest = digests[0]
    const lists = [
      '',
      'null',
      '{',
      [],
      { epoch: EPOCH },
      { epoch: EPOCH, digests: [] },
      { epoch: EPOCH, digests: digest },
      { epoch: -1, digests: [digest] },
      { epoch: 2 ** 32, digests: [digest] },
      { epoch: 0.5, digests: [digest] },
      { epoch: String(EPOCH), digests: [digest] },
      { epoch: EPOCH, digests: ['0x12'] },
      { epoch: EPOCH, digests: [digest], more: 1 },
      { epoch: EPOCH, digests: Array.from({ length: 513 }, () => digest) },
    ]
    for (const list of lists) {
      const { status, answer } = await ask(world, list)
      expect([list, status, answer['code']]).toEqual([list, 400, 'malformed'])
    }
    const long = await ask(world, ' '.repeat(71_000))
    expect([long.status, long.answer['code']]).toEqual([413, 'too-large'])
    const most = await ask(world, { epoch: EPOCH, digests: Array.from({ length: 512 }, () => digest) })
    expect(most.status).toBe(200)
  })
})
