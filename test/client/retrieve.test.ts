// A retrieval's decisions, with nodes that answer when the test says and a clock that the test winds.
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
import { seededBytes } from '../support/random-bytes.ts'

const kernel = nodeKernel()
const committee = committeeOf(
  1,
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
const wanted = { digest: testHeader('digest').root, header, committee }

type Row = {
  readonly pair: number
  readonly signal: AbortSignal
  answer(status?: number, body?: Uint8Array): void
  fail(): void
}

/** A retrieval in progress: the rows that were asked for, in order, and the sleeps that it waits in. */
function retrieval(options: Partial<RetrieveOptions> = {}): {
  batch: Promise<Uint8Array>
  rows: Row[]
  pairs: () => number[]
  /** Lets the delay of the n-th request pass. */
  late: (n: number) => Promise<void>
  failures: string[]
} {
  const rows: Row[] = []
  const sleeps: (() => void)[] = []
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
  const result = retrieveBatch(wanted, {
    kernel,
    get,
    sleep: async (_, signal) =>
      new Promise((resolve, reject) => {
        sleeps.push(resolve)
        signal.addEventListener('abort', () => reject(new Error('woken')))
      }),
    timeoutMs: 60_000,
    hedgeDelayMs: 1,
    onFailure: ({ pair, error }) => failures.push(`${pair} ${error.code}`),
    ...options,
  })
  // It may fail before the test looks.
  result.catch(() => undefined)
  return {
    batch: result,
    rows,
    pairs: () => rows.map(({ pair }) => pair),
    late: async (n) => {
      sleeps[n]?.()
      await settled()
    },
    failures,
  }
}

/** Resolves when whatever was settled has run what waits for it. */
async function settled(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve))
}

describe('a retrieval', () => {
  test('asks for the systematic rows and no others while they come', async () => {
    const { batch: result, rows, pairs } = retrieval()
    expect(pairs()).toEqual([0, 1, 2])
    for (const row of rows) row.answer()
    expect(await result).toEqual(batch)
    expect(pairs()).toEqual([0, 1, 2])
  })

  test('asks each node at its own endpoint', async () => {
    const asked: string[] = []
    const get: Get = async ({ url }) => {
      asked.push(url)
      throw new Error('no')
    }
    await expect(retrieval({ get }).batch).rejects.toMatchObject({ code: 'unavailable' })
    const hosts = asked.map((url) => new URL(url).origin)
    expect(new Set(hosts)).toEqual(new Set(committee.members.map(({ endpoint }) => endpoint)))
    expect(asked[0]).toContain(`/v1/batches/${wanted.digest}/rows/0`)
  })

  test('replaces a row at once that is refused, wrong or cut, and tells why', async () => {
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

  test('adds one row for each that is late, once, and takes whichever comes first', async () => {
    const { batch: result, rows, pairs, late } = retrieval()
    await late(0)
    expect(pairs()).toEqual([0, 1, 2, 3])
    await late(0)
    expect(pairs()).toEqual([0, 1, 2, 3])
    await late(3)
    expect(pairs()).toEqual([0, 1, 2, 3, 4])
    for (const i of [1, 2, 4]) rows[i]?.answer()
    expect(await result).toEqual(batch)
    expect(pairs()).toEqual([0, 1, 2, 3, 4])
  })

  test('does not replace a row twice that is first late and then fails', async () => {
    const { batch: result, rows, pairs, late } = retrieval()
    await late(2)
    rows[2]?.fail()
    await settled()
    expect(pairs()).toEqual([0, 1, 2, 3])
    for (const i of [0, 1, 3]) rows[i]?.answer()
    expect(await result).toEqual(batch)
  })

  test('leaves nothing running when it is done', async () => {
    const { batch: result, rows, late } = retrieval()
    await late(0)
    for (const i of [1, 2, 3]) rows[i]?.answer()
    await result
    expect(rows[0]?.signal.aborted).toBe(true)
  })

  test.each([
    [0, 1, 2],
    [4, 5, 6],
    [0, 3, 6],
    [6, 1, 4],
  ])('decodes rows %i, %i and %i', async (...from) => {
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
  test('does so when the last row that could come has failed, and names what it heard', async () => {
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

  test('does so after its time with what it has, and stops asking', async () => {
    const { batch: result, rows } = retrieval({ timeoutMs: 30 })
    rows[0]?.answer()
    await expect(result).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('within 30 ms, got 1') as string,
    })
    expect(rows.map(({ signal }) => signal.aborted)).toEqual([true, true, true])
    rows[1]?.fail()
    await settled()
    expect(rows).toHaveLength(3)
  })

  test('does so when its caller does not want it any more', async () => {
    const caller = new AbortController()
    const { batch: result, rows } = retrieval({ signal: caller.signal })
    caller.abort()
    await expect(result).rejects.toMatchObject({ code: 'unavailable' })
    expect(rows.every(({ signal }) => signal.aborted)).toBe(true)
    await expect(retrieval({ signal: caller.signal }).batch).rejects.toMatchObject({ code: 'unavailable' })
  })
})
