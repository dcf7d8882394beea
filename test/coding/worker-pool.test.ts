// One suite for all coders, because threads must not change results, and the guarantees of the pool: bounds, a responsive event loop,
// threads that may die, and closing.
import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import {
  type Coder,
  type EncodedBatch,
  encodeDispersal,
  hashPairs,
  InlineCoder,
} from '../../src/coding/coder.ts'
import { loadKernel } from '../../src/coding/kernel/load.ts'
import { type IndexedRow, hashRow } from '../../src/protocol/batch.ts'
import { concatBytes, toHex } from '../../src/protocol/bytes.ts'
import { type Committee, pairsOfMember } from '../../src/protocol/committee.ts'
import { DISPERSAL_HEAD_BYTES, dispersalLayout } from '../../src/protocol/dispersal.ts'
import { FloeError } from '../../src/protocol/errors.ts'
import type { Kernel } from '../../src/protocol/kernel.ts'
import { type WorkerPoolOptions, WorkerPool } from '../../src/coding/worker-pool.ts'
import { nodeKernel } from '../../src/coding/node-kernel.ts'
import { capacityFor, SharedMemory } from '../../src/coding/shared-memory.ts'
import { onlySimd } from './kernels.ts'
import { keyedCommittee, picks } from '../support/arbitraries.ts'
import { seededBytes } from '../support/random-bytes.ts'
import { referenceKernel } from '../support/reference-kernel.ts'
import { placeOf, sliverAnswer, stored } from '../protocol/support.ts'

const kernel = nodeKernel()
const closers: (() => Promise<void>)[] = []
afterAll(async () => {
  for (const close of closers) await close()
})

/** A pool that codes everything on its threads, closed after the tests. */
function offThreadPool(options: Partial<WorkerPoolOptions> = {}): WorkerPool {
  const pool = new WorkerPool({ kernel, threads: 2, inlineBytesMax: 0, ...options })
  closers.push(async () => pool.close())
  return pool
}

const kernels: readonly Kernel[] = [
  referenceKernel(),
  nodeKernel(),
  loadKernel(),
  loadKernel({ validate: onlySimd() }),
]

const coders: readonly { title: string; coder: Coder }[] = [
  { title: 'the calling thread', coder: new InlineCoder(kernel) },
  { title: 'the calling thread, plain SIMD', coder: new InlineCoder(loadKernel({ validate: onlySimd() })) },
  { title: 'a pool of threads', coder: offThreadPool() },
  { title: 'a pool without threads', coder: offThreadPool({ threads: 0 }) },
]

/** An encoded batch with each body in one piece. */
function bytesOf({ root, bodies }: EncodedBatch): { root: Uint8Array; bodies: Uint8Array[] } {
  return { root, bodies: bodies.map(({ parts }) => concatBytes(...parts)) }
}

/** The rows of a batch, from the bodies of its members. */
function rowsOf(
  committee: Committee,
  batchBytes: number,
  encoded: Awaited<ReturnType<Coder['disperse']>>,
): IndexedRow[] {
  return encoded.bodies.flatMap(({ parts }, member) => {
    const body = concatBytes(...parts)
    const layout = dispersalLayout(committee, member, batchBytes)
    return pairsOfMember(committee, toHex(encoded.root), member).map((index, k) => {
      const start = layout.pair(k)
      return { index, row: body.subarray(start, start + layout.rowBytes) }
    })
  })
}

/** A committee of few members with unequal shards, a batch, and the rows that are answered. */
const cases = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 4, maxLength: 7 }).chain((shards) => {
  const { committee } = keyedCommittee(shards)
  const { geometry } = committee
  const indices = Array.from({ length: geometry.shards }, (_, i) => i)
  return fc.record({
    committee: fc.constant(committee),
    batch: fc.integer({ min: 1, max: 20_000 }).map((bytes) => seededBytes(`case ${bytes}`, bytes)),
    answering: picks(indices, geometry.rows),
  })
})

async function failureOf(job: Promise<unknown>): Promise<FloeError> {
  const error: unknown = await job.then(
    () => new Error('it did not fail'),
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof FloeError)) throw error
  return error
}

describe.each(coders)('$title', ({ coder }) => {
  test('this coder gives the bytes of every kernel, including the readable one', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ committee, batch, answering }) => {
        const { geometry } = committee
        const before = batch.slice()
        const encoded = await coder.disperse(committee, batch)
        for (const other of kernels)
          expect(bytesOf(encodeDispersal({ kernel: other }, committee, batch))).toEqual(bytesOf(encoded))
        const expectedBatch = { root: encoded.root, length: batch.length }
        const rows = rowsOf(committee, batch.length, encoded).filter(({ index }) => answering.includes(index))
        expect(await coder.decode(geometry, expectedBatch, rows)).toEqual(batch)
        const hashed = rows.map((row, k) =>
          k % 3 === 0
            ? row
            : {
                ...row,
                symbolRoots: hashRow(kernels[k % kernels.length] as Kernel, geometry, row.index, row.row),
              },
        )
        expect(await coder.decode(geometry, expectedBatch, hashed)).toEqual(batch)
        expect(
          await coder.decode(geometry, { ...expectedBatch, root: new Uint8Array(32) }, rows),
        ).toBeUndefined()
        expect(batch).toEqual(before)
        const layout = dispersalLayout(committee, 0, batch.length)
        const count = committee.members[0]?.shards.length ?? 0
        const body = bytesOf(encoded).bodies[0] as Uint8Array
        const pairs = { bytes: body.slice(), start: layout.pair(0), count }
        const expected = kernels.map((other) => hashPairs(other, geometry, pairs))
        const pairHashes = await coder.hashPairs(geometry, pairs)
        expect(pairHashes.bytes).toEqual(body)
        for (const hashes of expected) expect(pairHashes.hashes).toEqual(hashes)
      }),
    )
  })

  test('this coder leaves the head of every body empty', async () => {
    const { committee } = keyedCommittee([1, 1, 1, 1])
    const { bodies } = await coder.disperse(committee, seededBytes('head', 100))
    for (const { parts } of bodies) {
      const head = parts[0]?.subarray(0, DISPERSAL_HEAD_BYTES)
      expect(head).toEqual(new Uint8Array(DISPERSAL_HEAD_BYTES))
    }
  })

  test('this coder fails with the errors of the protocol, and then codes the next batch', async () => {
    const { committee } = keyedCommittee([1, 1, 1, 1])
    const expectedBatch = { root: new Uint8Array(32), length: 100 }
    const error = await failureOf(coder.decode(committee.geometry, expectedBatch, []))
    expect([error.code, error.message]).toEqual(['unavailable', 'Expected at least 2 rows to decode, got 0.'])
    await expect(coder.disperse(committee, seededBytes('after', 100))).resolves.toHaveProperty('bodies')
  })

  test('this coder hashes pairs in a part of a larger array without moving the array', async () => {
    const { committee } = keyedCommittee([1, 1, 1, 1])
    const whole = seededBytes('larger', 1000)
    const bytes = whole.subarray(100, 100 + 5 * 32)
    const { hashes } = await coder.hashPairs(committee.geometry, { bytes, start: 0, count: 1 })
    expect(hashes.length).toBe(7 * 32)
    expect(whole).toEqual(seededBytes('larger', 1000))
  })
})

const { committee } = keyedCommittee([3, 2, 3, 2])

describe('the worker pool', () => {
  test('the pool runs small jobs on the calling thread', async () => {
    const pool = offThreadPool({
      inlineBytesMax: 100,
      script: new URL('data:text/javascript,process.exit(1)'),
    })
    await expect(pool.disperse(committee, new Uint8Array(100))).resolves.toHaveProperty('root')
    expect((await failureOf(pool.disperse(committee, new Uint8Array(101)))).code).toBe('unavailable')
  })

  test('Not copied: pairs move to the threads', async () => {
    const bytes = seededBytes('moved', 11 * 32).slice()
    const hashed = await offThreadPool().hashPairs(committee.geometry, { bytes, start: 0, count: 1 })
    expect(bytes.length).toBe(0)
    expect(hashed.bytes).toEqual(seededBytes('moved', 11 * 32))
  })

  test('Bounded: a job beyond the waiting jobs is refused, and the others are done', async () => {
    const pool = offThreadPool({ threads: 1, waitingMax: 2 })
    const batch = seededBytes('line', 5000)
    const taken = [1, 2, 3].map(async () => pool.disperse(committee, batch))
    const error = await failureOf(pool.disperse(committee, batch))
    expect(error).toMatchObject({ code: 'overloaded', status: 429, retryAfterSeconds: 1 })
    expect(error.message).toBe('Expected a free coding thread, got 2 waiting jobs. Try again after a second.')
    const results = await Promise.all(taken)
    expect(new Set(results.map(({ root }) => toHex(root))).size).toBe(1)
    await expect(pool.disperse(committee, batch)).resolves.toHaveProperty('root')
  })

  test('Contained: a thread that dies fails its own job, and the next job gets a new thread', async () => {
    const pool = offThreadPool({ threads: 1, script: new URL('./dying-worker.ts', import.meta.url) })
    const good = seededBytes('good', 5000)
    const fatal = Uint8Array.of(0xdd, ...good)
    const before = pool.disperse(committee, good)
    const killed = failureOf(pool.disperse(committee, fatal))
    const after = pool.disperse(committee, good)
    expect(await killed).toMatchObject({ code: 'unavailable', retryable: true })
    expect((await killed).message).toMatch(/^A coding thread ended in the middle of a job: 3\. Try again/)
    expect(bytesOf(await after)).toEqual(bytesOf(await before))
  })

  test('Reused only when returned: only bodies that were returned are overwritten', async () => {
    const pool = offThreadPool({ sharedMemory: new SharedMemory(1024 * 1024) })
    const same = (encoded: EncodedBatch, expected: EncodedBatch): boolean =>
      bytesOf(encoded).bodies.every((body, i) =>
        Buffer.from(body).equals(bytesOf(expected).bodies[i] ?? body.subarray(1)),
      )
    const jobsOf = fc.array(
      fc.record({ bytes: fc.integer({ min: 80_000, max: 130_000 }), reused: fc.boolean() }),
      { minLength: 2, maxLength: 6 },
    )
    await fc.assert(
      fc.asyncProperty(fc.constantFrom([1, 1, 1, 1], [2, 1, 1]), jobsOf, async (shards, jobs) => {
        const { committee } = keyedCommittee(shards)
        const kept: { encoded: EncodedBatch; expected: EncodedBatch }[] = []
        for (const [i, { bytes, reused }] of jobs.entries()) {
          const batch = seededBytes(`recycled ${i}`, bytes)
          const encoded = await pool.disperse(committee, batch)
          const expected = encodeDispersal({ kernel }, committee, batch)
          expect(same(encoded, expected)).toBe(true)
          if (!reused) kept.push({ encoded, expected })
          for (const { parts, reuse } of reused ? encoded.bodies : []) {
            for (const part of parts) part.fill(0xff)
            reuse?.()
            reuse?.()
          }
        }
        for (const { encoded, expected } of kept) expect(same(encoded, expected)).toBe(true)
      }),
    )
  })

  test('the memory of returned bodies is used for the next batch, and bodies move when there is none', async () => {
    const { committee } = keyedCommittee([1, 1, 1, 1])
    const pool = offThreadPool({ threads: 1, sharedMemory: new SharedMemory(700_000) })
    const buffersOf = ({ bodies }: EncodedBatch): unknown[] =>
      bodies.flatMap(({ parts }) => parts.map(({ buffer }) => buffer))
    const first = await pool.disperse(committee, seededBytes('first', 100_000))
    const moved = await pool.disperse(committee, seededBytes('moved', 100_000))
    expect(moved.bodies.map(({ reuse }) => reuse)).toEqual([undefined, undefined, undefined, undefined])
    for (const { reuse } of first.bodies) reuse?.()
    const again = await pool.disperse(committee, seededBytes('again', 101_000))
    expect(new Set(buffersOf(again))).toEqual(new Set(buffersOf(first)))
    expect(bytesOf(again)).toEqual(
      bytesOf(encodeDispersal({ kernel }, committee, seededBytes('again', 101_000))),
    )
  })

  test('Not copied: a batch in shared memory is read in place', async () => {
    const { committee } = keyedCommittee([1, 1, 1, 1])
    const batch = seededBytes('lent', 100_000)
    const first = await offThreadPool().disperse(committee, batch)
    const bodies = first.bodies.flatMap(({ parts }) => parts.map(({ buffer }) => buffer.byteLength))
    const room = bodies.reduce((sum, length) => sum + length, capacityFor(batch.length))
    const sharedMemory = new SharedMemory(room)
    const lent = sharedMemory.take(batch.length, 1)?.[0] as Uint8Array
    lent.set(batch)
    const encoded = await offThreadPool({ sharedMemory }).disperse(committee, lent)
    expect(bytesOf(encoded)).toEqual(bytesOf(first))
    // The memory had room for the bodies only, so there was no copy of the batch.
    expect(encoded.bodies.every(({ reuse }) => reuse !== undefined)).toBe(true)
    expect(lent).toEqual(batch)
  })

  test('Not copied: rows are checked on a free thread and decoded without a copy', async () => {
    const { committee } = keyedCommittee([1, 1, 1, 1])
    const store = stored(committee.geometry, seededBytes('opened', 50_000))
    const pool = offThreadPool({ threads: 2 })
    const answers = [3, 0, 1].map((index) => ({ index, answer: sliverAnswer(store, 'row', index) }))
    const opening = answers.map(async ({ index, answer }) =>
      pool.checkRow(placeOf(store, 'row', index), answer),
    )
    // When the third started, both threads were busy.
    expect(answers.map(({ answer }) => answer.length > 0)).toEqual([false, false, true])
    const rows = await Promise.all(opening)
    const { root } = store.encoding
    expect(await pool.decode(committee.geometry, { root, length: 50_000 }, rows)).toEqual(
      seededBytes('opened', 50_000),
    )
    expect(rows.map(({ row }) => row.length > 0)).toEqual([false, false, true])
    const wrong = sliverAnswer(store, 'row', 2)
    wrong[wrong.length - 1] = (wrong.at(-1) ?? 0) ^ 1
    expect((await failureOf(pool.checkRow(placeOf(store, 'row', 2), wrong))).code).toBe('sliver-mismatch')
  })

  test('the event loop runs while the pool encodes', async () => {
    const pool = offThreadPool()
    await pool.disperse(committee, seededBytes('start', 1000))
    const batch = new Uint8Array(4 * 1024 * 1024).fill(7)
    let turns = 0
    let working = true
    const turn = (): void => {
      turns++
      if (working) setImmediate(turn)
    }
    turn()
    await Promise.all([1, 2, 3, 4].map(async () => pool.disperse(committee, batch)))
    working = false
    // Encoding on the calling thread would allow one or two turns for each batch.
    expect(turns).toBeGreaterThan(100)
  })

  test('closing the pool fails running, waiting and later jobs', async () => {
    const pool = offThreadPool({ threads: 1 })
    const jobs = [1, 2, 3].map(async () => failureOf(pool.disperse(committee, seededBytes('closing', 5000))))
    await pool.close()
    for (const error of await Promise.all(jobs)) expect(error.code).toBe('unavailable')
    expect((await failureOf(pool.disperse(committee, new Uint8Array(10)))).message).toBe(
      'The coding threads are shutting down. Try again after the restart.',
    )
    await pool.close()
  })

  test('Quiet: idle threads do not keep the process alive', () => {
    const url = (path: string): string => JSON.stringify(new URL(`../../src/${path}`, import.meta.url).href)
    const script = `
      import { WorkerPool } from ${url('coding/worker-pool.ts')}
      import { nodeKernel } from ${url('coding/node-kernel.ts')}
      import { committeeOf } from ${url('protocol/committee.ts')}
      const signer = '0x' + '01'.repeat(20)
      const committee = committeeOf(1, '0x' + '00'.repeat(32), [{ signer, shards: [0, 1, 2, 3], endpoint: 'http://127.0.0.1' }])
      const pool = new WorkerPool({ kernel: nodeKernel(), inlineBytesMax: 0, threads: 1 })
      console.log((await pool.disperse(committee, new Uint8Array(1000))).bodies.length)`
    const ended = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
      encoding: 'utf8',
      timeout: 20_000,
    })
    expect([ended.stdout, ended.status]).toEqual(['1\n', 0])
  })
})
