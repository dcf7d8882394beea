// A retrieval's decisions, with storage nodes that answer when the test says and a clock that the test advances.
import { describe, expect, test } from 'vitest'
import type { Get } from '../../src/client/storage-node.ts'
import { type RetrieveOptions, retrieveBatch } from '../../src/client/retrieve.ts'
import { encodeBatch } from '../../src/protocol/batch.ts'
import { concatBytes, toHex } from '../../src/protocol/bytes.ts'
import { committeeOf } from '../../src/protocol/committee.ts'
import { sliverRoot } from '../../src/protocol/hashing.ts'
import { pairProof } from '../../src/protocol/sliver.ts'
import { nodeKernel } from '../../src/coding/node-kernel.ts'
import { testHeader, testOperators } from '../support/deploy.ts'
import { type ManualClock, manualClock } from '../support/manual-clock.ts'
import { seededBytes } from '../support/random-bytes.ts'

const kernel = nodeKernel()
const committee = committeeOf(
  1,
  `0x${'11'.repeat(32)}`,
  testOperators([1, 1, 1, 1, 1, 1, 1]).map(({ member }) => member),
)
const { geometry } = committee
const batch = seededBytes('retrieve', 10_000)

const encoded = encodeBatch(kernel, geometry, batch, (encoding) => ({
  root: encoding.root,
  leaves: encoding.leaves,
  slivers: Array.from({ length: geometry.shards }, (_, pair) => {
    const column = new Uint8Array(geometry.rows * encoding.symbolBytes)
    encoding.copyColumn(pair, column)
    return { row: encoding.row(pair).slice(), column }
  }),
}))
/** What an honest node answers for each row. */
const answers = encoded.slivers.map(({ row, column }, pair) =>
  concatBytes(pairProof(encoded.leaves, pair, sliverRoot(kernel, column, geometry.rows)), row),
)
const header = testHeader('retrieve', { root: toHex(encoded.root), length: batch.length })
const certified = { digest: testHeader('digest').root, header, committee }

type Row = {
  readonly pair: number
  readonly signal: AbortSignal
  answer(status?: number, body?: Uint8Array): void
  fail(): void
}

const TIMEOUT_MS = 60_000
const HEDGE_DELAY_MS = 1_000

/** A retrieval in progress: the rows that were requested, in order, and the clock that it reads. */
function retrieval(options: Partial<RetrieveOptions> = {}): {
  batch: Promise<Uint8Array>
  rows: Row[]
  pairs: () => number[]
  /** Advances the clock, and runs what waited for that. */
  advance: (ms: number) => Promise<void>
  clock: ManualClock
  failures: string[]
} {
  const rows: Row[] = []
  const clock = manualClock(1_900_000_000)
  const failures: string[] = []
  const get: Get = async ({ url, signal }) => {
    const { promise, resolve, reject } = Promise.withResolvers<{ status: number; body: Uint8Array }>()
    const pair = Number(url.split('/').at(-1))
    rows.push({
      pair,
      signal,
      answer: (status = 200, body = answers[pair] as Uint8Array) => resolve({ status, body }),
      fail: () => reject(new Error('connection refused')),
    })
    return promise
  }
  const result = retrieveBatch(certified, {
    kernel,
    get,
    clock,
    timeoutMs: TIMEOUT_MS,
    hedgeDelayMs: HEDGE_DELAY_MS,
    onFailure: ({ pair, error }) => failures.push(`${pair} ${error.code}`),
    ...options,
  })
  // It may fail before the test reads it.
  result.catch(() => undefined)
  return {
    batch: result,
    rows,
    pairs: () => rows.map(({ pair }) => pair),
    advance: async (ms) => {
      clock.advance(ms)
      await settled()
    },
    clock,
    failures,
  }
}

/** Resolves when the continuations of settled promises have run. */
async function settled(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve))
}

describe('a retrieval', () => {
  test('a retrieval requests the systematic rows and no others while they arrive', async () => {
    const { batch: result, rows, pairs } = retrieval()
    expect(pairs()).toEqual([0, 1, 2])
    for (const row of rows) row.answer()
    expect(await result).toEqual(batch)
    expect(pairs()).toEqual([0, 1, 2])
  })

  test('a retrieval asks each storage node at its own endpoint', async () => {
    const asked: string[] = []
    const get: Get = async ({ url }) => {
      asked.push(url)
      throw new Error('no')
    }
    await expect(retrieval({ get }).batch).rejects.toMatchObject({ code: 'unavailable' })
    const hosts = asked.map((url) => new URL(url).origin)
    expect(new Set(hosts)).toEqual(new Set(committee.members.map(({ endpoint }) => endpoint)))
    expect(asked[0]).toContain(`/v1/batches/${certified.digest}/rows/0`)
  })

  test('a row that is refused, wrong or cut short is replaced immediately, and its reason is reported', async () => {
    const { batch: result, rows, pairs, failures } = retrieval()
    rows[1]?.fail()
    await settled()
    expect(pairs()).toEqual([0, 1, 2, 3])
    rows[3]?.answer(404, new TextEncoder().encode('{"code":"not-held"}'))
    await settled()
    rows[4]?.answer(200, answers[5])
    await settled()
    expect(pairs()).toEqual([0, 1, 2, 3, 4, 5])
    for (const i of [0, 2, 5]) rows[i]?.answer()
    expect(await result).toEqual(batch)
    expect(failures).toEqual(['1 unavailable', '3 unavailable', '4 sliver-mismatch'])
  })

  test('a retrieval requests one more row for each late one, once, and takes the rows that arrive first', async () => {
    const { batch: result, rows, pairs, advance } = retrieval()
    for (const i of [1, 2]) rows[i]?.answer()
    await settled()
    await advance(HEDGE_DELAY_MS - 1)
    expect(pairs()).toEqual([0, 1, 2])
    await advance(1)
    expect(pairs()).toEqual([0, 1, 2, 3])
    await advance(HEDGE_DELAY_MS)
    expect(pairs()).toEqual([0, 1, 2, 3, 4])
    rows[4]?.answer()
    expect(await result).toEqual(batch)
    expect(pairs()).toEqual([0, 1, 2, 3, 4])
  })

  test('a row that is first late and then fails is replaced once', async () => {
    const { batch: result, rows, pairs, advance } = retrieval()
    for (const i of [0, 1]) rows[i]?.answer()
    await settled()
    await advance(HEDGE_DELAY_MS)
    rows[2]?.fail()
    await settled()
    expect(pairs()).toEqual([0, 1, 2, 3])
    rows[3]?.answer()
    expect(await result).toEqual(batch)
  })

  test('a retrieval that is done leaves no request and no timer behind', async () => {
    const { batch: result, rows, advance, clock } = retrieval()
    await advance(HEDGE_DELAY_MS)
    for (const i of [1, 2, 3]) rows[i]?.answer()
    await result
    expect(rows[0]?.signal.aborted).toBe(true)
    await settled()
    expect(clock.sleeping()).toBe(0)
  })

  test.each([
    [0, 1, 2],
    [4, 5, 6],
    [0, 3, 6],
    [6, 1, 4],
  ])('a retrieval decodes the batch from rows %i, %i and %i', async (...from) => {
    const { batch: result, rows } = retrieval()
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i] as Row
      if (from.includes(row.pair)) row.answer()
      else row.fail()
      await settled()
    }
    expect(await result).toEqual(batch)
  })
})

describe('a retrieval that fails', () => {
  test('a retrieval fails when the last row that could arrive has failed, and gives the reasons', async () => {
    const { batch: result, rows } = retrieval()
    rows[0]?.answer()
    rows[1]?.answer()
    for (let i = 2; i < 7; i++) {
      rows[i]?.fail()
      await settled()
    }
    await expect(result).rejects.toMatchObject({
      code: 'unavailable',
      retryAfterSeconds: 2,
      facts: { rows: 3, got: 2 },
      message: expect.stringMatching(/Expected 3 of 7 rows .*, got 2\. .*connection refused/) as string,
    })
  })

  test('a retrieval fails when its time is over, and requests nothing more', async () => {
    const { batch: result, rows, advance } = retrieval({ hedgeDelayMs: 2 * TIMEOUT_MS })
    rows[0]?.answer()
    await settled()
    await advance(TIMEOUT_MS)
    await expect(result).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining(`within ${TIMEOUT_MS} ms, got 1`) as string,
    })
    expect(rows.map(({ signal }) => signal.aborted)).toEqual([true, true, true])
    rows[1]?.fail()
    await settled()
    expect(rows).toHaveLength(3)
  })

  test('a retrieval fails when its caller aborts, and starts nothing for a caller that has aborted', async () => {
    const caller = new AbortController()
    const { batch: result, rows } = retrieval({ signal: caller.signal })
    caller.abort()
    await expect(result).rejects.toMatchObject({ code: 'unavailable' })
    expect(rows.every(({ signal }) => signal.aborted)).toBe(true)
    const late = retrieval({ signal: caller.signal })
    await expect(late.batch).rejects.toMatchObject({ code: 'unavailable' })
    expect(late.rows).toHaveLength(0)
  })
})
