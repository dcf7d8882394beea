// From a header whose batch is invalid to evidence that L1 accepts (docs/protocol.md §7.2).
//
// r rows that open fix one codeword. Whatever else opens under the root and is not on it contradicts them: a row, with the
// rows themselves (a); a symbol of a column, with its row (c), or with the row that it should extend (b); a byte after the end
// of the batch, with nothing at all (d). So the slivers of every pair are compared with that codeword until one differs.
// A root whose every sliver is on the codeword is a batch; one of which nobody serves the rest falls to a challenge (§7.1).
import { equalBytes } from '../protocol/bytes.ts'
import { assert } from '../protocol/errors.ts'
import { type Evidence, type Line, type Subject, pointPlace } from '../protocol/evidence.ts'
import { range } from '../protocol/field.ts'
import { symbolBytesOf } from '../protocol/geometry.ts'
import { sliverRoot } from '../protocol/hashing.ts'
import type { Kernel } from '../protocol/kernel.ts'
import { CHUNK_BYTES } from '../protocol/limits.ts'
import { openSliver } from '../protocol/opening.ts'
import { extendSliver, repairSliver } from '../protocol/repair.ts'
import type { ProvenSliver, Side } from '../protocol/sliver.ts'

/** A sliver that opens under the root, or undefined if nobody serves it. */
export type SliverSource = (side: Side, pair: number) => Promise<ProvenSliver | undefined>

export type SearchResult =
  | { readonly kind: 'evidence'; readonly evidence: Evidence }
  /** Everything that can be had is on one codeword. None missing: the batch is valid. */
  | { readonly kind: 'none'; readonly missing: readonly { side: Side; pair: number }[] }

type Search = {
  readonly kernel: Kernel
  readonly subject: Subject
  readonly symbolBytes: number
  readonly source: SliverSource
  /** r rows, by their pair. */
  readonly base: ReadonlyMap<number, ProvenSliver>
  /** The r systematic rows that they fix, one after another. */
  readonly data: Uint8Array
  readonly missing: { side: Side; pair: number }[]
}

/** Searches for evidence against a header, pair by pair. Peak memory: about three times the batch. */
export async function findEvidence(kernel: Kernel, subject: Subject, source: SliverSource): Promise<SearchResult> {
  const missing: Search['missing'] = []
  const base = await baseRows(subject, source, missing)
  if (base.size < subject.geometry.rows) return { kind: 'none', missing }
  const points = [...base.values()].map(({ pair, bytes }) => ({ at: pair, symbol: bytes }))
  // Rows are to RS(n, r) what the symbols of one column are: longer symbols.
  const data = repairSliver(kernel, subject.geometry, 'column', points)
  const symbolBytes = symbolBytesOf(subject.geometry, subject.header.length)
  const search: Search = { kernel, subject, symbolBytes, source, base, data, missing }
  const evidence = (await paddingEvidence(search)) ?? (await pairEvidence(search))
  return evidence === undefined ? { kind: 'none', missing } : { kind: 'evidence', evidence }
}

async function baseRows(
  { geometry }: Subject,
  source: SliverSource,
  missing: Search['missing'],
): Promise<Map<number, ProvenSliver>> {
  const base = new Map<number, ProvenSliver>()
  for (let pair = 0; pair < geometry.shards && base.size < geometry.rows;) {
    const asked = range(pair, Math.min(geometry.shards, pair + geometry.rows - base.size))
    pair += asked.length
    const rows = await Promise.all(asked.map(async (at) => source('row', at)))
    rows.forEach((row, i) => {
      const at = asked[i] as number
      if (row === undefined) missing.push({ side: 'row', pair: at })
      else base.set(at, row)
    })
  }
  return base
}

async function sliverOf(search: Search, side: Side, pair: number): Promise<ProvenSliver | undefined> {
  const known = side === 'row' ? search.base.get(pair) : undefined
  const sliver = known ?? (await search.source(side, pair))
  if (sliver === undefined) search.missing.push({ side, pair })
  return sliver
}

/** Row `pair` of the codeword. */
function expectedRow({ kernel, subject, data }: Search, pair: number): Uint8Array {
  return extendSliver(kernel, subject.geometry, 'column', { bytes: data, at: pair })
}

/** Column `pair` of the codeword. */
function expectedColumn({ kernel, subject, symbolBytes, data }: Search, pair: number): Uint8Array {
  const { geometry } = subject
  const column = new Uint8Array(geometry.rows * symbolBytes)
  const rowBytes = geometry.columns * symbolBytes
  for (let i = 0; i < geometry.rows; i++) {
    const row = data.subarray(i * rowBytes, (i + 1) * rowBytes)
    column.set(extendSliver(kernel, geometry, 'row', { bytes: row, at: pair }), i * symbolBytes)
  }
  return column
}

/** (d): the first byte after the batch that is not zero. */
async function paddingEvidence(search: Search): Promise<Evidence | undefined> {
  const { subject, data, symbolBytes } = search
  const { geometry, header } = subject
  const at = data.findIndex((byte, i) => i >= header.length && byte !== 0)
  if (at < 0) return undefined
  const rowBytes = geometry.columns * symbolBytes
  const pair = Math.floor(at / rowBytes)
  const row = await sliverOf(search, 'row', pair)
  if (row === undefined) return undefined
  if (!equalBytes(row.bytes, expectedRow(search, pair))) return rowEvidence(search, row)
  const { symbol, chunk, byteIndex } = placeOf(search, at % rowBytes)
  return { kind: 'padding', opening: openSliver(geometry, row, { symbol, chunk }), byteIndex }
}

async function pairEvidence(search: Search): Promise<Evidence | undefined> {
  const { geometry } = search.subject
  // Pairs whose row is at hand first: the proof of the row says whether their column is right.
  const order = [...search.base.keys(), ...range(0, geometry.shards).filter((pair) => !search.base.has(pair))]
  for (const pair of order) {
    const row = await sliverOf(search, 'row', pair)
    if (row !== undefined && !equalBytes(row.bytes, expectedRow(search, pair)))
      return rowEvidence(search, row)
    const expected = expectedColumn(search, pair)
    const columnRoot = sliverRoot(search.kernel, expected, geometry.rows)
    if (row !== undefined && equalBytes(row.other, columnRoot)) continue
    const column = await sliverOf(search, 'column', pair)
    const evidence = column && (await columnEvidence(search, column, expected))
    if (evidence !== undefined) return evidence
  }
  return undefined
}

/** (a): a row that is not on the codeword, with the r rows that fix it. */
function rowEvidence(search: Search, row: ProvenSliver): Evidence {
  const { geometry } = search.subject
  const at = firstDifference(row.bytes, expectedRow(search, row.pair))
  assert(at !== undefined && !search.base.has(row.pair), `row ${row.pair} differs`)
  const { symbol, chunk, byteIndex } = placeOf(search, at)
  const points = [...search.base.keys(), row.pair].sort((a, b) => a - b)
  const slivers = new Map([...search.base, [row.pair, row] as const])
  const openings = points.map((pair) =>
    openSliver(geometry, slivers.get(pair) as ProvenSliver, { symbol, chunk }),
  )
  return { kind: 'parity', line: { side: 'column', index: symbol, chunk, byteIndex, points }, openings }
}

/** (c) or (b): a symbol of a column that is not on the codeword, with the row that it stands in or extends. */
async function columnEvidence(
  search: Search,
  column: ProvenSliver,
  expected: Uint8Array,
): Promise<Evidence | undefined> {
  const { geometry } = search.subject
  for (const index of range(0, geometry.rows)) {
    const [own, right] = [column.bytes, expected].map((bytes) =>
      bytes.subarray(index * search.symbolBytes, (index + 1) * search.symbolBytes),
    ) as [Uint8Array, Uint8Array]
    const at = firstDifference(own, right)
    if (at === undefined) continue
    const row = await sliverOf(search, 'row', index)
    if (row === undefined) continue
    if (!equalBytes(row.bytes, expectedRow(search, index))) return rowEvidence(search, row)
    const { chunk, byteIndex } = placeOf(search, at)
    const opened = openSliver(geometry, column, { symbol: index, chunk })
    if (column.pair < geometry.columns) {
      return {
        kind: 'symbol',
        row: openSliver(geometry, row, { symbol: column.pair, chunk }),
        column: opened,
      }
    }
    const points = [...range(0, geometry.columns), column.pair]
    const line: Line = { side: 'row', index, chunk, byteIndex, points }
    const openings = points.map((point) => {
      const { side, symbol } = pointPlace(geometry, line, point)
      return side === 'row' ? openSliver(geometry, row, { symbol, chunk }) : opened
    })
    return { kind: 'parity', line, openings }
  }
  return undefined
}

/** Where byte `at` of a sliver stands. */
function placeOf({ symbolBytes }: Search, at: number): { symbol: number; chunk: number; byteIndex: number } {
  const inSymbol = at % symbolBytes
  return {
    symbol: Math.floor(at / symbolBytes),
    chunk: Math.floor(inSymbol / CHUNK_BYTES),
    byteIndex: inSymbol % CHUNK_BYTES,
  }
}

function firstDifference(a: Uint8Array, b: Uint8Array): number | undefined {
  const at = a.findIndex((byte, i) => byte !== b[i])
  return at < 0 ? undefined : at
}
