// The follower of L1: a chain of block hashes from the newest final block to the tip, with the events of the Ledger in each block,
// and those of the Disputes contract where it is followed too.
//
// Guarantees:
// - No gap: every block is linked to a remembered head by parent hashes, and its logs are read by its hash.
// - Resumable: each step is one durable write of the store, with the heads from which the next step continues.
// - One endpoint a pass: responses of two endpoints are not mixed in one pass.
// - Not made up: a new post is in the state of its block, on every endpoint that has the block.
// - Behind is not forked: an endpoint that shows an older tip of the followed chain undoes nothing.
// - Final is final: a chain without the oldest remembered head is refused; the operator decides.
// - Bounded: endpoints, attempts, the walk back, the blocks of a step and concurrent requests have limits.
//
// Only blocks that are final and far below the tip are read in ranges by number: that is how a follower catches up. The oldest
// remembered head is a final block, unless L1 finalized nothing for HEADS_MAX blocks.
import { coalesce } from '../runtime/async/single-flight.ts'
import { FloeError, assert } from '../protocol/errors.ts'
import type { Hex } from '../protocol/bytes.ts'
import type { Domain } from '../protocol/header.ts'
import { type Block, readBlock } from './blocks.ts'
import type { ChainProgress, ChainStore, Follower } from './chain.ts'
import type { Finality } from './finality-rule.ts'
import { finalBlock } from './finality.ts'
import { PostingTermsReader } from './posting-terms.ts'
import type { L1 } from './rpc.ts'
import { type FollowedContracts, type SyncResult, StepWriter, SyncAttempt } from './sync-attempt.ts'
import type { Client } from 'viem'

export type FollowerOptions = {
  readonly l1: L1
  readonly domain: Domain
  /** The Disputes contract of that Ledger; left out, disputes are not followed. */
  readonly disputes?: Hex | undefined
  readonly finality: Finality
  readonly store: ChainStore
  /** The first block that is read; left out, the block that deployed the Ledger. */
  readonly startBlock?: number
  /** Undoes everything and reads L1 again: for an operator whose L1 undid final blocks. */
  readonly rescan?: boolean
}

/** An endpoint that is more blocks behind another one is tried after it. */
const LAG_MAX = 3

export class L1Follower implements Follower {
  readonly #l1: L1
  readonly #finality: Finality
  readonly #contracts: Omit<FollowedContracts, 'terms'>
  readonly #terms: PostingTermsReader
  readonly #writer: StepWriter
  readonly #sync: (signal?: AbortSignal) => Promise<ChainProgress>

  constructor(options: FollowerOptions) {
    const { l1, domain, disputes, finality, store, startBlock, rescan = false } = options
    this.#l1 = l1
    this.#finality = finality
    this.#contracts = { domain, disputes, startBlock }
    this.#terms = new PostingTermsReader({ l1, ledger: domain.ledger })
    this.#writer = new StepWriter(store, rescan)
    this.#sync = coalesce(async (throwIfCancelled) => this.#pass(throwIfCancelled))
  }

  async sync(signal?: AbortSignal): Promise<ChainProgress> {
    return this.#sync(signal)
  }

  /** Tries one endpoint after another until one succeeds. */
  async #pass(throwIfCancelled: () => void): Promise<ChainProgress> {
    const [newestFinal, tips, terms] = await Promise.all([
      finalBlock(this.#l1, this.#finality),
      readTips(this.#l1.endpoints),
      this.#terms.read(),
    ])
    let failure: FloeError | undefined
    let behind: SyncResult | undefined
    for (const { endpoint, tip } of tips) {
      throwIfCancelled()
      // A block that was final stays so, even when an endpoint that lags is the only one left.
      const final = Math.max(this.#writer.final, Math.min(newestFinal, tip.number))
      const attempt = new SyncAttempt({
        l1: this.#l1,
        endpoint,
        final,
        contracts: { ...this.#contracts, terms },
        writer: this.#writer,
        throwIfCancelled,
      })
      try {
        const reached = await attempt.run(tip)
        if (!reached.behind) return progressOf(reached)
        if (behind === undefined || reached.tip.number > behind.tip.number) behind = reached
      } catch (error) {
        // Errors of the store and of a cancelled caller do not concern the endpoint.
        if (!(error instanceof FloeError) || error.code !== 'unavailable') throw error
        if (failure === undefined || 'expected' in error.facts) failure = error
      }
    }
    if (behind !== undefined) return progressOf(behind)
    assert(failure !== undefined, 'there is an endpoint')
    throw failure
  }
}

function progressOf({ tip, timestamp, final }: SyncResult): ChainProgress {
  return { tip, timestamp, final }
}

type EndpointTip = { readonly endpoint: Client; readonly tip: Block }

/** The endpoints that answer, in the configured order, with those that lag at the end. @throws FloeError `unavailable` */
async function readTips(endpoints: readonly Client[]): Promise<EndpointTip[]> {
  const results = await Promise.allSettled(
    endpoints.map(async (endpoint) => ({ endpoint, tip: await readBlock(endpoint, { blockTag: 'latest' }) })),
  )
  const tips = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  if (tips.length === 0) throw (results[0] as PromiseRejectedResult).reason
  const newest = Math.max(...tips.map(({ tip }) => tip.number))
  const lags = ({ tip }: EndpointTip): boolean => tip.number < newest - LAG_MAX
  return [...tips.filter((other) => !lags(other)), ...tips.filter(lags)]
}
