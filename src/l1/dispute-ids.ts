// Positions and lines as the Disputes contract packs them, and the ids that it derives from them (docs/protocol.md §7).
import { encodeAbiParameters, keccak256 } from 'viem'
import type { Hex } from '../protocol/bytes.ts'
import type { Line } from '../protocol/evidence.ts'
import type { Side } from '../protocol/sliver.ts'

/** One chunk of an encoded batch. */
export type Position = {
  readonly pair: number
  readonly side: Side
  readonly symbol: number
  readonly chunk: number
}

/** The id of the challenge of a position, of any account: keccak(abi.encode(digest, pair, side, symbol, chunk)). */
export function challengeId(digest: Hex, position: Position): Hex {
  const types = ['bytes32', 'uint8', 'uint8', 'uint8', 'uint32'] as const
  const { pair, side, symbol, chunk } = packPosition(position)
  return keccak256(
    encodeAbiParameters(
      types.map((type) => ({ type })),
      [digest, pair, side, symbol, chunk],
    ),
  )
}

/** The id of evidence that takes several transactions: keccak(abi.encode(sender, digest, line)). */
export function evidenceId(sender: Hex, digest: Hex, line: Line): Hex {
  const types = ['address', 'bytes32', 'uint8', 'uint8', 'uint32', 'uint16', 'uint256'] as const
  const { side, index, chunk, byteIndex, points } = packLine(line)
  return keccak256(
    encodeAbiParameters(
      types.map((type) => ({ type })),
      [sender, digest, side, index, chunk, byteIndex, points],
    ),
  )
}

/** A position as an argument of the contract. */
type PackedPosition = Omit<Position, 'side'> & { readonly side: number }
/** A line as an argument of the contract; bit i of `points` stands for point i. */
type PackedLine = Omit<Line, 'side' | 'points'> & { readonly side: number; readonly points: bigint }

export function packPosition({ pair, side, symbol, chunk }: Position): PackedPosition {
  return { pair, side: sideByte(side), symbol, chunk }
}

export function packLine({ side, index, chunk, byteIndex, points }: Line): PackedLine {
  return { side: sideByte(side), index, chunk, byteIndex, points: bitsOf(points) }
}

function sideByte(side: Side): number {
  return side === 'row' ? 0 : 1
}

function bitsOf(points: readonly number[]): bigint {
  return points.reduce((bits, point) => bits | (1n << BigInt(point)), 0n)
}
