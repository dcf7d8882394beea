// Dispersals over real HTTP: what is stored and signed, every refusal, and that a refused one leaves nothing behind.
import { connect } from 'node:net'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { concatBytes, fromHex, toHex } from '../../src/protocol/bytes.ts'
import { DISPERSAL_HEAD_BYTES, dispersalLayout, encodeDispersalHead } from '../../src/protocol/dispersal.ts'
import { attestationDigest } from '../../src/protocol/header.ts'
import { recoverSigner } from '../../src/protocol/signature.ts'
import { curve } from '../support/arbitraries.ts'
import { seededBytes } from '../support/random-bytes.ts'
import {
  type Changes,
  DISPERSER,
  DOMAIN,
  EPOCH,
  MEMBER,
  NOTHING,
  START_SECONDS,
  type World,
  type WorldOptions,
  dispersalOf,
  jsonOf,
  leftOver,
  openWorld,
  strangerKey,
  until,
} from './harness.ts'

const worlds: World[] = []
async function world(options?: WorldOptions): Promise<World> {
  const opened = await openWorld(options)
  worlds.push(opened)
  return opened
}
afterEach(async () => {
  for (const open of worlds.splice(0)) await open.close()
})

const BATCH = seededBytes('a batch', 5_000)

describe('a dispersal', () => {
  it('is stored and attested by the key of the member', async () => {
    const at = await world()
    const { body, digest, header, pairs } = dispersalOf(at, BATCH)
    const response = await at.send('POST', '/v1/dispersals', body)
    expect(response.status).toBe(200)
    const { signer, signature } = jsonOf(response) as { signer: string; signature: `0x${string}` }
    expect(signer).toBe(at.signer)
    const signed = attestationDigest(DOMAIN, fromHex(digest), EPOCH)
    expect(recoverSigner(curve, signed, fromHex(signature))).toBe(at.signer)
    const { custody } = at.node.intake
    expect(custody.batch(digest)).toMatchObject({ header, pairs })
    const { geometry } = at.keyed.committee
    const layout = dispersalLayout(at.keyed.committee, MEMBER, BATCH.length)
    expect(custody.batch(digest)?.leaves).toEqual(body.slice(DISPERSAL_HEAD_BYTES, layout.pair(0)))
    expect(geometry.shards).toBe(7)
    for (const [k, pair] of pairs.entries()) {
      const row = body.slice(layout.pair(k), layout.pair(k) + layout.rowBytes)
      const column = body.slice(layout.pair(k) + layout.rowBytes, layout.pair(k + 1))
      expect(await custody.sliver(digest, pair, 'row')).toEqual(row)
      expect(await custody.sliver(digest, pair, 'column')).toEqual(column)
    }
    expect(leftOver(at)).toMatchObject({ intake: 0, batches: 1, used: BATCH.length })
  })

  it('of the epoch before is taken', async () => {
    const at = await world()
    const { body } = dispersalOf(at, BATCH, { header: { epoch: EPOCH - 1 } })
    expect((await at.send('POST', '/v1/dispersals', body)).status).toBe(200)
  })

  it('that is repeated is answered alike, counted once, and its body is not read', async () => {
    const at = await world()
    const { body, digest } = dispersalOf(at, BATCH)
    const first = await at.send('POST', '/v1/dispersals', body)
    const { storedBytes } = at.node.intake.custody.usage.totals()
    // Everything but the head is garbage, and nobody looks.
    const garbage = Uint8Array.from(body).fill(0xee, DISPERSAL_HEAD_BYTES)
    const second = await at.send('POST', '/v1/dispersals', garbage)
    expect(second.status).toBe(200)
    expect(second.body).toEqual(first.body)
    expect(leftOver(at)).toEqual({ ...NOTHING, batches: 1, storedBytes, used: BATCH.length })
    expect(at.node.intake.custody.batch(digest)?.pairs).toHaveLength(2)
  })

  it('that is repeated by somebody without the key is refused', async () => {
    const at = await world()
    const { body } = dispersalOf(at, BATCH)
    await at.send('POST', '/v1/dispersals', body)
    const forged = dispersalOf(at, BATCH, { key: strangerKey }).body
    const response = await at.send('POST', '/v1/dispersals', forged)
    expect([response.status, jsonOf(response)['code']]).toEqual([403, 'bad-signature'])
  })

  it('that comes many times at once is stored once', async () => {
    const at = await world()
    const { body } = dispersalOf(at, BATCH)
    const responses = await Promise.all(
      Array.from({ length: 8 }, async () => at.send('POST', '/v1/dispersals', body)),
    )
    expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([200]))
    expect(new Set(responses.map((response) => toHex(response.body))).size).toBe(1)
    expect(leftOver(at)).toMatchObject({ intake: 0, batches: 1, used: BATCH.length })
    const stored = await at.send('GET', '/metrics')
    expect(Buffer.from(stored.body).toString()).toContain('floe_node_batches 1')
  })
})

type Refusal = {
  title: string
  code: string
  status: number
  options?: WorldOptions
  changes?: Changes
}

const refusals: Refusal[] = [
  { title: 'with a batch over the limit', code: 'too-large', status: 413, options: { batchBytesMax: 4_999 } },
  {
    title: 'with more pairs than intake takes',
    code: 'too-large',
    status: 413,
    options: { intakeBytesMax: 100 },
  },
  {
    title: 'of an epoch two back',
    code: 'wrong-epoch',
    status: 409,
    changes: { header: { epoch: EPOCH - 2 } },
  },
  {
    title: 'of an epoch to come',
    code: 'wrong-epoch',
    status: 409,
    changes: { header: { epoch: EPOCH + 1 } },
  },
  {
    title: 'that has expired',
    code: 'bad-expiry',
    status: 422,
    changes: { header: { expiry: START_SECONDS } },
  },
  {
    title: 'with a promise too long',
    code: 'bad-expiry',
    status: 422,
    changes: { header: { expiry: START_SECONDS + 86_401 } },
  },
  {
    title: 'of a disperser that L1 does not know',
    code: 'unknown-disperser',
    status: 403,
    options: { quotaBytes: 0n },
  },
  { title: 'signed by another key', code: 'bad-signature', status: 403, changes: { key: strangerKey } },
  { title: 'over its quota', code: 'over-quota', status: 429, options: { quotaBytes: 4_999n } },
  { title: 'when the disk is full', code: 'storage', status: 503, options: { diskBytesMax: 10_000 } },
  { title: 'with the pairs of another member', code: 'malformed', status: 400, changes: { member: 0 } },
]

describe('a dispersal is refused, and leaves nothing behind,', () => {
  it.each(refusals)('$title', async ({ code, status, options, changes }) => {
    const at = await world(options)
    const { body, digest } = dispersalOf(at, BATCH, changes)
    const response = await at.send('POST', '/v1/dispersals', body)
    expect([jsonOf(response)['code'], response.status]).toEqual([code, status])
    expect(at.node.intake.custody.batch(digest)).toBeUndefined()
    expect(leftOver(at)).toEqual(NOTHING)
  })

  it('without a length', async () => {
    const at = await world()
    const head = 'POST /v1/dispersals HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'
    expect(await exchange(at, Buffer.from(head))).toMatch(/^HTTP\/1\.1 400 [^]*Content-Length/)
  })

  it('of another version, or cut short', async () => {
    const at = await world()
    const { body } = dispersalOf(at, BATCH)
    const other = Uint8Array.from(body)
    other[0] = 2
    for (const bytes of [other, body.slice(0, 10), new Uint8Array(0), body.slice(0, -1)]) {
      const response = await at.send('POST', '/v1/dispersals', bytes)
      expect([jsonOf(response)['code'], response.status]).toEqual(['malformed', 400])
    }
    expect(leftOver(at)).toEqual(NOTHING)
  })

  it('while another one fills the memory, which is told to come back', async () => {
    const at = await world({ intakeBytesMax: 7_000 })
    const { body } = dispersalOf(at, BATCH)
    const stalled = stall(at, body, DISPERSAL_HEAD_BYTES + 100)
    await until(() => leftOver(at)['intake'] !== 0)
    const other = dispersalOf(at, seededBytes('another', 5_000)).body
    const response = await at.send('POST', '/v1/dispersals', other)
    expect([jsonOf(response)['code'], response.status]).toEqual(['overloaded', 429])
    stalled.destroy()
    await until(() => leftOver(at)['intake'] === 0)
    expect(leftOver(at)).toEqual(NOTHING)
  })
})

describe('a body that does not arrive', () => {
  it('leaves nothing behind when the connection ends', async () => {
    const at = await world()
    const { body } = dispersalOf(at, BATCH)
    const stalled = stall(at, body, body.length - 1)
    await until(() => leftOver(at)['intake'] !== 0)
    expect(leftOver(at)['used']).toBe(BATCH.length)
    stalled.destroy()
    await until(() => leftOver(at)['intake'] === 0)
    expect(leftOver(at)).toEqual(NOTHING)
    const metrics = Buffer.from((await at.send('GET', '/metrics')).body).toString()
    expect(metrics).toContain('floe_node_dispersals_total{outcome="malformed"} 1')
  })

  it('is given up when it takes too long, and the sender is told', async () => {
    const at = await world()
    const { body } = dispersalOf(at, BATCH)
    const stalled = stall(at, body, body.length - 1)
    const answer = new Promise<string>((resolve) => {
      stalled.once('data', (part: Buffer) => resolve(part.toString()))
    })
    await until(() => leftOver(at)['intake'] !== 0)
    at.clock.advance(60_000)
    expect(await answer).toMatch(/^HTTP\/1\.1 503 [^]*"code":"unavailable"/)
    expect(leftOver(at)).toEqual(NOTHING)
    stalled.destroy()
  })

  it('does not hold up the same batch from somebody who sends it whole', async () => {
    const at = await world({ quotaBytes: BigInt(BATCH.length) })
    const { body, digest } = dispersalOf(at, BATCH)
    const stalled = stall(at, body, body.length - 1)
    await until(() => leftOver(at)['intake'] !== 0)
    expect((await at.send('POST', '/v1/dispersals', body)).status).toBe(200)
    stalled.destroy()
    await until(() => leftOver(at)['intake'] === 0)
    expect(at.node.intake.custody.batch(digest)).toBeDefined()
    expect(leftOver(at)).toMatchObject({ batches: 1, used: BATCH.length })
  })

  it('that ends after the promise would is refused', async () => {
    const at = await world()
    const { body } = dispersalOf(at, BATCH, { header: { expiry: START_SECONDS + 1 } })
    const slow = stall(at, body, body.length - 1)
    const answer = new Promise<string>((resolve) =>
      slow.once('data', (part: Buffer) => resolve(part.toString())),
    )
    await until(() => leftOver(at)['intake'] !== 0)
    at.clock.advance(1_000)
    slow.write(body.slice(-1))
    expect(await answer).toMatch(/"code":"bad-expiry"/)
    expect(leftOver(at)).toEqual(NOTHING)
    slow.destroy()
  })
})

describe('quotas', () => {
  it('are not overshot by dispersals that come at once', async () => {
    const at = await world({ quotaBytes: 3_500n })
    const bodies = Array.from(
      { length: 12 },
      (_, i) => dispersalOf(at, seededBytes(`batch ${i}`, 1_000)).body,
    )
    const responses = await Promise.all(bodies.map(async (body) => at.send('POST', '/v1/dispersals', body)))
    const statuses = responses.map(({ status }) => status)
    expect(statuses.filter((status) => status === 200)).toHaveLength(3)
    expect(statuses.filter((status) => status === 429)).toHaveLength(9)
    expect(at.node.intake.custody.usage.usedBy(DISPERSER)).toBe(3_000)
  })

  it('come back when batches expire', async () => {
    const at = await world({ quotaBytes: 1_000n })
    const { custody } = at.node.intake
    const first = dispersalOf(at, seededBytes('first', 1_000)).body
    const second = dispersalOf(at, seededBytes('second', 1_000), {
      header: { expiry: START_SECONDS + 7200 },
    }).body
    expect((await at.send('POST', '/v1/dispersals', first)).status).toBe(200)
    expect((await at.send('POST', '/v1/dispersals', second)).status).toBe(429)
    await custody.removeExpired(START_SECONDS + 3600, 10)
    expect((await at.send('POST', '/v1/dispersals', second)).status).toBe(200)
  })
})

describe('property', () => {
  it('a bit that is flipped in a leaf or a pair is found, and nothing is stored', async () => {
    const at = await world()
    const { body } = dispersalOf(at, seededBytes('flipped', 700))
    const bits = fc.integer({ min: 8 * DISPERSAL_HEAD_BYTES, max: 8 * body.length - 1 })
    await fc.assert(
      fc.asyncProperty(bits, async (bit) => {
        const flipped = Uint8Array.from(body)
        flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7))
        const response = await at.send('POST', '/v1/dispersals', flipped)
        expect([jsonOf(response)['code'], response.status]).toEqual(['sliver-mismatch', 422])
        expect(leftOver(at)).toEqual(NOTHING)
      }),
    )
    expect((await at.send('POST', '/v1/dispersals', body)).status).toBe(200)
  })

  it('whatever is in the head, a body is refused in our words or taken', async () => {
    const at = await world()
    const { header, signature, body } = dispersalOf(at, seededBytes('head', 300))
    const heads = fc.record(
      {
        length: fc.integer({ min: 1, max: 1 << 27 }),
        epoch: fc.integer({ min: 0, max: 0xffffffff }),
        expiry: fc.maxSafeNat(),
        root: fc.uint8Array({ minLength: 32, maxLength: 32 }).map(toHex),
      },
      { requiredKeys: [] },
    )
    await fc.assert(
      fc.asyncProperty(heads, async (changes) => {
        const head = encodeDispersalHead({ header: { ...header, ...changes }, signature })
        const bytes = concatBytes(head, body.slice(DISPERSAL_HEAD_BYTES))
        const { status } = await at.send('POST', '/v1/dispersals', bytes)
        expect(status === 200 || (status >= 400 && status < 500)).toBe(true)
        expect(leftOver(at)['intake']).toBe(0)
      }),
    )
  })
})

/** Sends the first `bytes` of a dispersal and then nothing more. */
function stall(at: World, body: Uint8Array, bytes: number): ReturnType<typeof connect> {
  const { hostname, port } = new URL(at.url)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => undefined)
  socket.write(`POST /v1/dispersals HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n`)
  socket.write(body.slice(0, bytes))
  return socket
}

async function exchange(at: World, bytes: Uint8Array): Promise<string> {
  const { hostname, port } = new URL(at.url)
  const socket = connect(Number(port), hostname)
  const answer = new Promise<string>((resolve) =>
    socket.once('data', (part: Buffer) => resolve(part.toString())),
  )
  socket.write(bytes)
  const text = await answer
  socket.destroy()
  return text
}
