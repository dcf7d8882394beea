// Nitro's DA provider interface on the network: JSON-RPC at the root of the sidecar, by HTTP and by WebSocket.
//
// Guarantees:
// - Asked first: a token is checked before a body is read, and before a connection becomes a WebSocket.
// - Bounded: bodies and messages, connections, and calls in flight on one connection have limits.
// - No pages: a WebSocket with an Origin header is refused, and a body that is not application/json.
import { type IncomingMessage, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { Router } from 'express'
import { type RawData, WebSocketServer, type WebSocket } from 'ws'
import { FloeError, asFloeError } from '../../protocol/errors.ts'
import { settledWithin } from '../../runtime/async/deadline.ts'
import { runLoop } from '../../runtime/async/loop.ts'
import type { Clock } from '../../runtime/clock.ts'
import { clientKey } from '../../runtime/client-key.ts'
import { receiveBody, shareForBody } from '../../runtime/http-body.ts'
import { sendBody } from '../../runtime/http-send.ts'
import { clientOf } from '../../runtime/http-server.ts'
import { transferMsMax } from '../../runtime/pace.ts'
import type { BudgetShare, SharedBudget } from '../../runtime/shared-budget.ts'
import type { JsonRpc } from './json-rpc.ts'
import { checkJwt } from './jwt.ts'

export type RpcEndpointOptions = {
  readonly rpc: JsonRpc
  /** Undefined: no token is needed. */
  readonly jwtSecret: Uint8Array | undefined
  /** Bytes of a request. */
  readonly requestBytesMax: number
  /** Memory for requests, which clients share. */
  readonly memory: SharedBudget
  /** Memory for answers that are being sent, which clients share. */
  readonly answers: SharedBudget
  readonly clock: Clock
  /** @throws FloeError where the interface cannot be served */
  readonly checkServed: () => void
  /** Ends what clients began and left; called twice a minute. */
  readonly removeIdle: () => void
}

const WEB_SOCKETS_MAX = 64
/** Calls in flight on one WebSocket; it is not read from while there are more. */
const CALLS_MAX = 4
/** Milliseconds between pings. A WebSocket that has not answered the last one is cut. */
const PING_MS = 30_000
/** Close code of RFC 6455 for an endpoint that goes away. */
const GOING_AWAY = 1001

export class RpcEndpoint {
  readonly #options: RpcEndpointOptions
  readonly #server: WebSocketServer
  readonly #awaited = new WeakSet<WebSocket>()
  readonly #stop = new AbortController()
  readonly #pings: Promise<void>

  constructor(options: RpcEndpointOptions) {
    this.#options = options
    const maxPayload = options.requestBytesMax
    this.#server = new WebSocketServer({ noServer: true, maxPayload, perMessageDeflate: false })
    this.#server.on('connection', (socket, { socket: { remoteAddress = '' } }: IncomingMessage) =>
      this.#serve(socket, clientKey(remoteAddress)),
    )
    this.#pings = runLoop(
      { clock: options.clock, intervalMs: PING_MS },
      async () => {
        options.removeIdle()
        this.#ping()
      },
      this.#stop.signal,
    )
  }

  /** `POST /` with one call, or a batch of calls. */
  router(): Router {
    const router = Router()
    router.post('/', async (request, response) => {
      await this.#authorize(request)
      if (request.is('application/json') === false) {
        throw new FloeError('malformed', 'Expected JSON-RPC with the content type application/json.', {
          remedy: 'Batches are put to /v1/batches or /put.',
        })
      }
      const { memory, clock, requestBytesMax: bytesMax } = this.#options
      const share = shareForBody(request, { memory, bytesMax })
      const answer = await this.#answerBody(share, async () =>
        receiveBody(request, share, { memory, bytesMax, clock }),
      )
      if (answer === undefined) response.status(204).end()
      else
        await this.#sendAnswer(clientOf(request), answer, async (bytes) => {
          response.type('application/json')
          await sendBody(clock, response, [bytes])
        })
    })
    return router
  }

  /** Takes a connection that asks to become a WebSocket. Never rejects. */
  async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    // Errors of the connection end it; without a listener they would end the process.
    socket.on('error', () => socket.destroy())
    try {
      if (this.#stop.signal.aborted) throw new FloeError('unavailable', 'This sidecar is shutting down.')
      if (request.headers.origin !== undefined)
        throw new FloeError(
          'write-by-page',
          'Expected a WebSocket without an Origin header, got one by a page.',
        )
      if (!/^\/*$/.test(request.url ?? ''))
        throw new FloeError('malformed', 'Expected a WebSocket at the root of the sidecar, got another path.')
      await this.#authorize(request)
      if (this.#server.clients.size >= WEB_SOCKETS_MAX)
        throw new FloeError('overloaded', `Expected at most ${WEB_SOCKETS_MAX} WebSockets, got one more.`)
      this.#server.handleUpgrade(request, socket, head, (webSocket) =>
        this.#server.emit('connection', webSocket, request),
      )
    } catch (thrown) {
      const { status, code } = asFloeError(thrown)
      socket.end(
        `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Error'}\r\nx-floe-error: ${code}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`,
      )
    }
  }

  /** Closes the WebSockets; calls in flight on them are not answered. */
  async close(): Promise<void> {
    this.#stop.abort()
    await this.#pings
    for (const socket of this.#server.clients) {
      socket.close(GOING_AWAY)
      socket.terminate()
    }
    this.#server.close()
  }

  async #authorize({ headers }: Pick<IncomingMessage, 'headers'>): Promise<void> {
    const { jwtSecret, clock, checkServed } = this.#options
    checkServed()
    if (jwtSecret !== undefined) await checkJwt(jwtSecret, headers.authorization, clock)
  }

  #serve(socket: WebSocket, client: string): void {
    let calls = 0
    // An error is followed by the close of the connection, which is all that there is to do.
    socket.on('error', () => socket.terminate())
    socket.on('pong', () => this.#awaited.delete(socket))
    socket.on('message', (data, isBinary) => {
      if (isBinary) {
        socket.terminate()
        return
      }
      calls += 1
      if (calls >= CALLS_MAX) socket.pause()
      void this.#answerMessage(socket, client, data).finally(() => {
        calls -= 1
        if (calls < CALLS_MAX) socket.resume()
      })
    })
  }

  async #answerMessage(socket: WebSocket, client: string, data: RawData): Promise<void> {
    const bytes = data as Buffer
    const share = this.#options.memory.take(client, bytes.length)
    let answer: string | undefined
    try {
      if (share === undefined) throw new FloeError('overloaded', 'The memory for requests is used up.')
      answer = await this.#answerBody(share, async () => bytes)
    } catch {
      // Which call it is would be known only from reading it. The end of the connection makes the client call again.
      socket.terminate()
      return
    }
    if (answer === undefined || socket.readyState !== socket.OPEN) return
    await this.#sendAnswer(client, answer, async (bytes) => {
      // Waits until the answer was written, so that a client that does not read has few answers in memory.
      const written = new Promise<void>((resolve) => socket.send(bytes, { binary: false }, () => resolve()))
      const inTime = await settledWithin(this.#options.clock, transferMsMax(bytes.length), written)
      if (!inTime) socket.terminate()
    }).catch(() => socket.terminate())
  }

  /** Gives the share back. */
  async #answerBody(share: BudgetShare, read: () => Promise<Uint8Array>): Promise<string | undefined> {
    try {
      const { buffer, byteOffset, length } = await read()
      return await this.#options.rpc.answer(Buffer.from(buffer, byteOffset, length).toString('utf8'))
    } finally {
      share.release()
    }
  }

  /** Sends an answer, whose memory counts until it was sent. @throws FloeError `overloaded` */
  async #sendAnswer(client: string, answer: string, send: (bytes: Buffer) => Promise<void>): Promise<void> {
    const { answers } = this.#options
    const bytes = Buffer.from(answer)
    const share = answers.take(client, Math.min(bytes.length, answers.bytesMax))
    if (share === undefined) {
      throw new FloeError('overloaded', `Answers of ${answers.used()} bytes are being sent.`, {
        remedy: 'Try again when some of them have been read.',
        retryAfterSeconds: 1,
      })
    }
    try {
      await send(bytes)
    } finally {
      share.release()
    }
  }

  #ping(): void {
    for (const socket of this.#server.clients) {
      if (this.#awaited.has(socket)) {
        socket.terminate()
        continue
      }
      this.#awaited.add(socket)
      socket.ping()
    }
  }
}
