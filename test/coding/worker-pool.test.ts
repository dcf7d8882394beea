// One suite over every coder, so that a thread more or less changes nothing; and what only the pool promises: bounds, an event
// loop that stays free, threads that may die, and an end.
import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { type Coder, type EncodedBatch, encodeDispersal, hashPairs, InlineCoder } from '../../src/coding/coder.ts'
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

/** A pool that sends everything to its threads, closed in the end. */
function farPool(options: Partial<WorkerPoolOptions> = {}): WorkerPool {
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
  { title: 'a pool of threads', coder: farPool() },
  { title: 'a pool without threads', coder: farPool({ threads: 0 }) },
]

/** A draft with each body in one piece. */
function bytesOf({ root, bodies }: EncodedBatch): { root: Uint8Array; bodies: Uint8Array[] } {
  return { root, bodies: bodies.map(({ parts }) => concatBytes(...parts)) }
}

/** The rows of a batch, gathered from the bodies that its members get. */
function rowsOf(
  committee: Committee,
  batchBytes: number,
  draft: Awaited<ReturnType<Coder['disperse']>>,
): IndexedRow[] {
  return draft.bodies.flatMap(({ parts }, member) => {
    const body = concatBytes(...parts)
    const layout = dispersalLayout(committee, member, batchBytes)
    return pairsOfMember(committee, toHex(draft.root), member).map((index, k) => {
      const start = layout.pair(k)
      return { index, row: body.subarray(start, start + layout.rowBytes) }
    })
  })
}

/** A committee of few members with unequal shards, a batch, and the rows that answer. */
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
  test('codes to the bytes of every kernel, the readable one among them', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ committee, batch, answering }) => {
        const { geometry } = committee
        const before = batch.slice()
        const draft = await coder.disperse(committee, batch)
        for (const other of kernels)
          expect(bytesOf(encodeDispersal({ kernel: other }, committee, batch))).toEqual(bytesOf(draft))
        const commitment = { root: draft.root, length: batch.length }
        const rows = rowsOf(committee, batch.length, draft).filter(({ index }) => answering.includes(index))
        expect(await coder.decode(geometry, commitment, rows)).toEqual(batch)
        const hashed = rows.map((row, k) =>
          k % 3 === 0
            ? row
            : {
                ...row,
                symbolRoots: hashRow(kernels[k % kernels.length] as Kernel, geometry, row.index, row.row),
              },
        )
        expect(await coder.decode(geometry, commitment, hashed)).toEqual(batch)
        expect(
          await coder.decode(geometry, { ...commitment, root: new Uint8Array(32) }, rows),
        ).toBeUndefined()
        expect(batch).toEqual(before)
        const layout = dispersalLayout(committee, 0, batch.length)
        const count = committee.members[0]?.shards ?? 0
        const body = bytesOf(draft).bodies[0] as Uint8Array
        const pairs = { bytes: body.slice(), start: layout.pair(0), count }
        const expected = kernels.map((other) => hashPairs(other, geometry, pairs))
        const pairHashes = await coder.hashPairs(geometry, pairs)
        expect(pairHashes.bytes).toEqual(body)
        for (const hashes of expected) expect(pairHashes.hashes).toEqual(hashes)
      }),
    )
  })

  test('leaves room for the head', async () => {
    const { committee } = keyedCommittee([1, 1, 1, 1])
    const { bodies } = await coder.disperse(committee, seededBytes('head', 100))
    for (const { parts } of bodies) {
      const head = parts[0]?.subarray(0, DISPERSAL_HEAD_BYTES)
      expect(head).toEqual(new Uint8Array(DISPERSAL_HEAD_BYTES))
    }
  })

  test('fails with the errors of the protocol, and goes on', async () => {
    const { committee } = keyedCommittee([1, 1, 1, 1])
    const commitment = { root: new Uint8Array(32), length: 100 }
    const error = await failureOf(coder.decode(committee.geometry, commitment, []))
    expect([error.code, error.message]).toEqual(['unavailable', 'Expected at least 2 rows to decode, got 0.'])
    await expect(coder.disperse(committee, seededBytes('after', 100))).resolves.toHaveProperty('bodies')
  })

  test('hashes pairs in a part of a larger array without taking it away', async () => {
    const { committee } = keyedCommittee([1, 1, 1, 1])
    const whole = seededBytes('larger', 1000)
    const bytes = whole.subarray(100, 100 + 5 * 32)
    const { hashes } = await coder.hashPairs(committee.geometry, { bytes, start: 0, count: 1 })
    expect(hashes.length).toBe(7 * 32)
    expect(whole).toEqual(seededBytes('larger', 1000))
  })
})

const { committee } = keyedCommittee([3, 2, 3, 2])

describe('the pool', () => {
  test('keeps small jobs on the calling thread', async () => {
    const pool = farPool({ inlineBytesMax: 100, script: new URL('data:text/javascript,process.exit(1)') })
    await expect(pool.disperse(committee, new Uint8Array(100))).resolves.toHaveProperty('root')
    expect((await failureOf(pool.disperse(committee, new Uint8Array(101)))).code).toBe('unavailable')
  })

  test('moves pairs to its threads, not copies', async () => {
    const bytes = seededBytes('moved', 11 * 32).slice()
    const hashed = await farPool().hashPairs(committee.geometry, { bytes, start: 0, count: 1 })
    expect(bytes.length).toBe(0)
    expect(hashed.bytes).toEqual(seededBytes('moved', 11 * 32))
  })

  test('refuses what its line has no room for, and does the rest', async () => {
    const pool = farPool({ threads: 1, waitingMax: 2 })
    const batch = seededBytes('line', 5000)
    const taken = [1, 2, 3].map(async () => pool.disperse(committee, batch))
    const error = await failureOf(pool.disperse(committee, batch))
    expect(error).toMatchObject({ code: 'overloaded', status: 429, retryAfterSeconds: 1 })
    expect(error.message).toBe('Expected a free coding thread, got 2 waiting jobs. Try again after a second.')
    const drafts = await Promise.all(taken)
    expect(new Set(drafts.map(({ root }) => toHex(root))).size).toBe(1)
    await expect(pool.disperse(committee, batch)).resolves.toHaveProperty('root')
  })

  test('fails the job of a thread that dies, and replaces the thread', async () => {
    const pool = farPool({ threads: 1, script: new URL('./dying-worker.ts', import.meta.url) })
    const good = seededBytes('good', 5000)
    const fatal = Uint8Array.of(0xdd, ...good)
    const before = pool.disperse(committee, good)
    const killed = failureOf(pool.disperse(committee, fatal))
    const after = pool.disperse(committee, good)
    expect(await killed).toMatchObject({ code: 'unavailable', retryable: true })
    expect((await killed).message).toMatch(/^A coding thread ended in the middle of a job: 3\. Try again/)
    expect(bytesOf(await after)).toEqual(bytesOf(await before))
  })

  test('writes over bodies that came back, and over no others', async () => {
    const pool = farPool({ sharedMemory: new SharedMemory(1024 * 1024) })
    const same = (draft: EncodedBatch, expected: EncodedBatch): boolean =>
      bytesOf(draft).bodies.every((body, i) =>
        Buffer.from(body).equals(bytesOf(expected).bodies[i] ?? body.subarray(1)),
      )
    const jobsOf = fc.array(
      fc.record({ bytes: fc.integer({ min: 80_000, max: 130_000 }), reused: fc.boolean() }),
      { minLength: 2, maxLength: 6 },
    )
    await fc.assert(
      fc.asyncProperty(fc.constantFrom([1, 1, 1, 1], [2, 1, 1]), jobsOf, async (shards, jobs) => {
        const { committee } = keyedCommittee(shards)
        const kept: { draft: EncodedBatch; expected: EncodedBatch }[] = []
        for (const [i, { bytes, reused }] of jobs.entries()) {
          const batch = seededBytes(`recycled ${i}`, bytes)
          const draft = await pool.disperse(committee, batch)
          const expected = encodeDispersal({ kernel }, committee, batch)
          expect(same(draft, expected)).toBe(true)
          if (!reused) kept.push({ draft, expected })
          for (const { parts, reuse } of reused ? draft.bodies : []) {
            for (const part of parts) part.fill(0xff)
            reuse?.()
            reuse?.()
          }
        }
        for (const { draft, expected } of kept) expect(same(draft, expected)).toBe(true)
      }),
    )
  })

  test('takes the memory of bodies for the next batch, and moves bodies when it has none', async () => {
    const { committee } = keyedCommittee([1, 1, 1, 1])
    const pool = farPool({ threads: 1, sharedMemory: new SharedMemory(700_000) })
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

  test('reads a batch in shared memory where it stands', async () => {
    const { committee } = keyedCommittee([1, 1, 1, 1])
    const batch = seededBytes('lent', 100_000)
    const first = await farPool().disperse(committee, batch)
    const bodies = first.bodies.flatMap(({ parts }) => parts.map(({ buffer }) => buffer.byteLength))
    const room = bodies.reduce((sum, length) => sum + length, capacityFor(batch.length))
    const sharedMemory = new SharedMemory(room)
    const lent = sharedMemory.take(batch.length, 1)?.[0] as Uint8Array
    lent.set(batch)
    const draft = await farPool({ sharedMemory }).disperse(committee, lent)
    expect(bytesOf(draft)).toEqual(bytesOf(first))
    // There was room for the bodies, so none was taken for a copy.
    expect(draft.bodies.every(({ reuse }) => reuse !== undefined)).toBe(true)
    expect(lent).toEqual(batch)
  })

  test('opens rows on its threads while one is free, and decodes what it opened without copies', async () => {
    const { committee } = keyedCommittee([1, 1, 1, 1])
    const store = stored(committee.geometry, seededBytes('opened', 50_000))
    const pool = farPool({ threads: 2 })
    const answers = [3, 0, 1].map((index) => ({ index, answer: sliverAnswer(store, 'row', index) }))
    const opening = answers.map(async ({ index, answer }) =>
      pool.checkRow(placeOf(store, 'row', index), answer),
    )
    // The third found both threads busy.
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

  test('leaves the event loop free while it encodes', async () => {
    const pool = farPool()
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
    // On the calling thread it would be one or two for each batch; here there is nothing else to do than to turn.
    expect(turns).toBeGreaterThan(100)
  })

  test('fails what is under way and waiting when it closes, and what comes later', async () => {
    const pool = farPool({ threads: 1 })
    const jobs = [1, 2, 3].map(async () => failureOf(pool.disperse(committee, seededBytes('closing', 5000))))
    await pool.close()
    for (const error of await Promise.all(jobs)) expect(error.code).toBe('unavailable')
    expect((await failureOf(pool.disperse(committee, new Uint8Array(10)))).message).toBe(
      'The coding threads are shutting down. Try again after the restart.',
    )
    await pool.close()
  })

  test('does not keep a process alive', () => {
    const url = (path: string): string => JSON.stringify(new URL(`../../src/${path}`, import.meta.url).href)
    const script = `
      import { WorkerPool } from ${url('coding/worker-pool.ts')}
      import { nodeKernel } from ${url('coding/node-kernel.ts')}
      import { committeeOf } from ${url('protocol/committee.ts')}
      const signer = '0x' + '01'.repeat(20)
      const committee = committeeOf(1, [{ signer, shards: 4, stake: 1n, endpoint: 'http://127.0.0.1' }])
      const pool = new WorkerPool({ kernel: nodeKernel(), inlineBytesMax: 0, threads: 1 })
      console.log((await pool.disperse(committee, new Uint8Array(1000))).bodies.length)`
    const ended = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
      encoding: 'utf8',
      timeout: 20_000,
    })
    expect([ended.stdout, ended.status]).toEqual(['1\n', 0])
  })
})
