// Slivers and openings for disputes: from the storage node that holds the pair, or rebuilt from the retrieved batch.
import { type RetrieveOptions, retrieveBatch } from '../client/retrieve.ts'
import type { CertifiedHeader } from '../client/certified-header.ts'
import { type Get, askNode, sliverRoute } from '../client/storage-node.ts'
import type { Position } from '../l1/dispute-ids.ts'
import { encodeBatch } from '../protocol/batch.ts'
import { toHex } from '../protocol/bytes.ts'
import { memberOfPair } from '../protocol/committee.ts'
import { FloeError, assert } from '../protocol/errors.ts'
import type { Kernel } from '../protocol/kernel.ts'
import { type Opening, openChunk, openSliver } from '../protocol/opening.ts'
import { type ProvenSliver, type Side, checkProvenSliver, sliverResponseBytes } from '../protocol/sliver.ts'
import type { SliverSource } from './evidence-search.ts'

export type NodesOptions = {
  readonly kernel: Kernel
  readonly get: Get
  /** Milliseconds for one answer. */
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/**
 * Slivers as the storage nodes serve them; a sliver that does not open under the root counts as not served. Rejects when the
 * signal has aborted.
 */
export function sliversFromNodes(certified: CertifiedHeader, options: NodesOptions): SliverSource {
  return async (side, pair) => {
    options.signal.throwIfAborted()
    const sliver = await askHolder(certified, side, pair, options).catch(() => undefined)
    options.signal.throwIfAborted()
    return sliver
  }
}

/**
 * The opening of any position of a batch: from the pair's holder, else rebuilt from the retrieved batch.
 * @throws FloeError `unavailable` when neither is served, `batch-invalid` when the encoding is invalid
 */
export async function openPosition(
  certified: CertifiedHeader,
  position: Position,
  options: RetrieveOptions & { readonly signal: AbortSignal },
): Promise<Opening> {
  const [opening] = await openPositions(certified, [position], options)
  assert(opening !== undefined, 'a position has an opening')
  return opening
}

/** As `openPosition`, for several positions of one batch: every sliver and the batch are fetched at most once. */
export async function openPositions(
  certified: CertifiedHeader,
  positions: readonly Position[],
  options: RetrieveOptions & { readonly signal: AbortSignal },
): Promise<readonly Opening[]> {
  const { geometry } = certified.committee
  const requests = new Map<string, Promise<ProvenSliver | undefined>>()
  const held = async ({ side, pair }: Position): Promise<ProvenSliver | undefined> => {
    const name = `${side} ${pair}`
    const request = requests.get(name) ?? askHolder(certified, side, pair, options).catch(() => undefined)
    requests.set(name, request)
    return request
  }
  const slivers: (ProvenSliver | undefined)[] = []
  for (const position of positions) slivers.push(await held(position))
  const missing = positions.filter((_, i) => slivers[i] === undefined)
  const rebuilt = missing.length === 0 ? [] : await openFromBatch(certified, missing, options)
  return positions.map((position, i) => {
    const sliver = slivers[i]
    const opening =
      sliver === undefined ? rebuilt[missing.indexOf(position)] : openSliver(geometry, sliver, position)
    assert(opening !== undefined, 'a position has an opening')
    return opening
  })
}

async function openFromBatch(
  certified: CertifiedHeader,
  positions: readonly Position[],
  options: RetrieveOptions & { readonly signal: AbortSignal },
): Promise<readonly Opening[]> {
  const batch = await retrieveBatch(certified, options)
  return openRebuilt(options.kernel, certified, batch, positions)
}

/** A sliver from the holder of its pair, checked. @throws FloeError `unavailable`, `sliver-mismatch` */
async function askHolder(
  certified: CertifiedHeader,
  side: Side,
  pair: number,
  options: NodesOptions,
): Promise<ProvenSliver> {
  const { header, committee, digest } = certified
  const { kernel, get, timeoutMs, signal } = options
  const member = committee.members[memberOfPair(committee, header.root, pair)]
  if (member === undefined) throw new FloeError('internal', `Pair ${pair} has no holder in the committee.`)
  const answer = await askNode(get, member, sliverRoute(digest, side, pair), {
    bytes: sliverResponseBytes(header, committee.geometry, side),
    timeoutMs,
    signal,
  })
  return checkProvenSliver(kernel, { header, geometry: committee.geometry, side, pair }, answer)
}

/** The openings of positions of a batch in memory. @throws FloeError `batch-invalid` unless the batch encodes to the root */
function openRebuilt(
  kernel: Kernel,
  certified: CertifiedHeader,
  batch: Uint8Array,
  positions: readonly Position[],
): readonly Opening[] {
  const { header, committee } = certified
  return encodeBatch(kernel, committee.geometry, batch, (encoding) => {
    if (toHex(encoding.root) !== header.root) {
      throw new FloeError(
        'batch-invalid',
        `Expected a batch that encodes to ${header.root}, got another root.`,
      )
    }
    // Copies: the encoding is valid during this call only, and an opening keeps views of its slivers.
    const leaves = encoding.leaves.slice()
    return positions.map(({ pair, ...place }) => {
      const row = encoding.row(pair).slice()
      const column = new Uint8Array(committee.geometry.rows * encoding.symbolBytes)
      encoding.copyColumn(pair, column)
      return openChunk(committee.geometry, { pair, row, column, leaves }, place)
    })
  })
}
