// What a storage node serves to readers and to peers that repair: batches, slivers and symbols. Every response except a computed
// symbol is checkable against the root alone. What no longer matches its checksum is not served.
//
// Memory is bounded: a sliver's bytes are taken from a budget before it is read, and returned when the response has been sent. No client
// can take all of it.
import { type Hex, concatBytes } from '../protocol/bytes.ts'
import { FloeError } from '../protocol/errors.ts'
import { sliverBytesOf, symbolBytesOf } from '../protocol/geometry.ts'
import type { Kernel } from '../protocol/kernel.ts'
import { extendSliverInPieces } from '../protocol/repair.ts'
import { type Side, pairProof, sliverPath, sliverWidth } from '../protocol/sliver.ts'
import { type Clock, unixSeconds, yieldToEventLoop } from '../runtime/clock.ts'
import type { SharedBudget } from '../runtime/shared-budget.ts'
import type { SliverStore } from '../store/sliver-store.ts'
import type { SliverHashes, StoredBatch } from '../store/stored-batch.ts'
import { ComputedSymbols } from './computed-symbols.ts'

export type SliverServingOptions = {
  readonly kernel: Kernel
  readonly sliverStore: Pick<SliverStore, 'batch' | 'hashes' | 'sliver' | 'checks'>
  /** How long batches are served after their expiry, so that challenges can be answered (docs/protocol.md §7.1, grace). */
  readonly graceSeconds: number
  /** Bytes of slivers that are in memory, which clients share. */
  readonly memory: SharedBudget
  readonly clock: Clock
}

/** The body of a response, in parts so that a sliver is not copied once more. */
export type ServedBytes = {
  readonly parts: readonly Uint8Array[]
  /** Returns the memory. Call it once the response has been sent or has failed. */
  readonly release: () => void
}

export type SliverName = { readonly digest: Hex; readonly side: Side; readonly pair: number }

/** A sliver in memory, with what proves it. */
type LoadedSliver = {
  readonly batch: StoredBatch
  readonly bytes: Uint8Array
  /** The other sliver's root and the path of the pair. */
  readonly proof: Uint8Array
  readonly hashes: SliverHashes
  readonly release: () => void
}

const RETRY_SECONDS = 1

export class SliverServing {
  readonly #options: SliverServingOptions
  readonly #computed: ComputedSymbols

  constructor(options: SliverServingOptions) {
    this.#options = options
    this.#computed = new ComputedSymbols(options.clock)
  }

  /** A batch that is stored and still served. @throws FloeError `not-held`, `damaged` or `expired` */
  batch(digest: Hex): StoredBatch {
    const { sliverStore, graceSeconds, clock } = this.#options
    const batch = sliverStore.batch(digest)
    if (batch === undefined) throw this.#absent(`Batch ${digest}`, { digest })
    const { expiry } = batch.header
    if (expiry + graceSeconds > unixSeconds(clock)) return batch
    throw new FloeError('expired', `Batch ${digest} expired at ${expiry}.`, { facts: { digest, expiry } })
  }

  /** A whole sliver with its proof (src/protocol/sliver.ts). */
  async sliver(name: SliverName, client: string): Promise<ServedBytes> {
    const { bytes, proof, release } = await this.#load(name, client)
    return { parts: [proof, bytes], release }
  }

  /**
   * The symbol at `index`, up to the n positions that the sliver extends to. A symbol that is part of the stored sliver comes
   * with its proof. A computed one comes alone: a peer that repairs checks the whole sliver that it makes from such symbols.
   */
  async symbol(name: SliverName, index: number, client: string): Promise<ServedBytes> {
    const { geometry } = this.batch(name.digest)
    if (index >= geometry.shards) throw outOfRange('symbol', index, geometry.shards)
    if (index >= sliverWidth(geometry, name.side)) return this.#computedSymbol(name, index, client)
    const { bytes, proof, hashes, release } = await this.#load(name, client)
    const symbolBytes = bytes.length / sliverWidth(geometry, name.side)
    const symbol = bytes.subarray(index * symbolBytes, (index + 1) * symbolBytes)
    return { parts: [proof, sliverPath(hashes.symbolRoots, index), symbol], release }
  }

  async #computedSymbol(name: SliverName, index: number, client: string): Promise<ServedBytes> {
    const key = `${name.digest}/${name.side}/${name.pair}/${index}`
    const symbol = await this.#computed.get(client, key, async () => {
      const { batch, bytes, release } = await this.#load(name, client)
      try {
        const pieces: Uint8Array[] = []
        for (const piece of extendSliverInPieces(this.#options.kernel, batch.geometry, name.side, {
          bytes,
          at: index,
        })) {
          pieces.push(piece)
          await yieldToEventLoop()
        }
        return concatBytes(...pieces)
      } finally {
        release()
      }
    })
    return { parts: [symbol], release: this.#reserveMemory(client, symbol.length) }
  }

  async #load(name: SliverName, client: string): Promise<LoadedSliver> {
    const { sliverStore } = this.#options
    const { digest, side, pair } = name
    const batch = this.batch(digest)
    const { geometry, header, leaves } = batch
    if (pair >= geometry.shards) throw outOfRange('pair', pair, geometry.shards)
    const hashes = sliverStore.hashes(batch, pair)
    if (hashes === undefined) {
      throw this.#absent(`Pair ${pair} of batch ${digest}`, { digest, pair })
    }
    const sliverBytes = sliverBytesOf(geometry, symbolBytesOf(geometry, header.length))[side]
    const release = this.#reserveMemory(client, sliverBytes)
    try {
      const bytes = await sliverStore.sliver(digest, pair, side)
      // The batch may have been deleted since its hashes were read.
      if (bytes === undefined) {
        throw this.#absent(`The ${side} ${pair} of batch ${digest}`, { digest, pair })
      }
      const otherRoot = hashes[side === 'row' ? 'column' : 'row'].root
      return { batch, bytes, proof: pairProof(leaves, pair, otherRoot), hashes: hashes[side], release }
    } catch (error) {
      release()
      throw error
    }
  }

  /** Why there is nothing to serve. */
  #absent(what: string, facts: { readonly digest: Hex; readonly pair?: number }): FloeError {
    const isDamaged = this.#options.sliverStore.checks.isDamaged(facts.digest)
    const reason = isDamaged ? 'is stored here, but no longer as it was written' : 'is not stored here'
    return new FloeError(isDamaged ? 'damaged' : 'not-held', `${what} ${reason}.`, {
      facts,
      remedy: 'Ask the other members of the committee.',
    })
  }

  #reserveMemory(client: string, bytes: number): () => void {
    const { memory } = this.#options
    const { bytesMax } = memory
    // A sliver larger than the bound is read while no other one is in memory; otherwise it could never be served.
    const share = memory.take(client, Math.min(bytes, bytesMax))
    if (share !== undefined) return share.release
    const usedBytes = memory.used()
    throw new FloeError(
      'overloaded',
      `Expected memory for ${bytes} bytes, got ${usedBytes} of ${bytesMax} in use, or the share of this client.`,
      {
        facts: { usedBytes, bytesMax, bytes },
        remedy: 'Try again in a moment.',
        retryAfterSeconds: RETRY_SECONDS,
      },
    )
  }
}

function outOfRange(what: string, index: number, shards: number): FloeError {
  return new FloeError('malformed', `Expected a ${what} in 0…${shards - 1}, got ${index}.`, {
    facts: { index, shards },
  })
}
