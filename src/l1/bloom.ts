// The bloom filter in the header of a block: 2,048 bits, of which each address and topic of a log sets three (Yellow Paper §4.3.1).
import { keccak256 } from 'viem'
import { type Hex, fromHex } from '../protocol/bytes.ts'

const BLOOM_BYTES = 256

/** False only if no log of the block has the value. A filter of another length says nothing. */
export function mayContain(bloom: Hex, value: Hex): boolean {
  const bits = fromHex(bloom)
  if (bits.length !== BLOOM_BYTES) return true
  const hash = fromHex(keccak256(value))
  return [0, 2, 4].every((at) => {
    const bit = (((hash[at] ?? 0) << 8) | (hash[at + 1] ?? 0)) % (8 * BLOOM_BYTES)
    return (((bits[BLOOM_BYTES - 1 - (bit >> 3)] ?? 0) >> (bit & 7)) & 1) === 1
  })
}
