// Full disks, and disks after a power cut: errors say what to do, no batch that was answered with 200 is lost, and writes succeed again
// when there is free space.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { systemClock } from '../../src/runtime/clock.ts'
import { SliverStore } from '../../src/store/sliver-store.ts'
import { until } from '../support/until.ts'
import { fixture, presence, store } from '../store/sliver-store-fixtures.ts'
import { Fleet } from '../support/fleet.ts'
import {
  batchesNotHeldBySigners,
  headersNotPostedOnce,
  batchesNotServed,
  untilPosted,
} from '../support/invariants.ts'
import { Load, type PutAnswer } from '../support/load.ts'
import { seededFraction } from '../support/random-bytes.ts'
import { SmallDisk, canMakeSmallDisks } from '../support/small-disk.ts'

const MIB = 2 ** 20
const SEED = process.env['FLOE_SEED'] ?? '0'
const WAIT_MS = 180_000

describe.skipIf(!canMakeSmallDisks('full disks'))('a full disk', () => {
  test('with full disks under more than f storage nodes, puts are refused with the reason, gets continue, and puts succeed once there is space', async () => {
    using disk = new SmallDisk(256 * MIB)
    const dirs = Object.fromEntries(['node-0', 'node-1'].map((name) => [name, join(disk.dir, name)]))
    await using fleet = await Fleet.start({ dirs, sidecarFlags: ['--posting-interval', '500ms'] })
    // The reason itself is in the logs of the nodes: no text of a node is passed on.
    const refusal = /^Expected signatures for 3 of 4 shards, got \d\. .* answered 503 \(storage\)/
    expect(await fillAndEmpty(fleet, disk, refusal)).toMatch(refusal)
  })

  test('with a full disk under a sidecar, puts are refused with the reason, gets continue, and puts and posts succeed once there is space', async () => {
    using disk = new SmallDisk(256 * MIB)
    const dirs = { 'sidecar-0': join(disk.dir, 'sidecar') }
    await using fleet = await Fleet.start({ dirs, sidecarFlags: ['--posting-interval', '500ms'] })
    const refusal = /^The disk has \d+ bytes free, a write of \d+ needs \d+\. Free space on it\./
    expect(await fillAndEmpty(fleet, disk, refusal)).toMatch(refusal)
  })

  test('when a database cannot grow, it refuses writes, keeps all stored values, and accepts writes again once there is space', () => {
    using disk = new SmallDisk(16 * MIB)
    const dir = join(disk.dir, 'database')
    const full = fillDatabase(dir, 0, 2_000)
    expect(full.stored.length).toBeGreaterThan(50)
    expect(full.stored.length).toBeLessThan(2_000)
    expect(full.refused.every((line) => line.startsWith('refused storage'))).toBe(true)
    expect(full.holds).toEqual(full.stored)
    // The database is opened and written to again while the disk is still full.
    const again = fillDatabase(dir, 10_000, 3)
    expect(again.holds).toEqual([...full.stored, ...again.stored])
    spawnSync('mount', ['-o', `remount,size=${64 * MIB}`, disk.dir])
    const room = fillDatabase(dir, 20_000, 100)
    expect(room.refused).toEqual([])
    expect(room.holds).toEqual([...again.holds, ...room.stored])
  })
})

/** Puts before, while and after the disk is full; the batches are available all the time. @returns the message of a refused put */
async function fillAndEmpty(
  fleet: Fleet,
  disk: { fillUpTo(bytes: number): void; empty(): void },
  refusal: RegExp,
): Promise<string> {
  const answers: PutAnswer[] = []
  const load = new Load({
    domain: fleet.deployment.domain,
    urls: fleet.sidecars.map(({ url }) => url),
    seed: SEED,
    bytesMax: 100_000,
    onAnswer: (answer) => answers.push(answer),
  })
  const more = async (count: number): Promise<void> => {
    const enough = load.answered.length + count
    await until(`${count} more batches`, () => load.answered.length >= enough || undefined, WAIT_MS)
  }
  await more(100)
  disk.fillUpTo(MIB)
  const refused = await until(
    'a put that is refused because of the disk',
    () => answers.find(({ status, message }) => status === 503 && refusal.test(message)),
    WAIT_MS,
  )
  expect(await batchesNotServed(fleet, load.answered)).toEqual([])
  disk.empty()
  await more(100)
  await load.stop()
  expect(load.unexpected).toEqual([])
  for (const program of [...fleet.nodes, ...fleet.sidecars]) expect(program.pid()).toBeDefined()
  expect(await batchesNotServed(fleet, load.answered)).toEqual([])
  expect(await batchesNotHeldBySigners(fleet, load.answered)).toEqual([])
  await untilPosted(fleet, load.answered, { ms: WAIT_MS })
  expect(await headersNotPostedOnce(fleet, load.answered)).toEqual([])
  return refused.message
}

function fillDatabase(
  dir: string,
  from: number,
  count: number,
): { stored: number[]; refused: string[]; holds: number[] } {
  const script = join(import.meta.dirname, 'full-disk-process.ts')
  const { stdout, status, signal } = spawnSync(process.execPath, [
    script,
    dir,
    `${from}`,
    `${count}`,
    '30000',
  ])
  const lines = stdout.toString().trim().split('\n')
  expect([status, signal, lines.at(-1)]).toEqual([0, null, expect.stringMatching(/^holds /)])
  const numbers = (text: string): number[] => text.split(',').filter(Boolean).map(Number)
  return {
    stored: lines.filter((line) => line.startsWith('stored')).map((line) => Number(line.slice(7))),
    refused: lines.filter((line) => line.startsWith('refused')),
    holds: numbers(lines.at(-1)?.slice(6) ?? ''),
  }
}

describe('a power cut', () => {
  let dir: string
  const children = new Set<ChildProcess>()
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'floe-torn-'))
  })
  afterEach(async () => {
    for (const child of children) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    }
    children.clear()
    await rm(dir, { recursive: true, force: true })
  })

  test('after a power cut at any moment a node has all batches that it had stored, whichever pages were written', async () => {
    let torn = 0
    // Cuts between a write and its commit are random. The test needs enough of them.
    for (let round = 0; round < ROUNDS || torn < TORN_MIN; round++) {
      const writer = startWriter(join(dir, `writer-${round}`), children)
      await until('a stored batch', () => (writer.stored.size > 0 ? true : undefined))
      for (let i = 0; writer.stored.size < STORED; i++) {
        const label = `${SEED} cut ${round}.${i}`
        const before = await writer.snapshot(20 * seededFraction(label))
        const stored = [...writer.stored]
        const after = await writer.snapshot(3 * seededFraction(`${label} later`))
        // With the same meta pages no commit was finished in between: each page that differs is uncommitted, and may or may not be
        // on the disk.
        const uncommitted = metaPages(before).equals(metaPages(after)) && !before.equals(after)
        if (uncommitted) torn += 1
        expect(
          await lostIn(join(dir, 'cut'), uncommitted ? mixed(label, before, after) : before, stored),
        ).toEqual([])
      }
    }
    expect(torn).toBeGreaterThanOrEqual(TORN_MIN)
  })
})

const BYTES = 30_000
const ROUNDS = 8
const TORN_MIN = 10
/** Batches of one round. A snapshot is a whole file, so this bounds its size. */
const STORED = 200

/** The numbers of `stored` that are not complete in a database of these bytes. The database must accept another batch. */
async function lostIn(dir: string, bytes: Buffer, stored: readonly number[]): Promise<number[]> {
  mkdirSync(dir)
  writeFileSync(join(dir, 'data.mdb'), bytes)
  const sliverStore = await SliverStore.open(dir, 2 ** 40)
  try {
    const states = await Promise.all(stored.map(async (i) => presence(sliverStore, named(i))))
    await store(sliverStore, fixture('after the cut', { bytes: BYTES }))
    return stored.filter((_, k) => states[k] !== 'whole')
  } finally {
    await sliverStore.close()
    await rm(dir, { recursive: true })
  }
}

function named(i: number) {
  return fixture(`batch ${i}`, { bytes: BYTES })
}

type Writer = {
  /** The numbers of the batches that it has reported as stored. */
  readonly stored: ReadonlySet<number>
  /** The file of its database at one moment, `ms` from now. Batches that it reported before are in `stored` then. */
  snapshot(ms: number): Promise<Buffer>
}

/** A process that stores batches, several concurrently, until it is killed. */
function startWriter(dir: string, children: Set<ChildProcess>): Writer {
  const script = fileURLToPath(new URL('../store/sliver-store-process.ts', import.meta.url))
  const child = spawn(process.execPath, [script, dir, String(2 * STORED), '4', String(BYTES)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.add(child)
  const stored = new Set<number>()
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line.startsWith('stored')) stored.add(Number(line.slice(7)))
  })
  return {
    stored,
    snapshot: async (ms) => {
      await systemClock.sleep(ms)
      child.kill('SIGSTOP')
      await until('a stopped process', () => isStopped(child.pid ?? 0) || undefined)
      const bytes = readFileSync(join(dir, 'data.mdb'))
      child.kill('SIGCONT')
      return bytes
    },
  }
}

/** Whether all threads of a process have stopped. A thread in a system call stops only when the call ends. */
function isStopped(pid: number): boolean {
  return readdirSync(`/proc/${pid}/task`).every((task) =>
    /^\d+ \(.*\) T/s.test(readFileSync(`/proc/${pid}/task/${task}/stat`, 'latin1')),
  )
}

const PAGE = 4096

function metaPages(bytes: Buffer): Buffer {
  return bytes.subarray(0, 2 * PAGE)
}

/** A file of which each page is from one of the two. */
function mixed(label: string, before: Buffer, after: Buffer): Buffer {
  const bytes = Buffer.from(after)
  for (let at = 0; at < before.length; at += PAGE) {
    if (seededFraction(`${label} page ${at}`) < 0.5) before.copy(bytes, at, at, at + PAGE)
  }
  // The length of the file was not synced either.
  return seededFraction(`${label} end`) < 0.5 ? bytes : bytes.subarray(0, before.length)
}
