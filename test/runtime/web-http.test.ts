// The HTTP client for browsers, on a clock that the test moves: its bounds on time and bytes, and that an ended request leaves nothing
// behind.
import { expect, test } from 'vitest'
import { WebClient, type WebRequest } from '../../src/runtime/web-http.ts'
import { type ManualClock, manualClock } from '../support/manual-clock.ts'

const reason = new Error('the caller has left')

type Exchange = {
  readonly client: WebClient
  readonly clock: ManualClock
  /** Signals of the requests so far. */
  readonly signals: AbortSignal[]
}

/** A client of a server that answers with `respond`, or never. */
function exchangeWith(respond?: (signal: AbortSignal) => Response): Exchange {
  const clock = manualClock(1_900_000_000)
  const signals: AbortSignal[] = []
  const fetch = async (_url: unknown, init?: RequestInit): Promise<Response> => {
    const signal = init?.signal as AbortSignal
    signals.push(signal)
    if (respond !== undefined) return respond(signal)
    return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))
  }
  return { client: new WebClient({ clock, fetch: fetch as typeof globalThis.fetch }), clock, signals }
}

/** A body that sends `parts` and then nothing more, and fails when `signal` aborts. */
function stalledBody(parts: readonly Uint8Array[], signal: AbortSignal): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start: (controller) => {
      for (const part of parts) controller.enqueue(part)
      signal.addEventListener('abort', () => controller.error(signal.reason))
    },
  })
}

function request(changes: Partial<WebRequest> = {}): WebRequest {
  return { url: 'http://node.example/', timeoutMs: 1_000, bytesMax: 10, ...changes }
}

test('a request without a response ends after its time, on the injected clock', async () => {
  const { client, clock, signals } = exchangeWith()
  const failure = client.send(request()).catch((error: unknown) => error)
  await clock.asleep()
  clock.advance(1_000)
  expect(await failure).toMatchObject({
    code: 'unavailable',
    message: expect.stringMatching(/^GET http:\/\/node\.example\/: no .* within 1000 ms\.$/) as string,
  })
  expect([signals[0]?.aborted, clock.sleeping()]).toEqual([true, 0])
})

test('a response whose body stalls ends after the time of the whole exchange', async () => {
  const { client, clock } = exchangeWith((signal) => new Response(stalledBody([new Uint8Array(3)], signal)))
  const failure = client.send(request()).catch((error: unknown) => error)
  await clock.asleep()
  clock.advance(1_000)
  expect(await failure).toMatchObject({ code: 'unavailable' })
  expect(clock.sleeping()).toBe(0)
})

test('a request is rejected with the reason of a signal that aborts', async () => {
  const { client, clock } = exchangeWith()
  const stop = new AbortController()
  const failure = client.send(request({ signals: [undefined, stop.signal] })).catch((error: unknown) => error)
  await clock.asleep()
  stop.abort(reason)
  expect(await failure).toBe(reason)
  expect(clock.sleeping()).toBe(0)
})

test('a response of more bytes than allowed is an error, not a truncation', async () => {
  const [exact, longer] = [
    exchangeWith(() => new Response('0123456789')),
    exchangeWith(() => new Response('01234567890')),
  ]
  expect((await exact.client.send(request())).body).toHaveLength(10)
  await expect(longer.client.send(request())).rejects.toMatchObject({
    code: 'unavailable',
    message: 'Expected at most 10 bytes from http://node.example/, got more.',
  })
  expect([exact.clock.sleeping(), longer.clock.sleeping()]).toEqual([0, 0])
})

test.each([
  ['17', 17],
  ['Wed, 21 Oct 2026 07:28:00 GMT', undefined],
  ['-1', undefined],
])('a Retry-After header of %s is read as %s seconds', async (text, seconds) => {
  const { client } = exchangeWith(() => new Response('', { status: 503, headers: { 'retry-after': text } }))
  expect(await client.send(request())).toMatchObject({ status: 503, retryAfterSeconds: seconds })
})

test('a streamed response arrives whole, and leaves no timer', async () => {
  const { client, clock } = exchangeWith(() => new Response('0123456789'))
  const { status, stream } = await client.open(request())
  expect([status, await new Response(stream).text(), clock.sleeping()]).toEqual([200, '0123456789', 0])
})

test('a stream fails when no byte arrives for the time of the request, and ends the request', async () => {
  const { client, clock, signals } = exchangeWith(
    (signal) => new Response(stalledBody([new Uint8Array(3)], signal)),
  )
  const reader = (await client.open(request())).stream.getReader()
  expect((await reader.read()).value).toHaveLength(3)
  const failure = reader.read().catch((error: unknown) => error)
  await clock.asleep()
  clock.advance(1_000)
  expect(await failure).toMatchObject({ code: 'unavailable' })
  expect([signals[0]?.aborted, clock.sleeping()]).toEqual([true, 0])
})

test('a stream of more bytes than allowed fails, and ends the request', async () => {
  const { client, clock, signals } = exchangeWith(
    (signal) => new Response(stalledBody([new Uint8Array(6), new Uint8Array(6)], signal)),
  )
  const { stream } = await client.open(request())
  await expect(new Response(stream).bytes()).rejects.toMatchObject({ code: 'unavailable' })
  expect([signals[0]?.aborted, clock.sleeping()]).toEqual([true, 0])
})

test('a stream that is cancelled ends the request', async () => {
  const { client, signals } = exchangeWith((signal) => new Response(stalledBody([], signal)))
  const { stream } = await client.open(request())
  await stream.cancel(reason)
  expect(signals.map(({ aborted }) => aborted)).toEqual([true])
})

test('a stream fails with the reason of a signal that aborts', async () => {
  const { client, clock } = exchangeWith((signal) => new Response(stalledBody([], signal)))
  const stop = new AbortController()
  const { stream } = await client.open(request({ signals: [stop.signal] }))
  const failure = new Response(stream).bytes().catch((error: unknown) => error)
  stop.abort(reason)
  expect(await failure).toBe(reason)
  expect(clock.sleeping()).toBe(0)
})
