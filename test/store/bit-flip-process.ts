// A process that opens copies of a sliver store, each with one flipped bit, reads and writes everything, and prints what came of it.
// LMDB can end a process with a signal, so the test does not do this itself.
//
//     node bit-flip-process.ts make DIR           stores the fixtures
//     node bit-flip-process.ts flip DIR COPY OFFSET,OFFSET,…
//
// A line for each offset: `OFFSET right`, `OFFSET refused` (some value is not served), `OFFSET not started`, or `OFFSET wrong …`.
import { cpSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { asFloeError } from '../../src/protocol/errors.ts'
import { SliverStore } from '../../src/store/sliver-store.ts'
import { type Fixture, fixture, store } from './sliver-store-fixtures.ts'

const BATCHES = 24
const fixtures = Array.from({ length: BATCHES }, (_, i) =>
  fixture(`flip ${i}`, { bytes: i % 6 === 0 ? 40_000 : 900, shards: 4, expiry: 2_000_000_000 + i }),
)
const [command, dir = '', copy = '', offsets = ''] = process.argv.slice(2)

/** Whether everything of a batch is served; throws when something is served that was not stored. */
async function isServed(sliverStore: SliverStore, { batch, pairs }: Fixture): Promise<boolean> {
  const parts: (boolean | undefined)[] = []
  const same = (a: unknown, b: unknown): boolean | undefined =>
    a === undefined ? undefined : JSON.stringify(a) === JSON.stringify(b)
  const { digest, header, signature } = batch
  parts.push(same(sliverStore.batch(digest), batch))
  parts.push(same(sliverStore.header(digest), { header, signature }))
  for (const { pair, bytes, hashes } of pairs) {
    parts.push(same(sliverStore.hashes(batch, pair), hashes))
    for (const side of ['row', 'column'] as const) {
      const sliver = await sliverStore.sliver(digest, pair, side)
      parts.push(sliver && Buffer.compare(sliver, bytes[side]) === 0)
    }
  }
  if (parts.includes(false)) throw new Error(`wrong bytes of ${digest}`)
  const whole = await sliverStore.isWhole(digest)
  if (whole && parts.includes(undefined)) throw new Error(`${digest} counts as whole`)
  return !parts.includes(undefined)
}

async function outcomeOf(): Promise<string> {
  let sliverStore: SliverStore
  try {
    sliverStore = await SliverStore.open(copy, 1 << 30)
  } catch (error) {
    return asFloeError(error).code === 'configuration' ? 'not started' : `wrong start: ${String(error)}`
  }
  try {
    const { batches } = sliverStore.usage.totals()
    if (batches !== BATCHES) return `wrong: it counts ${batches} batches`
    let served = 0
    for (const each of fixtures) if (await isServed(sliverStore, each)) served += 1
    // What is damaged is stored again, and what expires is deleted.
    for (const each of fixtures) await store(sliverStore, each)
    await store(sliverStore, fixture('one more', { bytes: 30_000 }))
    await sliverStore.removeExpired(2_000_000_010, 100)
    return served === BATCHES ? 'right' : 'refused'
  } catch (error) {
    return asFloeError(error).code === 'storage' ? 'refused' : `wrong: ${String(error)}`
  } finally {
    await sliverStore.close()
  }
}

if (command === 'make') {
  const sliverStore = await SliverStore.open(dir, 1 << 30)
  for (const each of fixtures) await store(sliverStore, each)
  await sliverStore.close()
} else {
  const file = join(copy, 'data.mdb')
  for (const offset of offsets.split(',').map(Number)) {
    rmSync(copy, { recursive: true, force: true })
    cpSync(dir, copy, { recursive: true })
    const bytes = readFileSync(file)
    bytes[offset] = (bytes[offset] ?? 0) ^ (1 << (offset % 8))
    writeFileSync(file, bytes)
    writeSync(1, `${offset} `)
    writeSync(1, `${await outcomeOf()}\n`)
  }
}
