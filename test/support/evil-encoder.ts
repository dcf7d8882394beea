// An encoder that is independent of src/ and follows docs/protocol.md §1–2 sentence by sentence. It can also commit to slivers that
// are not a codeword. Their openings are valid under the root, so only a reader that decodes and encodes again finds the flaw. It
// is slow on purpose: schoolbook arithmetic, and one hash at a time.
import { hash } from 'node:crypto'
import type { Geometry } from '../../src/protocol/geometry.ts'
import { fieldProduct } from './reference-kernel.ts'

/** The flaw of an invalid encoding. */
export type Flaw =
  /** One byte of a row sliver i ≥ r differs from the polynomial. */
  | 'parity-row'
  /** One byte of a column sliver j ≥ c differs from the polynomial. */
  | 'parity-column'
  /** A symbol i < r, j < c differs between its row and its column. */
  | 'shared-symbol'
  /** The slivers are a codeword of a batch whose padding is not zero. */
  | 'padding'
  /** All slivers are noise. */
  | 'noise'

export const flaws: readonly Flaw[] = ['parity-row', 'parity-column', 'shared-symbol', 'padding', 'noise']

/** The n row slivers (c·s bytes each) and the n column slivers (r·s bytes each), none sharing memory. */
export type Slivers = { readonly rows: Uint8Array[]; readonly columns: Uint8Array[] }

export type EvilEncoding = Slivers & {
  readonly geometry: Geometry
  readonly symbolBytes: number
  readonly root: Uint8Array
  /** The n pair leaves, 32 bytes each. */
  readonly leaves: Uint8Array
}

const products = Uint8Array.from({ length: 65536 }, (_, index) => fieldProduct(index >> 8, index & 0xff))

function times(a: number, b: number): number {
  return products[256 * a + b] as number
}

/** a^254: the multiplicative group has 255 elements. */
function inverse(a: number): number {
  let power = 1
  for (let i = 0; i < 254; i++) power = times(power, a)
  return power
}

/** L_i(t) = Π_{j≠i} (t − q_j) / (q_i − q_j). */
export function lagrangeCoefficient(points: readonly number[], i: number, target: number): number {
  const own = points[i] as number
  let [above, below] = [1, 1]
  points.forEach((point, j) => {
    if (j === i) return
    above = times(above, target ^ point)
    below = times(below, own ^ point)
  })
  return times(above, inverse(below))
}

const coefficients = new Map<string, number[]>()

/** The row of RS(n, k) for the value at `target`; it does not depend on n. */
function coefficientsOf(k: number, target: number): number[] {
  const key = `${k}/${target}`
  const points = Array.from({ length: k }, (_, i) => i)
  const known = coefficients.get(key) ?? points.map((_, i) => lagrangeCoefficient(points, i, target))
  coefficients.set(key, known)
  return known
}

/** The codeword of n vectors whose first k vectors are `data`. */
export function extendVectors(data: readonly Uint8Array[], n: number): Uint8Array[] {
  const length = (data[0] as Uint8Array).length
  const codeword = data.map((vector) => vector.slice())
  for (let target = data.length; target < n; target++) {
    const sum = new Uint8Array(length)
    const factors = coefficientsOf(data.length, target)
    data.forEach((vector, i) => {
      const row = 256 * (factors[i] as number)
      for (let at = 0; at < length; at++)
        sum[at] = (sum[at] as number) ^ (products[row + (vector[at] as number)] as number)
    })
    codeword.push(sum)
  }
  return codeword
}

/** `bytes` in equal pieces. */
export function cut(bytes: Uint8Array, pieces: number): Uint8Array[] {
  const size = bytes.length / pieces
  return Array.from({ length: pieces }, (_, i) => bytes.subarray(i * size, (i + 1) * size))
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts))
}

/** The n × n matrix E of the batch whose padded bytes are `padded`: E[i][j]. */
export function fullMatrix(geometry: Geometry, padded: Uint8Array): Uint8Array[][] {
  const rows = extendVectors(cut(padded, geometry.rows), geometry.shards)
  return rows.map((row) => extendVectors(cut(row, geometry.columns), geometry.shards))
}

function sliversOf(geometry: Geometry, padded: Uint8Array): Slivers {
  const { shards, rows, columns } = geometry
  const rowSlivers = extendVectors(cut(padded, rows), shards)
  const systematic = rowSlivers.slice(0, rows).map((row) => extendVectors(cut(row, columns), shards))
  const columnSlivers = Array.from({ length: shards }, (_, j) =>
    joined(systematic.map((row) => row[j] as Uint8Array)),
  )
  return { rows: rowSlivers, columns: columnSlivers }
}

/** SHA-256 over parts. */
export function digest(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(hash('sha256', Buffer.concat(parts), 'buffer'))
}

/** The root over `leaves`, padded with zero leaves, computed recursively by halves. */
export function halvedTreeRoot(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 1) return leaves[0] as Uint8Array
  const width = 2 ** Math.ceil(Math.log2(leaves.length))
  const zeros = Array.from({ length: width - leaves.length }, () => new Uint8Array(32))
  const padded = [...leaves, ...zeros]
  const [left, right] = [padded.slice(0, width / 2), padded.slice(width / 2)]
  return digest(Uint8Array.of(1), halvedTreeRoot(left), halvedTreeRoot(right))
}

/** The leaf of every chunk of a symbol. */
export function chunkLeaves(symbol: Uint8Array): Uint8Array[] {
  const leaves: Uint8Array[] = []
  for (let at = 0; at < symbol.length; at += 2048) {
    leaves.push(digest(Uint8Array.of(0), symbol.subarray(at, at + 2048)))
  }
  return leaves
}

/** The symbol root of every symbol of a sliver of `width` symbols. */
export function symbolRootsOf(sliver: Uint8Array, width: number): Uint8Array[] {
  return cut(sliver, width).map((symbol) => halvedTreeRoot(chunkLeaves(symbol)))
}

/** Pair leaves and root of any slivers, whether or not they are a codeword. */
function commitSlivers(geometry: Geometry, slivers: Slivers): { leaves: Uint8Array; root: Uint8Array } {
  const leaves = slivers.rows.map((row, i) => {
    const rowRoot = halvedTreeRoot(symbolRootsOf(row, geometry.columns))
    const columnRoot = halvedTreeRoot(symbolRootsOf(slivers.columns[i] as Uint8Array, geometry.rows))
    return digest(Uint8Array.of(2), rowRoot, columnRoot)
  })
  return { leaves: joined(leaves), root: halvedTreeRoot(leaves) }
}

function flip(bytes: Uint8Array, at: number): void {
  bytes[at] = (bytes[at] as number) ^ 0x01
}

/** Adds the flaw to valid slivers, in place. */
function spoil(geometry: Geometry, slivers: Slivers, flaw: Flaw): void {
  const last = geometry.shards - 1
  if (flaw === 'parity-row') flip(slivers.rows[last] as Uint8Array, 0)
  if (flaw === 'parity-column') flip(slivers.columns[last] as Uint8Array, 0)
  if (flaw === 'shared-symbol') flip(slivers.columns[0] as Uint8Array, 0)
  if (flaw !== 'noise') return
  // Any bytes that are not the values of a polynomial of the degree are noise; these slivers are all distinct.
  ;[...slivers.rows, ...slivers.columns].forEach((sliver, i) => {
    for (let at = 0; at < sliver.length; at++) sliver[at] = (at * 31 + i * i * 7 + (i ^ at)) & 0xff
  })
}

/** Encodes `batch`, with a flaw unless it is `none`. The flaw `padding` needs a batch with padding. */
export function evilEncode(geometry: Geometry, batch: Uint8Array, flaw: Flaw | 'none'): EvilEncoding {
  const { rows, columns } = geometry
  const symbolBytes = 32 * Math.ceil(batch.length / (32 * rows * columns))
  const padded = new Uint8Array(rows * columns * symbolBytes)
  padded.set(batch)
  if (flaw === 'padding') {
    if (padded.length === batch.length) throw new Error(`a batch of ${batch.length} bytes has no padding`)
    flip(padded, padded.length - 1)
  }
  const slivers = sliversOf(geometry, padded)
  if (flaw !== 'none') spoil(geometry, slivers, flaw)
  return { geometry, symbolBytes, ...slivers, ...commitSlivers(geometry, slivers) }
}
