// Ports on the loopback. Those that are remembered from one start to the next lie below the range from which systems take the
// ports of outgoing connections: one of those could hold ours when we come back for it.
import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'
import { FloeError } from '../protocol/errors.ts'

const HOST = '127.0.0.1'
const FIRST = 20_000
const LAST = 30_000
const TRIES_MAX = 2_000

export async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', () => resolve(false))
    server.listen({ port, host: HOST, exclusive: true }, () => server.close(() => resolve(true)))
  })
}

/** `count` free ports, from a random place on, so that two that choose at once rarely meet. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = []
  let port = randomInt(FIRST, LAST - count)
  for (let tries = 0; tries < TRIES_MAX && ports.length < count; tries++) {
    if (await isFree(port)) ports.push(port)
    port = port + 1 < LAST ? port + 1 : FIRST
  }
  if (ports.length === count) return ports
  throw new FloeError('configuration', `Found only ${ports.length} of ${count} free ports on ${HOST}.`)
}
