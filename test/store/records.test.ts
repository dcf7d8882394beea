// Records: what reads see, inside a change and outside.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { RecordFolder, type Records } from '../../src/store/records.ts'

type Counter = { readonly count: number }

let dir: string
let folder: RecordFolder
let counters: Records<Counter>

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'floe-records-'))
  folder = await RecordFolder.open(dir, 'counters')
  counters = folder.records('counters')
})
afterEach(async () => {
  await folder.close()
  await rm(dir, { recursive: true })
})

function increment(key: string): void {
  counters.put(key, { count: (counters.get(key)?.count ?? 0) + 1 })
}

test('Reads see the disk: outside a change, a read does not see a write in flight', async () => {
  const written = folder.write(() => increment('key'))
  expect([counters.get('key'), counters.count()]).toEqual([undefined, 0])
  await written
  expect([counters.get('key'), counters.count()]).toEqual([{ count: 1 }, 1])
})

test('No lost update: concurrent changes that read and write one record all count', async () => {
  await Promise.all(Array.from({ length: 600 }, async () => folder.write(() => increment('key'))))
  expect(counters.get('key')).toEqual({ count: 600 })
})

test('a record that a change removes is absent for later changes of the same commit', async () => {
  await folder.write(() => increment('key'))
  await Promise.all([folder.write(() => counters.remove('key')), folder.write(() => increment('key'))])
  expect(counters.get('key')).toEqual({ count: 1 })
})

test('records are listed in the order of their keys, from a key on and up to a limit', async () => {
  await folder.write(() => {
    for (const key of ['c', 'a', 'b']) increment(key)
  })
  expect(counters.first(2).map(({ key }) => key)).toEqual(['a', 'b'])
  expect(counters.from('b', 9).map(({ key }) => key)).toEqual(['b', 'c'])
})
