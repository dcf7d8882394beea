// A sliver store, and records, some of whose stored values have changed on the disk: each value of each table, one at a time.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { DamageObserver } from '../../src/store/batch-checks.ts'
import { LmdbFolder } from '../../src/store/lmdb-folder.ts'
import { RecordFolder } from '../../src/store/records.ts'
import { SliverStore } from '../../src/store/sliver-store.ts'
import { batchUsageOf } from '../../src/store/stored-batch.ts'
import { type ManualClock, manualClock } from '../support/manual-clock.ts'
import { fixture, presence, store } from './sliver-store-fixtures.ts'

const SCHEMA = 'floe-sliver-store-2'
const TABLES = ['batches', 'proofs', 'slivers', 'expiries', 'headers'] as const
const HOUR_MS = 3_600_000

let dir: string
let clock: ManualClock
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'floe-damage-'))
  clock = manualClock(1_900_000_000)
})
afterEach(async () => rm(dir, { recursive: true, force: true }))

async function openStore(observer?: DamageObserver): Promise<SliverStore> {
  return SliverStore.open(dir, 1 << 30, { clock, observer })
}

/** Flips one bit of every value of a table, or of every key. */
async function damage(table: string, part: 'value' | 'key' = 'value'): Promise<void> {
  const folder = await LmdbFolder.open(dir, SCHEMA)
  const opened = folder.table(table)
  const entries = opened.range(Buffer.alloc(1), 100)
  expect(entries.length).toBeGreaterThan(0)
  await folder.write(() => {
    for (const { key, value } of entries) {
      const [changedKey, changedValue] = [Uint8Array.from(key), Uint8Array.from(value)]
      const changed = part === 'key' ? changedKey : changedValue
      const at = changed.length >> 1
      changed[at] = (changed[at] ?? 0) ^ 0x10
      if (part === 'key') opened.remove(key)
      opened.put(changedKey, changedValue)
    }
  })
  await folder.close()
}

const batch = fixture('batch', { bytes: 100_000, shards: 10, pairs: [1, 4] })

it.each(TABLES)(
  'a flipped bit in %s is never read as if it were right, is reported, and is healed by a put of the same batch',
  async (table) => {
    const first = await openStore()
    await store(first, batch)
    await first.close()
    await damage(table)
    const found: string[] = []
    const healed: number[] = []
    const sliverStore = await openStore({
      damaged: (damaged) => found.push(damaged.table),
      healed: ({ batches }) => healed.push(batches),
    })
    const { digest } = batch.batch
    expect(await sliverStore.isWhole(digest)).toBe(table === 'expiries')
    expect(new Set(found)).toStrictEqual(new Set([table]))
    const read: Record<(typeof TABLES)[number], () => unknown> = {
      batches: () => sliverStore.batch(digest),
      proofs: () => sliverStore.hashes(batch.batch, 1),
      slivers: async () => sliverStore.sliver(digest, 1, 'row'),
      headers: () => sliverStore.header(digest),
      expiries: () => undefined,
    }
    expect(await read[table]()).toBeUndefined()
    await store(sliverStore, batch)
    expect(sliverStore.checks.damagedCount()).toBe(0)
    expect(healed.at(-1)).toBe(0)
    expect(await presence(sliverStore, batch)).toBe('whole')
    expect(await sliverStore.isWhole(digest)).toBe(true)
    expect(sliverStore.header(digest)?.signature).toBe(batch.batch.signature)
    const { storedBytes } = batchUsageOf(batch.batch)
    expect(sliverStore.usage.totals()).toStrictEqual({ batches: 1, storedBytes })
    await sliverStore.close()
    const again = await openStore()
    expect(await again.isWhole(digest)).toBe(true)
    await again.close()
  },
)

it.each(['value', 'key'] as const)(
  'an expiry entry whose %s is damaged is written again at the start, so that its batch is counted and expires',
  async (part) => {
    const first = await openStore()
    await store(first, batch)
    await first.close()
    await damage('expiries', part)
    const sliverStore = await openStore()
    const { storedBytes } = batchUsageOf(batch.batch)
    expect(sliverStore.usage.totals()).toStrictEqual({ batches: 1, storedBytes })
    const { expiry } = batch.batch.header
    expect(await sliverStore.removeExpired(expiry, 10)).toStrictEqual({ batches: 1, storedBytes })
    expect(await presence(sliverStore, batch)).toBe('absent')
    await sliverStore.close()
  },
)

it('a batch whose record is damaged leaves nothing behind when it expires', async () => {
  const first = await openStore()
  await store(first, batch)
  await first.close()
  await damage('batches')
  const sliverStore = await openStore()
  await sliverStore.removeExpired(batch.batch.header.expiry, 10)
  await sliverStore.close()
  const folder = await LmdbFolder.open(dir, SCHEMA)
  for (const table of ['batches', 'proofs', 'slivers', 'expiries'])
    expect(folder.table(table).count()).toBe(0)
  await folder.close()
})

it('a batch that was found whole is read again for an attestation after an hour, not before', async () => {
  const sliverStore = await openStore()
  await store(sliverStore, batch)
  await sliverStore.close()
  const again = await openStore()
  let reads = 0
  const load = again.sliver.bind(again)
  again.sliver = async (...name) => {
    reads += 1
    return load(...name)
  }
  const { digest } = batch.batch
  await Promise.all([again.isWhole(digest), again.isWhole(digest)])
  expect(reads).toBe(4)
  clock.advance(HOUR_MS - 1)
  await again.isWhole(digest)
  expect(reads).toBe(4)
  clock.advance(1)
  await again.isWhole(digest)
  expect(reads).toBe(8)
  await again.close()
})

it('Refused when damaged: a damaged record fails reads and lists, a change that reads it is not written, and the next start is refused', async () => {
  const opened = await RecordFolder.open(dir, 'records')
  const words = opened.records<string>('words')
  await opened.write(() => words.put('one', 'a word of its own'))
  const file = join(dir, 'data.mdb')
  const content = await readFile(file)
  content.write('A', content.indexOf('a word of its own'))
  await writeFile(file, content)
  const refusal = expect.objectContaining({
    code: 'storage',
    message:
      'Expected a record of words with its checksum, got damaged bytes at "one". Check the disk, and restore the folder from a copy, or start with an empty folder.',
  })
  expect(() => words.get('one')).toThrow(refusal)
  expect(() => words.first(1)).toThrow(refusal)
  const change = opened.write(() => {
    words.put('two', 'another one')
    words.put('one', `${words.get('one')}, changed`)
  })
  await expect(change).rejects.toMatchObject({ code: 'storage' })
  expect(words.get('two')).toBeUndefined()
  await opened.close()
  await expect(RecordFolder.open(dir, 'records')).rejects.toThrow(
    'data.mdb is damaged: a record of words does not match its checksum.',
  )
})
