// The connections of one listener. Their number is bounded, and a new one is not the one that loses.
//
// Guarantees:
// - Newcomers get in: A connection of a client that has few is admitted, whatever other clients hold open.
// - Idle ones first: A connection with a request in flight is closed only where no other one is left to close.
// - A share each: One client has at most `clientMax` connections, unless it is a proxy that is trusted.
import type { Socket } from 'node:net'
import { clientKey } from './client-key.ts'

export type ConnectionLimits = {
  readonly max: number
  readonly clientMax: number
  /** Whether an address is that of a proxy, which has many clients. */
  readonly isProxy: (address: string) => boolean
}

/** What the table needs of a response. */
type Answer = { readonly writableEnded: boolean; readonly writableFinished: boolean }

type Connection = {
  readonly socket: Socket
  readonly client: Client
  /** Requests in flight. */
  readonly answers: Set<Answer>
  /** How often in a row `sweep` has found an answer that the client does not take. */
  stuck: number
}

/** The connections of one client, each set in the order in which they became what they are. */
type Client = {
  readonly key: string
  /** Without a request in flight: silent, between two requests, or with a request whose head has not arrived. */
  readonly idle: Set<Connection>
  readonly busy: Set<Connection>
}

/** An answer is whole in at most so many sweeps, or its client is cut. */
const SWEEPS_MAX = 3

export class Connections {
  readonly #limits: ConnectionLimits
  readonly #connections = new Map<Socket, Connection>()
  readonly #clients = new Map<string, Client>()

  constructor(limits: ConnectionLimits) {
    this.#limits = limits
  }

  sockets(): Iterable<Socket> {
    return this.#connections.keys()
  }

  /** Admits a new connection, and closes another one for it where that is needed. @returns whether there is room for it */
  admit(socket: Socket): boolean {
    const address = socket.remoteAddress ?? ''
    const key = clientKey(address)
    const client = this.#clients.get(key) ?? { key, idle: new Set(), busy: new Set() }
    if (!this.#makeRoom(client, this.#limits.isProxy(address))) return false
    this.#clients.set(key, client)
    const connection = { socket, client, answers: new Set<Answer>(), stuck: 0 }
    this.#connections.set(socket, connection)
    client.idle.add(connection)
    socket.once('close', () => this.#remove(connection))
    return true
  }

  /** A request has arrived whose answer is `answer`. */
  began(socket: Socket, answer: Answer): void {
    const connection = this.#connections.get(socket)
    if (connection === undefined) return
    connection.answers.add(answer)
    if (connection.client.idle.delete(connection)) connection.client.busy.add(connection)
  }

  /** Nothing more is to be sent of `answer`. */
  ended(socket: Socket, answer: Answer): void {
    const connection = this.#connections.get(socket)
    if (connection === undefined) return
    connection.answers.delete(answer)
    connection.stuck = 0
    if (connection.answers.size === 0 && connection.client.busy.delete(connection))
      connection.client.idle.add(connection)
  }

  /** Cuts clients that do not take what was answered. To be called every few seconds. */
  sweep(): void {
    for (const connection of this.#connections.values()) {
      const waits = [...connection.answers].some((answer) => answer.writableEnded && !answer.writableFinished)
      connection.stuck = waits ? connection.stuck + 1 : 0
      if (connection.stuck >= SWEEPS_MAX) this.#close(connection)
    }
  }

  #makeRoom(client: Client, isProxy: boolean): boolean {
    const { max, clientMax } = this.#limits
    if (!isProxy && sizeOf(client) >= clientMax) {
      const [oldest] = client.idle
      if (oldest === undefined) return false
      this.#close(oldest)
    }
    if (this.#connections.size < max) return true
    const victim = this.#oldestIdle() ?? this.#oldestOfLargest(sizeOf(client) + 1)
    if (victim === undefined) return false
    this.#close(victim)
    return true
  }

  /** The connection that is idle for longest, of the client that has most idle ones. */
  #oldestIdle(): Connection | undefined {
    let most: Set<Connection> | undefined
    for (const { idle } of this.#clients.values()) if (idle.size > (most?.size ?? 0)) most = idle
    return most?.values().next().value
  }

  /** The oldest busy connection of the client that has most, if these are more than `size`. */
  #oldestOfLargest(size: number): Connection | undefined {
    let most: Set<Connection> | undefined
    for (const { busy } of this.#clients.values()) if (busy.size > (most?.size ?? size)) most = busy
    return most?.values().next().value
  }

  #close(connection: Connection): void {
    this.#remove(connection)
    connection.socket.destroy()
  }

  #remove(connection: Connection): void {
    const { socket, client } = connection
    if (!this.#connections.delete(socket)) return
    client.idle.delete(connection)
    client.busy.delete(connection)
    if (sizeOf(client) === 0) this.#clients.delete(client.key)
  }
}

function sizeOf({ idle, busy }: Client): number {
  return idle.size + busy.size
}
