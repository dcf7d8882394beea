// Slivers from wherever they can be had: from the storage node that holds the pair, or made again from the batch.
import { type Wanted, type RetrieveOptions, retrieveBatch } from '../client/retrieve.ts'
import { type Get, askNode, sliverRoute } from '../client/storage-node.ts'
import type { Position } from '../l1/disputes.ts'
import { encodeBatch } from '../protocol/batch.ts'
import { toHex } from '../protocol/bytes.ts'
import { memberOfPair } from '../protocol/committee.ts'
import { FloeError } from '../protocol/errors.ts'
import type { Kernel } from '../protocol/kernel.ts'
import { type Opening, openChunk, openSliver } from '../protocol/opening.ts'
import { type ProvenSliver, type Side, checkProvenSliver, sliverAnswerBytes } from '../protocol/sliver.ts'
import type { SliverSource } from './evidence-search.ts'

export type NodesOptions = {
  readonly kernel: Kernel
  readonly get: Get
  /** Milliseconds for one answer. */
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/** A sliver from the holder of its pair, checked. @throws FloeError `unavailable`, `sliver-mismatch` */
async function askHolder(
  wanted: Wanted,
  side: Side,
  pair: number,
  options: NodesOptions,
): Promise<ProvenSliver> {
  const { header, committee, digest } = wanted
  const { kernel, get, timeoutMs, signal } = options
  const member = committee.members[memberOfPair(committee, header.root, pair)]
  if (member === undefined) throw new FloeError('internal', `Nobody holds pair ${pair}.`)
  const answer = await askNode(get, member, sliverRoute(digest, side, pair), {
    bytes: sliverAnswerBytes(header, committee.geometry, side),
    timeoutMs,
    signal,
  })
  return checkProvenSliver(kernel, { header, geometry: committee.geometry, side, pair }, answer)
}

/** Slivers as the storage nodes serve them; one that does not open is none. Rejects when the signal has aborted. */
export function sliversFromNodes(wanted: Wanted, options: NodesOptions): SliverSource {
  return async (side, pair) => {
    options.signal.throwIfAborted()
    const sliver = await askHolder(wanted, side, pair, options).catch(() => undefined)
    options.signal.throwIfAborted()
    return sliver
  }
}

/**
 * The opening of any position of a batch: from its holder, else from the batch, which is retrieved and encoded again.
 * @throws FloeError `unavailable` when neither can be had, `batch-invalid` when there is no batch to make it from
 */
export async function openPosition(
  wanted: Wanted,
  position: Position,
  options: RetrieveOptions & { readonly signal: AbortSignal },
): Promise<Opening> {
  const { geometry } = wanted.committee
  const { side, pair, symbol, chunk } = position
  const held = await askHolder(wanted, side, pair, options).catch(() => undefined)
  if (held !== undefined) return openSliver(geometry, held, { symbol, chunk })
  const batch = await retrieveBatch(wanted, options)
  // retrieveBatch has found that it encodes to the root.
  return openBatch(options.kernel, wanted, batch, position)
}

/** The opening of a position of a batch that is at hand. @throws FloeError `batch-invalid` unless it encodes to the root */
function openBatch(kernel: Kernel, wanted: Wanted, batch: Uint8Array, position: Position): Opening {
  const { header, committee } = wanted
  const { pair, ...at } = position
  return encodeBatch(kernel, committee.geometry, batch, (encoding) => {
    if (toHex(encoding.root) !== header.root) {
      throw new FloeError('batch-invalid', `The batch at hand does not encode to ${header.root}.`)
    }
    // The encoding is lent, and an opening has views of its slivers.
    const row = encoding.row(pair).slice()
    const column = new Uint8Array(committee.geometry.rows * encoding.symbolBytes)
    encoding.copyColumn(pair, column)
    return openChunk(committee.geometry, { pair, row, column, leaves: encoding.leaves.slice() }, at)
  })
}
