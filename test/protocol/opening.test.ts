// Openings of single chunks: every one verifies, none verifies with a bit changed, and each has one encoding.
import { describe, expect, test } from 'vitest'
import { concatBytes } from '../../src/protocol/bytes.ts'
import { FloeError } from '../../src/protocol/errors.ts'
import { range } from '../../src/protocol/field.ts'
import { chunkCount, geometryOf } from '../../src/protocol/geometry.ts'
import {
  type Opening,
  decodeOpening,
  encodeOpening,
  openChunk,
  verifyOpening,
} from '../../src/protocol/opening.ts'
import { type Side, sliverWidth } from '../../src/protocol/sliver.ts'
import { seededBytes } from '../support/random-bytes.ts'
import { type Stored, bitPositions, codeThrownBy, flipped, stored } from './support.ts'

type Position = { side: Side; symbol: number; chunk: number }

function openingAt({ encoding }: Stored, pair: number, at: Position): Opening {
  const { geometry, leaves } = encoding
  const [row, column] = [encoding.rows[pair] as Uint8Array, encoding.columns[pair] as Uint8Array]
  return openChunk(geometry, { pair, row, column, leaves }, at)
}

function positions({ encoding }: Stored): Position[] {
  const chunks = range(0, chunkCount(encoding.symbolBytes))
  return (['row', 'column'] as const).flatMap((side) =>
    range(0, sliverWidth(encoding.geometry, side)).flatMap((symbol) =>
      chunks.map((chunk) => ({ side, symbol, chunk })),
    ),
  )
}

/** Whether L1 would accept these bytes as an opening. */
function holds({ header, encoding }: Stored, bytes: Uint8Array): boolean {
  try {
    return verifyOpening(header, decodeOpening(header, encoding.geometry, bytes))
  } catch (error) {
    if (error instanceof FloeError && error.code === 'malformed') return false
    throw error
  }
}

// Symbols of one short chunk, of one full chunk, and of two full chunks and a short one.
const stores = [4, 7, 10].flatMap((n) => {
  const { rows, columns } = geometryOf(n)
  return [1, 64, 129].map((words) =>
    stored(geometryOf(n), seededBytes(`openings ${n} ${words}`, words * 32 * rows * columns - 5)),
  )
})

describe('openings', () => {
  test('openings of every chunk of every symbol of both sides verify and round-trip', () => {
    for (const store of stores) {
      const { geometry } = store.encoding
      for (const at of positions(store)) {
        const opening = openingAt(store, geometry.shards - 1, at)
        const bytes = encodeOpening(opening)
        const decoded = decodeOpening(store.header, geometry, bytes)
        expect(decoded).toEqual(opening)
        expect(verifyOpening(store.header, decoded), `${at.side} ${at.symbol}, chunk ${at.chunk}`).toBe(true)
      }
    }
  })

  test('openings verify for every pair', () => {
    for (const store of stores) {
      range(0, store.encoding.geometry.shards).forEach((pair) => {
        const opening = openingAt(store, pair, {
          side: pair % 2 === 0 ? 'row' : 'column',
          symbol: 1,
          chunk: 0,
        })
        expect(verifyOpening(store.header, opening), `pair ${pair}`).toBe(true)
      })
    }
  })

  test('an opening with any single bit changed does not verify', () => {
    const [store] = stores as [Stored]
    for (const at of positions(store)) {
      const bytes = encodeOpening(openingAt(store, 2, at))
      const bits = bitPositions(bytes.length, 10_000)
      expect(bits.filter((bit) => holds(store, flipped(bytes, bit)))).toEqual([])
    }
  })

  test('an opening in a symbol of several chunks does not verify with a bit changed anywhere', () => {
    for (const store of stores) {
      for (const at of positions(store).slice(0, 20)) {
        const bytes = encodeOpening(openingAt(store, 1, at))
        const bits = [...range(0, 56), ...bitPositions(bytes.length, 60)]
        expect(bits.filter((bit) => holds(store, flipped(bytes, bit)))).toEqual([])
      }
    }
  })

  test('an opening does not verify for another batch or another length', () => {
    const [store, other] = [
      stored(geometryOf(4), seededBytes('a', 300)),
      stored(geometryOf(4), seededBytes('b', 300)),
    ]
    const bytes = encodeOpening(openingAt(store, 0, { side: 'row', symbol: 0, chunk: 0 }))
    expect(holds(store, bytes)).toBe(true)
    expect(holds(other, bytes)).toBe(false)
    expect(holds({ ...store, header: { ...store.header, length: 3000 } }, bytes)).toBe(false)
  })

  test('an opening past the last symbol or chunk is malformed', () => {
    const store = stores[2] as Stored
    const { geometry } = store.encoding
    const opening = openingAt(store, 3, { side: 'row', symbol: 2, chunk: 2 })
    const decode = (changed: Partial<Opening>) =>
      codeThrownBy(() => decodeOpening(store.header, geometry, encodeOpening({ ...opening, ...changed })))
    expect(decode({ pair: 4 })).toBe('malformed')
    expect(decode({ symbol: 3 })).toBe('malformed')
    expect(decode({ chunk: 3 })).toBe('malformed')
    expect(decode({ chunk: 2 ** 32 - 1 })).toBe('malformed')
    // If a symbol ends with a whole chunk, the next chunk would be empty.
    const full = stores[1] as Stored
    const empty = {
      ...openingAt(full, 3, { side: 'row', symbol: 2, chunk: 0 }),
      chunk: 1,
      bytes: new Uint8Array(0),
    }
    expect(codeThrownBy(() => decodeOpening(full.header, geometry, encodeOpening(empty)))).toBe('malformed')
    expect(decode({ pairPath: concatBytes(opening.pairPath, new Uint8Array(32)) })).toBe('malformed')
  })
})
