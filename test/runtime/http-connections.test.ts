// The connections of a listener with small limits. Clients are the loopback addresses 127.0.0.1, 127.0.0.2, …
import { once } from 'node:events'
import { type Socket, connect } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { type RunningServer, defaultServerLimits, listen, newApp } from '../../src/runtime/http-server.ts'
import { until } from '../support/until.ts'

const opened: Socket[] = []
let server: RunningServer | undefined

afterEach(async () => {
  for (const socket of opened.splice(0)) socket.destroy()
  await server?.close(0)
  server = undefined
})

/** @returns the number of requests that wait for their answer; `/wait` never gets one */
async function serve(
  max: number,
  clientMax: number,
  trustedProxies: readonly string[] = [],
): Promise<() => number> {
  const at = { host: '0.0.0.0', port: 0, trustedProxies }
  const app = newApp(at)
  let waiting = 0
  app.get('/health', (_request, response) => void response.send('ok'))
  app.get('/wait', (_request, response) => {
    waiting += 1
    response.once('close', () => (waiting -= 1))
  })
  const limits = { ...defaultServerLimits, connectionsMax: max, clientConnectionsMax: clientMax }
  server = await listen(app, at, limits)
  return () => waiting
}

type Client = { readonly socket: Socket; readonly text: () => string }

async function open(localAddress: string): Promise<Client> {
  const socket = connect({ port: Number(new URL(server?.url ?? '').port), host: '127.0.0.1', localAddress })
  opened.push(socket)
  let text = ''
  socket.on('data', (part: Buffer) => (text += part.toString()))
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  return { socket, text: () => text }
}

async function openMany(count: number, localAddress: string): Promise<Client[]> {
  const clients: Client[] = []
  for (let i = 0; i < count; i++) clients.push(await open(localAddress))
  return clients
}

/** The status of a request for `/health` on a new connection. */
async function health(localAddress: string): Promise<string> {
  const client = await open(localAddress)
  client.socket.write('GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n')
  return until('an answer', () => /^HTTP\/1\.1 (\d+)/.exec(client.text())?.[1])
}

async function beginWaiting({ socket }: Client, waiting: () => number): Promise<void> {
  const before = waiting()
  socket.write('GET /wait HTTP/1.1\r\nhost: localhost\r\n\r\n')
  await until('the request has arrived', () => waiting() > before || undefined)
}

test('Newcomers get in: A connection of a client that has few is admitted, whatever other clients hold open.', async () => {
  await serve(8, 100)
  const silent = await openMany(30, '127.0.0.2')
  expect(await health('127.0.0.1')).toBe('200')
  expect(await health('127.0.0.2')).toBe('200')
  await until(
    'the oldest were closed',
    () => silent.filter(({ socket }) => socket.closed).length >= 22 || undefined,
  )
  expect(silent.at(-1)?.socket.closed).toBe(false)
})

test('Newcomers get in where every connection has a request in flight, at the cost of the client that has most.', async () => {
  const waiting = await serve(4, 100)
  const busy = await openMany(4, '127.0.0.2')
  for (const client of busy) await beginWaiting(client, waiting)
  expect(await health('127.0.0.1')).toBe('200')
  await until('the oldest was closed', () => busy[0]?.socket.closed || undefined)
  expect(busy.slice(1).map(({ socket }) => socket.closed)).toEqual([false, false, false])
})

test('Idle ones first: A connection with a request in flight is closed only where no other one is left to close.', async () => {
  const waiting = await serve(3, 100)
  const [first, second] = await openMany(2, '127.0.0.2')
  await beginWaiting(first as Client, waiting)
  for (let i = 0; i < 5; i++) expect(await health('127.0.0.3')).toBe('200')
  await until('the idle one was closed', () => second?.socket.closed || undefined)
  expect([first?.socket.closed, waiting()]).toEqual([false, 1])
})

test('A share each: One client has at most its share of connections, and is told with 503 that it has them.', async () => {
  const waiting = await serve(100, 2)
  for (const client of await openMany(2, '127.0.0.2')) await beginWaiting(client, waiting)
  const refused = await open('127.0.0.2')
  await until('it is refused', () => refused.socket.closed || undefined)
  expect(refused.text()).toMatch(/^HTTP\/1\.1 503 [^]*retry-after: 1\r\n/)
  expect([await health('127.0.0.1'), waiting()]).toEqual(['200', 2])
})

test('A trusted proxy has more connections than the share of a client.', async () => {
  const waiting = await serve(100, 2, ['127.0.0.2'])
  for (const client of await openMany(5, '127.0.0.2')) await beginWaiting(client, waiting)
  expect([await health('127.0.0.2'), waiting()]).toEqual(['200', 5])
})
