// Asking an operator for a chunk at random, and checking that it opens under the root.
import type { RetrieveOptions, Wanted } from '../client/retrieve.ts'
import { askNode, sliverRoute } from '../client/storage-node.ts'
import type { Position } from '../l1/disputes.ts'
import { type Member, memberOfPair, pairsOfMember } from '../protocol/committee.ts'
import { assert } from '../protocol/errors.ts'
import { chunksOf, symbolBytesOf } from '../protocol/geometry.ts'
import { type Side, checkSymbol, sliverWidth, symbolAnswerBytes } from '../protocol/sliver.ts'

/** A chunk of one of the pairs that `member` holds. `random` gives numbers in [0, 1). */
export function randomPosition(
  { header, committee }: Wanted,
  member: number,
  random: () => number,
): Position {
  const { geometry } = committee
  const below = (bound: number): number => Math.floor(random() * bound)
  const pairs = pairsOfMember(committee, header.root, member)
  const pair = pairs[below(pairs.length)]
  assert(pair !== undefined, `member ${member} has a pair`)
  const side: Side = below(2) === 0 ? 'row' : 'column'
  const symbol = below(sliverWidth(geometry, side))
  return { pair, side, symbol, chunk: below(chunksOf(symbolBytesOf(geometry, header.length))) }
}

export function holderOf({ committee, header }: Wanted, { pair }: Pick<Position, 'pair'>): Member {
  const member = committee.members[memberOfPair(committee, header.root, pair)]
  assert(member !== undefined, `pair ${pair} has a holder`)
  return member
}

/**
 * Asks the holder for the symbol that has the chunk. It opens under the root, and so does each of its chunks.
 * @throws FloeError `unavailable`, `sliver-mismatch`
 */
export async function sampleChunk(
  wanted: Wanted,
  { side, pair, symbol }: Position,
  options: RetrieveOptions & { readonly signal: AbortSignal },
): Promise<void> {
  const { header, committee, digest } = wanted
  const { geometry } = committee
  const route = `${sliverRoute(digest, side, pair)}/symbols/${symbol}`
  const answer = await askNode(options.get, holderOf(wanted, { pair }), route, {
    bytes: symbolAnswerBytes(header, geometry, side),
    timeoutMs: options.timeoutMs,
    signal: options.signal,
  })
  checkSymbol(options.kernel, { header, geometry, side, pair }, symbol, answer)
}
