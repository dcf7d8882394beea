// One attempt of a follower to reach the tip of one endpoint: first old blocks in ranges, then new blocks one by one.
import type { Client } from 'viem'
import type { Hex } from '../protocol/bytes.ts'
import { FloeError, assert } from '../protocol/errors.ts'
import { crashPoint } from '../runtime/crash-points.ts'
import { scanSpans } from './block-scan.ts'
import { type Block, contradiction, isContradiction, readBlock } from './blocks.ts'
import type { ChainHead, ChainStep, ChainStore } from './chain.ts'
import { firstNumberWhere } from './block-search.ts'
import { ChainLogs, type ChainLogsOptions, type MinedLog } from './chain-logs.ts'
import { disputeTopics, disputesOf } from './dispute-events.ts'
import type { FollowStart } from './follow-start.ts'
import { type FollowedLedger, checkState, postTopics, postsOf } from './post-events.ts'
import type { L1 } from './rpc.ts'

/** The contracts that are followed, and how. */
export type FollowedContracts = FollowedLedger & {
  readonly disputes: Hex | undefined
}

export type SyncResult = {
  readonly tip: ChainHead
  /** Of the tip, in unix seconds. */
  readonly timestamp: number
  readonly final: number
  /** The endpoint shows an older tip of the followed chain. */
  readonly behind: boolean
}

/** Bound on remembered heads: many times the blocks that L1 needs to finalize. */
const HEADS_MAX = 1_024
/** Machines behind one endpoint agree on blocks so far below the tip. */
const RANGE_DEPTH = 64
const ATTEMPTS_MAX = 3
/** Blocks that are read concurrently, and written in one step. */
const STEP_BLOCKS_MAX = 8

/** Writes a follower's steps to its store. */
export class StepWriter {
  readonly #store: ChainStore
  #rescan: boolean
  #final = -1

  constructor(store: ChainStore, rescan: boolean) {
    this.#store = store
    this.#rescan = rescan
  }

  /** The newest final block that this process has written; -1 before the first. */
  get final(): number {
    return this.#final
  }

  /** Whether everything in the store is still to be undone. */
  get rescan(): boolean {
    return this.#rescan
  }

  heads(): ChainHead[] {
    return this.#rescan ? [] : this.#store.heads()
  }

  async apply(step: ChainStep): Promise<void> {
    crashPoint('chain.read')
    await this.#store.apply(step)
    this.#final = step.final
    this.#rescan = false
    crashPoint('chain.applied')
  }
}

export type SyncAttemptOptions = {
  readonly l1: L1
  readonly start: Pick<FollowStart, 'block'>
  /** The one that is followed; the others are asked for what they must agree on. */
  readonly endpoint: Client
  readonly final: number
  readonly contracts: FollowedContracts
  readonly writer: StepWriter
  /** Throws when no caller waits for the attempt any longer. */
  readonly throwIfCancelled: () => void
  readonly onLogVerdict: ChainLogsOptions['onVerdict']
}

/** The events of some blocks. */
type BlockEvents = Pick<ChainStep, 'posts' | 'disputes'>

export class SyncAttempt {
  readonly #l1: L1
  readonly #start: Pick<FollowStart, 'block'>
  readonly #endpoint: Client
  readonly #final: number
  readonly #contracts: FollowedContracts
  readonly #writer: StepWriter
  readonly #throwIfCancelled: () => void
  readonly #logs: ChainLogs

  constructor(options: SyncAttemptOptions) {
    const { l1, start, endpoint, final, contracts, writer, throwIfCancelled } = options
    this.#l1 = l1
    this.#start = start
    this.#endpoint = endpoint
    this.#final = final
    this.#contracts = contracts
    this.#writer = writer
    this.#throwIfCancelled = throwIfCancelled
    const { domain, disputes } = contracts
    this.#logs = new ChainLogs({
      l1,
      endpoint,
      addresses: disputes === undefined ? [domain.ledger] : [domain.ledger, disputes],
      topics: disputes === undefined ? postTopics : [...postTopics, ...disputeTopics],
      onVerdict: options.onLogVerdict,
    })
  }

  /** Follows the endpoint up to `firstTip`, which is the end of the pass however long it takes, unless a reorg removes it. */
  async run(firstTip: Block): Promise<SyncResult> {
    let tip = firstTip
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#catchUp(tip)
        return await this.#followTip(tip)
      } catch (error) {
        if (!isContradiction(error) || attempt === ATTEMPTS_MAX) throw error
        tip = await this.#readTip()
      }
    }
  }

  async #readTip(): Promise<Block> {
    return readBlock(this.#endpoint, { blockTag: 'latest' })
  }

  /** Reads settled blocks, span by span. */
  async #catchUp(tip: Block): Promise<void> {
    const settled = settledBlock(tip.number, this.#final)
    const heads = this.#writer.heads()
    const last = heads.at(-1)
    if (last !== undefined && last.number >= settled) return
    const common = last === undefined ? undefined : await this.#newestCommonHead(heads)
    const first = common === undefined ? await this.#start.block(settled) : common.number + 1
    let undoAbove = this.#writer.rescan ? -1 : common === last ? undefined : common?.number
    const range = {
      // At least one block, because its head is where following continues.
      fromBlock: BigInt(Math.min(first, settled)),
      toBlock: BigInt(settled),
      order: 'oldest-first',
      span: this.#l1.logs.of(this.#endpoint),
    } as const
    const read = async (fromBlock: bigint, toBlock: bigint): Promise<MinedLog[]> =>
      this.#logs.ofRange({ fromBlock, toBlock })
    for await (const { toBlock, found } of scanSpans(read, range)) {
      const events = this.#eventsOf(found)
      await this.#checkNewest(events)
      const head = headOf(await readBlock(this.#endpoint, { blockNumber: toBlock }))
      await this.#apply({ undoAbove, ...events, heads: [head], forgetBelow: head.number })
      undoAbove = undefined
    }
  }

  /** Machines behind an endpoint agree on old blocks, unless one is on another chain altogether: a sample shows that. */
  async #checkNewest({ posts, disputes = [] }: BlockEvents): Promise<void> {
    for (const newest of [posts.at(-1), disputes.at(-1)]) {
      if (newest === undefined) continue
      const { hash } = await readBlock(this.#endpoint, { blockNumber: BigInt(newest.blockNumber) })
      if (hash !== newest.blockHash)
        throw contradiction(`it has logs of block ${newest.blockHash}, and its chain has ${hash} there`)
    }
  }

  /** The newest remembered head that L1 still has, when all of them are settled. */
  async #newestCommonHead(heads: readonly ChainHead[]): Promise<ChainHead> {
    const isGone = async (index: number): Promise<boolean> => {
      const head = heads[index]
      assert(head !== undefined, 'the search stays within the heads')
      this.#throwIfCancelled()
      const block = await readBlock(this.#endpoint, { blockNumber: BigInt(head.number) })
      if (block.hash !== head.hash && index === 0) throw finalBlockUndone(head, block)
      return block.hash !== head.hash
    }
    await isGone(0)
    const common = heads[(await firstNumberWhere(isGone, 1, heads.length)) - 1]
    assert(common !== undefined, 'the first head is common')
    return common
  }

  /** Follows from the remembered heads to `tip`, which is at most HEADS_MAX blocks further. What was read stays when a request fails. */
  async #followTip(tip: Block): Promise<SyncResult> {
    const heads = this.#writer.heads()
    const [oldest, last] = [heads[0], heads.at(-1)]
    assert(oldest !== undefined && last !== undefined, 'catching up leaves a head')
    const isKnown = heads.some(({ number, hash }) => number === tip.number && hash === tip.hash)
    const reached = { tip: headOf(tip), timestamp: tip.timestamp, final: this.#final, behind: false }
    if (tip.number < oldest.number || (isKnown && tip.number < last.number))
      return { ...reached, behind: true }
    if (tip.number === oldest.number && !isKnown) throw finalBlockUndone(oldest, tip)
    let previous = await this.#headBelow(tip, heads)
    let undoAbove = previous.number < last.number ? previous.number : undefined
    while (previous.number < tip.number) {
      const blocks = await this.#blocksAfter(previous, tip)
      const events = await this.#eventsInBlocks(blocks)
      const newest = blocks.at(-1)
      assert(newest !== undefined, 'there is a block up to the tip')
      const forgetBelow = Math.min(Math.max(this.#final, tip.number - HEADS_MAX), newest.number)
      await this.#apply({ undoAbove, ...events, heads: blocks.map(headOf), forgetBelow })
      undoAbove = undefined
      previous = headOf(newest)
    }
    if (this.#final > this.#writer.final)
      await this.#apply({ undoAbove, posts: [], heads: [], forgetBelow: this.#final })
    return reached
  }

  /** The newest remembered head on the chain of `tip`. */
  async #headBelow(tip: Block, heads: readonly ChainHead[]): Promise<ChainHead> {
    const known = heads.findLast(
      ({ number, hash }) =>
        (number === tip.number && hash === tip.hash) ||
        (number === tip.number - 1 && hash === tip.parentHash),
    )
    if (known !== undefined) return known
    const below = heads.filter(({ number }) => number < tip.number)
    const newest = below.at(-1)
    assert(newest !== undefined, 'the oldest head is below the tip')
    const block = await readBlock(this.#endpoint, { blockNumber: BigInt(newest.number) })
    return block.hash === newest.hash ? newest : this.#newestCommonHead(below)
  }

  /** The next blocks after a head up to `tip`, linked to it by their parent hashes. */
  async #blocksAfter(head: ChainHead, tip: Block): Promise<Block[]> {
    this.#throwIfCancelled()
    const count = Math.min(STEP_BLOCKS_MAX, tip.number - head.number)
    const numbers = Array.from({ length: count }, (_, i) => head.number + 1 + i)
    const blocks = await Promise.all(
      numbers.map(async (number) =>
        number === tip.number ? tip : readBlock(this.#endpoint, { blockNumber: BigInt(number) }),
      ),
    )
    for (const [i, { number, parentHash }] of blocks.entries()) {
      const { hash } = blocks[i - 1] ?? head
      if (parentHash !== hash)
        throw contradiction(`block ${number} has the parent ${parentHash}, not ${hash}`)
    }
    return blocks
  }

  async #eventsInBlocks(blocks: readonly Block[]): Promise<BlockEvents> {
    this.#throwIfCancelled()
    const logs = await Promise.all(blocks.map(async (block) => this.#logs.ofBlock(block)))
    const events = this.#eventsOf(logs.flat())
    await Promise.all(
      events.posts.map(async (post) => checkState(this.#endpoint, this.#contracts, post, this.#l1.endpoints)),
    )
    return events
  }

  #eventsOf(logs: readonly MinedLog[]): BlockEvents {
    const { disputes } = this.#contracts
    const posts = postsOf(this.#contracts, logs)
    return disputes === undefined ? { posts } : { posts, disputes: disputesOf(disputes, logs) }
  }

  async #apply(step: Omit<ChainStep, 'final'>): Promise<void> {
    this.#throwIfCancelled()
    await this.#writer.apply({ ...step, final: this.#final })
  }
}

/** Blocks up to this one are not read by hash: they are final and old, or too far from the tip to remember. */
function settledBlock(tip: number, final: number): number {
  return Math.max(Math.min(final, tip - RANGE_DEPTH), tip - HEADS_MAX, 0)
}

function headOf({ number, hash }: Block): ChainHead {
  return { number, hash }
}

function finalBlockUndone(expected: ChainHead, got: ChainHead): FloeError {
  return new FloeError(
    'unavailable',
    `Expected the final block ${expected.number} of L1 to be ${expected.hash}, got ${got.hash}.`,
    {
      remedy:
        'Check that the L1 endpoints are of the right chain and that --finality is not too small. If L1 really undid final ' +
        'blocks, start once with --rescan: see docs/operations.md.',
      facts: { number: expected.number, expected: expected.hash, got: got.hash },
      retryAfterSeconds: 60,
    },
  )
}
