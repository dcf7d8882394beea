// Ports of the loopback for services that must be told their port before they start.
//
// Guarantees:
// - Exclusive: two processes that reserve ports concurrently never get the same one.
// - Released: a reservation ends with the process that made it, however the process ends.
//
// A reservation of a TCP port is a UDP socket that is bound to the same number. The system gives a number to one socket only, and
// closes the socket with its process, so no lock file can be left behind. TCP itself stays free for the service.
import { type Socket, createSocket } from 'node:dgram'
import { randomInt } from 'node:crypto'
import { connect, createServer } from 'node:net'
import { FloeError } from '../protocol/errors.ts'

/** The first port of a range, and the first one after it. */
export type PortRange = readonly [first: number, end: number]

const HOST = '127.0.0.1'
/**
 * Both ranges lie below the one from which systems take the ports of outgoing connections. The ports of a devnet are also used
 * by its next start. They have a range of their own, so that ports which are reserved in between are other ones.
 */
export const DEVNET_PORTS: PortRange = [20_000, 25_000]
const TRANSIENT_PORTS: PortRange = [25_000, 30_000]

/** The sockets of the ports that this process has reserved. */
const reservations = new Map<number, Socket>()

/**
 * Reserves `count` ports on which no program listens, until this process ends.
 * @throws FloeError `configuration` when the range has too few
 */
export async function reservePorts(
  count: number,
  [first, end]: PortRange = TRANSIENT_PORTS,
): Promise<number[]> {
  const ports: number[] = []
  const start = randomInt(first, end)
  for (let tries = 0; tries < end - first && ports.length < count; tries++) {
    const port = first + ((start - first + tries) % (end - first))
    if (reservations.has(port) || !(await reservePort(port))) continue
    if (await isPortFree(port)) ports.push(port)
    else releasePort(port)
  }
  if (ports.length === count) return ports
  throw new FloeError(
    'configuration',
    `Expected ${count} free ports in ${first}…${end - 1} on ${HOST}, got ${ports.length}.`,
    { remedy: 'Stop programs that listen on these ports.' },
  )
}

/**
 * Reserves a known port until this process ends, whether or not a program listens on it.
 * @returns whether this process has the reservation
 */
export async function reservePort(port: number): Promise<boolean> {
  if (reservations.has(port)) return true
  const socket = createSocket('udp4')
  const isBound = await new Promise<boolean>((resolve) => {
    socket.once('error', () => resolve(false))
    socket.bind({ port, address: HOST, exclusive: true }, () => resolve(true))
  })
  if (!isBound) {
    socket.close()
    return false
  }
  // A datagram that another program sends here is not read.
  socket.unref()
  reservations.set(port, socket)
  return true
}

function releasePort(port: number): void {
  reservations.get(port)?.close()
  reservations.delete(port)
}

/** Whether a program could listen on the loopback's `port`. */
export async function isPortFree(port: number): Promise<boolean> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', () => resolve(false))
    server.listen({ port, host: HOST, exclusive: true }, () => server.close(() => resolve(true)))
  })
}

/** Whether a program listens on the loopback's `port`. */
export async function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, HOST)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
