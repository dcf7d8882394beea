// Shared by the tests of the protocol: a kernel, copies of encodings, and the answers of a storage node.
import { expect } from 'vitest'
import { encodeBatch } from '../../src/protocol/batch.ts'
import { concatBytes } from '../../src/protocol/bytes.ts'
import { type ErrorCode, FloeError } from '../../src/protocol/errors.ts'
import type { Geometry } from '../../src/protocol/geometry.ts'
import { sliverRoot, symbolRoots } from '../../src/protocol/hashing.ts'
import type { Header } from '../../src/protocol/header.ts'
import type { Kernel } from '../../src/protocol/kernel.ts'
import {
  type SliverPosition,
  type Side,
  pairProof,
  sliverPath,
  sliverWidth,
} from '../../src/protocol/sliver.ts'
import { headerOf } from '../support/arbitraries.ts'
import type { EvilEncoding } from '../support/evil-encoder.ts'
import { nodeKernel } from '../../src/coding/node-kernel.ts'

/** The kernel of production. Its own tests compare it with the readable one. */
export const kernel: Kernel = nodeKernel()

/** A copy of an encoding. */
export function encodedCopy(geometry: Geometry, batch: Uint8Array): EvilEncoding {
  return encodeBatch(kernel, geometry, batch, (encoding) => {
    const { root, leaves, symbolBytes } = encoding
    const indices = Array.from({ length: geometry.shards }, (_, i) => i)
    const columns = indices.map((j) => {
      const column = new Uint8Array(geometry.rows * symbolBytes)
      encoding.copyColumn(j, column)
      return column
    })
    return { geometry, symbolBytes, root, leaves, rows: indices.map((i) => encoding.row(i).slice()), columns }
  })
}

/** An encoding with its header. */
export type Stored = { readonly header: Header; readonly encoding: EvilEncoding }

export function stored(geometry: Geometry, batch: Uint8Array): Stored {
  const encoding = encodedCopy(geometry, batch)
  return { header: headerOf(encoding.root, batch.length), encoding }
}

export function sliverOf({ encoding }: Stored, side: Side, pair: number): Uint8Array {
  return (side === 'row' ? encoding.rows : encoding.columns)[pair] as Uint8Array
}

export function placeOf({ header, encoding }: Stored, side: Side, pair: number): SliverPosition {
  return { header, geometry: encoding.geometry, side, pair }
}

function proofOf(store: Stored, side: Side, pair: number): Uint8Array {
  const otherSide: Side = side === 'row' ? 'column' : 'row'
  const width = sliverWidth(store.encoding.geometry, otherSide)
  const other = sliverRoot(kernel, sliverOf(store, otherSide, pair), width)
  return pairProof(store.encoding.leaves, pair, other)
}

/** A storage node's answer for a whole sliver. */
export function sliverAnswer(store: Stored, side: Side, pair: number): Uint8Array {
  return concatBytes(proofOf(store, side, pair), sliverOf(store, side, pair))
}

/** A storage node's answer for one symbol that it stores. */
export function symbolAnswer(store: Stored, place: { side: Side; pair: number }, index: number): Uint8Array {
  const { side, pair } = place
  const width = sliverWidth(store.encoding.geometry, side)
  const sliver = sliverOf(store, side, pair)
  const { symbolBytes } = store.encoding
  return concatBytes(
    proofOf(store, side, pair),
    sliverPath(symbolRoots(kernel, sliver, width), index),
    sliver.subarray(index * symbolBytes, (index + 1) * symbolBytes),
  )
}

/** `bytes` with one bit changed. */
export function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = bytes.slice()
  copy[bit >> 3] = (copy[bit >> 3] as number) ^ (1 << (bit & 7))
  return copy
}

/** Every bit position of small answers; `count` positions of large ones, spread evenly, at all positions in a byte. */
export function bitPositions(bytes: number, count: number): number[] {
  const bits = 8 * bytes
  if (bits <= count) return Array.from({ length: bits }, (_, bit) => bit)
  return Array.from({ length: count }, (_, i) => Math.floor((i * bits) / count) + (i & 7)).filter(
    (bit) => bit < bits,
  )
}

/** The code of the FloeError that `call` throws. Fails if it throws anything else, or nothing. */
export function codeThrownBy(call: () => unknown): ErrorCode {
  try {
    call()
  } catch (error) {
    if (error instanceof FloeError) return error.code
    throw error
  }
  return expect.fail('nothing was thrown')
}

/** Whether `call` returns; false if it throws a FloeError with the code `refusal`. Throws any other error. */
export function passes(refusal: ErrorCode, call: () => void): boolean {
  try {
    call()
    return true
  } catch (error) {
    if (error instanceof FloeError && error.code === refusal) return false
    throw error
  }
}
