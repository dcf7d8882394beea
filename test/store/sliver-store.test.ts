// Custody through real files and real processes: what survives, what is refused, and that the books are right.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { asFloeError } from '../../src/protocol/errors.ts'
import { SliverStore } from '../../src/store/sliver-store.ts'
import { LmdbFolder } from '../../src/store/lmdb-folder.ts'
import { DISPERSER, type Fixture, HOLDER, QUOTA, fixture, presence, store } from './sliver-store-fixtures.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'floe-custody-'))
})
afterEach(async () => rm(dir, { recursive: true, force: true }))

const DISK = 1 << 30
const children = new Set<ChildProcess>()
afterEach(() => {
  for (const child of children) child.kill('SIGKILL')
  children.clear()
})

async function withCustody<T>(work: (custody: SliverStore) => Promise<T>, diskBytesMax = DISK): Promise<T> {
  const custody = await SliverStore.open(dir, diskBytesMax)
  try {
    return await work(custody)
  } finally {
    await custody.close()
  }
}

describe('what is stored', () => {
  it('is read to the byte, before and after opening again', async () => {
    const sizes = [1, 1_000, 100_000, 3_000_000]
    const fixtures = sizes.map((bytes) => fixture(`of ${bytes}`, { bytes, shards: 10, pairs: [0, 7, 9] }))
    await withCustody(async (custody) => {
      await Promise.all(fixtures.map(async (each) => store(custody, each)))
      for (const each of fixtures) expect(await presence(custody, each)).toBe('whole')
    })
    await withCustody(async (custody) => {
      for (const each of fixtures) expect(await presence(custody, each)).toBe('whole')
    })
  })

  it('is an ordinary array, also when it is long', async () => {
    await withCustody(async (custody) => {
      const { batch, pairs } = fixture('long', { bytes: 500_000 })
      await store(custody, { batch, pairs })
      const sliver = await custody.sliver(batch.digest, 2, 'row')
      expect(Object.hasOwn(sliver ?? {}, 'length')).toBe(false)
      expect(sliver).toStrictEqual(pairs[0]?.bytes.row)
    })
  })

  it('is undefined where there is nothing', async () => {
    await withCustody(async (custody) => {
      const here = fixture('here')
      await store(custody, here)
      const { digest } = fixture('elsewhere').batch
      expect(custody.batch(digest)).toBeUndefined()
      expect(await custody.sliver(digest, 2, 'row')).toBeUndefined()
      expect(await custody.sliver(here.batch.digest, 1, 'row')).toBeUndefined()
      expect(custody.hashes(here.batch, 1)).toBeUndefined()
    })
  })

  it('is stored and counted once, however often it comes', async () => {
    await withCustody(async (custody) => {
      const each = fixture('once')
      await Promise.all(Array.from({ length: 5 }, async () => store(custody, each)))
      const { storedBytes } = custody.usage.totals()
      await store(custody, each)
      expect(custody.usage.totals()).toEqual({ batches: 1, storedBytes })
      expect(custody.usage.usedBy(DISPERSER)).toBe(1_000)
    })
  })

  it('is replaced when the operator has another key, and nothing of the old is left', async () => {
    await withCustody(async (custody) => {
      const before = fixture('moved', { pairs: [0, 1] })
      const after = fixture('moved', { pairs: [1, 2], holder: `0x${'0b'.repeat(20)}` })
      await store(custody, before)
      await store(custody, after)
      expect(await presence(custody, after)).toBe('whole')
      expect(await custody.sliver(before.batch.digest, 0, 'row')).toBeUndefined()
      expect(custody.usage.totals().batches).toBe(1)
      expect(custody.usage.usedBy(DISPERSER)).toBe(1_000)
    })
  })
})

describe('a process that is killed', () => {
  const COUNT = 60

  it.each([
    [1, 1_000],
    [1, 400_000],
    [8, 400_000],
  ])('has stored whatever it said it had, %i at once of %i bytes', async (atOnce, bytes) => {
    const child = run([dir, String(COUNT), String(atOnce), String(bytes)])
    const stored: string[] = []
    for await (const line of linesOf(child)) {
      if (line.startsWith('stored')) stored.push(line.slice(7))
      // Killed in the middle of its work, right after a promise resolved.
      if (stored.length === 25) child.kill('SIGKILL')
    }
    await withCustody(async (custody) => {
      const whole: string[] = []
      for (let i = 0; i < COUNT; i++) {
        const state = await presence(custody, fixture(`batch ${i}`, { bytes }))
        if (state === 'whole') whole.push(String(i))
      }
      expect(whole).toEqual(expect.arrayContaining(stored))
      expect(stored.length).toBeGreaterThanOrEqual(25)
      expect(custody.usage.totals().batches).toBe(whole.length)
      expect(custody.usage.usedBy(DISPERSER)).toBe(whole.length * bytes)
    })
  })

  it('had the folder for itself while it lived, and not a moment longer', async () => {
    const child = run([dir, '1', '1', '1000'])
    await lineOf(child, /^holds 1$/)
    const refused = await SliverStore.open(dir, DISK).catch((error: unknown) => error)
    expect(refused).toMatchObject({ code: 'configuration' })
    expect(String(refused)).toContain('Another process uses the folder')
    child.kill('SIGKILL')
    await once(child, 'exit')
    await withCustody(async (custody) => {
      expect(await presence(custody, fixture('batch 0'))).toBe('whole')
      const second = run([dir, '0', '1', '1'])
      await lineOf(second, /^failed configuration: Another process/)
    })
    await withCustody(async () => undefined)
  })
})

describe('a disk that takes no more', () => {
  it.skipIf(process.platform !== 'linux')(
    'refuses with storage from the first failure on, and loses nothing that was stored',
    async () => {
      const limited = ['-c', 'ulimit -S -f 4000; exec "$@"', 'bash', process.execPath]
      const child = run([dir, '40', '4', '400000'], { command: 'bash', before: limited })
      const lines: string[] = []
      for await (const line of linesOf(child)) {
        lines.push(line)
        if (line.startsWith('holds')) child.kill('SIGKILL')
      }
      const first = lines.findIndex((line) => line.startsWith('refused'))
      const stored = lines.slice(1, first).map((line) => line.slice(7))
      expect(stored.length).toBeGreaterThan(3)
      expect(lines.at(-1)).toBe(`holds ${stored.length}`)
      expect(lines.slice(first, -1)).toHaveLength(40 - stored.length)
      for (const line of lines.slice(first, -1)) expect(line).toMatch(/^refused \d+ storage$/)
      await withCustody(async (custody) => {
        for (const i of stored)
          expect(await presence(custody, fixture(`batch ${i}`, { bytes: 400_000 }))).toBe('whole')
        expect(custody.usage.totals().batches).toBe(stored.length)
        await store(custody, fixture('after the disk has room again', { bytes: 400_000 }))
      })
    },
  )

  it('is told before it is full, and then still deletes', async () => {
    let free = 1 << 30
    const folder = await LmdbFolder.open(dir, 'room', () => free)
    const table = folder.table('table')
    const key = Buffer.from('key')
    await folder.write(() => table.put(key, Buffer.alloc(1_000)), 1_000)
    free = 60 * 1024 * 1024
    await expect(folder.write(() => table.put(Buffer.from('other'), key), 3)).rejects.toMatchObject({
      code: 'storage',
      retryAfterSeconds: 10,
    })
    expect(table.get(Buffer.from('other'))).toBeUndefined()
    await folder.write(() => table.remove(key))
    expect(table.get(key)).toBeUndefined()
    free = 1 << 30
    await folder.write(() => table.put(Buffer.from('other'), key), 3)
    await folder.close()
  })
})

describe('writes', () => {
  it('that are begun together are committed in order, each with its own answer', async () => {
    const folder = await LmdbFolder.open(dir, 'order')
    const table = folder.table('table')
    const key = Buffer.from('key')
    const writes = Array.from({ length: 600 }, async (_, i) =>
      folder.write(() => table.put(key, Buffer.from(String(i)))),
    )
    await writes[0]
    expect(table.get(key)).toBeDefined()
    await Promise.all(writes)
    expect(Buffer.from(table.get(key) ?? []).toString()).toBe('599')
    await folder.close()
  })
})

describe('a folder', () => {
  it('of another schema is refused, and left as it is', async () => {
    const other = await LmdbFolder.open(dir, 'floe-custody-0')
    await other.close()
    await expect(SliverStore.open(dir, DISK)).rejects.toMatchObject({ code: 'configuration' })
    await expect(SliverStore.open(dir, DISK)).rejects.toThrow(
      `Expected a database floe-custody-1 in ${dir}, found floe-custody-0.`,
    )
    const again = await LmdbFolder.open(dir, 'floe-custody-0')
    await again.close()
  })

  it('that is open in this process is refused too', async () => {
    await withCustody(async () => {
      await expect(SliverStore.open(dir, DISK)).rejects.toMatchObject({ code: 'configuration' })
    })
  })
})

describe('room', () => {
  it('on disk is bounded, also by what is still on its way', async () => {
    const [first, second] = [fixture('first'), fixture('second')]
    const needed = await withCustody(async (custody) => {
      await store(custody, first)
      return custody.usage.totals().storedBytes
    })
    await rm(dir, { recursive: true })
    await withCustody(async (custody) => {
      const reservation = custody.reserve(first.batch, QUOTA)
      expect(() => custody.reserve(second.batch, QUOTA)).toThrow(
        expect.objectContaining({ code: 'storage', retryAfterSeconds: 60 }),
      )
      reservation.release()
      await store(custody, second)
      await expect(store(custody, first)).rejects.toMatchObject({ code: 'storage' })
      expect(custody.usage.totals()).toEqual({ batches: 1, storedBytes: needed })
    }, needed + 10)
  })

  it('is about what the file takes', async () => {
    const big = Array.from({ length: 40 }, (_, i) =>
      fixture(`${i}`, { bytes: 300_000, shards: 10, pairs: [1] }),
    )
    const small = Array.from({ length: 2_000 }, (_, i) =>
      fixture(`s${i}`, { bytes: 100, shards: 10, pairs: [1] }),
    )
    for (const fixtures of [big, small]) {
      await rm(dir, { recursive: true, force: true })
      const counted = await withCustody(async (custody) => {
        // One after another: a commit of thousands at once leaves more pages half empty.
        for (const each of fixtures) await store(custody, each)
        return custody.usage.totals().storedBytes
      })
      const { size } = await (await import('node:fs/promises')).stat(join(dir, 'data.mdb'))
      expect(size / counted).toBeGreaterThan(0.7)
      expect(size / counted).toBeLessThan(1.35)
    }
  })
})

describe('expiry', () => {
  it('deletes the first to expire, no more than asked for, and gives back what they took', async () => {
    const fixtures = [50, 10, 40, 20, 30].map((expiry) =>
      fixture(`until ${expiry}`, { expiry, pairs: [0, 3] }),
    )
    await withCustody(async (custody) => {
      for (const each of fixtures) await store(custody, each)
      const { storedBytes } = custody.usage.totals()
      expect(await custody.removeExpired(9, 100)).toEqual({ batches: 0, storedBytes: 0 })
      expect(await custody.removeExpired(40, 3)).toEqual({ batches: 3, storedBytes: (storedBytes / 5) * 3 })
      const states = await Promise.all(fixtures.map(async (each) => presence(custody, each)))
      expect(states).toEqual(['whole', 'absent', 'whole', 'absent', 'absent'])
      expect(await custody.removeExpired(40, 100)).toMatchObject({ batches: 1 })
      expect(await custody.removeExpired(49, 100)).toMatchObject({ batches: 0 })
      expect(await custody.removeExpired(50, 100)).toMatchObject({ batches: 1 })
      expect(custody.usage.totals()).toEqual({ batches: 0, storedBytes: 0 })
      expect(custody.usage.usedBy(DISPERSER)).toBe(0)
    })
  })

  it('runs in several calls at once without counting anything twice', async () => {
    await withCustody(async (custody) => {
      const fixtures = Array.from({ length: 60 }, (_, i) => fixture(`${i}`, { expiry: i }))
      await Promise.all(fixtures.map(async (each) => store(custody, each)))
      const removed = await Promise.all([1, 2, 3].map(async () => custody.removeExpired(100, 100)))
      expect(removed.reduce((sum, { batches }) => sum + batches, 0)).toBe(60)
      expect(custody.usage.totals()).toEqual({ batches: 0, storedBytes: 0 })
    })
  })
})

describe('property: the books', () => {
  const dispersers = [DISPERSER, HOLDER]
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

  it('say what is stored, whatever happens in whatever order and at once', async () => {
    await fc.assert(
      fc.asyncProperty(commands, async (script) => {
        await rm(dir, { recursive: true, force: true })
        let custody = await SliverStore.open(dir, DISK)
        try {
          let running: Promise<unknown>[] = []
          for (const command of script) {
            if (command.kind === 'reopen') {
              await Promise.all(running)
              running = []
              await custody.close()
              custody = await SliverStore.open(dir, DISK)
            } else if (command.kind === 'remove') {
              running.push(custody.removeExpired(command.now, command.limit))
            } else {
              const quota = BigInt(command.quota)
              running.push(store(custody, named(command.name), quota).catch(unlessOverQuota))
            }
          }
          await Promise.all(running)
          expect(await booksOf(custody)).toEqual(await shelvesOf(custody))
          await custody.removeExpired(100, 100)
          expect(custody.usage.totals()).toEqual({ batches: 0, storedBytes: 0 })
        } finally {
          await custody.close()
        }
      }),
    )
  })

  type Books = { batches: number; used: number[] }

  async function booksOf(custody: SliverStore): Promise<Books> {
    const used = dispersers.map((disperser) => custody.usage.usedBy(disperser))
    return { batches: custody.usage.totals().batches, used }
  }

  /** The same, counted from what can be read. */
  async function shelvesOf(custody: SliverStore): Promise<Books> {
    const books: Books = { batches: 0, used: dispersers.map(() => 0) }
    for (let name = 0; name <= 12; name++) {
      const each = named(name)
      if ((await presence(custody, each)) === 'absent') continue
      books.batches += 1
      books.used[name % 2] = (books.used[name % 2] ?? 0) + each.batch.header.length
    }
    return books
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
  throw new Error(`the child ended without ${String(pattern)}`)
}
