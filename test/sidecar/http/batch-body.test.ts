// Uploads to a sidecar that are slow, stall, or are too many: real connections, a clock that the test moves, and an intake that only
// says what it got.
import { connect } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { SharedMemory } from '../../../src/coding/shared-memory.ts'
import { type RunningServer, answerErrors, listen, newApp } from '../../../src/runtime/http-server.ts'
import { createLogger } from '../../../src/runtime/logger.ts'
import { STALL_MS_MAX } from '../../../src/runtime/pace.ts'
import { SharedBudget } from '../../../src/runtime/shared-budget.ts'
import { type PutTarget, putBody } from '../../../src/sidecar/http/batch-body.ts'
import { type ManualClock, manualClock } from '../../support/manual-clock.ts'
import { seededBytes } from '../../support/random-bytes.ts'
import { until } from '../../support/until.ts'
import { type RawPut, chunkedPut, rawPut, rawStatus, stalledPut } from './raw-put.ts'

const LIMIT = 1024 * 1024
const closing: (() => void | Promise<void>)[] = []
let server: RunningServer | undefined

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
  await server?.close(0)
  server = undefined
})

type Intake = {
  readonly url: string
  readonly clock: ManualClock
  readonly memory: SharedBudget
  /** Ends the puts whose bodies have arrived. */
  readonly certify: () => void
  readonly arrived: () => number
}

/** @param hold whether a put is answered only after `certify` */
async function startIntake({ hold = false, proxies = [] as readonly string[] } = {}): Promise<Intake> {
  const clock = manualClock(0)
  const memory = new SharedBudget(6 * LIMIT)
  const { promise: certified, resolve: certify } = Promise.withResolvers<void>()
  let arrived = 0
  const intake = {
    admit: () => undefined,
    put: async (batch: Uint8Array) => {
      arrived += 1
      if (hold) await certified
      return { bytes: batch.length, sum: Buffer.from(batch).reduce((sum, byte) => sum + byte, 0) }
    },
  }
  const target = {
    intake,
    config: { batchBytesMax: LIMIT },
    clock,
    intakeBytes: memory,
    sharedMemory: new SharedMemory(),
  } as unknown as PutTarget
  const at = { host: '127.0.0.1', port: 0, trustedProxies: proxies }
  const app = newApp(at)
  app.post('/put', async (request, response) => void response.json(await putBody(target, request)))
  app.use(answerErrors(createLogger('test', 'silent')))
  server = await listen(app, at)
  closing.push(certify)
  return { url: server.url, clock, memory, certify, arrived: () => arrived }
}

async function put(url: string, body: Uint8Array, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${url}/put`, { method: 'POST', body: body as Uint8Array<ArrayBuffer>, headers })
}

/** Sends the first `bytes` of a batch of the largest size, and then nothing. */
async function stall(url: string, bytes: number, head: readonly string[] = []): Promise<RawPut> {
  const sent = await rawPut(url, [`content-length: ${LIMIT}`, ...head], Buffer.alloc(bytes))
  closing.push(() => void sent.socket.destroy())
  return sent
}

test.each([1, 65_536, 262_144, 262_145, LIMIT])(
  'A body of %i bytes arrives as it was sent.',
  async (bytes) => {
    const { url, memory } = await startIntake()
    const batch = seededBytes('whole', bytes)
    const expected = { bytes, sum: batch.reduce((sum, byte) => sum + byte, 0) }
    expect(await (await put(url, batch)).json()).toEqual(expected)
    expect(memory.used()).toBe(0)
  },
)

test('Uploads that stall take memory for the bytes that have arrived, so that they keep no put out.', async () => {
  const { url, memory } = await startIntake()
  for (let i = 0; i < 20; i++) await stalledPut(url, LIMIT)
  expect(memory.used()).toBe(20)
  expect((await put(url, seededBytes('whole', LIMIT))).status).toBe(200)
  expect(memory.used()).toBe(20)
})

test('An upload that stalls is answered with 408 after ten seconds, and gives its memory back.', async () => {
  const { url, clock, memory } = await startIntake()
  const sent = await stall(url, 300_000)
  await until('its bytes arrive', () => memory.used() === 300_000 || undefined)
  clock.advance(STALL_MS_MAX)
  expect(await rawStatus(sent)).toBe(408)
  expect(sent.received()).toContain('x-floe-error: too-slow')
  expect([memory.used(), clock.sleeping()]).toEqual([0, 0])
})

test('A client that fills its share is answered with 429 and Retry-After, and another one puts.', async () => {
  const { url, memory, certify, arrived } = await startIntake({ hold: true, proxies: ['127.0.0.1'] })
  const of = (client: string): Record<string, string> => ({ 'x-forwarded-for': `10.0.0.1, ${client}` })
  const batch = seededBytes('whole', LIMIT)
  const held = Array.from({ length: 4 }, async () => put(url, batch, of('192.0.2.1')))
  await until('four batches have arrived', () => arrived() === 4 || undefined)
  const refused = await put(url, batch, of('192.0.2.1'))
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1'])
  const other = put(url, batch, of('192.0.2.2'))
  await until('the batch of the other client arrives', () => arrived() === 5 || undefined)
  expect(memory.used()).toBe(5 * LIMIT)
  certify()
  const statuses = (await Promise.all([...held, other])).map(({ status }) => status)
  expect([statuses, memory.used()]).toEqual([[200, 200, 200, 200, 200], 0])
})

test('A body that meets the bound while it arrives is refused, and those that hold memory go on.', async () => {
  const { url, memory, arrived } = await startIntake()
  const parts = await Promise.all(Array.from({ length: 7 }, async () => stall(url, LIMIT / 2)))
  await until('half of each arrives', () => memory.used() === 3.5 * LIMIT || undefined)
  for (const { socket } of parts) socket.write(Buffer.alloc(LIMIT / 2))
  const statuses = await Promise.all(parts.map(rawStatus))
  expect(statuses.every((status) => status === 200 || status === 429)).toBe(true)
  expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(4)
  expect([arrived() >= 4, memory.used()]).toEqual([true, 0])
})

test('A chunked body above the limit is answered with 413, and takes no more memory than the limit.', async () => {
  const { url, memory } = await startIntake()
  expect((await chunkedPut(url, { pieces: 40, pieceBytes: 64 * 1024 })).status).toBe(413)
  expect((await chunkedPut(url, { pieces: 16, pieceBytes: 64 * 1024 })).status).toBe(200)
  expect(memory.used()).toBe(0)
})

test('A body whose connection ends is refused, and gives its memory back.', async () => {
  const { url, memory } = await startIntake()
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.write(`POST /put HTTP/1.1\r\nhost: localhost\r\ncontent-length: 500000\r\n\r\n`)
  socket.write(Buffer.alloc(400_000))
  await until('its bytes arrive', () => memory.used() === 400_000 || undefined)
  socket.destroy()
  expect(await until('the memory is back', () => memory.used() === 0 || undefined)).toBe(true)
})
