// Whether a commitment was included on L1 before its batch expired. A fork's op-node names the block that included it, and drops the
// commitment if it was too late. Every node must decide alike, so only L1 decides, by a final block.
import { LRUCache } from 'lru-cache'
import type { Client } from 'viem'
import { getBlock } from 'viem/actions'
import type { CertifiedHeader } from '../../client/certified-header.ts'
import { finalBlock } from '../../l1/finality.ts'
import type { Finality } from '../../l1/finality-rule.ts'
import { type L1, askEach } from '../../l1/rpc.ts'
import { FloeError } from '../../protocol/errors.ts'

export type InclusionCheckOptions = { readonly l1: L1; readonly finality: Finality }

/** Final blocks whose timestamps are remembered: nodes that catch up ask for many commitments of few blocks. */
const BLOCKS_MAX = 4_096

export class InclusionCheck {
  readonly #options: InclusionCheckOptions
  /** Timestamps of final blocks by number. */
  readonly #timestamps = new LRUCache<bigint, number>({ max: BLOCKS_MAX })

  constructor(options: InclusionCheckOptions) {
    this.#options = options
  }

  /**
   * @param block number of the L1 block that included the commitment
   * @throws FloeError `included-late` when the block is final and later than the expiry; `unavailable` while L1 does not say
   */
  async check({ header, digest }: CertifiedHeader, block: bigint): Promise<void> {
    const known = this.#timestamps.get(block)
    const timestamps = known === undefined ? await this.#read(block) : [known]
    // An endpoint alone cannot make a commitment late: it is dropped only if all of them say so.
    const timestamp = Math.min(...timestamps)
    if (timestamp <= header.expiry) return
    if (known === undefined) await this.#requireFinal(block)
    this.#timestamps.set(block, timestamp)
    throw new FloeError(
      'included-late',
      `Expected a commitment that L1 included until ${header.expiry}, when its batch expired; block ${block} is of ${timestamp}.`,
      { facts: { digest, expiry: header.expiry, included: timestamp } },
    )
  }

  async #read(block: bigint): Promise<number[]> {
    const action = `read block ${block}, which included a commitment`
    return askEach(this.#options.l1, action, async (endpoint: Client) => {
      const { timestamp } = await getBlock(endpoint, { blockNumber: block })
      return Number(timestamp)
    })
  }

  async #requireFinal(block: bigint): Promise<void> {
    const final = await finalBlock(this.#options.l1, this.#options.finality)
    if (block <= BigInt(final)) return
    throw new FloeError(
      'unavailable',
      `Expected a final block of L1, got ${block}; ${final} is the newest one.`,
      {
        remedy: 'Ask again when it is final.',
        retryAfterSeconds: 12,
      },
    )
  }
}
