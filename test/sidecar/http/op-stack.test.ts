// The OP Stack's routes to the byte, with a committee of four and batches of at most 2 MiB.
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { toHex } from '../../../src/protocol/bytes.ts'
import { encodeCertificate } from '../../../src/protocol/certificate.ts'
import { attest, testHeader } from '../../support/deploy.ts'
import { Network } from '../../support/network.ts'
import { requestTarget } from '../../support/request-target.ts'
import { seededBytes } from '../../support/random-bytes.ts'
import { type Answer, commit, get, getPath, put, realFrames } from '../../e2e/rollup.ts'
import { chunkedPut, rawPut, rawStatus, stalledPut } from './raw-put.ts'

const LIMIT = 2 * 1024 * 1024
let network: Network

beforeAll(async () => {
  network = await Network.start({ shards: [1, 1, 1, 1], sidecar: { batchBytesMax: LIMIT } })
})

afterAll(async () => network[Symbol.asyncDispose]())

/** All that an answer to a get tells op-node about an error. */
function errorOf({ status, headers, body }: Answer): object {
  return {
    status,
    code: headers.get('x-floe-error'),
    length: headers.get('content-length'),
    bytes: body.length,
  }
}

/** A status without a body that op-node would have to read. */
function emptyError(status: number, code: string): object {
  return { status, code, length: '0', bytes: 0 }
}

/** A commitment that three of four operators signed, of a batch that no operator holds. */
function certified(changes: Parameters<typeof testHeader>[1]): Uint8Array {
  const operators = network.nodes.map(({ operator }) => operator)
  const header = testHeader('gateway', { expiry: Math.floor(Date.now() / 1000) + 3600, ...changes })
  const { signatures } = attest(network.deployment, operators, [header], [0, 1, 3])
  return encodeCertificate({ header, index: 0, path: [], signatures })
}

test('A put by POST or PUT, with or without slashes, is answered with the raw commitment and without a redirect.', async () => {
  const batch = seededBytes('routes', 1000)
  for (const method of ['POST', 'PUT']) {
    for (const path of ['/put', '/put/', '//put', '//put/']) {
      const { status, headers, body } = await put(network.url, batch, { path, method })
      expect([method, path, status]).toEqual([method, path, 200])
      expect(headers.get('content-type')).toBe('application/octet-stream')
      expect(headers.get('content-length')).toBe(String(body.length))
      expect(body.subarray(0, 3).toString('hex')).toBe('016601')
      expect(body.equals(await commit(network.url, batch))).toBe(true)
    }
  }
})

test('A put with a keccak commitment in its path is answered with 400 and the flag to set.', async () => {
  for (const method of ['POST', 'PUT']) {
    const path = `/put/0x00${'ab'.repeat(32)}`
    const { status, headers, body } = await put(network.url, seededBytes('keccak', 10), { path, method })
    expect([status, headers.get('x-floe-error')]).toEqual([400, 'malformed'])
    expect(headers.get('x-floe-message')).toContain('--altda.da-service=true')
    expect(body).toHaveLength(0)
  }
})

test('A put of no bytes is answered with 400, with and without a content-length.', async () => {
  const { status, headers } = await put(network.url, new Uint8Array(0))
  expect([status, headers.get('x-floe-error')]).toEqual([400, 'empty'])
  expect((await chunkedPut(network.url, { pieces: 0, pieceBytes: 1 })).status).toBe(400)
})

test('A put of one byte more than the limit is answered with 413 before its body is read.', async () => {
  await using sent = await rawPut(network.url, [`content-length: ${LIMIT + 1}`], Buffer.alloc(10))
  expect(await rawStatus(sent)).toBe(413)
  expect(sent.received()).toContain('x-floe-error: too-large')
})

test('A chunked put that exceeds the limit is answered with 413, and its sender receives the answer.', async () => {
  const { status, body } = await chunkedPut(network.url, { pieces: 40, pieceBytes: 64 * 1024 })
  expect([status, body.length]).toEqual([413, 0])
})

test('A put that is cut off or refused gives its memory back.', async () => {
  for (let i = 0; i < 8; i++) {
    const sent = await stalledPut(network.url, LIMIT)
    sent.socket.resetAndDestroy()
    expect((await chunkedPut(network.url, { pieces: 33, pieceBytes: 64 * 1024 })).status).toBe(413)
  }
  expect((await put(network.url, seededBytes('after', LIMIT))).status).toBe(200)
})

test('Puts are accepted while eight uploads stall.', async () => {
  const stalled = await Promise.all(Array.from({ length: 8 }, async () => stalledPut(network.url, LIMIT)))
  const { status } = await put(network.url, seededBytes('ninth', LIMIT))
  expect(status).toBe(200)
  for (const { socket } of stalled) socket.destroy()
})

test('A get accepts the commitment with and without 0x, in upper and lower case, and after two slashes.', async () => {
  const batch = seededBytes('hexadecimal', 5000)
  const digits = (await commit(network.url, batch)).toString('hex')
  const forms = [`0x${digits}`, digits, `0x${digits.toUpperCase()}`, digits.toUpperCase(), `0X${digits}`]
  for (const path of forms.flatMap((form) => [`/get/${form}`, `//get/${form}`])) {
    const { status, headers, body } = await getPath(network.url, path)
    expect([path.slice(0, 16), status, body.equals(batch)]).toEqual([path.slice(0, 16), 200, true])
    expect(headers.get('content-type')).toBe('application/octet-stream')
    expect(headers.get('content-length')).toBe('5000')
  }
})

test('A get of text that is not hexadecimal is answered with 400 without a body.', async () => {
  for (const text of ['zz', '0xabc', '0x0166zz', '%zz', '%00', '0x%', 'é', '-1', '..%2f..%2fetc'])
    expect(errorOf(await getPath(network.url, `/get/${text}`))).toEqual(emptyError(400, 'malformed'))
})

test('A request whose path results from a wrong base URL is answered with 400, never with 404.', async () => {
  const digits = (await commit(network.url, seededBytes('base', 9))).toString('hex')
  for (const path of ['/get', '/get/', `/v2/get/0x${digits}`, `/get/0x${digits}/x`, '/', '/favicon.ico'])
    expect([path, (await getPath(network.url, path)).status]).toEqual([path, 400])
})

test('A batch may be stored by caches until its promise ends, and an error may not be stored.', async () => {
  const commitment = await commit(network.url, seededBytes('cached', 500))
  const { headers } = await get(network.url, commitment)
  const [, seconds] = /^public, max-age=(\d+), immutable$/.exec(headers.get('cache-control') ?? '') ?? []
  expect(Number(seconds)).toBeGreaterThan(86_400)
  expect(headers.get('etag')).toMatch(/^"0x[0-9a-f]{64}"$/)
  for (const path of ['/get/zz', '/nothing', '/v1/headers/0x', `/get/0x${toHex(certified({})).slice(2)}`])
    expect([path, (await getPath(network.url, path)).headers.get('cache-control')]).toEqual([
      path,
      'no-store',
    ])
  expect((await put(network.url, new Uint8Array(0))).headers.get('cache-control')).toBe('no-store')
})

test('A client that has a batch already is answered with 304 on the native route, and with the batch on that of the OP Stack.', async () => {
  const batch = new Uint8Array(500).fill(0x61)
  const digits = (await commit(network.url, batch)).toString('hex')
  const etag = (await getPath(network.url, `/get/0x${digits}`)).headers.get('etag') ?? ''
  const ask = async (path: string): Promise<[number, number]> => {
    const { status, body } = await requestTarget(network.url, path, { 'if-none-match': etag })
    return [status, body.length]
  }
  expect(await ask(`/v1/batches/0x${digits}`)).toEqual([304, 0])
  expect(await ask(`/get/0x${digits}`)).toEqual([200, 500])
})

test('A batch that is sent with a Content-Encoding is refused with 415, and nothing is stored.', async () => {
  for (const path of ['/put', '/v1/batches']) {
    const headers = { 'content-encoding': 'gzip' }
    const response = await fetch(`${network.url}${path}`, {
      method: 'POST',
      body: gzipSync('batch'),
      headers,
    })
    expect([response.status, response.headers.get('x-floe-error')]).toEqual([415, 'unsupported-encoding'])
    expect(response.headers.get('accept-encoding')).toBe('identity')
    await response.body?.cancel()
  }
})

test('A get of a foreign host is answered with 421 without a body.', async () => {
  const answer = await requestTarget(network.url, '//get/0x01', { host: 'attacker.example' })
  expect(answer).toMatchObject({ status: 421, body: '' })
})

test('A get of a certified batch that no operator holds is answered with 503 and Retry-After, never with 404.', async () => {
  const answer = await get(network.url, certified({}))
  expect(errorOf(answer)).toEqual(emptyError(503, 'unavailable'))
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(answer.headers.get('x-floe-message')).toContain('Expected 2 of 4 rows')
})

test.each([1, 31, 32, 33, 1024, 119_823, 1024 * 1024, LIMIT])(
  'A batch of %i bytes is returned as it was put.',
  async (bytes) => {
    const batch = seededBytes('sizes', bytes)
    const { status, body } = await get(network.url, await commit(network.url, batch))
    expect([status, body.equals(batch)]).toEqual([200, true])
  },
)

test('A batch of zeros, which are equal to its padding, is returned as it was put.', async () => {
  const batch = new Uint8Array(100)
  const { status, body } = await get(network.url, await commit(network.url, batch))
  expect([status, body.equals(batch)]).toEqual([200, true])
})

test('A batch of a real op-batcher is returned as it was put.', async ({ skip }) => {
  const frames = realFrames()
  if (frames === undefined) {
    console.warn('SKIPPED: ../shared/data/op-batcher-frames.bin is not there')
    skip('the shared data is not there')
    return
  }
  expect(frames.length).toBe(119_823)
  const commitment = await commit(network.url, frames)
  expect(toHex(commitment.subarray(0, 3))).toBe('0x016601')
  const { status, body } = await get(network.url, commitment)
  expect([status, body.equals(frames)]).toEqual([200, true])
})
