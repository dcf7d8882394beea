import { keccak_256 } from '@noble/hashes/sha3.js'
import { beforeEach, describe, expect, test } from 'vitest'
import { concatBytes, uint64Bytes } from '../../../src/protocol/bytes.ts'
import { Budget } from '../../../src/runtime/budget.ts'
import {
  CHUNKS_MAX,
  ChunkedStores,
  IDLE_MS_MAX,
  MESSAGES_MAX,
  REQUEST_SECONDS_MAX,
} from '../../../src/sidecar/nitro/chunked-stores.ts'
import { type ManualClock, manualClock } from '../../support/manual-clock.ts'
import { seededBytes } from '../../support/random-bytes.ts'

const NOW = 1_800_000_000
const MESSAGE_BYTES_MAX = 4_095
const MEMORY_BYTES = 8_192
let clock: ManualClock
let memory: Budget
let stores: ChunkedStores

beforeEach(() => {
  clock = manualClock(NOW)
  memory = new Budget(MEMORY_BYTES)
  stores = new ChunkedStores({ clock, memory, messageBytesMax: MESSAGE_BYTES_MAX })
})

function signed(bytes: Uint8Array, ...numbers: readonly bigint[]): Uint8Array {
  return keccak_256(concatBytes(bytes, ...numbers.map(uint64Bytes)))
}

const none = new Uint8Array()
let openings = 0

function start(
  totalBytes: number,
  chunkBytes: number,
  changes: { chunks?: number; timestamp?: number } = {},
): bigint {
  const timestamp = BigInt(changes.timestamp ?? NOW)
  const chunks = BigInt(changes.chunks ?? Math.ceil(totalBytes / chunkBytes))
  // A timeout of its own makes every opening another request.
  openings += 1
  const timeout = BigInt(NOW + openings)
  const numbers = [timestamp, chunks, BigInt(chunkBytes), BigInt(totalBytes), timeout] as const
  const signature = signed(none, ...numbers)
  const [, , chunk, total] = numbers
  return stores.start({ timestamp, chunks, chunkBytes: chunk, totalBytes: total, timeout, signature })
}

function send(id: bigint, index: number, bytes: Uint8Array): void {
  stores.receive(id, BigInt(index), bytes, signed(bytes, id, BigInt(index)))
}

function commit(id: bigint): Uint8Array {
  const { message, release } = stores.commit(id, signed(none, id))
  release()
  return message
}

function chunksOf(message: Uint8Array, chunkBytes: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(message.length / chunkBytes) }, (_, i) =>
    message.subarray(i * chunkBytes, (i + 1) * chunkBytes),
  )
}

test('a message is put together from its chunks in any order, also where the last one is short or whole', () => {
  for (const length of [1, 99, 100, 101, 200, 999, MESSAGE_BYTES_MAX]) {
    const message = seededBytes('message', length)
    const chunks = chunksOf(message, 100)
    const id = start(length, 100)
    for (const i of chunks.keys()) send(id, chunks.length - 1 - i, chunks[chunks.length - 1 - i] ?? none)
    expect(Buffer.from(commit(id)).equals(Buffer.from(message)), `length ${length}`).toBe(true)
  }
  expect(memory.used()).toBe(0)
})

test('the same chunk sent again changes nothing, and takes no more memory', () => {
  const id = start(200, 100)
  const chunk = seededBytes('chunk', 100)
  send(id, 0, chunk)
  send(id, 0, chunk)
  expect(memory.used()).toBe(100)
  send(id, 1, chunk)
  expect(commit(id)).toHaveLength(200)
})

test('another chunk in the place of one that has arrived ends the message and gives its memory back', () => {
  const id = start(200, 100)
  send(id, 0, seededBytes('one', 100))
  expect(() => send(id, 0, seededBytes('two', 100))).toThrow('other bytes before')
  expect(() => commit(id)).toThrow('There is no message')
  expect(memory.used()).toBe(0)
})

test('a message that lacks a chunk cannot be committed, and ends by the attempt', () => {
  const id = start(200, 100)
  send(id, 0, seededBytes('one', 100))
  expect(() => commit(id)).toThrow('Expected 2 chunks')
  expect(memory.used()).toBe(0)
  expect(() => commit(id)).toThrow('There is no message')
})

test('a chunk of another length, beyond the last one, or of an unknown message is refused', () => {
  const id = start(250, 100)
  expect(() => send(id, 0, new Uint8Array(99))).toThrow('Expected 100 bytes in chunk 0')
  expect(() => send(id, 2, new Uint8Array(100))).toThrow('Expected 50 bytes in chunk 2')
  expect(() => send(id, 3, new Uint8Array(100))).toThrow('Expected a chunk below 3')
  expect(() => send(id + 1n, 0, new Uint8Array(100))).toThrow('There is no message')
})

test('a message ends a minute after its last new chunk, and not before', () => {
  const id = start(300, 100)
  clock.advance(IDLE_MS_MAX)
  send(id, 0, new Uint8Array(100))
  clock.advance(IDLE_MS_MAX)
  stores.removeIdle()
  send(id, 1, new Uint8Array(100))
  expect(memory.used()).toBe(200)
  clock.advance(IDLE_MS_MAX + 1)
  stores.removeIdle()
  expect(memory.used()).toBe(0)
  expect(() => send(id, 2, new Uint8Array(100))).toThrow('There is no message')
})

describe('opening', () => {
  test('an opening is taken within five minutes of its timestamp, before and after', () => {
    start(1, 1, { timestamp: NOW - REQUEST_SECONDS_MAX })
    start(1, 1, { timestamp: NOW + REQUEST_SECONDS_MAX })
    expect(() => start(1, 1, { timestamp: NOW - REQUEST_SECONDS_MAX - 1 })).toThrow('last 300 seconds')
    expect(() => start(1, 1, { timestamp: NOW + REQUEST_SECONDS_MAX + 1 })).toThrow('last 300 seconds')
  })

  test('an opening that is sent twice is refused the second time', () => {
    const numbers = [BigInt(NOW), 1n, 1n, 1n, BigInt(NOW)] as const
    const [timestamp, chunks, chunkBytes, totalBytes, timeout] = numbers
    const opening = {
      timestamp,
      chunks,
      chunkBytes,
      totalBytes,
      timeout,
      signature: signed(none, ...numbers),
    }
    stores.start(opening)
    expect(() => stores.start(opening)).toThrow('replay')
  })

  test('sizes that contradict each other, zeros and too many chunks are refused', () => {
    expect(() => start(100, 10, { chunks: 9 })).toThrow('Expected 10 chunks')
    expect(() => start(100, 10, { chunks: 11 })).toThrow('Expected 10 chunks')
    expect(() => start(0, 1, { chunks: 1 })).toThrow('at least one byte')
    expect(() => start(1, 1, { chunks: 0 })).toThrow('at least one byte')
    const large = new ChunkedStores({ clock, memory, messageBytesMax: 2 * CHUNKS_MAX })
    const numbers = [BigInt(NOW), BigInt(CHUNKS_MAX + 1), 1n, BigInt(CHUNKS_MAX + 1), 0n] as const
    const [timestamp, chunks, chunkBytes, totalBytes, timeout] = numbers
    const signature = signed(none, ...numbers)
    expect(() => large.start({ timestamp, chunks, chunkBytes, totalBytes, timeout, signature })).toThrow(
      `at most ${CHUNKS_MAX} chunks`,
    )
  })

  test('a message above the limit is too large before any of its bytes arrives', () => {
    expect(() => start(MESSAGE_BYTES_MAX + 1, 100)).toThrow(
      expect.objectContaining({ code: 'too-large' }) as Error,
    )
  })

  test('more messages than the limit are refused until one has ended', () => {
    const ids = Array.from({ length: MESSAGES_MAX }, () => start(1, 1))
    expect(() => start(1, 1)).toThrow(expect.objectContaining({ code: 'overloaded' }) as Error)
    send(ids[0] ?? 0n, 0, new Uint8Array(1))
    commit(ids[0] ?? 0n)
    start(1, 1)
  })
})

test('memory is taken as chunks arrive, and a chunk that exceeds it can be sent again later', () => {
  const release = memory.take(MEMORY_BYTES - 150)
  const id = start(200, 100)
  send(id, 0, new Uint8Array(100))
  expect(() => send(id, 1, new Uint8Array(100))).toThrow(
    expect.objectContaining({ code: 'overloaded' }) as Error,
  )
  release?.()
  send(id, 1, new Uint8Array(100))
  expect(commit(id)).toHaveLength(200)
})

test('a call whose signature is not the hash of its content is refused', () => {
  const id = start(100, 100)
  const bytes = new Uint8Array(100)
  expect(() => stores.receive(id, 0n, bytes, signed(bytes, id, 1n))).toThrow('signature does not match')
  expect(() => stores.receive(id, 0n, bytes, none)).toThrow('signature does not match')
  expect(() => stores.commit(id, signed(none, id + 1n))).toThrow('signature does not match')
})
