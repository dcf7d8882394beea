// Samples: a random chunk of a batch, requested from the operator that holds it, and checked against the root.
import type { RetrieveOptions } from '../client/retrieve.ts'
import type { CertifiedHeader } from '../client/certified-header.ts'
import { askNode, sliverRoute } from '../client/storage-node.ts'
import { type Committees, committeeFor } from '../l1/committees.ts'
import type { Position } from '../l1/dispute-ids.ts'
import type { PostedHeader } from '../l1/posted.ts'
import { type Member, memberOfPair, pairsOfMember } from '../protocol/committee.ts'
import { assert } from '../protocol/errors.ts'
import { chunkCount, symbolBytesOf } from '../protocol/geometry.ts'
import { type Side, checkSymbol, sliverWidth, symbolResponseBytes } from '../protocol/sliver.ts'

/** A posted header with its committee. @throws FloeError `unavailable` */
export async function certifiedHeaderOf(
  { header, digest }: PostedHeader,
  committees: Pick<Committees, 'ofEpoch'>,
): Promise<CertifiedHeader> {
  return { header, digest, committee: await committeeFor(header.epoch, committees) }
}

/** A chunk of one of the pairs that a member holds. @param random gives numbers in [0, 1) */
export function randomPosition(
  { header, committee }: CertifiedHeader,
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
  return { pair, side, symbol, chunk: below(chunkCount(symbolBytesOf(geometry, header.length))) }
}

/** The member that holds a pair. */
export function holderOf({ committee, header }: CertifiedHeader, { pair }: Pick<Position, 'pair'>): Member {
  const member = committee.members[memberOfPair(committee, header.root, pair)]
  assert(member !== undefined, `pair ${pair} has a holder`)
  return member
}

/**
 * Requests the symbol with the chunk from its holder, and checks it. A symbol that opens under the root has every one of its
 * chunks.
 * @throws FloeError `unavailable`, `sliver-mismatch`
 */
export async function sampleChunk(
  certified: CertifiedHeader,
  { side, pair, symbol }: Position,
  options: Pick<RetrieveOptions, 'kernel' | 'get' | 'timeoutMs'> & { readonly signal: AbortSignal },
): Promise<void> {
  const { kernel, get, timeoutMs, signal } = options
  const { header, committee, digest } = certified
  const { geometry } = committee
  const route = `${sliverRoute(digest, side, pair)}/symbols/${symbol}`
  const bytes = symbolResponseBytes(header, geometry, side)
  const response = await askNode(get, holderOf(certified, { pair }), route, { bytes, timeoutMs, signal })
  checkSymbol(kernel, { header, geometry, side, pair }, symbol, response)
}
