// The routes of a storage node as an unknown client uses them: health, and requests of arbitrary bytes.
import fc from 'fast-check'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type World, jsonOf, openTestWorld, openWorld } from './harness.ts'

let at: World
beforeAll(async () => {
  at = await openWorld()
})
afterAll(async () => at.close())

describe('health', () => {
  it('the health route says which member the node is and what it stores', async () => {
    const response = await at.send('GET', '/v1/health')
    expect(response.status).toBe(200)
    expect(jsonOf(response)).toEqual({
      status: 'ok',
      signer: at.signer,
      epoch: 7,
      shards: 2,
      batches: 0,
      storedBytes: 0,
      version: '0.0.0',
    })
  })

  it('the health route answers while L1 is unreachable', async () => {
    at.l1.reachable = false
    expect(jsonOf(await at.send('GET', '/v1/health'))).toMatchObject({
      status: 'no-l1',
      epoch: null,
      shards: 0,
    })
    at.l1.reachable = true
  })
})

describe('readiness', () => {
  it('a node is ready while the head of L1 moves, and healthy in any case', async () => {
    const fresh = await openTestWorld()
    expect((await fresh.send('GET', '/ready')).status).toBe(200)
    fresh.clock.advance(121_000)
    const response = await fresh.send('GET', '/v1/ready')
    expect(response.status).toBe(503)
    expect(jsonOf(response)).toMatchObject({
      code: 'unavailable',
      facts: { l1AgeSeconds: 121, l1AgeSecondsMax: 120 },
    })
    expect((await fresh.send('GET', '/health')).status).toBe(200)
  })
})

describe('arbitrary requests', () => {
  const hex = fc.stringMatching(/^(0x)?[0-9a-fA-F]{0,70}$/)
  const segment = fc.oneof(
    fc.constantFrom(
      'v1',
      'batches',
      'rows',
      'columns',
      'symbols',
      '0',
      '255',
      '256',
      '-1',
      '1e1',
      '%',
      '%00',
      '..',
    ),
    hex,
    fc.constant(`0x${'ab'.repeat(32)}`),
    fc.string({ maxLength: 20 }).map(encodeURIComponent),
  )
  const paths = fc.oneof(
    fc.constantFrom('/v1/dispersals', '/v1/attestations', '/v1/health/x'),
    fc.array(segment, { maxLength: 7 }).map((segments) => `/v1/batches/${segments.join('/')}`),
    fc
      .tuple(segment, fc.constantFrom('rows', 'columns'), segment, segment)
      .map(([digest, side, pair, index]) => {
        return `/v1/batches/${digest}/${side}/${pair}/symbols/${index}`
      }),
  )

  it('an arbitrary request gets a typed 4xx error and never a 500', async () => {
    const bodies = fc.uint8Array({ maxLength: 400 })
    await fc.assert(
      fc.asyncProperty(paths, bodies, fc.boolean(), async (path, body, post) => {
        const response = await at.send(post ? 'POST' : 'GET', path, post ? body : undefined)
        expect(response.status).toBeGreaterThanOrEqual(400)
        expect(response.status).toBeLessThan(500)
        expect(jsonOf(response)['code']).toMatch(/^(malformed|not-held|no-route|expired|too-large)$/)
      }),
    )
  })

  it('a path that cannot be decoded is answered with 400', async () => {
    const { hostname, port } = new URL(at.url)
    const socket = connect(Number(port), hostname)
    const answer = new Promise<string>((resolve) =>
      socket.once('data', (part: Buffer) => resolve(part.toString())),
    )
    socket.write('GET /v1/batches/%E0%A4%A HTTP/1.1\r\nhost: localhost\r\n\r\n')
    expect(await answer).toMatch(/^HTTP\/1\.1 400 [^]*"code":"malformed"/)
    socket.destroy()
  })
})
