// The journal of signed transactions across restarts.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Hex } from '../../src/protocol/bytes.ts'
import { Journal, type JournalEntry } from '../../src/store/journal.ts'

let dir: string
let journal: Journal

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'floe-journal-'))
  journal = await Journal.open(dir)
})
afterEach(async () => {
  await journal.close()
  await rm(dir, { recursive: true })
})

async function restart(): Promise<void> {
  await journal.close()
  journal = await Journal.open(dir)
}

function entry(id: Hex, nonce: number, attempts = 1): JournalEntry {
  const hashes = Array.from({ length: attempts }, (_, i): Hex => `0x${nonce}${i}`)
  return { id, label: `post ${id}`, keys: [id], nonce, attempts: hashes.map((hash) => ({ hash, raw: hash })) }
}

test('Journalled before sent: a recorded entry is there after a restart, in the order of nonces', async () => {
  await journal.record(entry('0xaa', 12))
  await journal.record(entry('0xbb', 9))
  await restart()
  expect(journal.pending()).toEqual([entry('0xbb', 9), entry('0xaa', 12)])
})

test('a further attempt replaces the entry with the same id', async () => {
  await journal.record(entry('0xaa', 3))
  await journal.record(entry('0xaa', 3, 2))
  expect(journal.pending()).toEqual([entry('0xaa', 3, 2)])
})

test('Kept until final: an entry stays across restarts until it is removed', async () => {
  await journal.record(entry('0xaa', 3))
  await journal.record(entry('0xbb', 4))
  await restart()
  await journal.finish('0xaa', false)
  await restart()
  expect(journal.pending()).toEqual([entry('0xbb', 4)])
})

test('entries that are set aside are not pending and stay across restarts, the newest ones up to a bound', async () => {
  await journal.record(entry('0xaa', 3))
  await journal.record(entry('0xbb', 4))
  await journal.exchange([entry('0xaa', 3, 0)], [entry('0xaa', 3)])
  await restart()
  expect([journal.pending(), journal.aside()]).toEqual([[entry('0xbb', 4)], [entry('0xaa', 3)]])
  const many = Array.from({ length: 1_030 }, (_, i) => entry(`0x${i}`, i))
  await journal.exchange([], many)
  expect(journal.aside()).toEqual(many.slice(-1_024))
})

test('Remembered: the calls of entries that succeeded are known across restarts, the newest up to a bound', async () => {
  for (const [id, nonce, hasSucceeded] of [
    ['0xaa', 3, true],
    ['0xbb', 4, false],
  ] as const) {
    await journal.record(entry(id, nonce))
    await journal.finish(id, hasSucceeded)
  }
  await restart()
  expect([journal.pending(), journal.succeeded('0xaa'), journal.succeeded('0xbb')]).toEqual([[], true, false])
  const finish = async (nonce: number): Promise<void> => {
    await journal.record(entry(`0x${nonce}`, nonce))
    await journal.finish(`0x${nonce}`, true)
  }
  for (let nonce = 5; nonce < 4_200; nonce += 100)
    await Promise.all(Array.from({ length: 100 }, async (_, i) => finish(nonce + i)))
  expect([journal.succeeded('0xaa'), journal.succeeded('0x4000')]).toEqual([false, true])
})
