// Puts that no ordinary client sends: over a socket, with any head and any part of a body.
import { once } from 'node:events'
import { request } from 'node:http'
import { type Socket, connect } from 'node:net'
import { until } from '../../support/until.ts'

export type RawPut = AsyncDisposable & {
  readonly socket: Socket
  /** What the server has sent so far. */
  received(): string
}

/** Sends `head` lines and `body` to the sidecar at `url`, and leaves the connection open. */
export async function rawPut(url: string, head: readonly string[], body: Uint8Array): Promise<RawPut> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  let text = ''
  socket.on('data', (part: Buffer) => (text += part.toString('latin1')))
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  socket.write(`${['POST /put HTTP/1.1', 'host: localhost', ...head].join('\r\n')}\r\n\r\n`)
  socket.write(body)
  return {
    socket,
    received: () => text,
    [Symbol.asyncDispose]: async () => {
      socket.destroy()
    },
  }
}

/** The status of the answer to `put`. */
export async function rawStatus(put: RawPut): Promise<number> {
  const head = /HTTP\/1\.1 ([2-5]\d{2}) [^]*\r\n\r\n/
  return until('the head of an answer', () => statusIn(head.exec(put.received())))
}

function statusIn(found: RegExpExecArray | null): number | undefined {
  return found === null ? undefined : Number(found[1])
}

/** A put of a declared `length` that the server has begun to read, and whose body does not arrive. */
export async function stalledPut(url: string, length: number): Promise<RawPut> {
  const put = await rawPut(url, [`content-length: ${length}`, 'expect: 100-continue'], Buffer.alloc(1))
  await until('100 Continue', () => (put.received().startsWith('HTTP/1.1 100 ') ? true : undefined))
  return put
}

/** A chunked POST of `pieces` pieces of `pieceBytes` bytes that is sent to its end, also when the answer arrives earlier. */
export async function chunkedPut(
  url: string,
  { pieces, pieceBytes }: { pieces: number; pieceBytes: number },
): Promise<{ status: number; body: Buffer }> {
  const outgoing = request(`${url}/put`, { method: 'POST' })
  const answered = once(outgoing, 'response')
  const piece = Buffer.alloc(pieceBytes, 7)
  for (let i = 0; i < pieces; i++) if (!outgoing.write(piece)) await once(outgoing, 'drain')
  outgoing.end()
  const [response] = (await answered) as [AsyncIterable<Buffer> & { statusCode?: number }]
  const parts: Buffer[] = []
  for await (const part of response) parts.push(part)
  return { status: response.statusCode ?? 0, body: Buffer.concat(parts) }
}
