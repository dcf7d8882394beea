// The sliver store on real files and in real processes: what survives, what is refused, and whether the usage counts are right.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { asFloeError } from '../../src/protocol/errors.ts'
import { SliverStore } from '../../src/store/sliver-store.ts'
import { type StoredBatch, batchUsageOf } from '../../src/store/stored-batch.ts'
import { LmdbFolder } from '../../src/store/lmdb-folder.ts'
import {
  DISPERSER,
  type Fixture,
  OPERATOR,
  QUOTA,
  fixture,
  presence,
  store,
} from './sliver-store-fixtures.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'floe-sliver-store-'))
})
afterEach(async () => rm(dir, { recursive: true, force: true }))

const DISK = 1 << 30
const children = new Set<ChildProcess>()
afterEach(() => {
  for (const child of children) child.kill('SIGKILL')
  children.clear()
})

async function withStore<T>(work: (sliverStore: SliverStore) => Promise<T>, diskBytesMax = DISK): Promise<T> {
  const sliverStore = await SliverStore.open(dir, diskBytesMax)
  try {
    return await work(sliverStore)
  } finally {
    await sliverStore.close()
  }
}

describe('a stored batch', () => {
  it('Exact: a read returns the bytes that were stored, before and after a restart', async () => {
    const sizes = [1, 1_000, 100_000, 3_000_000]
    const fixtures = sizes.map((bytes) => fixture(`of ${bytes}`, { bytes, shards: 10, pairs: [0, 7, 9] }))
    await withStore(async (sliverStore) => {
      await Promise.all(fixtures.map(async (each) => store(sliverStore, each)))
      for (const each of fixtures) expect(await presence(sliverStore, each)).toBe('whole')
    })
    await withStore(async (sliverStore) => {
      for (const each of fixtures) expect(await presence(sliverStore, each)).toBe('whole')
    })
  })

  it('a long sliver is read as an ordinary array', async () => {
    await withStore(async (sliverStore) => {
      const { batch, pairs } = fixture('long', { bytes: 500_000 })
      await store(sliverStore, { batch, pairs })
      const sliver = await sliverStore.sliver(batch.digest, 2, 'row')
      expect(Object.hasOwn(sliver ?? {}, 'length')).toBe(false)
      expect(sliver).toStrictEqual(pairs[0]?.bytes.row)
    })
  })

  it('a read of a batch or a pair that is not stored returns undefined', async () => {
    await withStore(async (sliverStore) => {
      const here = fixture('here')
      await store(sliverStore, here)
      const { digest } = fixture('elsewhere').batch
      expect(sliverStore.batch(digest)).toBeUndefined()
      expect(await sliverStore.sliver(digest, 2, 'row')).toBeUndefined()
      expect(await sliverStore.sliver(here.batch.digest, 1, 'row')).toBeUndefined()
      expect(sliverStore.hashes(here.batch, 1)).toBeUndefined()
    })
  })

  it('Counted once: a batch that is put several times uses room once', async () => {
    await withStore(async (sliverStore) => {
      const each = fixture('once')
      await Promise.all(Array.from({ length: 5 }, async () => store(sliverStore, each)))
      const { storedBytes } = sliverStore.usage.totals()
      await store(sliverStore, each)
      expect(sliverStore.usage.totals()).toEqual({ batches: 1, storedBytes })
      expect(sliverStore.usage.usedBy(DISPERSER)).toBe(1_000)
    })
  })

  it('a batch that is put again under another key of the operator replaces the pairs of the old key', async () => {
    await withStore(async (sliverStore) => {
      const before = fixture('moved', { pairs: [0, 1] })
      const after = fixture('moved', { pairs: [1, 2], operator: `0x${'0b'.repeat(20)}` })
      await store(sliverStore, before)
      await store(sliverStore, after)
      expect(await presence(sliverStore, after)).toBe('whole')
      expect(await sliverStore.sliver(before.batch.digest, 0, 'row')).toBeUndefined()
      expect(sliverStore.usage.totals().batches).toBe(1)
      expect(sliverStore.usage.usedBy(DISPERSER)).toBe(1_000)
    })
  })
})

describe('a process that is killed', () => {
  const COUNT = 60

  it.each([
    [1, 1_000],
    [1, 400_000],
    [8, 400_000],
  ])(
    'Durable before acknowledged, All or nothing: kill -9 keeps every stored batch, with puts of (concurrency, bytes) (%i, %i)',
    async (concurrency, bytes) => {
      const child = run([dir, String(COUNT), String(concurrency), String(bytes)])
      const stored: string[] = []
      for await (const line of linesOf(child)) {
        if (line.startsWith('stored')) stored.push(line.slice(7))
        // Killed while it works, right after a put resolved.
        if (stored.length === 25) child.kill('SIGKILL')
      }
      await withStore(async (sliverStore) => {
        const whole: string[] = []
        for (let i = 0; i < COUNT; i++) {
          const state = await presence(sliverStore, fixture(`batch ${i}`, { bytes }))
          if (state === 'whole') whole.push(String(i))
        }
        expect(whole).toEqual(expect.arrayContaining(stored))
        expect(stored.length).toBeGreaterThanOrEqual(25)
        expect(sliverStore.usage.totals().batches).toBe(whole.length)
        expect(sliverStore.usage.usedBy(DISPERSER)).toBe(whole.length * bytes)
      })
    },
  )

  it('Exclusive: a process has its folder to itself until it ends', async () => {
    const child = run([dir, '1', '1', '1000'])
    await lineOf(child, /^holds 1$/)
    const refused = await SliverStore.open(dir, DISK).catch((error: unknown) => error)
    expect(refused).toMatchObject({ code: 'configuration' })
    expect(String(refused)).toContain('Another process uses the folder')
    child.kill('SIGKILL')
    await once(child, 'exit')
    await withStore(async (sliverStore) => {
      expect(await presence(sliverStore, fixture('batch 0'))).toBe('whole')
      const second = run([dir, '0', '1', '1'])
      await lineOf(second, /^failed configuration: Another process/)
    })
    await withStore(async () => undefined)
  })
})

describe('a full disk', () => {
  it.skipIf(process.platform !== 'linux')(
    'a put for which the database cannot grow is refused with `storage`, and no stored batch is lost',
    async () => {
      const limited = ['-c', 'ulimit -S -f 4000; exec "$@"', 'bash', process.execPath]
      const child = run([dir, '40', '4', '400000'], { command: 'bash', before: limited })
      const lines: string[] = []
      for await (const line of linesOf(child)) {
        lines.push(line)
        if (line.startsWith('holds')) child.kill('SIGKILL')
      }
      const refused = lines.filter((line) => line.startsWith('refused'))
      const stored = lines.filter((line) => line.startsWith('stored')).map((line) => line.slice(7))
      expect(stored.length).toBeGreaterThan(3)
      expect(lines.at(-1)).toBe(`holds ${stored.length}`)
      expect(refused).toHaveLength(40 - stored.length)
      for (const line of refused) expect(line).toMatch(/^refused \d+ storage$/)
      await withStore(async (sliverStore) => {
        for (const i of stored)
          expect(await presence(sliverStore, fixture(`batch ${i}`, { bytes: 400_000 }))).toBe('whole')
        expect(sliverStore.usage.totals().batches).toBe(stored.length)
        await store(sliverStore, fixture('the disk has room again', { bytes: 400_000 }))
      })
    },
  )
})

describe('a folder', () => {
  it('a folder with another schema is refused and stays unchanged', async () => {
    const other = await LmdbFolder.open(dir, 'floe-sliver-store-1')
    await other.close()
    await expect(SliverStore.open(dir, DISK)).rejects.toMatchObject({ code: 'configuration' })
    await expect(SliverStore.open(dir, DISK)).rejects.toThrow(
      `Expected a database floe-sliver-store-2 in ${dir}, found floe-sliver-store-1.`,
    )
    const again = await LmdbFolder.open(dir, 'floe-sliver-store-1')
    await again.close()
  })

  it('Exclusive: a folder that is already open in this process is refused', async () => {
    await withStore(async () => {
      await expect(SliverStore.open(dir, DISK)).rejects.toMatchObject({ code: 'configuration' })
    })
  })
})

describe('room', () => {
  it('Bounded: a reservation counts towards the bound of the disk before its batch is stored', async () => {
    const [first, second] = [fixture('first'), fixture('second')]
    const needed = await withStore(async (sliverStore) => {
      await store(sliverStore, first)
      return sliverStore.usage.totals().storedBytes
    })
    await rm(dir, { recursive: true })
    await withStore(async (sliverStore) => {
      const reservation = sliverStore.reserve(first.batch, QUOTA)
      expect(() => sliverStore.reserve(second.batch, QUOTA)).toThrow(
        expect.objectContaining({ code: 'storage', retryAfterSeconds: 60 }),
      )
      reservation.release()
      await store(sliverStore, second)
      await expect(store(sliverStore, first)).rejects.toMatchObject({ code: 'storage' })
      expect(sliverStore.usage.totals()).toEqual({ batches: 1, storedBytes: needed })
    }, needed + 10)
  })

  it('the counted bytes are within a third of the size of the file', async () => {
    const big = Array.from({ length: 40 }, (_, i) =>
      fixture(`${i}`, { bytes: 300_000, shards: 10, pairs: [1] }),
    )
    const small = Array.from({ length: 2_000 }, (_, i) =>
      fixture(`s${i}`, { bytes: 100, shards: 10, pairs: [1] }),
    )
    for (const fixtures of [big, small]) {
      await rm(dir, { recursive: true, force: true })
      const counted = await withStore(async (sliverStore) => {
        // One after another: a commit of thousands of writes leaves more pages half empty.
        for (const each of fixtures) await store(sliverStore, each)
        return sliverStore.usage.totals().storedBytes
      })
      const { size } = await stat(join(dir, 'data.mdb'))
      expect(size / counted).toBeGreaterThan(0.7)
      expect(size / counted).toBeLessThan(1.35)
    }
  })
})

describe('expiry', () => {
  it('removeExpired deletes the batches that expire first, up to its limit, and frees their room', async () => {
    const fixtures = [50, 10, 40, 20, 30].map((expiry) =>
      fixture(`until ${expiry}`, { expiry, pairs: [0, 3] }),
    )
    await withStore(async (sliverStore) => {
      for (const each of fixtures) await store(sliverStore, each)
      const { storedBytes } = sliverStore.usage.totals()
      expect(await sliverStore.removeExpired(9, 100)).toEqual({ batches: 0, storedBytes: 0 })
      expect(await sliverStore.removeExpired(40, 3)).toEqual({
        batches: 3,
        storedBytes: (storedBytes / 5) * 3,
      })
      const states = await Promise.all(fixtures.map(async (each) => presence(sliverStore, each)))
      expect(states).toEqual(['whole', 'absent', 'whole', 'absent', 'absent'])
      expect(await sliverStore.removeExpired(40, 100)).toMatchObject({ batches: 1 })
      expect(await sliverStore.removeExpired(49, 100)).toMatchObject({ batches: 0 })
      expect(await sliverStore.removeExpired(50, 100)).toMatchObject({ batches: 1 })
      expect(sliverStore.usage.totals()).toEqual({ batches: 0, storedBytes: 0 })
      expect(sliverStore.usage.usedBy(DISPERSER)).toBe(0)
    })
  })

  it('a header stays with the signature of its disperser when its batch is deleted, also over a restart, until it is deleted itself', async () => {
    const fixtures = [10, 20].map((expiry) => fixture(`kept until ${expiry}`, { expiry }))
    const [first, second] = fixtures.map(({ batch }) => batch) as [StoredBatch, StoredBatch]
    await withStore(async (sliverStore) => {
      for (const each of fixtures) await store(sliverStore, each)
      await sliverStore.removeExpired(20, 100)
      expect(sliverStore.batch(first.digest)).toBeUndefined()
    })
    await withStore(async (sliverStore) => {
      expect(sliverStore.header(first.digest)).toEqual({ header: first.header, signature: first.signature })
      expect(await sliverStore.removeExpiredHeaders(9, 100)).toBe(0)
      expect(await sliverStore.removeExpiredHeaders(10, 100)).toBe(1)
      expect([sliverStore.header(first.digest), sliverStore.header(second.digest)]).toEqual([
        undefined,
        { header: second.header, signature: second.signature },
      ])
    })
  })

  it('Bounded: headers that are kept count towards the bound of the disk', async () => {
    const [first, second] = ['first', 'second'].map((name) => fixture(name, { expiry: 10 })) as [
      Fixture,
      Fixture,
    ]
    const { storedBytes } = batchUsageOf(first.batch)
    await withStore(async (sliverStore) => {
      await store(sliverStore, first)
      await sliverStore.removeExpired(10, 100)
      await expect(store(sliverStore, second)).rejects.toMatchObject({ code: 'storage' })
      await sliverStore.removeExpiredHeaders(10, 100)
      await store(sliverStore, second)
      expect(await presence(sliverStore, second)).toBe('whole')
    }, storedBytes)
  })

  it('concurrent calls of removeExpired count each batch once', async () => {
    await withStore(async (sliverStore) => {
      const fixtures = Array.from({ length: 60 }, (_, i) => fixture(`${i}`, { expiry: i }))
      await Promise.all(fixtures.map(async (each) => store(sliverStore, each)))
      const removed = await Promise.all([1, 2, 3].map(async () => sliverStore.removeExpired(100, 100)))
      expect(removed.reduce((sum, { batches }) => sum + batches, 0)).toBe(60)
      expect(sliverStore.usage.totals()).toEqual({ batches: 0, storedBytes: 0 })
    })
  })
})

describe('property: usage', () => {
  const dispersers = [DISPERSER, OPERATOR]
  const commands = fc.array(
    fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({ kind: fc.constant('store' as const), name: fc.nat(12), quota: fc.nat(6000) }),
      },
      {
        weight: 1,
        arbitrary: fc.record({ kind: fc.constant('remove' as const), now: fc.nat(40), limit: fc.nat(5) }),
      },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('reopen' as const) }) },
    ),
    { maxLength: 25 },
  )
  const named = (name: number): Fixture =>
    fixture(`named ${name}`, {
      bytes: 100 + 300 * name,
      expiry: (name * 7) % 40,
      disperser: dispersers[name % 2] ?? DISPERSER,
    })

  it('usage equals what can be read after any sequence of concurrent stores, removals and restarts', async () => {
    await fc.assert(
      fc.asyncProperty(commands, async (script) => {
        await rm(dir, { recursive: true, force: true })
        let sliverStore = await SliverStore.open(dir, DISK)
        try {
          let running: Promise<unknown>[] = []
          for (const command of script) {
            if (command.kind === 'reopen') {
              await Promise.all(running)
              running = []
              await sliverStore.close()
              sliverStore = await SliverStore.open(dir, DISK)
            } else if (command.kind === 'remove') {
              running.push(sliverStore.removeExpired(command.now, command.limit))
            } else {
              const quota = BigInt(command.quota)
              running.push(store(sliverStore, named(command.name), quota).catch(unlessOverQuota))
            }
          }
          await Promise.all(running)
          expect(await countsOf(sliverStore)).toEqual(await storedCountsOf(sliverStore))
          await sliverStore.removeExpired(100, 100)
          expect(sliverStore.usage.totals()).toEqual({ batches: 0, storedBytes: 0 })
        } finally {
          await sliverStore.close()
        }
      }),
    )
  })

  type Counts = { batches: number; used: number[] }

  async function countsOf(sliverStore: SliverStore): Promise<Counts> {
    const used = dispersers.map((disperser) => sliverStore.usage.usedBy(disperser))
    return { batches: sliverStore.usage.totals().batches, used }
  }

  /** The same counts, from what can be read. */
  async function storedCountsOf(sliverStore: SliverStore): Promise<Counts> {
    const counts: Counts = { batches: 0, used: dispersers.map(() => 0) }
    for (let name = 0; name <= 12; name++) {
      const each = named(name)
      if ((await presence(sliverStore, each)) === 'absent') continue
      counts.batches += 1
      counts.used[name % 2] = (counts.used[name % 2] ?? 0) + each.batch.header.length
    }
    return counts
  }
})

function unlessOverQuota(error: unknown): void {
  if (asFloeError(error).code !== 'over-quota') throw error
}

function run(
  args: readonly string[],
  through: { command: string; before: readonly string[] } = { command: process.execPath, before: [] },
): ChildProcess {
  const script = join(import.meta.dirname, 'sliver-store-process.ts')
  const child = spawn(through.command, [...through.before, script, ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  children.add(child)
  return child
}

function linesOf(child: ChildProcess): AsyncIterable<string> {
  if (child.stdout === null) throw new Error('the child has no stdout')
  return createInterface(child.stdout)
}

async function lineOf(child: ChildProcess, pattern: RegExp): Promise<string> {
  for await (const line of linesOf(child)) if (pattern.test(line)) return line
  throw new Error(`expected a line like ${String(pattern)}, the child process ended without one`)
}
