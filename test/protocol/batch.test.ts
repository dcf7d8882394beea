// Encoding and decoding of batches: against an independent encoder, for every committee, and against roots of invalid encodings of
// which every sliver opens.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type IndexedRow, decodeBatch, encodeBatch, encodePairs, hashRow } from '../../src/protocol/batch.ts'
import { geometryOf } from '../../src/protocol/geometry.ts'
import { range } from '../../src/protocol/field.ts'
import { batches, picks, shardCounts } from '../support/arbitraries.ts'
import { type EvilEncoding, evilEncode, flaws, fullMatrix, extendVectors } from '../support/evil-encoder.ts'
import { seededBytes } from '../support/random-bytes.ts'
import { codeThrownBy, encodedCopy, kernel } from './support.ts'

function rowsOf(encoding: EvilEncoding, indices: readonly number[]): IndexedRow[] {
  return indices.map((index) => ({ index, row: encoding.rows[index] as Uint8Array }))
}

function decoded(encoding: EvilEncoding, length: number, indices: readonly number[]): Uint8Array | undefined {
  return decodeBatch(kernel, encoding.geometry, { root: encoding.root, length }, rowsOf(encoding, indices))
}

/** All sets of `size` numbers out of 0 … n − 1. */
function subsets(n: number, size: number): number[][] {
  if (size === 0) return [[]]
  return range(size - 1, n).flatMap((last) => subsets(last, size - 1).map((rest) => [...rest, last]))
}

describe('encoding', () => {
  test('encoding gives the slivers, leaves and root of the specification', () => {
    const cases = fc.integer({ min: 4, max: 40 }).chain((n) => fc.tuple(fc.constant(n), batches(20_000)))
    fc.assert(
      fc.property(cases, ([n, batch]) => {
        const geometry = geometryOf(n)
        expect(encodedCopy(geometry, batch)).toEqual(evilEncode(geometry, batch, 'none'))
      }),
      { numRuns: 10 },
    )
  })

  test.each([4, 7, 10])(
    'encoding for %s shards gives the same result when the workspace cannot hold all symbols',
    (n) => {
      const geometry = geometryOf(n)
      const batch = seededBytes(`in steps ${n}`, 1_300_001)
      const expected = evilEncode(geometry, batch, 'none')
      expect(encodedCopy(geometry, batch)).toEqual(expected)
      const { root, leaves } = expected
      expect(encodePairs(kernel, geometry, batch)).toEqual({ root, leaves })
    },
  )

  test('encoding agrees with the specification for the largest committee', () => {
    const [geometry, batch] = [geometryOf(255), seededBytes('largest committee', 1000)]
    const expected = evilEncode(geometry, batch, 'none')
    const actual = encodedCopy(geometry, batch)
    expect(actual.root).toEqual(expected.root)
    expect(actual.leaves).toEqual(expected.leaves)
  })

  test('encoding is systematic: the first r rows are the batch', () => {
    fc.assert(
      fc.property(shardCounts, batches(5000), (n, batch) => {
        const geometry = geometryOf(n)
        const { rows } = encodedCopy(geometry, batch)
        const start = Buffer.concat(rows.slice(0, geometry.rows))
        expect(start.subarray(0, batch.length).equals(batch)).toBe(true)
        expect(start.subarray(batch.length).every((byte) => byte === 0)).toBe(true)
      }),
    )
  })

  test('encoding is not influenced by the batch that was encoded before', () => {
    const geometry = geometryOf(7)
    const fresh = encodedCopy(geometry, seededBytes('short', 100)).root
    encodedCopy(geometry, seededBytes('long', 50_000).fill(0xff))
    expect(encodedCopy(geometry, seededBytes('short', 100)).root).toEqual(fresh)
  })

  test('encoding does not change the batch', () => {
    const batch = seededBytes('unchanged', 1000)
    encodeBatch(kernel, geometryOf(4), batch, () => undefined)
    expect(batch).toEqual(seededBytes('unchanged', 1000))
  })
})

describe('the two dimensions', () => {
  test.each([4, 7, 10, 31])(
    'the two dimensions commute for %s shards: extending rows and then columns equals extending columns and then rows',
    (n) => {
      const geometry = geometryOf(n)
      const padded = seededBytes(`matrix ${n}`, geometry.rows * geometry.columns * 32)
      const rowsLast = fullMatrix(geometry, padded)
      const symbols = range(0, geometry.rows).map((i) =>
        range(0, geometry.columns).map((j) => {
          const start = (i * geometry.columns + j) * 32
          return padded.subarray(start, start + 32)
        }),
      )
      const extendedRows = symbols.map((row) => extendVectors(row, n))
      const columns = range(0, n).map((j) =>
        extendVectors(
          extendedRows.map((row) => row[j] as Uint8Array),
          n,
        ),
      )
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < n; j++) expect(columns[j]?.[i], `E[${i}][${j}]`).toEqual(rowsLast[i]?.[j])
      }
      const { rows, columns: columnSlivers } = encodedCopy(geometry, padded)
      rows.forEach((row, i) =>
        expect(Buffer.concat(rowsLast[i]?.slice(0, geometry.columns) ?? [])).toEqual(Buffer.from(row)),
      )
      columnSlivers.forEach((column, j) =>
        expect(Buffer.concat(rowsLast.slice(0, geometry.rows).map((row) => row[j] as Uint8Array))).toEqual(
          Buffer.from(column),
        ),
      )
    },
  )
})

describe('decoding', () => {
  test.each([4, 7])('a batch for %s shards is decoded from every set of r rows', (n) => {
    const geometry = geometryOf(n)
    const batch = seededBytes('every set', 700)
    const encoding = encodedCopy(geometry, batch)
    for (const indices of subsets(n, geometry.rows)) {
      expect(decoded(encoding, batch.length, indices), `rows ${indices.join()}`).toEqual(batch)
    }
  })

  test('a batch is decoded from any r rows of any committee, in any order', () => {
    const cases = shardCounts.chain((n) =>
      fc.tuple(fc.constant(n), batches(4000), picks(range(0, n), geometryOf(n).rows)),
    )
    fc.assert(
      fc.property(cases, ([n, batch, indices]) => {
        const encoding = encodedCopy(geometryOf(n), batch)
        expect(decoded(encoding, batch.length, indices)).toEqual(batch)
      }),
    )
  })

  test('decoding uses the known symbol roots of rows, in small batches and in large ones', () => {
    const cases = fc.constantFrom(4, 7, 10, 13).chain((n) =>
      fc.record({
        n: fc.constant(n),
        length: fc.oneof(fc.integer({ min: 1, max: 30_000 }), fc.constant(1_400_000)),
        indices: picks(range(0, n), geometryOf(n).rows),
        hashed: fc.subarray(range(0, n)),
      }),
    )
    fc.assert(
      fc.property(cases, ({ n, length, indices, hashed }) => {
        const geometry = geometryOf(n)
        const batch = seededBytes(`known hashes ${length}`, length)
        const encoding = encodedCopy(geometry, batch)
        const commitment = { root: encoding.root, length }
        const rows = rowsOf(encoding, indices).map((row) =>
          hashed.includes(row.index)
            ? { ...row, symbolRoots: hashRow(kernel, geometry, row.index, row.row) }
            : row,
        )
        const same = (decodedBatch: Uint8Array | undefined): boolean =>
          decodedBatch !== undefined && Buffer.from(batch).equals(decodedBatch)
        expect(same(decodeBatch(kernel, geometry, commitment, rows))).toBe(true)
        const [first] = rows
        if (first?.symbolRoots === undefined) return
        first.symbolRoots.fill(7, 0, 1)
        expect(decodeBatch(kernel, geometry, commitment, rows)).toBeUndefined()
      }),
    )
  })

  test('decoding a row with too few symbol roots fails an assertion', () => {
    const encoding = encodedCopy(geometryOf(4), seededBytes('hashes', 500))
    const rows = rowsOf(encoding, [0, 1]).map((row) => ({ ...row, symbolRoots: new Uint8Array(3 * 32) }))
    expect(() => decodeBatch(kernel, encoding.geometry, { root: encoding.root, length: 500 }, rows)).toThrow(
      /^assertion failed: row 0 has 128 of hashes/,
    )
  })

  test('decoding accepts more than r rows and uses r of them', () => {
    const batch = seededBytes('more rows', 500)
    const encoding = encodedCopy(geometryOf(10), batch)
    expect(decoded(encoding, batch.length, range(0, 10))).toEqual(batch)
  })

  test('decoding fewer than r rows is refused as unavailable', () => {
    const batch = seededBytes('too few', 500)
    const encoding = encodedCopy(geometryOf(10), batch)
    expect(codeThrownBy(() => decoded(encoding, batch.length, [0, 1, 9]))).toBe('unavailable')
  })

  test('decoding a row of another length, out of range or repeated fails an assertion', () => {
    const batch = seededBytes('bad row', 500)
    const encoding = encodedCopy(geometryOf(4), batch)
    const commitment = { root: encoding.root, length: batch.length }
    const decode = (rows: IndexedRow[]) => decodeBatch(kernel, encoding.geometry, commitment, rows)
    const [first, second] = rowsOf(encoding, [0, 1]) as [IndexedRow, IndexedRow]
    expect(() => decode([first, { index: 1, row: second.row.subarray(1) }])).toThrow(
      /^assertion failed: row 1/,
    )
    expect(() => decode([first, { index: 4, row: second.row }])).toThrow(/^assertion failed: row 4/)
    expect(() => decode([first, first])).toThrow(/^assertion failed: rows are distinct/)
  })

  test('decoding gives no batch for another root or another length', () => {
    const batch = seededBytes('other root', 500)
    const encoding = encodedCopy(geometryOf(4), batch)
    const other = encodedCopy(geometryOf(4), seededBytes('another', 500))
    expect(decoded({ ...encoding, root: other.root }, batch.length, [0, 1])).toBeUndefined()
    // One byte shorter, so that the last byte is padding, which must be zero.
    expect(decoded(encoding, batch.length - 1, [0, 1])).toBeUndefined()
  })
})

describe('round trips', () => {
  const sizes = [1, 31, 32, 33, 1024, 119_823, 1024 * 1024]
  test.each([4, 7, 10, 31, 100])(
    'a batch of every size for %s shards is decoded from the first and from the last r rows',
    (n) => {
      const geometry = geometryOf(n)
      for (const size of sizes) {
        const batch = seededBytes(`round trip ${size}`, size)
        const encoding = encodedCopy(geometry, batch)
        for (const first of [0, n - geometry.rows]) {
          const back = decoded(encoding, size, range(first, first + geometry.rows))
          expect(
            back !== undefined && Buffer.from(batch).equals(back),
            `${size} bytes from row ${first}`,
          ).toBe(true)
        }
      }
    },
  )
})

describe('invalid encodings', () => {
  test.each(flaws)('an encoding with the flaw %s decodes to no batch, whichever rows are used', (flaw) => {
    for (const n of [4, 7]) {
      const geometry = geometryOf(n)
      const batch = seededBytes(`evil ${flaw}`, 500)
      const evil = evilEncode(geometry, batch, flaw)
      for (const indices of subsets(n, geometry.rows)) {
        expect(decoded(evil, batch.length, indices), `n = ${n}, rows ${indices.join()}`).toBeUndefined()
      }
    }
  })

  test('an invalid encoding decodes to no batch in any committee', () => {
    const cases = fc.integer({ min: 4, max: 60 }).chain((n) =>
      fc.record({
        n: fc.constant(n),
        length: fc.integer({ min: 1, max: 3000 }),
        flaw: fc.constantFrom(...flaws),
        indices: picks(range(0, n), geometryOf(n).rows),
      }),
    )
    fc.assert(
      fc.property(cases, ({ n, length, flaw, indices }) => {
        const geometry = geometryOf(n)
        fc.pre(length % (32 * geometry.rows * geometry.columns) !== 0)
        const evil = evilEncode(geometry, seededBytes(`evil ${length}`, length), flaw)
        expect(decoded(evil, length, indices)).toBeUndefined()
      }),
    )
  })

  test('an invalid encoding differs from the valid one only in its flaw', () => {
    const [geometry, batch] = [geometryOf(7), seededBytes('one flaw', 500)]
    const honest = evilEncode(geometry, batch, 'none')
    const differences = (flaw: (typeof flaws)[number]) => {
      const evil = evilEncode(geometry, batch, flaw)
      const changed = (a: Uint8Array[], b: Uint8Array[]) =>
        a.flatMap((x, i) => (Buffer.from(x).equals(b[i] as Uint8Array) ? [] : [i]))
      return { rows: changed(evil.rows, honest.rows), columns: changed(evil.columns, honest.columns) }
    }
    expect(differences('parity-row')).toEqual({ rows: [6], columns: [] })
    expect(differences('parity-column')).toEqual({ rows: [], columns: [6] })
    expect(differences('shared-symbol')).toEqual({ rows: [], columns: [0] })
  })
})
