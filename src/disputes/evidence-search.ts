// Searches the slivers of a certified header for evidence that its encoding is invalid (docs/protocol.md §7.2).
//
// r rows that open under the root fix one codeword. Every other sliver that opens under the root and is not on that codeword
// contradicts those rows: a row contradicts the r rows themselves (a); a symbol of a column contradicts its row (c), or the
// row that it extends (b); a byte after the end of the batch contradicts the padding rule alone (d). So the search compares the
// slivers of every pair with the codeword until one differs. When every sliver is on the codeword, the batch is valid. When the
// missing slivers are served by no operator, the remedy is a challenge (§7.1).
import { equalBytes } from '../protocol/bytes.ts'
import { assert } from '../protocol/errors.ts'
import { type Evidence, type Line, type DisputedBatch, positionOfPoint } from '../protocol/evidence.ts'
import { range } from '../protocol/field.ts'
import { symbolBytesOf } from '../protocol/geometry.ts'
import { sliverRoot } from '../protocol/hashing.ts'
import type { Kernel } from '../protocol/kernel.ts'
import { CHUNK_BYTES } from '../protocol/limits.ts'
import { openSliver } from '../protocol/opening.ts'
import { extendSliver, repairSliver } from '../protocol/repair.ts'
import type { ProvenSliver, Side } from '../protocol/sliver.ts'

/** A sliver that opens under the root, or undefined when no source serves it. */
export type SliverSource = (side: Side, pair: number) => Promise<ProvenSliver | undefined>

type SliverName = { readonly side: Side; readonly pair: number }

export type SearchResult =
  | { readonly kind: 'evidence'; readonly evidence: Evidence }
  /** Every sliver that is served is on one codeword. When none is missing, the batch is valid. */
  | { readonly kind: 'none'; readonly missing: readonly SliverName[] }

/** Searches for evidence against a header, pair by pair. Peak memory: about three times the batch. */
export async function findEvidence(
  kernel: Kernel,
  subject: DisputedBatch,
  source: SliverSource,
): Promise<SearchResult> {
  const { rows, missing } = await fetchBaseRows(subject, source)
  if (rows.size < subject.geometry.rows) return { kind: 'none', missing }
  const search = new EvidenceSearch({ kernel, subject, source, rows, missing })
  const evidence = (await search.inPadding()) ?? (await search.inPairs())
  return evidence === undefined ? { kind: 'none', missing: search.missing } : { kind: 'evidence', evidence }
}

/** The first r rows that are served, by their pair. */
async function fetchBaseRows(
  { geometry }: DisputedBatch,
  source: SliverSource,
): Promise<{ rows: Map<number, ProvenSliver>; missing: SliverName[] }> {
  const rows = new Map<number, ProvenSliver>()
  const missing: SliverName[] = []
  let next = 0
  while (next < geometry.shards && rows.size < geometry.rows) {
    const pairs = range(next, Math.min(geometry.shards, next + geometry.rows - rows.size))
    next += pairs.length
    const answers = await Promise.all(pairs.map(async (pair) => ({ pair, row: await source('row', pair) })))
    for (const { pair, row } of answers) {
      if (row === undefined) missing.push({ side: 'row', pair })
      else rows.set(pair, row)
    }
  }
  return { rows, missing }
}

/** Compares slivers with the codeword that r rows fix. */
class EvidenceSearch {
  readonly missing: SliverName[]
  readonly #kernel: Kernel
  readonly #subject: DisputedBatch
  readonly #source: SliverSource
  readonly #baseRows: ReadonlyMap<number, ProvenSliver>
  readonly #symbolBytes: number
  /** The r systematic rows of the codeword, one after another. */
  readonly #data: Uint8Array

  constructor(options: {
    readonly kernel: Kernel
    readonly subject: DisputedBatch
    readonly source: SliverSource
    readonly rows: ReadonlyMap<number, ProvenSliver>
    readonly missing: SliverName[]
  }) {
    const { kernel, subject, source, rows, missing } = options
    this.missing = missing
    this.#kernel = kernel
    this.#subject = subject
    this.#source = source
    this.#baseRows = rows
    this.#symbolBytes = symbolBytesOf(subject.geometry, subject.header.length)
    const points = [...rows.values()].map(({ pair, bytes }) => ({ at: pair, symbol: bytes }))
    // The rows are one codeword of RS(n, r), as the symbols of a column are, with longer symbols.
    this.#data = repairSliver(kernel, subject.geometry, 'column', points)
  }

  /** (d): the first byte after the batch that is not zero. */
  async inPadding(): Promise<Evidence | undefined> {
    const { geometry, header } = this.#subject
    const offset = this.#data.findIndex((byte, i) => i >= header.length && byte !== 0)
    if (offset < 0) return undefined
    const rowBytes = geometry.columns * this.#symbolBytes
    const pair = Math.floor(offset / rowBytes)
    const row = await this.#fetch('row', pair)
    if (row === undefined) return undefined
    if (!equalBytes(row.bytes, this.#expectedRow(pair))) return this.#rowEvidence(row)
    const { symbol, chunk, byteIndex } = this.#placeOf(offset % rowBytes)
    return { kind: 'padding', opening: openSliver(geometry, row, { symbol, chunk }), byteIndex }
  }

  /** (a), (b), (c): the first pair with a sliver that is not on the codeword. */
  async inPairs(): Promise<Evidence | undefined> {
    const { geometry } = this.#subject
    const others = range(0, geometry.shards).filter((pair) => !this.#baseRows.has(pair))
    // Pairs whose row is fetched come first: the proof of a row tells whether its column is right.
    for (const pair of [...this.#baseRows.keys(), ...others]) {
      const row = await this.#fetch('row', pair)
      if (row !== undefined && !equalBytes(row.bytes, this.#expectedRow(pair))) return this.#rowEvidence(row)
      const expected = this.#expectedColumn(pair)
      const columnRoot = sliverRoot(this.#kernel, expected, geometry.rows)
      if (row !== undefined && equalBytes(row.other, columnRoot)) continue
      const column = await this.#fetch('column', pair)
      const evidence = column && (await this.#columnEvidence(column, expected))
      if (evidence !== undefined) return evidence
    }
    return undefined
  }

  /** (a): a row that is not on the codeword, with the r rows that fix it. */
  #rowEvidence(row: ProvenSliver): Evidence {
    const { geometry } = this.#subject
    const offset = firstDifference(row.bytes, this.#expectedRow(row.pair))
    assert(offset !== undefined && !this.#baseRows.has(row.pair), `row ${row.pair} differs`)
    const { symbol, chunk, byteIndex } = this.#placeOf(offset)
    const rows = [...this.#baseRows.values(), row].sort((a, b) => a.pair - b.pair)
    const points = rows.map(({ pair }) => pair)
    const openings = rows.map((one) => openSliver(geometry, one, { symbol, chunk }))
    return { kind: 'parity', line: { side: 'column', index: symbol, chunk, byteIndex, points }, openings }
  }

  /** (c) or (b): a symbol of a column that is not on the codeword, with the row that it is part of or extends. */
  async #columnEvidence(column: ProvenSliver, expected: Uint8Array): Promise<Evidence | undefined> {
    for (const index of range(0, this.#subject.geometry.rows)) {
      const start = index * this.#symbolBytes
      const end = start + this.#symbolBytes
      const offset = firstDifference(column.bytes.subarray(start, end), expected.subarray(start, end))
      if (offset === undefined) continue
      const row = await this.#fetch('row', index)
      if (row === undefined) continue
      if (!equalBytes(row.bytes, this.#expectedRow(index))) return this.#rowEvidence(row)
      return this.#symbolEvidence(column, row, this.#placeOf(offset))
    }
    return undefined
  }

  /** (c) for a systematic column, whose symbol is also in the row; (b) for a parity column, whose symbol extends the row. */
  #symbolEvidence(
    column: ProvenSliver,
    row: ProvenSliver,
    { chunk, byteIndex }: { readonly chunk: number; readonly byteIndex: number },
  ): Evidence {
    const { geometry } = this.#subject
    const opened = openSliver(geometry, column, { symbol: row.pair, chunk })
    if (column.pair < geometry.columns) {
      return {
        kind: 'symbol',
        row: openSliver(geometry, row, { symbol: column.pair, chunk }),
        column: opened,
      }
    }
    const points = [...range(0, geometry.columns), column.pair]
    const line: Line = { side: 'row', index: row.pair, chunk, byteIndex, points }
    const openings = points.map((point) => {
      const { side, symbol } = positionOfPoint(geometry, line, point)
      return side === 'row' ? openSliver(geometry, row, { symbol, chunk }) : opened
    })
    return { kind: 'parity', line, openings }
  }

  async #fetch(side: Side, pair: number): Promise<ProvenSliver | undefined> {
    const fetched = side === 'row' ? this.#baseRows.get(pair) : undefined
    const sliver = fetched ?? (await this.#source(side, pair))
    if (sliver === undefined) this.missing.push({ side, pair })
    return sliver
  }

  /** Row `pair` of the codeword. */
  #expectedRow(pair: number): Uint8Array {
    return extendSliver(this.#kernel, this.#subject.geometry, 'column', { bytes: this.#data, at: pair })
  }

  /** Column `pair` of the codeword. */
  #expectedColumn(pair: number): Uint8Array {
    const { geometry } = this.#subject
    const column = new Uint8Array(geometry.rows * this.#symbolBytes)
    const rowBytes = geometry.columns * this.#symbolBytes
    for (let i = 0; i < geometry.rows; i++) {
      const row = this.#data.subarray(i * rowBytes, (i + 1) * rowBytes)
      const symbol = extendSliver(this.#kernel, geometry, 'row', { bytes: row, at: pair })
      column.set(symbol, i * this.#symbolBytes)
    }
    return column
  }

  /** Which symbol, chunk and byte an offset in a sliver is in. */
  #placeOf(offset: number): { symbol: number; chunk: number; byteIndex: number } {
    const inSymbol = offset % this.#symbolBytes
    return {
      symbol: Math.floor(offset / this.#symbolBytes),
      chunk: Math.floor(inSymbol / CHUNK_BYTES),
      byteIndex: inSymbol % CHUNK_BYTES,
    }
  }
}

function firstDifference(a: Uint8Array, b: Uint8Array): number | undefined {
  const offset = a.findIndex((byte, i) => byte !== b[i])
  return offset < 0 ? undefined : offset
}
