// Vectors of openings: bytes assembled according to docs/protocol.md §3, and changed ones that must not verify.
import { type Hex, toHex } from '../../src/protocol/bytes.ts'
import { geometryOf } from '../../src/protocol/geometry.ts'
import {
  type EvilEncoding,
  chunkLeaves,
  cut,
  evilEncode,
  halvedTreeRoot,
  symbolRootsOf,
} from '../../test/support/evil-encoder.ts'
import { seededBytes } from '../../test/support/random-bytes.ts'

export type OpeningVector = {
  readonly shards: number
  readonly length: number
  readonly root: Hex
  readonly opening: Hex
  readonly holds: boolean
}

export type OpeningVectors = { readonly about: string; readonly openings: readonly OpeningVector[] }

type Position = { pair: number; side: 'row' | 'column'; symbol: number; chunk: number }

/** The siblings of leaf `index`, from the leaf up. */
function pathOf(leaves: readonly Uint8Array[], index: number): Uint8Array[] {
  if (leaves.length === 1) return []
  const width = 2 ** Math.ceil(Math.log2(leaves.length))
  const padded = [...leaves, ...Array.from({ length: width - leaves.length }, () => new Uint8Array(32))]
  const [left, right] = [padded.slice(0, width / 2), padded.slice(width / 2)]
  return index < width / 2
    ? [...pathOf(left, index), halvedTreeRoot(right)]
    : [...pathOf(right, index - width / 2), halvedTreeRoot(left)]
}

function openingBytes(encoding: EvilEncoding, { pair, side, symbol, chunk }: Position): Uint8Array {
  const { geometry, rows, columns, leaves } = encoding
  const rowRoots = symbolRootsOf(rows[pair] as Uint8Array, geometry.columns)
  const columnRoots = symbolRootsOf(columns[pair] as Uint8Array, geometry.rows)
  const own = side === 'row' ? rowRoots : columnRoots
  const sliver = (side === 'row' ? rows : columns)[pair] as Uint8Array
  const bytes = cut(sliver, own.length)[symbol] as Uint8Array
  const position = Buffer.alloc(7)
  position.set([pair, side === 'row' ? 0 : 1, symbol])
  position.writeUInt32BE(chunk, 3)
  return Buffer.concat([
    position,
    bytes.subarray(2048 * chunk, 2048 * (chunk + 1)),
    ...pathOf(chunkLeaves(bytes), chunk),
    ...pathOf(own, symbol),
    halvedTreeRoot(side === 'row' ? columnRoots : rowRoots),
    ...pathOf(cut(leaves, geometry.shards), pair),
  ])
}

function vectorsOf(shards: number, length: number): OpeningVector[] {
  const geometry = geometryOf(shards)
  const encoding = evilEncode(geometry, seededBytes(`floe openings ${shards} ${length}`, length), 'none')
  const lastChunk = Math.ceil(encoding.symbolBytes / 2048) - 1
  const positions: Position[] = [
    { pair: 0, side: 'row', symbol: 0, chunk: 0 },
    { pair: shards - 1, side: 'row', symbol: geometry.columns - 1, chunk: lastChunk },
    { pair: 1, side: 'column', symbol: 0, chunk: lastChunk },
    { pair: shards - 1, side: 'column', symbol: geometry.rows - 1, chunk: 0 },
  ]
  const base = { shards, length, root: toHex(encoding.root) }
  const openings = positions.map((position) => openingBytes(encoding, position))
  const changes = openings.flatMap((bytes, i) => [
    changed(bytes, (copy) => (copy[0] = ((copy[0] as number) + 1) % shards)),
    changed(bytes, (copy) => (copy[1] = 1 - (copy[1] as number))),
    changed(bytes, (copy) => (copy[7 + i] = (copy[7 + i] as number) ^ 0x80)),
    changed(bytes, (copy) => (copy[copy.length - 1 - i] = (copy[copy.length - 1 - i] as number) ^ 0x01)),
    bytes.subarray(0, bytes.length - 1),
    Buffer.concat([bytes, Buffer.alloc(1)]),
  ])
  return [
    ...openings.map((bytes) => ({ ...base, opening: toHex(bytes), holds: true })),
    ...changes.map((bytes) => ({ ...base, opening: toHex(bytes), holds: false })),
  ]
}

function changed(bytes: Uint8Array, change: (copy: Uint8Array) => void): Uint8Array {
  const copy = Uint8Array.from(bytes)
  change(copy)
  return copy
}

export function openingVectors(): OpeningVectors {
  return {
    about:
      'Openings of a batch made as in batches.json, label "floe openings SHARDS LENGTH" (docs/protocol.md §3)',
    openings: [
      ...vectorsOf(4, 150),
      ...vectorsOf(4, 6 * 4128),
      ...vectorsOf(7, 1000),
      ...vectorsOf(31, 231 * 32),
    ],
  }
}
