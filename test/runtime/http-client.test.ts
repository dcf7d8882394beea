// The HTTP client: its bounds on time and bytes, and when the memory of a request's body may be written over. A server that answers
// early must never see what is written there later.
import { once } from 'node:events'
import { type AddressInfo, type Server, type Socket, createServer } from 'node:net'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { FloeError } from '../../src/protocol/errors.ts'
import { HttpClient, type HttpRequest } from '../../src/runtime/http-client.ts'
import { manualClock } from '../support/manual-clock.ts'

const client = new HttpClient()
const servers: Server[] = []
afterAll(async () => {
  await client.close()
  for (const server of servers) server.close()
})

const ANSWER = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'

type Received = { readonly url: string; readonly body: Promise<Buffer> }

/**
 * A server of one request: it answers when `answerAt` bytes of the body have arrived, then waits for `go`, and then reads to the end
 * of the body or of the connection.
 */
async function serverThatAnswersAt(
  answerAt: number,
  bodyBytes: number,
  go: Promise<void>,
): Promise<Received> {
  const body = Promise.withResolvers<Buffer>()
  const server = createServer((socket) => {
    void receive(socket, { answerAt, bodyBytes, go }).then(body.resolve, body.reject)
  })
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, body: body.promise }
}

async function receive(
  socket: Socket,
  { answerAt, bodyBytes, go }: { answerAt: number; bodyBytes: number; go: Promise<void> },
): Promise<Buffer> {
  let bodyStart = -1
  let answered = false
  // The client may close the connection early.
  socket.on('error', () => undefined)
  const parts: Buffer[] = []
  let length = 0
  try {
    for await (const part of socket as AsyncIterable<Buffer>) {
      parts.push(part)
      length += part.length
      if (bodyStart < 0) {
        const end = Buffer.concat(parts).indexOf('\r\n\r\n')
        bodyStart = end < 0 ? -1 : end + 4
      }
      if (bodyStart >= 0 && !answered && length - bodyStart >= answerAt) {
        answered = true
        socket.write(ANSWER)
        await go
      }
      if (bodyStart >= 0 && length - bodyStart >= bodyBytes) break
    }
  } catch {
    // What has arrived counts.
  }
  return Buffer.concat(parts).subarray(Math.max(bodyStart, 0))
}

/** Sends parts of these lengths full of 1, and writes 2 over them when the answer says that this is safe. */
async function sendAndReuse(
  lengths: readonly number[],
  answerAt: number,
): Promise<{ released: boolean; seen: Buffer }> {
  const parts = lengths.map((length) => new Uint8Array(length).fill(1))
  const total = lengths.reduce((sum, length) => sum + length, 0)
  const go = Promise.withResolvers<void>()
  const { url, body } = await serverThatAnswersAt(Math.min(answerAt, total), total, go.promise)
  const answer = await client.send({
    method: 'POST',
    url,
    body: parts,
    timeoutMs: 10_000,
    responseBytesMax: 100,
  })
  expect(Buffer.from(answer.body).toString()).toBe('ok')
  if (answer.bodyReleased) for (const part of parts) part.fill(2)
  go.resolve()
  return { released: answer.bodyReleased, seen: await body }
}

/** More than the buffers of two sockets hold. */
const LARGE = 24 * 1024 * 1024

describe('the body of a request in parts', () => {
  test('a body in parts arrives in order, and is released once the server has read all of it', async () => {
    const { released, seen } = await sendAndReuse([100, 200_000, 70_000], 270_100)
    expect([released, seen.length, seen.every((byte) => byte === 1)]).toEqual([true, 270_100, true])
  })

  test('a body whose last piece would be short is released too', async () => {
    const length = 5 * 256 * 1024 + 10
    const { released, seen } = await sendAndReuse([length], length)
    expect([released, seen.length, seen.every((byte) => byte === 1)]).toEqual([true, length, true])
  })

  test('a body in shared memory is sent and released', async () => {
    const part = new Uint8Array(new SharedArrayBuffer(600_000)).fill(1)
    const go = Promise.withResolvers<void>()
    const { url, body } = await serverThatAnswersAt(part.length, part.length, go.promise)
    const answer = await client.send({
      method: 'POST',
      url,
      body: [part],
      timeoutMs: 10_000,
      responseBytesMax: 100,
    })
    go.resolve()
    expect([answer.bodyReleased, (await body).every((byte) => byte === 1)]).toEqual([true, true])
  })

  test('a body is not released to a server that answers before it has read the body', async () => {
    const { released, seen } = await sendAndReuse([LARGE], 65_536)
    expect(seen.includes(2)).toBe(false)
    expect(released).toBe(false)
  })

  test('a body is never released when its last part is too short for the socket to report a drain', async () => {
    expect(await sendAndReuse([1000], 1000)).toMatchObject({ released: false })
    expect(await sendAndReuse([200_000, 1000], 201_000)).toMatchObject({ released: false })
  })

  test('a server never sees a change of a released body, whenever it answers', async () => {
    const cases = fc.record({
      lengths: fc.oneof(
        fc.constant([LARGE]),
        fc.array(fc.integer({ min: 1, max: 6_000_000 }), { minLength: 1, maxLength: 4 }),
      ),
      answerAt: fc.integer({ min: 1, max: 12_000_000 }),
    })
    await fc.assert(
      fc.asyncProperty(cases, async ({ lengths, answerAt }) => {
        const { seen } = await sendAndReuse(lengths, answerAt)
        expect(seen.includes(2)).toBe(false)
      }),
      { numRuns: 12 },
    )
  })
})

describe('the bounds of a request', () => {
  /** A server that accepts connections and never answers. */
  async function silentServer(): Promise<{ url: string; connected: Promise<unknown> }> {
    const server = createServer((socket) => socket.on('error', () => undefined))
    servers.push(server)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      connected: once(server, 'connection'),
    }
  }

  async function failureOf(
    request: Partial<HttpRequest> & { url: string },
    http = client,
  ): Promise<FloeError> {
    const whole: HttpRequest = { method: 'GET', timeoutMs: 10_000, responseBytesMax: 100, ...request }
    return http.send(whole).then(
      () => Promise.reject(new Error('the request did not fail')),
      (error: unknown) => error as FloeError,
    )
  }

  test('a request without a response ends after its time, on the injected clock', async () => {
    const clock = manualClock(1_900_000_000)
    const http = new HttpClient({ clock })
    const { url, connected } = await silentServer()
    const failure = failureOf({ url, timeoutMs: 1_000 }, http)
    await connected
    clock.advance(1_000)
    expect(await failure).toMatchObject({
      code: 'unavailable',
      message: `GET ${url}: no response within 1000 ms.`,
    })
    expect(clock.sleeping()).toBe(0)
    await http.close()
  })

  test('a request whose signal aborts ends immediately, whatever the reason of the abort', async () => {
    const stop = new AbortController()
    const { url, connected } = await silentServer()
    const failure = failureOf({ url, signal: stop.signal })
    await connected
    stop.abort(new FloeError('internal', 'the reason of the caller.'))
    expect(await failure).toMatchObject({
      code: 'unavailable',
      message: `GET ${url}: the request was cancelled.`,
    })
  })

  test('an answer of more bytes than allowed is an error, not a truncation', async () => {
    const { url } = await serverThatAnswersAt(0, 1, Promise.resolve())
    expect(await failureOf({ url, responseBytesMax: 1 })).toMatchObject({
      code: 'unavailable',
      message: 'Expected a response of at most 1 bytes, got 2 or more.',
    })
  })

  test('a request to a closed port fails with the reason', async () => {
    const failure = await failureOf({ url: 'http://127.0.0.1:1/' })
    expect(failure).toMatchObject({ code: 'unavailable', message: expect.stringContaining('ECONNREFUSED') })
  })
})
