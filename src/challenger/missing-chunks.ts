// The chunks that an operator did not serve, until they are served, rebuilt or challenged. At most one for each pair of a header,
// because that is what L1 fines (docs/protocol.md §7.3).
import type { CertifiedHeader } from '../client/certified-header.ts'
import type { Position } from '../l1/dispute-ids.ts'
import type { PostedHeader } from '../l1/posted.ts'
import type { Hex } from '../protocol/bytes.ts'

export type MissingChunk = {
  readonly certified: CertifiedHeader
  readonly posted: PostedHeader
  readonly position: Position
  readonly operator: Hex
  /** Milliseconds of the monotonic clock. */
  readonly missingSinceMs: number
}

/** Each is requested again several times before it is challenged. */
const CHUNKS_MAX = 256

export class MissingChunks {
  readonly #chunks = new Map<string, MissingChunk>()

  /** Adds a chunk, unless there is one of the same pair or there are CHUNKS_MAX. */
  add(chunk: MissingChunk): void {
    const key = keyOf(chunk)
    if (!this.#chunks.has(key) && this.#chunks.size < CHUNKS_MAX) this.#chunks.set(key, chunk)
  }

  remove(chunk: MissingChunk): void {
    this.#chunks.delete(keyOf(chunk))
  }

  all(): MissingChunk[] {
    return [...this.#chunks.values()]
  }

  count(): number {
    return this.#chunks.size
  }
}

function keyOf({ certified, position }: MissingChunk): string {
  return `${certified.digest}/${position.pair}`
}
