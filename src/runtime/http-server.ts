// HTTP in: an express application on a server with every timeout and limit set, request bodies with a bound, errors as JSON.
import {
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
  createServer,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import express, {
  type ErrorRequestHandler,
  type Express,
  type Request,
  type RequestHandler,
  type Response,
} from 'express'
import { FloeError, asFloeError } from '../protocol/errors.ts'
import { clientKey } from './client-key.ts'
import { Connections } from './http-connections.ts'
import { type AllowedHosts, refuseUnwelcome, targetError } from './http-checks.ts'
import type { Logger } from './logger.ts'

export type ServerLimits = {
  /** Bytes of a request's line and headers; more is answered with 431. */
  headersBytesMax: number
  /** Concurrent connections. For a further one another is closed, or it is answered with 503 (src/runtime/http-connections.ts). */
  connectionsMax: number
  /** Concurrent connections of one client. */
  clientConnectionsMax: number
  /** Milliseconds for a request's headers to arrive. */
  headersTimeoutMs: number
  /** Milliseconds for a whole request to arrive. */
  requestTimeoutMs: number
  /** Milliseconds that an idle connection is kept. */
  keepAliveTimeoutMs: number
}

/** Milliseconds between two looks for connections that are too late. Node's own are half a minute apart. */
const TIMEOUTS_CHECK_MS = 1_000

/** Milliseconds between two looks for clients that do not take what was answered. */
const SWEEP_MS = 5_000
/** What a connection gets for which there is no room. */
const FULL =
  'HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\ncache-control: no-store\r\nx-floe-error: unavailable\r\nconnection: close\r\ncontent-length: 0\r\n\r\n'
/** The answer of a connection that is used for another protocol, which has limits of its own. */
const UPGRADED = { writableEnded: false, writableFinished: false }

export const defaultServerLimits: ServerLimits = {
  headersBytesMax: 16 * 1024,
  connectionsMax: 2048,
  clientConnectionsMax: 1024,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 120_000,
  keepAliveTimeoutMs: 65_000,
}

export type ListenerOptions = {
  readonly host: string
  /** 0 takes a free port. */
  readonly port: number
  /** Names by which clients may address it. */
  readonly allowedHosts?: AllowedHosts | undefined
  /** Addresses and subnets of proxies whose X-Forwarded-For is believed. */
  readonly trustedProxies?: readonly string[] | undefined
}

export type RunningServer = {
  readonly url: string
  /** Stops accepting, waits at most `graceMs` for requests in flight, then closes their connections. */
  close(graceMs: number): Promise<void>
}

function urlOf(server: Server): string {
  const { address, port, family } = server.address() as AddressInfo
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}

/** An application without routes, for a listener, that refuses what no route may see. */
export function newApp({ host, allowedHosts, trustedProxies = [] }: ListenerOptions): Express {
  // An ETag would be a hash of the whole response. The routes that have one know it.
  const app = express().disable('x-powered-by').disable('etag')
  app.set('trust proxy', trustedProxies.length === 0 ? false : trustedProxies)
  return app.use(refuseUnwelcome(host, allowedHosts))
}

/** The listener of `app`. Express answers with a page of HTML what it cannot route, so it is not left to do that. */
function listenerOf(app: Express, connections: Connections): RequestListener {
  return (request, response) => {
    const { socket } = request
    connections.began(socket, response)
    response.once('close', () => connections.ended(socket, response))
    const answer = (thrown: unknown): void => answerError(thrown, request, response)
    const error = targetError(request)
    if (error !== undefined) answer(error)
    else
      app(request as Request, response as Response, (thrown?: unknown) =>
        answer(thrown ?? unknownRoute(request)),
      )
  }
}

/** Takes over a connection whose client asks for another protocol. */
export type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer) => void

/**
 * Serves `app`.
 * @param onUpgrade left out, requests for another protocol are answered like others
 * @throws FloeError `configuration` when it cannot listen
 */
export async function listen(
  app: Express,
  at: ListenerOptions,
  limits: ServerLimits = defaultServerLimits,
  onUpgrade?: UpgradeHandler,
): Promise<RunningServer> {
  const options = {
    keepAlive: true,
    noDelay: true,
    maxHeaderSize: limits.headersBytesMax,
    connectionsCheckingInterval: TIMEOUTS_CHECK_MS,
  }
  const isTrusted = app.get('trust proxy fn') as (address: string, hops: number) => boolean
  const connections = new Connections({
    max: limits.connectionsMax,
    clientMax: limits.clientConnectionsMax,
    isProxy: (address) => isTrusted(address, 0),
  })
  const server = createServer(options, listenerOf(app, connections))
  if (onUpgrade !== undefined) {
    server.on('upgrade', (request, socket, head) => {
      connections.began(request.socket, UPGRADED)
      onUpgrade(request, socket, head)
    })
  }
  server.on('connection', (socket) => {
    if (!connections.admit(socket)) socket.end(FULL, () => socket.destroy())
  })
  server.headersTimeout = limits.headersTimeoutMs
  server.requestTimeout = limits.requestTimeoutMs
  server.keepAliveTimeout = limits.keepAliveTimeoutMs
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(at.port, at.host, () => {
      server.off('error', reject)
      resolve()
    })
  }).catch((error: unknown) => {
    throw new FloeError('configuration', `Cannot listen on ${at.host}:${at.port}: ${String(error)}.`, {
      remedy: 'Free the port or choose another.',
      cause: error,
    })
  })
  const sweeps = setInterval(() => connections.sweep(), SWEEP_MS).unref()
  server.once('close', () => clearInterval(sweeps))
  return { url: urlOf(server), close: async (graceMs) => closeServer(server, connections, graceMs) }
}

const IDLE_CHECK_MS = 50

async function closeServer(server: Server, connections: Connections, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeIdleConnections()
  // Node does not count a connection without a request as idle, and would wait for it.
  for (const socket of connections.sockets()) if (socket.bytesRead === 0) socket.destroy()
  // A connection whose response was sent stays open for a next request, which a closing server does not take.
  const idle = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS)
  const cut = setTimeout(() => server.closeAllConnections(), graceMs)
  await closed
  clearInterval(idle)
  clearTimeout(cut)
}

/** Who sends a request: the address of its connection, or behind a proxy that is trusted, the one that the proxy names. */
export function clientOf(request: Request): string {
  return clientKey(request.ip ?? '')
}

/** The Content-Length of a request, if it has one. */
export function declaredLength(request: Request): number | undefined {
  const text = request.headers['content-length']
  return text === undefined ? undefined : Number(text)
}

export function tooLarge(bytesMax: number, bytes: number): FloeError {
  return new FloeError('too-large', `Expected a body of at most ${bytesMax} bytes, got ${bytes} or more.`, {
    facts: { bytesMax, bytes },
    remedy: 'Split the batch, or raise the limit on every sidecar and storage node.',
  })
}

/** The last handler of an application: no route matched. */
export const noRoute: RequestHandler = (request) => {
  throw unknownRoute(request)
}

function unknownRoute({ method, url }: IncomingMessage): FloeError {
  const path = url?.replace(/\?.*$/s, '').slice(0, 200)
  return new FloeError('no-route', `There is no ${method} ${path} here.`)
}

/** The JSON that describes an error to the client. An internal error does not expose its message. */
function errorBody(error: FloeError): object {
  const { code, message, retryable, facts } = error
  return code === 'internal'
    ? { code, message: 'Internal error; the log has it.', retryable }
    : { code, message, retryable, facts }
}

/** Milliseconds that the rest of a refused body may take to arrive before the connection is closed. */
const LINGER_MS = 5_000

/**
 * Reads and discards the rest of a refused request's body, for a bounded time. Closing immediately would reset the connection,
 * and the client might not receive the response that says why.
 */
export function discardRest(request: IncomingMessage): void {
  if (request.complete) return
  request.resume()
  const cut = setTimeout(() => request.socket.destroy(), LINGER_MS)
  cut.unref()
  request.once('close', () => clearTimeout(cut))
}

/** The error that was thrown while a request was handled. Express and its modules throw errors of the client with a status. */
export function requestError(thrown: unknown, { method, url }: IncomingMessage): FloeError {
  const { status } = (thrown ?? {}) as { status?: unknown }
  const byClient =
    !(thrown instanceof FloeError) && typeof status === 'number' && status >= 400 && status < 500
  if (!byClient) return asFloeError(thrown)
  const got = `${method} ${url?.slice(0, 200)}`
  return new FloeError('malformed', `Expected a request that can be read, got ${got}: ${String(thrown)}.`, {
    cause: thrown,
  })
}

/** Sets what every error response has: status, code, Retry-After, and that no cache stores it. */
export function answerErrorHead(error: FloeError, request: IncomingMessage, response: ServerResponse): void {
  discardRest(request)
  response.removeHeader('etag')
  response.setHeader('cache-control', 'no-store')
  if (error.retryAfterSeconds !== undefined)
    response.setHeader('retry-after', String(error.retryAfterSeconds))
  response.setHeader('x-floe-error', error.code)
  response.statusCode = error.status
}

function answerError(thrown: unknown, request: IncomingMessage, response: ServerResponse): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  const error = requestError(thrown, request)
  answerErrorHead(error, request, response)
  response.setHeader('content-type', 'application/json; charset=utf-8')
  response.end(JSON.stringify(errorBody(error)))
}

/** Answers errors as JSON. */
export function answerErrors(logger: Logger): ErrorRequestHandler {
  return (thrown: unknown, request, response, _next) => {
    if (requestError(thrown, request).code === 'internal')
      logger.error({ err: thrown, method: request.method, path: request.path }, 'request failed')
    answerError(thrown, request, response)
  }
}
