// What readers and repairing peers are answered. Every answer but a computed symbol can be checked against the root alone.
//
// Memory is bounded: a sliver's bytes are taken from a budget before it is read and given back when the answer has left.
import type { Hex } from '../protocol/bytes.ts'
import { FloeError } from '../protocol/errors.ts'
import { sliverBytesOf, symbolBytesOf } from '../protocol/geometry.ts'
import type { Kernel } from '../protocol/kernel.ts'
import { extendSliver } from '../protocol/repair.ts'
import { type Side, pairProof, sliverPath, sliverWidth } from '../protocol/sliver.ts'
import type { Budget } from '../runtime/budget.ts'
import { type Clock, unixSeconds } from '../runtime/clock.ts'
import type { SliverStore } from '../store/sliver-store.ts'
import type { StoredBatch } from '../store/stored-batch.ts'

export type ServingParts = {
  readonly kernel: Kernel
  readonly custody: Pick<SliverStore, 'batch' | 'hashes' | 'sliver'>
  readonly clock: Clock
  /** How long batches are served after their expiry, so that challenges can be answered (docs/protocol.md §7.1, grace). */
  readonly graceSeconds: number
  /** Bytes of slivers in memory. */
  readonly memory: Budget
  /** The bound of `memory`. */
  readonly memoryBytesMax: number
}

/** An answer in parts, so that a sliver is not copied once more. */
export type Answer = {
  readonly parts: readonly Uint8Array[]
  /** To be called when the answer has been sent, or cannot be. */
  readonly release: () => void
}

export type SliverName = { readonly digest: Hex; readonly side: Side; readonly pair: number }

const RETRY_SECONDS = 1

/** A batch that is here and still served. @throws FloeError `not-held` or `expired` */
export function servedBatch(
  parts: Pick<ServingParts, 'custody' | 'clock' | 'graceSeconds'>,
  digest: Hex,
): StoredBatch {
  const batch = parts.custody.batch(digest)
  if (batch === undefined) throw notHeld(`Batch ${digest} is not here.`, { digest })
  const { expiry } = batch.header
  if (expiry + parts.graceSeconds > unixSeconds(parts.clock)) return batch
  throw new FloeError('expired', `Batch ${digest} expired at ${expiry}.`, { facts: { digest, expiry } })
}

/** The answer for a whole sliver (src/protocol/sliver.ts). */
export async function sliverAnswer(parts: ServingParts, name: SliverName): Promise<Answer> {
  const { bytes, proof, release } = await proven(parts, name)
  return { parts: [proof, bytes], release }
}

/**
 * The answer for the symbol at `index`: with its proof where it stands in the sliver, and alone where it has to be computed,
 * at the positions up to n that the sliver extends to. A computed one is for repair, which checks the whole that comes of it.
 */
export async function symbolAnswer(parts: ServingParts, name: SliverName, index: number): Promise<Answer> {
  const { batch, bytes, proof, hashes, release } = await proven(parts, name)
  const { geometry } = batch
  if (index >= geometry.shards) {
    release()
    throw outside('symbol', index, geometry.shards)
  }
  const symbol = extendSliver(parts.kernel, geometry, name.side, { bytes, at: index })
  if (index >= sliverWidth(geometry, name.side)) return { parts: [symbol], release }
  return { parts: [proof, sliverPath(hashes.symbolRoots, index), symbol], release }
}

type Proven = {
  readonly batch: StoredBatch
  readonly bytes: Uint8Array
  /** Other root and path of the pair. */
  readonly proof: Uint8Array
  readonly hashes: { readonly symbolRoots: readonly Uint8Array[] }
  readonly release: () => void
}

async function proven(parts: ServingParts, name: SliverName): Promise<Proven> {
  const { digest, side, pair } = name
  const batch = servedBatch(parts, digest)
  const { geometry, header, leaves } = batch
  if (pair >= geometry.shards) throw outside('pair', pair, geometry.shards)
  const hashes = parts.custody.hashes(batch, pair)
  if (hashes === undefined) throw notHeld(`Pair ${pair} of batch ${digest} is not here.`, { digest, pair })
  const release = takeMemory(parts, sliverBytesOf(geometry, symbolBytesOf(geometry, header.length))[side])
  try {
    const bytes = await parts.custody.sliver(digest, pair, side)
    // It can expire between the two reads.
    if (bytes === undefined)
      throw notHeld(`The ${side} ${pair} of batch ${digest} is not here.`, { digest, pair })
    const other = hashes[side === 'row' ? 'column' : 'row'].root
    return { batch, bytes, proof: pairProof(leaves, pair, other), hashes: hashes[side], release }
  } catch (error) {
    release()
    throw error
  }
}

function takeMemory(parts: ServingParts, bytes: number): () => void {
  const { memory, memoryBytesMax } = parts
  // Alone, a sliver is read even if it is larger than the bound, or it could never be served.
  const release = memory.take(Math.min(bytes, memoryBytesMax))
  if (release !== undefined) return release
  throw new FloeError('overloaded', `${memory.used()} bytes of slivers are being sent.`, {
    facts: { usedBytes: memory.used(), bytesMax: memoryBytesMax, bytes },
    remedy: 'Try again in a moment.',
    retryAfterSeconds: RETRY_SECONDS,
  })
}

function notHeld(message: string, facts: Record<string, string | number>): FloeError {
  return new FloeError('not-held', message, { facts, remedy: 'Ask the other members of the committee.' })
}

function outside(what: string, index: number, shards: number): FloeError {
  return new FloeError('malformed', `Expected a ${what} in 0…${shards - 1}, got ${index}.`, {
    facts: { index, shards },
  })
}
