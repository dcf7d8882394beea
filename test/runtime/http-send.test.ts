// Sending bodies to readers that read, leave, and do not read.
import { once } from 'node:events'
import { type Socket, connect } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { type RunningServer, listen, newApp } from '../../src/runtime/http-server.ts'
import { type Sending, sendBody } from '../../src/runtime/http-send.ts'
import { STALL_MS_MAX } from '../../src/runtime/pace.ts'
import { type ManualClock, manualClock } from '../support/manual-clock.ts'
import { seededBytes } from '../support/random-bytes.ts'
import { until } from '../support/until.ts'

/** More than the buffers of a connection take. */
const LARGE = 64 * 1024 * 1024
/** Bytes of one write. */
const MIB = 1024 * 1024
let server: RunningServer | undefined

afterEach(async () => {
  await server?.close(0)
  server = undefined
})

type Served = { readonly url: string; readonly clock: ManualClock; readonly outcomes: Sending[] }

async function serve(parts: readonly Uint8Array[]): Promise<Served> {
  const at = { host: '127.0.0.1', port: 0 }
  const clock = manualClock(0)
  const outcomes: Sending[] = []
  const app = newApp(at)
  app.get('/', async (_request, response) => {
    outcomes.push(await sendBody(clock, response, parts))
  })
  server = await listen(app, at)
  return { url: server.url, clock, outcomes }
}

/** A reader that sends a request and reads nothing. */
async function silentReader(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  socket.pause()
  socket.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n')
  return socket
}

test.each([[0], [1], [255, 1], [100, 3_000_001], [MIB], [2 * MIB], [7, MIB, 9]])(
  'Parts of %i, %i and %i bytes arrive in order and whole, and the connection is used again.',
  async (...lengths) => {
    const parts = lengths
      .filter((length) => length !== undefined)
      .map((length) => seededBytes(`part ${length}`, length))
    const { url, outcomes, clock } = await serve(parts)
    for (let i = 0; i < 2; i++) {
      const response = await fetch(url)
      expect(Buffer.from(await response.arrayBuffer()).equals(Buffer.concat(parts))).toBe(true)
    }
    const head = await fetch(url, { method: 'HEAD' })
    expect(head.headers.get('content-length')).toBe(String(Buffer.concat(parts).length))
    await until('the responses were sent', () => outcomes.length === 3 || undefined)
    expect(outcomes).toEqual(['sent', 'sent', 'sent'])
    expect(clock.sleeping()).toBe(0)
  },
)

test('A reader that does not read is cut after ten seconds, and one that leaves is not waited for.', async () => {
  const { url, clock, outcomes } = await serve([Buffer.alloc(LARGE)])
  const silent = await silentReader(url)
  await until('it is being sent', () => clock.sleeping() === 1 || undefined)
  clock.advance(STALL_MS_MAX - 1)
  const leaving = await silentReader(url)
  await until('the other one is being sent', () => clock.sleeping() === 2 || undefined)
  expect(outcomes).toEqual([])
  leaving.resetAndDestroy()
  await until('the other one has left', () => outcomes.length === 1 || undefined)
  // What the buffers of the connection took has bought at most ten seconds.
  await until('it is cut', () => {
    clock.advance(STALL_MS_MAX)
    return outcomes.length === 2 || undefined
  })
  expect(outcomes).toEqual(['left', 'cut'])
  silent.destroy()
})
