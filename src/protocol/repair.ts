// Repairs a lost sliver from single symbols of its peers (design §3, repair): O(length / n) bytes instead of O(length).
//
// A lost column j is interpolated from the symbols E[i][j] of r rows i, a lost row i from the symbols E[i][j] of c columns j. A
// peer that stores the symbol sends it with its opening. A peer that has to extend its sliver to compute the symbol cannot open it:
// then only the repaired sliver as a whole can be checked.
import { assert } from './errors.ts'
import { lagrangeMatrix, range } from './field.ts'
import type { Geometry } from './geometry.ts'
import type { Kernel } from './kernel.ts'
import { type Side, sliverWidth } from './sliver.ts'

/** The symbol at position `at` of a codeword. */
export type Point = { readonly at: number; readonly symbol: Uint8Array }

/** The matrix that takes the symbols at `points` to those at `targets`. */
function matrixOf(points: readonly Point[], targets: readonly number[]): Uint8Array {
  return lagrangeMatrix(
    points.map(({ at }) => at),
    targets,
  )
}

/** The symbols at `targets` of the codeword that has `points`, one after another. */
function interpolate(
  kernel: Kernel,
  points: readonly Point[],
  targets: readonly number[],
  matrix: Uint8Array = matrixOf(points, targets),
): Uint8Array {
  const symbolBytes = (points[0] as Point).symbol.length
  const start = points.length * symbolBytes
  const workspace = kernel.reserve(start + targets.length * symbolBytes)
  points.forEach(({ symbol }, i) => {
    assert(symbol.length === symbolBytes, `symbols of ${symbolBytes} bytes`)
    workspace.set(symbol, i * symbolBytes)
  })
  kernel.multiply({
    matrix,
    inputs: Uint32Array.from(points, (_, i) => i * symbolBytes),
    outputs: Uint32Array.from(targets, (_, i) => start + i * symbolBytes),
    length: symbolBytes,
  })
  return workspace.slice(start, start + targets.length * symbolBytes)
}

/** The sliver of `side` whose codeword has `points`, as many as the sliver has symbols. The caller checks the result as a whole. */
export function repairSliver(
  kernel: Kernel,
  geometry: Geometry,
  side: Side,
  points: readonly Point[],
): Uint8Array {
  const width = sliverWidth(geometry, side)
  assert(points.length === width, `${width} symbols repair a ${side}, got ${points.length}`)
  return interpolate(kernel, points, range(0, width))
}

/** The symbol at position `at` (0 … n − 1) of the codeword that starts with a sliver of `side`: what a peer answers to a repair. */
export function extendSliver(
  kernel: Kernel,
  geometry: Geometry,
  side: Side,
  sliver: { bytes: Uint8Array; at: number },
): Uint8Array {
  const width = sliverWidth(geometry, side)
  const symbolBytes = sliver.bytes.length / width
  const symbols = range(0, width).map((i) => sliver.bytes.subarray(i * symbolBytes, (i + 1) * symbolBytes))
  if (sliver.at < width) return symbols[sliver.at] as Uint8Array
  return interpolate(
    kernel,
    symbols.map((symbol, at) => ({ at, symbol })),
    [sliver.at],
  )
}

/** Bytes of a sliver that are worked on in one piece: about a quarter of a millisecond. */
const PIECE_BYTES = 256 * 1024
const PIECE_UNIT = 32

/**
 * As `extendSliver`, for a symbol that is not part of the sliver: a caller can do other work between the pieces.
 * @yields the pieces of the symbol
 */
export function* extendSliverInPieces(
  kernel: Kernel,
  geometry: Geometry,
  side: Side,
  { bytes, at }: { bytes: Uint8Array; at: number },
): Generator<Uint8Array> {
  const width = sliverWidth(geometry, side)
  assert(at >= width, `symbol ${at} is beyond the ${width} of the sliver`)
  const symbolBytes = bytes.length / width
  const points = range(0, width)
  const matrix = lagrangeMatrix(points, [at])
  const pieceBytes = PIECE_UNIT * Math.max(1, Math.floor(PIECE_BYTES / width / PIECE_UNIT))
  for (let from = 0; from < symbolBytes; from += pieceBytes) {
    const end = Math.min(from + pieceBytes, symbolBytes)
    const pieces = points.map((i) => ({
      at: i,
      symbol: bytes.subarray(i * symbolBytes + from, i * symbolBytes + end),
    }))
    yield interpolate(kernel, pieces, [at], matrix)
  }
}
