// Messages that Nitro's batch poster stores in chunks (nitro v3.10, daprovider/data_streaming/receiver.go).
//
// Guarantees:
// - Whole: a message is handed on only when every chunk has arrived with the announced size.
// - Consistent: a chunk that arrives twice with different bytes ends its message.
// - Not replayed: the opening of a message is taken once, and only within five minutes of its timestamp.
// - Bounded: few messages at a time, memory taken as chunks arrive and given back a minute after the last new one.
//
// The signatures are checksums: Keccak-256 over the bytes and the numbers of a call. Who may write is decided before (JWT).
import { randomBytes } from 'node:crypto'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { LRUCache } from 'lru-cache'
import { concatBytes, equalBytes, toHex, uint64Bytes } from '../../protocol/bytes.ts'
import { FloeError } from '../../protocol/errors.ts'
import type { ClientBudget } from '../../runtime/shared-budget.ts'
import { type Clock, unixSeconds } from '../../runtime/clock.ts'

export const MESSAGES_MAX = 10
export const IDLE_MS_MAX = 60_000
export const REQUEST_SECONDS_MAX = 300
/** Of one message: Nitro's smallest setting, with chunks of 210 bytes, needs 80,000 for 16 MiB. */
export const CHUNKS_MAX = 100_000
/** Openings that are remembered. More within five minutes are refused, because they could be replays of forgotten ones. */
const OPENINGS_MAX = 10_000
const NO_BYTES = new Uint8Array()

export type ChunkedStoresOptions = {
  readonly clock: Clock
  readonly messageBytesMax: number
  /** Memory for batches, which chunks share with puts. */
  readonly memory: ClientBudget
}

export type Opening = {
  readonly timestamp: bigint
  readonly chunks: bigint
  readonly chunkBytes: bigint
  readonly totalBytes: bigint
  readonly timeout: bigint
  readonly signature: Uint8Array
}

type PartialMessage = {
  readonly parts: Map<number, Uint8Array>
  readonly releases: (() => void)[]
  readonly chunks: number
  readonly chunkBytes: number
  readonly lastChunkBytes: number
  readonly totalBytes: number
  readonly timeout: bigint
  lastNewAt: number
}

export type StreamedMessage = {
  readonly message: Uint8Array
  readonly timeout: bigint
  /** Gives the memory back. Call it once the message was stored or refused. */
  readonly release: () => void
}

export class ChunkedStores {
  readonly #options: ChunkedStoresOptions
  readonly #messages = new Map<bigint, PartialMessage>()
  /** Signatures of openings, with the time until which they could be replayed. */
  readonly #openings = new LRUCache<string, number>({ max: OPENINGS_MAX })

  constructor(options: ChunkedStoresOptions) {
    this.#options = options
  }

  /** @returns the id of the message @throws FloeError `malformed`, `too-large`, `overloaded` */
  start(opening: Opening): bigint {
    const { timestamp, chunks, chunkBytes, totalBytes, timeout, signature } = opening
    checkSignature(signature, NO_BYTES, [timestamp, chunks, chunkBytes, totalBytes, timeout])
    this.#checkFresh(timestamp, signature)
    const { clock, messageBytesMax } = this.#options
    if (chunks === 0n || chunkBytes === 0n || totalBytes === 0n)
      throw refused('Expected a message of at least one byte in at least one chunk, got none.')
    if (totalBytes > BigInt(messageBytesMax)) {
      throw new FloeError(
        'too-large',
        `Expected a message of at most ${messageBytesMax} bytes, got ${totalBytes}.`,
      )
    }
    const expected = (totalBytes + chunkBytes - 1n) / chunkBytes
    if (chunks !== expected)
      throw refused(
        `Expected ${expected} chunks of ${chunkBytes} bytes for ${totalBytes} bytes, got ${chunks}.`,
      )
    if (chunks > BigInt(CHUNKS_MAX))
      throw refused(`Expected at most ${CHUNKS_MAX} chunks, got ${chunks}. Send larger chunks.`)
    this.#removeIdle()
    if (this.#messages.size >= MESSAGES_MAX) {
      throw new FloeError(
        'overloaded',
        `Expected fewer than ${MESSAGES_MAX} messages in chunks, got one more.`,
        {
          remedy: 'Try again when one of them is stored, or a minute after its last chunk.',
        },
      )
    }
    const id = this.#newId()
    this.#messages.set(id, {
      parts: new Map(),
      releases: [],
      chunks: Number(chunks),
      chunkBytes: Number(chunkBytes),
      lastChunkBytes: Number(((totalBytes - 1n) % chunkBytes) + 1n),
      totalBytes: Number(totalBytes),
      timeout,
      lastNewAt: clock.monotonic(),
    })
    return id
  }

  /** Takes in one chunk; the same chunk again changes nothing. @throws FloeError `malformed`, `overloaded` */
  receive(id: bigint, chunk: bigint, bytes: Uint8Array, signature: Uint8Array): void {
    checkSignature(signature, bytes, [id, chunk])
    const message = this.#message(id)
    if (chunk >= BigInt(message.chunks))
      throw refused(`Expected a chunk below ${message.chunks} of message ${id}, got ${chunk}.`)
    const index = Number(chunk)
    const known = message.parts.get(index)
    if (known !== undefined) {
      if (equalBytes(known, bytes)) return
      this.#remove(id, message)
      throw refused(`Chunk ${chunk} of message ${id} arrived with other bytes before; the message has ended.`)
    }
    const expected = index === message.chunks - 1 ? message.lastChunkBytes : message.chunkBytes
    if (bytes.length !== expected)
      throw refused(`Expected ${expected} bytes in chunk ${chunk} of message ${id}, got ${bytes.length}.`)
    const release = this.#options.memory.take(bytes.length)
    if (release === undefined) {
      throw new FloeError('overloaded', 'The memory for batches is used up.', {
        remedy: 'Send the chunk again when some batches are certified.',
      })
    }
    message.parts.set(index, bytes)
    message.releases.push(release)
    message.lastNewAt = this.#options.clock.monotonic()
  }

  /** Ends a message and hands it on. @throws FloeError `malformed` for an unknown message, or one that lacks chunks */
  commit(id: bigint, signature: Uint8Array): StreamedMessage {
    checkSignature(signature, NO_BYTES, [id])
    const message = this.#message(id)
    const { parts, chunks, releases, timeout, totalBytes } = message
    this.#messages.delete(id)
    if (parts.size < chunks) {
      releaseAll(releases)
      throw refused(`Expected ${chunks} chunks of message ${id}, got ${parts.size}; the message has ended.`)
    }
    const whole = new Uint8Array(totalBytes)
    for (const [index, part] of parts) whole.set(part, index * message.chunkBytes)
    return { message: whole, timeout, release: () => releaseAll(releases) }
  }

  /** Ends the messages of which no new chunk has arrived for a minute. Call it now and then. */
  removeIdle(): void {
    this.#removeIdle()
  }

  #removeIdle(): void {
    const now = this.#options.clock.monotonic()
    for (const [id, message] of this.#messages)
      if (now - message.lastNewAt > IDLE_MS_MAX) this.#remove(id, message)
  }

  #remove(id: bigint, { releases }: PartialMessage): void {
    this.#messages.delete(id)
    releaseAll(releases)
  }

  #message(id: bigint): PartialMessage {
    this.#removeIdle()
    const message = this.#messages.get(id)
    if (message !== undefined) return message
    throw refused(`There is no message ${id}; it may have ended a minute after its last chunk.`)
  }

  #checkFresh(timestamp: bigint, signature: Uint8Array): void {
    const now = unixSeconds(this.#options.clock)
    const age = BigInt(now) - timestamp
    if (age > BigInt(REQUEST_SECONDS_MAX) || age < -BigInt(REQUEST_SECONDS_MAX)) {
      throw refused(
        `Expected a request of the last ${REQUEST_SECONDS_MAX} seconds, got one of ${timestamp}, it is ${now} now. ` +
          'Set the clocks of both machines.',
      )
    }
    const name = toHex(signature)
    if (this.#openings.has(name)) throw refused('This opening was taken before: a replay is refused.')
    // Entries are as old as their requests, give or take the difference of clocks.
    const [oldest] = this.#openings.rvalues()
    if (this.#openings.size >= OPENINGS_MAX && oldest !== undefined && oldest >= now) {
      throw new FloeError(
        'overloaded',
        `Expected at most ${OPENINGS_MAX} messages in chunks within five minutes.`,
      )
    }
    this.#openings.set(name, Number(timestamp) + REQUEST_SECONDS_MAX)
  }

  #newId(): bigint {
    for (;;) {
      const id = randomBytes(8).readBigUInt64BE()
      // Nitro's answer leaves out an id of zero.
      if (id !== 0n && !this.#messages.has(id)) return id
    }
  }
}

/** @param numbers of the call, in its order */
function checkSignature(signature: Uint8Array, bytes: Uint8Array, numbers: readonly bigint[]): void {
  const expected = keccak_256(concatBytes(bytes, ...numbers.map(uint64Bytes)))
  if (equalBytes(signature, expected)) return
  throw refused(
    'The signature does not match: it is the Keccak-256 of the bytes and the numbers of the call.',
  )
}

function releaseAll(releases: readonly (() => void)[]): void {
  for (const release of releases) release()
}

function refused(message: string): FloeError {
  return new FloeError('malformed', message)
}
