// Chunks that an operator did not show, until they are had, or challenged: one an operator and header, which is what a fine is for.
import type { Wanted } from '../client/retrieve.ts'
import type { Position } from '../l1/disputes.ts'
import type { PostedHeader } from '../l1/posted.ts'
import type { Hex } from '../protocol/bytes.ts'

export type MissingChunk = {
  readonly wanted: Wanted
  readonly posted: PostedHeader
  readonly position: Position
  readonly operator: Hex
  /** Of the monotonic clock, in milliseconds. */
  readonly since: number
}

export type MissingChunks = {
  add(suspect: MissingChunk): void
  remove(suspect: MissingChunk): void
  all(): MissingChunk[]
}

/** Each is asked for again and again. */
const SUSPECTS_MAX = 256

export function createSuspects(): MissingChunks {
  const suspects = new Map<string, MissingChunk>()
  const keyOf = ({ wanted, operator }: MissingChunk): string => `${wanted.digest}/${operator}`
  return {
    add: (suspect) => {
      const key = keyOf(suspect)
      if (!suspects.has(key) && suspects.size < SUSPECTS_MAX) suspects.set(key, suspect)
    },
    remove: (suspect) => void suspects.delete(keyOf(suspect)),
    all: () => [...suspects.values()],
  }
}
