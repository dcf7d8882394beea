// The follower of L1: a chain of block hashes from the newest final block to the tip, with the events of the Ledger in each block,
// and those of the Disputes contract where it is followed too.
//
// Guarantees:
// - No gap: every block is linked to a remembered head by parent hashes, and its logs are read by its hash.
// - Resumable: each step is one durable write of the store, with the heads from which the next step continues.
// - One endpoint a pass: the blocks of two endpoints are not mixed in one pass.
// - Not hidden: logs that one endpoint leaves out are read from another one.
// - Not made up: a new post is in the state of its block, on every endpoint that has the block.
// - Progress: a pass ends at the tip that it began with, and what was read stays when a request fails.
// - Behind is not forked: an endpoint that shows an older tip of the followed chain undoes nothing.
// - Final is final: a chain without the oldest remembered head is refused; the operator decides.
// - Bounded: endpoints, attempts, the search for a fork, the blocks of a step and concurrent requests have limits.
//
// Only blocks that are final and far below the tip are read in ranges by number: that is how a follower catches up. The oldest
// remembered head is a final block, unless L1 finalized nothing for HEADS_MAX blocks.
import { coalesce } from '../runtime/async/single-flight.ts'
import { FloeError, assert } from '../protocol/errors.ts'
import type { Hex } from '../protocol/bytes.ts'
import type { Domain } from '../protocol/header.ts'
import type { ChainProgress, ChainStore, Follower } from './chain.ts'
import type { Finality } from './finality-rule.ts'
import { type ChainHeads, HeadFeed } from './head-feed.ts'
import type { PostingTerms } from '../protocol/posting.ts'
import { PostingTermsReader } from './posting-terms.ts'
import { FollowStart, lacksHistory } from './follow-start.ts'
import type { LogFault } from './chain-logs.ts'
import { type Clock, systemClock } from '../runtime/clock.ts'
import { ConditionLog } from '../runtime/condition-log.ts'
import type { Logger } from '../runtime/logger.ts'
import type { L1 } from './rpc.ts'
import type { Client } from 'viem'
import { type FollowedContracts, type SyncResult, StepWriter, SyncAttempt } from './sync-attempt.ts'

export type FollowerOptions = {
  readonly l1: L1
  readonly domain: Domain
  /** The Disputes contract of that Ledger; left out, disputes are not followed. */
  readonly disputes?: Hex | undefined
  readonly finality: Finality
  readonly store: ChainStore
  /** Events that are older when a follower without progress starts cannot matter; left out, all matter. */
  readonly lookbackSeconds?: number | undefined
  /** Whether a follower without progress may start at the oldest logs that an endpoint has. */
  readonly mayStartLate?: boolean
  /** Undoes everything and reads L1 again: for an operator whose L1 undid final blocks. */
  readonly rescan?: boolean
  readonly logger?: Logger
  readonly clock?: Clock
  /** Shared by the followers of a service; left out, the follower has its own. */
  readonly heads?: HeadFeed | undefined
}

export class L1Follower implements Follower {
  readonly #l1: L1
  readonly #heads: HeadFeed
  readonly #contracts: Omit<FollowedContracts, 'terms'>
  readonly #terms: PostingTermsReader
  readonly #writer: StepWriter
  readonly #start: FollowStart
  readonly #logFaults: ConditionLog | undefined
  /** Whether a caller of the next pass asks for what L1 says now. */
  #mustRefresh = false
  #followed: { readonly heads: ChainHeads; readonly progress: ChainProgress } | undefined
  readonly #sync: (signal?: AbortSignal) => Promise<ChainProgress>

  constructor(options: FollowerOptions) {
    const { l1, domain, disputes, finality, store, rescan = false } = options
    this.#l1 = l1
    this.#heads = options.heads ?? new HeadFeed({ l1, finality, clock: options.clock })
    this.#contracts = { domain, disputes }
    this.#start = new FollowStart({ ...options, ledger: domain.ledger })
    this.#terms = new PostingTermsReader({ l1, ledger: domain.ledger })
    this.#writer = new StepWriter(store, rescan)
    const { logger, clock = systemClock } = options
    const began = 'logs of an L1 endpoint differ from the receipts'
    const ended = 'logs of an L1 endpoint agree with the receipts again'
    this.#logFaults = logger && new ConditionLog({ logger, clock, began, ended })
    this.#sync = coalesce(async (throwIfCancelled) => this.#pass(throwIfCancelled))
  }

  async sync(signal?: AbortSignal): Promise<ChainProgress> {
    this.#mustRefresh = true
    return this.#sync(signal)
  }

  /** As `sync`, to what the head feed has: while no new block can be there, nothing is asked. */
  async follow(signal?: AbortSignal): Promise<ChainProgress> {
    return this.#sync(signal)
  }

  #reportLogs(judged: Client, fault: LogFault | undefined, blockNumber: number): void {
    const endpoint = this.#l1.endpoints.indexOf(judged) + 1
    if (fault === undefined) this.#logFaults?.held(String(endpoint))
    else this.#logFaults?.failed(String(endpoint), { endpoint, fault, blockNumber })
  }

  async #pass(throwIfCancelled: () => void): Promise<ChainProgress> {
    const refresh = this.#mustRefresh
    this.#mustRefresh = false
    const heads = await (refresh ? this.#heads.refresh() : this.#heads.current())
    if (heads === this.#followed?.heads) return this.#followed.progress
    const progress = await this.#passTo(heads, throwIfCancelled)
    // A pass may end before the tip: then the next one goes on.
    const isThere = heads.tips.some(({ tip }) => tip.hash === progress.tip.hash)
    this.#followed = isThere ? { heads, progress } : undefined
    return progress
  }

  async #passTo(heads: ChainHeads, throwIfCancelled: () => void): Promise<ChainProgress> {
    const view = { ...heads, terms: await this.#terms.read() }
    const first = await this.#follow(view, throwIfCancelled)
    if ('progress' in first) return first.progress
    if (this.#writer.heads().length > 0 || !first.failures.every(lacksHistory)) throw failureOf(first)
    await this.#start.startLate(
      { isEveryEndpointAsked: first.failures.length === this.#l1.endpoints.length },
      failureOf(first),
    )
    const second = await this.#follow(view, throwIfCancelled)
    if ('progress' in second) return second.progress
    throw failureOf(second)
  }

  /** Tries one endpoint after another until one succeeds. */
  async #follow(
    { newestFinal, tips, terms }: PassView,
    throwIfCancelled: () => void,
  ): Promise<{ readonly progress: ChainProgress } | Failures> {
    const failures: FloeError[] = []
    let behind: SyncResult | undefined
    for (const { endpoint: index, tip } of tips) {
      throwIfCancelled()
      const endpoint = this.#l1.endpoints[index]
      assert(endpoint !== undefined, 'the feed and the follower have the same endpoints')
      // A block that was final stays so, even when an endpoint that lags is the only one left.
      const final = Math.max(this.#writer.final, Math.min(newestFinal, tip.number))
      const attempt = new SyncAttempt({
        l1: this.#l1,
        start: this.#start,
        endpoint,
        final,
        contracts: { ...this.#contracts, terms },
        writer: this.#writer,
        throwIfCancelled,
        onLogVerdict: (judged, fault, blockNumber) => this.#reportLogs(judged, fault, blockNumber),
      })
      try {
        const reached = await attempt.run(tip)
        if (!reached.behind) return { progress: progressOf(reached) }
        if (behind === undefined || reached.tip.number > behind.tip.number) behind = reached
      } catch (error) {
        // Errors of the store and of a cancelled caller do not concern the endpoint.
        if (!(error instanceof FloeError) || error.code !== 'unavailable') throw error
        failures.push(error)
      }
    }
    return behind === undefined ? { failures } : { progress: progressOf(behind) }
  }
}

/** What the endpoints say when a pass begins. */
type PassView = ChainHeads & { readonly terms: PostingTerms }

/** Why no endpoint could be followed, in the order in which they were tried. */
type Failures = { readonly failures: readonly FloeError[] }

/** That final blocks were undone is what an operator must know; else the first endpoint's failure. */
function failureOf({ failures }: Failures): FloeError {
  const failure = failures.find(({ facts }) => 'expected' in facts) ?? failures[0]
  assert(failure !== undefined, 'there is an endpoint')
  return failure
}

function progressOf({ tip, timestamp, final }: SyncResult): ChainProgress {
  return { tip, timestamp, final }
}
