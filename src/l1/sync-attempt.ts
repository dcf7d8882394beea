// One attempt of a follower to reach the tip of one endpoint: first old blocks in ranges, then new blocks one by one.
import type { Client } from 'viem'
import type { Hex } from '../protocol/bytes.ts'
import { FloeError, assert } from '../protocol/errors.ts'
import { crashPoint } from '../runtime/crash-points.ts'
import { scanSpans } from './block-scan.ts'
import { type Block, type Range, contradiction, isContradiction, readBlock } from './blocks.ts'
import type { ChainHead, ChainStep, ChainStore } from './chain.ts'
import { firstNumberWhere } from './block-search.ts'
import { disputesInBlock, disputesInRange } from './dispute-events.ts'
import type { FollowStart } from './follow-start.ts'
import { type FollowedLedger, postsInBlock, postsInRange } from './post-events.ts'
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
const STEP_BLOCKS_MAX = 64
const CONCURRENT_REQUESTS_MAX = 8

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

  constructor({ l1, start, endpoint, final, contracts, writer, throwIfCancelled }: SyncAttemptOptions) {
    this.#l1 = l1
    this.#start = start
    this.#endpoint = endpoint
    this.#final = final
    this.#contracts = contracts
    this.#writer = writer
    this.#throwIfCancelled = throwIfCancelled
  }

  /** Follows the endpoint from `firstTip` on, and starts again when its chain changes in the meantime. */
  async run(firstTip: Block): Promise<SyncResult> {
    let tip = firstTip
    for (let attempt = 1; ; attempt++) {
      try {
        while (await this.#catchUp(tip)) tip = await this.#readTip()
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

  /** Reads settled blocks, span by span. Returns whether there were any. */
  async #catchUp(tip: Block): Promise<boolean> {
    const settled = settledBlock(tip.number, this.#final)
    const heads = this.#writer.heads()
    const last = heads.at(-1)
    if (last !== undefined && last.number >= settled) return false
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
    const read = async (fromBlock: bigint, toBlock: bigint): Promise<BlockEvents[]> => [
      await this.#eventsInRange({ fromBlock, toBlock }),
    ]
    for await (const { toBlock, found } of scanSpans(read, range)) {
      const events = mergeEvents(found)
      await this.#checkNewest(events)
      const head = headOf(await readBlock(this.#endpoint, { blockNumber: toBlock }))
      await this.#apply({ undoAbove, ...events, heads: [head], forgetBelow: head.number })
      undoAbove = undefined
    }
    return true
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

  /** Follows from the remembered heads to `tip`, which is at most HEADS_MAX blocks further. */
  async #followTip(tip: Block): Promise<SyncResult> {
    const heads = this.#writer.heads()
    const [oldest, last] = [heads[0], heads.at(-1)]
    assert(oldest !== undefined && last !== undefined, 'catching up leaves a head')
    const hashes = new Map(heads.map(({ number, hash }) => [number, hash]))
    const reached = { tip: headOf(tip), timestamp: tip.timestamp, final: this.#final, behind: false }
    const isBehind = tip.number < last.number && hashes.get(tip.number) === tip.hash
    if (tip.number < oldest.number || isBehind) return { ...reached, behind: true }
    const { common, blocks } = await this.#walkBack(tip, oldest, hashes)
    let undoAbove = common < last.number ? common : undefined
    for (let i = 0; i < blocks.length; i += STEP_BLOCKS_MAX) {
      const step = blocks.slice(i, i + STEP_BLOCKS_MAX)
      const events = await this.#eventsInBlocks(step)
      const newest = step.at(-1)?.number ?? 0
      const forgetBelow = Math.min(Math.max(this.#final, tip.number - HEADS_MAX), newest)
      await this.#apply({ undoAbove, ...events, heads: step.map(headOf), forgetBelow })
      undoAbove = undefined
    }
    if (this.#final > this.#writer.final)
      await this.#apply({ undoAbove, posts: [], heads: [], forgetBelow: this.#final })
    return reached
  }

  /** The blocks from `tip` down to the first remembered one, oldest first, linked by their parent hashes. */
  async #walkBack(
    tip: Block,
    oldest: ChainHead,
    hashes: ReadonlyMap<number, Hex>,
  ): Promise<{ common: number; blocks: Block[] }> {
    const blocks: Block[] = []
    let block = tip
    while (hashes.get(block.number) !== block.hash) {
      if (block.number <= oldest.number) throw finalBlockUndone(oldest, block)
      blocks.push(block)
      this.#throwIfCancelled()
      const parent = await readBlock(this.#endpoint, { blockHash: block.parentHash })
      if (parent.number !== block.number - 1)
        throw contradiction(`block ${block.number} has a parent of number ${parent.number}`)
      block = parent
    }
    return { common: block.number, blocks: blocks.reverse() }
  }

  async #eventsInBlocks(blocks: readonly Block[]): Promise<BlockEvents> {
    const parts: BlockEvents[] = []
    for (let i = 0; i < blocks.length; i += CONCURRENT_REQUESTS_MAX) {
      this.#throwIfCancelled()
      const some = blocks.slice(i, i + CONCURRENT_REQUESTS_MAX)
      parts.push(...(await Promise.all(some.map(async (block) => this.#eventsInBlock(block)))))
    }
    return mergeEvents(parts)
  }

  async #eventsInBlock(block: Block): Promise<BlockEvents> {
    const { disputes } = this.#contracts
    const posts = postsInBlock(this.#endpoint, this.#contracts, block, this.#l1.endpoints)
    if (disputes === undefined) return { posts: await posts }
    const both = await Promise.all([posts, disputesInBlock(this.#endpoint, disputes, block)])
    return { posts: both[0], disputes: both[1] }
  }

  async #eventsInRange(range: Range): Promise<BlockEvents> {
    const { disputes } = this.#contracts
    const posts = postsInRange(this.#endpoint, this.#contracts, range)
    if (disputes === undefined) return { posts: await posts }
    const both = await Promise.all([posts, disputesInRange(this.#endpoint, disputes, range)])
    return { posts: both[0], disputes: both[1] }
  }

  async #apply(step: Omit<ChainStep, 'final'>): Promise<void> {
    this.#throwIfCancelled()
    await this.#writer.apply({ ...step, final: this.#final })
  }
}

function mergeEvents(parts: readonly BlockEvents[]): BlockEvents {
  const posts = parts.flatMap((part) => part.posts)
  const isFollowed = parts.some(({ disputes }) => disputes !== undefined)
  return isFollowed ? { posts, disputes: parts.flatMap(({ disputes = [] }) => disputes) } : { posts }
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
