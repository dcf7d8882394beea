// Dispersals over real HTTP: a node stores and signs them, or refuses them and leaves nothing behind.
import { connect } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concatBytes, fromHex, toHex } from '../../src/protocol/bytes.ts'
import { DISPERSAL_HEAD_BYTES, dispersalLayout, encodeDispersalHead } from '../../src/protocol/dispersal.ts'
import { attestationDigest } from '../../src/protocol/header.ts'
import { recoverSigner } from '../../src/protocol/signature.ts'
import { curve } from '../support/arbitraries.ts'
import { LogCapture } from '../support/log-capture.ts'
import { seededBytes } from '../support/random-bytes.ts'
import {
  type Changes,
  DISPERSER,
  DOMAIN,
  EPOCH,
  MEMBER,
  NOTHING,
  NOTICE_SECONDS,
  PROMISE_SECONDS,
  START_SECONDS,
  type World,
  type WorldOptions,
  dispersalOf,
  jsonOf,
  leftOver,
  openTestWorld,
  strangerKey,
  until,
} from './harness.ts'

const BATCH = seededBytes('a batch', 5_000)

describe('a dispersal', () => {
  it('signed means stored: an attested dispersal is in the store, and the key of the member signed', async () => {
    const at = await openTestWorld()
    const { body, digest, header, pairs } = dispersalOf(at, BATCH)
    const response = await at.send('POST', '/v1/dispersals', body)
    expect(response.status).toBe(200)
    const { signer, signature } = jsonOf(response) as { signer: string; signature: `0x${string}` }
    expect(signer).toBe(at.signer)
    const signed = attestationDigest(DOMAIN, fromHex(digest), fromHex(at.keyed.committee.root))
    expect(recoverSigner(curve, signed, fromHex(signature))).toBe(at.signer)
    const { sliverStore } = at
    expect(sliverStore.batch(digest)).toMatchObject({ header, pairs })
    const { geometry } = at.keyed.committee
    const layout = dispersalLayout(at.keyed.committee, MEMBER, BATCH.length)
    expect(sliverStore.batch(digest)?.leaves).toEqual(body.slice(DISPERSAL_HEAD_BYTES, layout.pair(0)))
    expect(geometry.shards).toBe(7)
    for (const [k, pair] of pairs.entries()) {
      const row = body.slice(layout.pair(k), layout.pair(k) + layout.rowBytes)
      const column = body.slice(layout.pair(k) + layout.rowBytes, layout.pair(k + 1))
      expect(await sliverStore.sliver(digest, pair, 'row')).toEqual(row)
      expect(await sliverStore.sliver(digest, pair, 'column')).toEqual(column)
    }
    expect(leftOver(at)).toMatchObject({ intake: 0, batches: 1, used: BATCH.length })
  })

  it('a dispersal of the epoch before the current one is accepted', async () => {
    const at = await openTestWorld()
    const { body } = dispersalOf(at, BATCH, { header: { epoch: EPOCH - 1 } })
    expect((await at.send('POST', '/v1/dispersals', body)).status).toBe(200)
  })

  it('idempotent: a repeated dispersal gets the same attestation, counts once, and its body is not read', async () => {
    const at = await openTestWorld()
    const { body, digest } = dispersalOf(at, BATCH)
    const first = await at.send('POST', '/v1/dispersals', body)
    const { storedBytes } = at.sliverStore.usage.totals()
    // Only the head is read, so the rest may be anything.
    const garbage = Uint8Array.from(body).fill(0xee, DISPERSAL_HEAD_BYTES)
    const second = await at.send('POST', '/v1/dispersals', garbage)
    expect(second.status).toBe(200)
    expect(second.body).toEqual(first.body)
    expect(leftOver(at)).toEqual({ ...NOTHING, batches: 1, storedBytes, used: BATCH.length })
    expect(at.sliverStore.batch(digest)?.pairs).toHaveLength(2)
  })

  it('a repeated dispersal that another key signed is refused', async () => {
    const at = await openTestWorld()
    const { body } = dispersalOf(at, BATCH)
    await at.send('POST', '/v1/dispersals', body)
    const forged = dispersalOf(at, BATCH, { key: strangerKey }).body
    const response = await at.send('POST', '/v1/dispersals', forged)
    expect([response.status, jsonOf(response)['code']]).toEqual([403, 'bad-signature'])
  })

  it('independent: concurrent dispersals of one batch are all attested and stored once', async () => {
    const at = await openTestWorld()
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
  {
    title: 'a dispersal of a batch over the limit is refused and leaves nothing behind',
    code: 'too-large',
    status: 413,
    options: { batchBytesMax: 4_999 },
  },
  {
    title:
      'a dispersal with more bytes of pairs than the memory for intake is refused and leaves nothing behind',
    code: 'too-large',
    status: 413,
    options: { intakeBytesMax: 100 },
  },
  {
    title: 'a dispersal of an epoch two before the current one is refused and leaves nothing behind',
    code: 'wrong-epoch',
    status: 409,
    changes: { header: { epoch: EPOCH - 2 } },
  },
  {
    title: 'a dispersal of an epoch that has not started is refused and leaves nothing behind',
    code: 'wrong-epoch',
    status: 409,
    changes: { header: { epoch: EPOCH + 1 } },
  },
  {
    title: 'a dispersal that leaves less than the notice is refused and leaves nothing behind',
    code: 'bad-expiry',
    status: 422,
    changes: { header: { expiry: START_SECONDS + NOTICE_SECONDS - 1 } },
  },
  {
    title: 'a dispersal beyond the longest promise is refused and leaves nothing behind',
    code: 'bad-expiry',
    status: 422,
    changes: { header: { expiry: START_SECONDS + PROMISE_SECONDS + 1 } },
  },
  {
    title: 'a dispersal of a disperser that L1 does not know is refused and leaves nothing behind',
    code: 'unknown-disperser',
    status: 403,
    options: { quotaBytes: 0n },
  },
  {
    title: 'a dispersal that another key signed is refused and leaves nothing behind',
    code: 'bad-signature',
    status: 403,
    changes: { key: strangerKey },
  },
  {
    title: 'a dispersal over the quota of its disperser is refused and leaves nothing behind',
    code: 'over-quota',
    status: 429,
    options: { quotaBytes: 4_999n },
  },
  {
    title: 'a dispersal is refused and leaves nothing behind when the disk is full',
    code: 'storage',
    status: 503,
    options: { diskBytesMax: 10_000 },
  },
  {
    title: 'a dispersal with the pairs of another member is refused and leaves nothing behind',
    code: 'malformed',
    status: 400,
    changes: { member: 0 },
  },
]

describe('a refused dispersal', () => {
  it.each(refusals)('$title', async ({ code, status, options, changes }) => {
    const at = await openTestWorld(options)
    const { body, digest } = dispersalOf(at, BATCH, changes)
    const response = await at.send('POST', '/v1/dispersals', body)
    expect([jsonOf(response)['code'], response.status]).toEqual([code, status])
    expect(at.sliverStore.batch(digest)).toBeUndefined()
    expect(leftOver(at)).toEqual(NOTHING)
  })

  it('a node whose disk is full logs one line for all dispersals, and one when it stores again', async () => {
    const logs = new LogCapture()
    const at = await openTestWorld({ diskBytesMax: 10_000, logger: logs.logger })
    for (let dispersal = 0; dispersal < 20; dispersal++) {
      const { body } = dispersalOf(at, BATCH, {})
      expect((await at.send('POST', '/v1/dispersals', body)).status).toBe(503)
    }
    const { body } = dispersalOf(at, seededBytes('small', 10), {})
    expect((await at.send('POST', '/v1/dispersals', body)).status).toBe(200)
    expect(logs.lines()).toMatchObject([
      { level: 50, msg: 'dispersals refused: no room' },
      { level: 30, msg: 'dispersals stored again', failures: 20 },
    ])
  })

  it('a dispersal without a length is refused', async () => {
    const at = await openTestWorld()
    const head =
      'POST /v1/dispersals HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'
    expect(await exchange(at, Buffer.from(head))).toMatch(/^HTTP\/1\.1 400 [^]*Content-Length/)
  })

  it('a dispersal of another version or cut short is refused and leaves nothing behind', async () => {
    const at = await openTestWorld()
    const { body } = dispersalOf(at, BATCH)
    const other = Uint8Array.from(body)
    other[0] = 2
    for (const bytes of [other, body.slice(0, 10), new Uint8Array(0), body.slice(0, -1)]) {
      const response = await at.send('POST', '/v1/dispersals', bytes)
      expect([jsonOf(response)['code'], response.status]).toEqual(['malformed', 400])
    }
    expect(leftOver(at)).toEqual(NOTHING)
  })

  it('refused early: a head that is refused is answered before the body has arrived', async () => {
    const at = await openTestWorld()
    const { body } = dispersalOf(at, BATCH, { key: strangerKey })
    const stalled = stall(at, body, DISPERSAL_HEAD_BYTES)
    const answer = new Promise<string>((resolve) =>
      stalled.once('data', (part: Buffer) => resolve(part.toString())),
    )
    expect(await answer).toMatch(/^HTTP\/1\.1 403 [^]*"code":"bad-signature"/)
    expect(leftOver(at)).toEqual(NOTHING)
    stalled.destroy()
  })

  it('a dispersal is answered with overloaded while another one fills the memory', async () => {
    const at = await openTestWorld({ intakeBytesMax: 7_000 })
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
  it('nothing left behind: a dispersal whose connection ends returns its memory and its quota', async () => {
    const at = await openTestWorld()
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

  it('a dispersal whose body stalls is answered with 408 and leaves nothing behind', async () => {
    const at = await openTestWorld()
    const { body } = dispersalOf(at, BATCH)
    const stalled = stall(at, body, body.length - 1)
    const answer = new Promise<string>((resolve) => {
      stalled.once('data', (part: Buffer) => resolve(part.toString()))
    })
    await until(() => leftOver(at)['intake'] !== 0)
    at.clock.advance(60_000)
    expect(await answer).toMatch(/^HTTP\/1\.1 408 [^]*"code":"too-slow"/)
    expect(leftOver(at)).toEqual(NOTHING)
    stalled.destroy()
  })

  it('independent: a stalled dispersal does not delay another one of the same batch', async () => {
    const at = await openTestWorld({ quotaBytes: BigInt(BATCH.length) })
    const { body, digest } = dispersalOf(at, BATCH)
    const stalled = stall(at, body, body.length - 1)
    await until(() => leftOver(at)['intake'] !== 0)
    expect((await at.send('POST', '/v1/dispersals', body)).status).toBe(200)
    stalled.destroy()
    await until(() => leftOver(at)['intake'] === 0)
    expect(at.sliverStore.batch(digest)).toBeDefined()
    expect(leftOver(at)).toMatchObject({ batches: 1, used: BATCH.length })
  })

  it('a dispersal whose body ends after its notice has begun is refused', async () => {
    const at = await openTestWorld()
    const { body } = dispersalOf(at, BATCH, { header: { expiry: START_SECONDS + NOTICE_SECONDS } })
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

describe('deposits', () => {
  const accept = async (at: World, name: string): Promise<unknown> => {
    const response = await at.send('POST', '/v1/dispersals', dispersalOf(at, seededBytes(name, 500)).body)
    return response.status === 200 ? 'accepted' : jsonOf(response)['code']
  }

  it('Something to lose: a disperser below the smallest deposit is refused, and accepted at it', async () => {
    const at = await openTestWorld({ depositWeiMin: 100n })
    at.l1.depositWei = 99n
    expect(await accept(at, 'below')).toBe('no-deposit')
    expect(leftOver(at)).toEqual(NOTHING)
    at.l1.depositWei = 100n
    at.clock.advance(5_000)
    expect(await accept(at, 'enough')).toBe('accepted')
  })

  it('Something to lose: a disperser that has asked for its deposit is refused', async () => {
    const at = await openTestWorld({ depositWeiMin: 100n })
    Object.assign(at.l1, { depositWei: 100n, leaving: true })
    expect(await accept(at, 'leaving')).toBe('no-deposit')
  })

  it('a deposit is used for ten minutes while L1 does not show it, and then no disperser is accepted', async () => {
    const at = await openTestWorld({ depositWeiMin: 100n })
    at.l1.depositWei = 100n
    const batches = ['first', 'second', 'third'].map((name) => dispersalOf(at, seededBytes(name, 500)).body)
    const { sliverStore } = at
    const send = async (i: number): Promise<number> =>
      (await at.send('POST', '/v1/dispersals', batches[i] as Uint8Array)).status
    expect(await send(0)).toBe(200)
    at.l1.depositsReadable = false
    at.clock.advance(9 * 60_000)
    expect(await send(1)).toBe(200)
    at.clock.advance(60_000)
    expect(await send(2)).toBe(503)
    expect(sliverStore.usage.totals().batches).toBe(2)
  })

  it('a node that takes no part in disputes asks for no deposit', async () => {
    const at = await openTestWorld()
    expect(await accept(at, 'without')).toBe('accepted')
  })
})

describe('quotas', () => {
  it('concurrent dispersals do not exceed the quota of their disperser', async () => {
    const at = await openTestWorld({ quotaBytes: 3_500n })
    const bodies = Array.from(
      { length: 12 },
      (_, i) => dispersalOf(at, seededBytes(`batch ${i}`, 1_000)).body,
    )
    const responses = await Promise.all(bodies.map(async (body) => at.send('POST', '/v1/dispersals', body)))
    const statuses = responses.map(({ status }) => status)
    expect(statuses.filter((status) => status === 200)).toHaveLength(3)
    expect(statuses.filter((status) => status === 429)).toHaveLength(9)
    expect(at.sliverStore.usage.usedBy(DISPERSER)).toBe(3_000)
  })

  it('the quota of a disperser is free again when its batches expire', async () => {
    const at = await openTestWorld({ quotaBytes: 1_000n })
    const { sliverStore } = at
    const first = dispersalOf(at, seededBytes('first', 1_000)).body
    const second = dispersalOf(at, seededBytes('second', 1_000), {
      header: { expiry: START_SECONDS + 7200 },
    }).body
    expect((await at.send('POST', '/v1/dispersals', first)).status).toBe(200)
    expect((await at.send('POST', '/v1/dispersals', second)).status).toBe(429)
    await sliverStore.removeExpired(START_SECONDS + 3600, 10)
    expect((await at.send('POST', '/v1/dispersals', second)).status).toBe(200)
  })
})

describe('property', () => {
  it('a dispersal with a flipped bit in a leaf or a pair is refused, and nothing is stored', async () => {
    const at = await openTestWorld()
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

  it('a dispersal with an arbitrary head is accepted or refused with a 4xx status', async () => {
    const at = await openTestWorld()
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
  socket.write(`POST /v1/dispersals HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${body.length}\r\n\r\n`)
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
