// Clients that hold what they do not use, against whole processes: readers that do not read, uploads that stall, silent connections.
// Attackers have loopback addresses of their own; the sidecar and honest clients have 127.0.0.1.
import { once } from 'node:events'
import { type Socket, connect } from 'node:net'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { reservePorts } from '../../src/devnet/ports.ts'
import { toHex } from '../../src/protocol/bytes.ts'
import { decodeCertificate } from '../../src/protocol/certificate.ts'
import { headerDigest } from '../../src/protocol/header.ts'
import { Fleet } from '../support/fleet.ts'
import { seededBytes } from '../support/random-bytes.ts'
import { until } from '../support/until.ts'
import { vitalsOf } from '../support/vitals.ts'
import { commit, get, put } from './rollup.ts'

const MIB = 2 ** 20
const BATCH_BYTES = 16 * MIB
/** What batches that are sent to readers may take: 16 of the largest size. */
const OUTGOING_BYTES_MAX = 16 * BATCH_BYTES
const sockets: Socket[] = []
let fleet: Fleet
let url: string
let opsUrl: string

beforeAll(async () => {
  const [port = 0] = await reservePorts(1)
  opsUrl = `http://127.0.0.1:${port}`
  fleet = await Fleet.start({
    sidecarFlags: ['--ops-port', String(port), '--put-timeout', '5m', '--get-timeout', '5m'],
  })
  url = fleet.sidecars[0]?.url ?? ''
})

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy()
})

afterAll(async () => fleet[Symbol.asyncDispose]())

/** A connection that sends `text` and reads nothing until it is told to. */
async function open(to: string, localAddress: string, text: string): Promise<Socket> {
  const { hostname: host, port } = new URL(to)
  const socket = connect({ host, port: Number(port), localAddress }).pause()
  socket.on('error', () => undefined)
  sockets.push(socket)
  await once(socket, 'connect')
  socket.write(text)
  return socket
}

function getRequest(path: string): string {
  return `GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`
}

/** What the socket has received when the server has ended the connection. */
async function received(socket: Socket): Promise<string> {
  let text = ''
  socket.on('data', (part: Buffer) => (text += part.toString('latin1')))
  socket.resume()
  if (!socket.closed) await once(socket, 'close')
  return text
}

function rssOf(name: string): number {
  return vitalsOf(fleet).find(({ program }) => program === name)?.rssBytes ?? 0
}

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${opsUrl}/metrics`)).text()
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1])
}

async function statusOf(to: string): Promise<number> {
  const response = await fetch(to)
  await response.arrayBuffer()
  return response.status
}

test('Three hundred readers that do not read a batch of 16 MiB share one copy, and are cut, while others read and put.', async () => {
  const batch = seededBytes('read by many', BATCH_BYTES)
  const commitment = await commit(url, batch)
  // What a put and a get need once is not counted.
  expect((await get(url, commitment)).body.equals(batch)).toBe(true)
  const before = rssOf('sidecar-0')
  const path = `/get/${toHex(commitment)}`
  let [peak, outgoing] = [0, 0]
  const look = async (): Promise<void> => {
    peak = Math.max(peak, rssOf('sidecar-0'))
    outgoing = Math.max(outgoing, await metric('floe_sidecar_outgoing_bytes'))
  }
  for (let i = 0; i < 300; i++) {
    await open(url, '127.0.0.2', getRequest(path))
    if (i % 50 === 0) await look()
  }
  expect((await get(url, commitment)).body.equals(batch)).toBe(true)
  await commit(url, seededBytes('put meanwhile', MIB))
  await until('no reader is left', async () => {
    await look()
    return (await metric('floe_sidecar_outgoing_bytes')) === 0 || undefined
  })
  expect(outgoing).toBe(BATCH_BYTES)
  console.info(`memory grew from ${before >> 20} to at most ${peak >> 20} MiB`)
  expect(peak - before).toBeLessThan(OUTGOING_BYTES_MAX)
})

test('Readers of slivers that do not read leave a share of the memory of every node for a sidecar.', async () => {
  const batch = seededBytes('slivers', BATCH_BYTES)
  const commitment = await commit(url, batch)
  const digest = toHex(headerDigest(fleet.deployment.domain, decodeCertificate(commitment).header))
  for (const node of fleet.nodes) {
    const { pairs } = (await (await fetch(`${node.url}/v1/batches/${digest}`)).json()) as { pairs: number[] }
    const request = getRequest(`/v1/batches/${digest}/rows/${pairs[0] ?? 0}`)
    for (let i = 0; i < 48; i++) await open(node.url, '127.0.0.2', request)
  }
  expect((await get(url, commitment)).body.equals(batch)).toBe(true)
})

test('Uploads that stall do not stop puts, and are answered with 408.', async () => {
  const stalled = []
  for (let i = 0; i < 16; i++) {
    const head = `POST /put HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${BATCH_BYTES}\r\n\r\n`
    stalled.push(await open(url, i % 2 === 0 ? '127.0.0.1' : '127.0.0.2', `${head}abc`))
  }
  for (let i = 0; i < 4; i++) expect((await put(url, seededBytes(`put ${i}`, BATCH_BYTES))).status).toBe(200)
  for (const socket of stalled)
    expect(await received(socket)).toMatch(/^HTTP\/1\.1 408 [^]*x-floe-error: too-slow/)
  expect(await metric('floe_sidecar_intake_bytes')).toBe(0)
})

test('More than a thousand silent connections of one address keep neither newcomers nor health checks out.', async () => {
  const targets = [url, fleet.nodes[0]?.url ?? '']
  for (const target of targets) {
    for (let i = 0; i < 1_100; i++) await open(target, '127.0.0.2', '')
    expect(await statusOf(`${target}/health`)).toBe(200)
    // The address itself gets in as well: its oldest connections make room.
    const own = await open(
      target,
      '127.0.0.2',
      'GET /health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n',
    )
    expect(await received(own)).toMatch(/^HTTP\/1\.1 200 /)
  }
  expect(await statusOf(`${opsUrl}/health`)).toBe(200)
  const batch = seededBytes('put among silent ones', MIB)
  expect((await get(url, await commit(url, batch))).body.equals(batch)).toBe(true)
})
