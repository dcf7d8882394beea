// The client of a sidecar against answers that the test chooses, on a clock that the test advances.
import { expect, test } from 'vitest'
import { SidecarClient, type SidecarClientOptions } from '../../src/client/sidecar.ts'
import type { Fetch } from '../../src/runtime/web-http.ts'
import { manualClock } from '../support/manual-clock.ts'

const URL = 'http://sidecar.test'
const batch = new TextEncoder().encode('a batch')

type Asked = {
  readonly url: string
  readonly method: string
  readonly signal: AbortSignal
  readonly body: unknown
}

/** A client whose requests are answered by `answers` in turn; the last one answers all further requests. */
function clientOf(
  answers: readonly (() => Response | Promise<Response>)[],
  options: Partial<SidecarClientOptions> = {},
) {
  const asked: Asked[] = []
  const clock = manualClock(1_900_000_000)
  const fetch: Fetch = async (url, init = {}) => {
    const { method = 'GET', signal, body } = init
    asked.push({ url: url as string, method, signal: signal as AbortSignal, body })
    const answer = answers[asked.length - 1] ?? answers.at(-1)
    if (answer === undefined) throw new Error('Expected no request.')
    return answer()
  }
  return { client: new SidecarClient({ url: `${URL}/`, fetch, clock, ...options }), asked, clock }
}

function json(status: number, value: unknown, headers: Record<string, string> = {}): () => Response {
  return () => new Response(JSON.stringify(value), { status, headers })
}

const receipt = json(200, { commitment: '0x016601' })

async function settled(): Promise<void> {
  for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve))
}

test('A put sends the bytes and returns the commitment of the receipt.', async () => {
  const { client, asked } = clientOf([receipt])
  expect(await client.put(batch)).toEqual({ commitment: '0x016601' })
  expect(asked.map(({ url, method, body }) => ({ url, method, body }))).toEqual([
    { url: `${URL}/v1/batches`, method: 'POST', body: batch },
  ])
})

test('A put of a stream opens the stream again for each attempt.', async () => {
  let opened = 0
  const open = (): ReadableStream<Uint8Array> => {
    opened += 1
    return new Blob([batch]).stream()
  }
  const { client, clock } = clientOf([json(503, { code: 'unavailable', message: 'Starting.' }), receipt])
  const put = client.put(open)
  await settled()
  clock.advance(4_000)
  expect(await put).toEqual({ commitment: '0x016601' })
  expect(opened).toBe(2)
})

test('Same errors: an error that the sidecar answers is thrown as the FloeError that it was there.', async () => {
  for (const [status, code] of [
    [418, 'batch-invalid'],
    [404, 'expired'],
    [413, 'too-large'],
    [403, 'unknown-disperser'],
  ] as const) {
    const { client, asked } = clientOf([json(status, { code, message: 'The reason.' })])
    await expect(client.get('0x01')).rejects.toMatchObject({ code, message: 'The reason.' })
    expect(asked).toHaveLength(1)
  }
})

test('Bounded retries: 429 and 503 are retried after the Retry-After of the sidecar, retriesMax times.', async () => {
  for (const [status, code] of [
    [429, 'overloaded'],
    [503, 'unavailable'],
  ] as const) {
    const busy = json(status, { code, message: 'Busy.' }, { 'retry-after': '7' })
    const { client, asked, clock } = clientOf([busy], { retriesMax: 2 })
    const got = client.get('0x01')
    got.catch(() => undefined)
    await settled()
    for (const attempts of [1, 2, 3]) {
      expect(asked).toHaveLength(attempts)
      clock.advance(6_999)
      await settled()
      expect(asked).toHaveLength(attempts)
      clock.advance(1)
      await settled()
    }
    await expect(got).rejects.toMatchObject({ code, retryAfterSeconds: 7 })
    expect(asked).toHaveLength(3)
    expect(clock.sleeping()).toBe(0)
  }
})

test('An error whose Retry-After is longer than a client waits is thrown immediately.', async () => {
  const busy = json(503, { code: 'unavailable', message: 'Busy.' }, { 'retry-after': '31' })
  const { client, asked } = clientOf([busy])
  await expect(client.get('0x01')).rejects.toMatchObject({ retryAfterSeconds: 31 })
  expect(asked).toHaveLength(1)
})

test('A request that got no answer is not sent again, because it may have been carried out.', async () => {
  const { client, asked } = clientOf([async () => Promise.reject(new TypeError('connection reset'))])
  await expect(client.put(batch)).rejects.toMatchObject({ code: 'unavailable' })
  expect(asked).toHaveLength(1)
})

test('Bounded responses: no response takes longer than timeoutMs or more memory than a batch can have.', async () => {
  const silent = clientOf([async () => new Promise<Response>(() => undefined)], { timeoutMs: 5_000 })
  const late = silent.client.stream('0x01')
  await settled()
  silent.clock.advance(5_000)
  await expect(late).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('within 5000 ms') as string,
  })

  const megabyte = new Uint8Array(2 ** 20)
  let sent = 0
  const endless = (): Response =>
    new Response(
      new ReadableStream<Uint8Array>({
        pull: (flow) => {
          sent += 1
          flow.enqueue(megabyte)
        },
      }),
    )
  const flooded = clientOf([endless])
  await expect(flooded.client.get('0x01')).rejects.toMatchObject({
    message: expect.stringContaining('at most') as string,
  })
  expect(sent).toBeLessThan(150)
})

test('A stream gives the bytes as they arrive, and fails when it stalls.', async () => {
  let flow: ReadableStreamDefaultController<Uint8Array> | undefined
  const { client, asked, clock } = clientOf(
    [() => new Response(new ReadableStream<Uint8Array>({ start: (controller) => void (flow = controller) }))],
    { timeoutMs: 5_000 },
  )
  const reader = (await client.stream('0x01')).getReader()
  flow?.enqueue(batch)
  expect(await reader.read()).toEqual({ done: false, value: batch })
  const stalled = reader.read()
  stalled.catch(() => undefined)
  await settled()
  clock.advance(5_000)
  await expect(stalled).rejects.toMatchObject({ code: 'unavailable' })
  expect(asked[0]?.signal.aborted).toBe(true)
})

test('A call whose signal aborts is rejected with its reason, also while it waits for a retry.', async () => {
  const reason = new Error('not needed any more')
  for (const answer of [async () => new Promise<Response>(() => undefined), json(503, {})]) {
    const caller = new AbortController()
    const { client, asked, clock } = clientOf([
      async () =>
        Promise.race([
          answer(),
          new Promise<Response>((_, reject) => caller.signal.addEventListener('abort', () => reject(reason))),
        ]),
    ])
    const got = client.get('0x01', { signal: caller.signal })
    got.catch(() => undefined)
    await settled()
    caller.abort(reason)
    await expect(got).rejects.toBe(reason)
    await settled()
    expect([asked.length, clock.sleeping()]).toEqual([1, 0])
  }
})

test('A client that is closed ends its calls and makes later ones fail.', async () => {
  const { client, asked } = clientOf([async () => new Promise<Response>(() => undefined)])
  const streaming = client.stream('0x01')
  streaming.catch(() => undefined)
  await settled()
  client.close()
  await expect(streaming).rejects.toMatchObject({ code: 'unavailable' })
  await expect(client.status()).rejects.toMatchObject({
    message: expect.stringContaining('closed') as string,
  })
  expect(asked).toHaveLength(1)
})

test('An answer that is not from a sidecar is a configuration error.', async () => {
  for (const answer of [json(200, { ok: true }), () => new Response('<html>'), json(404, {})]) {
    const { client } = clientOf([answer])
    await expect(client.status()).rejects.toMatchObject({ code: 'configuration' })
  }
})
