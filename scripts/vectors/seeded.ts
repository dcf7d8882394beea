// Values of vectors that follow from a label, so that another implementation can derive them.
import { type Hex, toHex } from '../../src/protocol/bytes.ts'
import { seededBytes } from '../../test/support/random-bytes.ts'

/** The first bytes of SHA-256(label ‖ u32 0) ‖ SHA-256(label ‖ u32 1) ‖ … */
export function seededHex(label: string, bytes: number): Hex {
  return toHex(seededBytes(label, bytes))
}
