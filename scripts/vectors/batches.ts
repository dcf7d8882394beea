// Vectors of encodings, computed by the encoder in test/support/evil-encoder.ts, which shares no code with src/.
import { type Hex, toHex } from '../../src/protocol/bytes.ts'
import { geometryOf } from '../../src/protocol/geometry.ts'
import { digest, evilEncode } from '../../test/support/evil-encoder.ts'
import { seededBytes } from '../../test/support/random-bytes.ts'

export type BatchVector = {
  readonly shards: number
  readonly length: number
  readonly symbolBytes: number
  readonly root: Hex
  /** SHA-256 over all pair leaves; below, over all row slivers and over all column slivers, in order. */
  readonly leaves: Hex
  readonly rows: Hex
  readonly columns: Hex
}

export type BatchVectors = { readonly about: string; readonly batches: readonly BatchVector[] }

/** The label from which the batch of a vector is derived. */
export function batchLabel(shards: number, length: number): string {
  return `floe batch ${shards} ${length}`
}

function batchVector(shards: number, length: number): BatchVector {
  const encoding = evilEncode(geometryOf(shards), seededBytes(batchLabel(shards, length), length), 'none')
  return {
    shards,
    length,
    symbolBytes: encoding.symbolBytes,
    root: toHex(encoding.root),
    leaves: toHex(digest(encoding.leaves)),
    rows: toHex(digest(...encoding.rows)),
    columns: toHex(digest(...encoding.columns)),
  }
}

export function batchVectors(): BatchVectors {
  const lengths = [1, 31, 32, 33, 1024, 119_823, 1024 * 1024]
  const small = [5, 6, 8, 64, 128, 255].flatMap((shards) =>
    [1, 4097].map((length) => batchVector(shards, length)),
  )
  const full = [4, 7, 10, 31, 100].flatMap((shards) => lengths.map((length) => batchVector(shards, length)))
  return {
    about:
      'The batch is the first `length` bytes of SHA-256(label ‖ u32 0) ‖ SHA-256(label ‖ u32 1) ‖ …, label "floe batch SHARDS LENGTH"',
    batches: [...small, ...full],
  }
}
