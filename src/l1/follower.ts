// The one follower of L1: a chain of block hashes from the newest final block to the tip, and what the Ledger
// said in each, and the Disputes contract where it is followed too.
//
// Guarantees:
// - No gap: a block is linked to the one before by its parent hash, down to a head that the store remembers, and its logs are
//   asked for by its hash. An answer from another fork is an error, never an empty block. Only blocks that are final and well
//   below the tip are read in ranges by number, which is how a follower catches up from far behind.
// - Resumable: each step is one durable write of the store, with the heads from which the next one goes on.
// - One endpoint a pass: answers of two are not mixed. The next is taken when one fails, lies or lags.
// - Behind is not forked: an endpoint that shows an older tip of the chain that is followed undoes nothing.
// - Final is final: a chain that lacks the oldest remembered head (a final block, unless L1 finalized nothing for HEADS_MAX
//   blocks) is refused with an error; the operator decides.
// - Bounded: endpoints, attempts, the walk back, the blocks of a step, the questions at once.
import type { Client } from 'viem'
import { FloeError, assert } from '../protocol/errors.ts'
import type { Hex } from '../protocol/bytes.ts'
import type { Domain } from '../protocol/header.ts'
import { crashPoint } from '../runtime/crash-points.ts'
import { scanSpans } from './block-scan.ts'
import {
  type Block,
  type Range,
  contradiction,
  movedOn,
  postsInBlock,
  postsInRange,
  readBlock,
} from './blocks.ts'
import type { ChainHead, ChainStep, ChainStore, Finality, Follower } from './chain.ts'
import { disputesInBlock, disputesInRange } from './dispute-events.ts'
import { finalBlock } from './finality.ts'
import { deploymentBlock, firstThat } from './deployment.ts'
import { SPAN_BLOCKS_DEFAULT } from './posted.ts'
import type { L1 } from './rpc.ts'
import { coalesce } from '../runtime/async/single-flight.ts'

export type FollowerOptions = {
  readonly l1: L1
  readonly domain: Domain
  /** The Disputes contract of that Ledger; left out, disputes are not followed. */
  readonly disputes?: Hex | undefined
  readonly finality: Finality
  readonly store: ChainStore
  /** The first block that is read; left out, the one that deployed the Ledger. */
  readonly startBlock?: number
  /** Blocks of one question about old blocks; endpoints that refuse are asked for fewer. */
  readonly spanBlocks?: number
  /** Undoes everything and reads L1 anew: for an operator whose L1 took back what was final. */
  readonly rescan?: boolean
}

/** Most heads that are remembered: what L1 needs to finalize in ordinary times, many times over. */
const HEADS_MAX = 1_024
/** Machines behind one endpoint agree on blocks that far below the tip. */
const RANGE_DEPTH = 64
/** An endpoint that is that many blocks behind another one is asked after it. */
const LAG_MAX = 3
const ATTEMPTS_MAX = 3
const STEP_BLOCKS_MAX = 64
const QUESTIONS_MAX = 8

type Reached = { readonly tip: ChainHead; readonly final: number; readonly behind: boolean }

type Context = FollowerOptions & {
  /** The newest final block that the store was told of by this process. */
  final: number
  rescan: boolean
}

/** One pass on one endpoint. */
type SyncAttempt = {
  readonly context: Context
  readonly endpoint: Client
  readonly final: number
  /** Throws when nobody waits for the pass any longer. */
  readonly throwIfCancelled: () => void
}

export function createFollower(options: FollowerOptions): Follower {
  const context: Context = { ...options, final: -1, rescan: options.rescan === true }
  const sync = coalesce(async (goOn) => follow(context, goOn))
  return {
    sync: async (signal) => {
      const { tip, final } = await sync(signal)
      return { tip, final }
    },
  }
}

/** A pass on the first endpoint on which one succeeds. */
async function follow(context: Context, goOn: () => void): Promise<Reached> {
  const { l1, finality } = context
  const [newestFinal, tips] = await Promise.all([finalBlock(l1, finality), tipsOf(l1)])
  let failure: FloeError | undefined
  let behind: Reached | undefined
  for (const { endpoint, tip } of tips) {
    goOn()
    // What was final stays so, whichever endpoint came back since.
    const final = Math.max(context.final, Math.min(newestFinal, tip.number))
    try {
      const reached = await followOn({ context, endpoint, final, throwIfCancelled: goOn }, tip)
      if (!reached.behind) return reached
      if (behind === undefined || reached.tip.number > behind.tip.number) behind = reached
    } catch (error) {
      // The store's failure and a caller's wish to stop are not the endpoint's.
      if (!(error instanceof FloeError) || error.code !== 'unavailable') throw error
      if (failure === undefined || 'expected' in error.facts) failure = error
    }
  }
  if (behind !== undefined) return behind
  assert(failure !== undefined, 'there is an endpoint')
  throw failure
}

type EndpointTip = { readonly endpoint: Client; readonly tip: Block }

/** The endpoints that answer, as configured, but those that lag after the others. @throws FloeError `unavailable` if none does */
async function tipsOf({ endpoints }: L1): Promise<EndpointTip[]> {
  const answers = await Promise.allSettled(
    endpoints.map(async (endpoint) => ({ endpoint, tip: await readBlock(endpoint, { blockTag: 'latest' }) })),
  )
  const tips = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []))
  if (tips.length === 0) throw (answers[0] as PromiseRejectedResult).reason
  const newest = Math.max(...tips.map(({ tip }) => tip.number))
  const lags = ({ tip }: EndpointTip): boolean => tip.number < newest - LAG_MAX
  return [...tips.filter((other) => !lags(other)), ...tips.filter(lags)]
}

/** Follows one endpoint, anew when its chain moves meanwhile. */
async function followOn(pass: SyncAttempt, firstTip: Block): Promise<Reached> {
  let tip = firstTip
  for (let attempt = 1; ; attempt++) {
    try {
      while (await catchUp(pass, tip)) tip = await readBlock(pass.endpoint, { blockTag: 'latest' })
      return await followTip(pass, tip)
    } catch (error) {
      if (!movedOn(error) || attempt === ATTEMPTS_MAX) throw error
      tip = await readBlock(pass.endpoint, { blockTag: 'latest' })
    }
  }
}

/** The block below which nothing is read by hash: final and old, unless that is too far from the tip to remember. */
function settledBlock(tip: number, final: number): number {
  return Math.max(Math.min(final, tip - RANGE_DEPTH), tip - HEADS_MAX, 0)
}

/** Reads what is settled, span by span. Returns whether there was anything. */
async function catchUp(pass: SyncAttempt, tip: Block): Promise<boolean> {
  const { context, endpoint } = pass
  const { domain, startBlock, spanBlocks } = context
  const settled = settledBlock(tip.number, pass.final)
  const heads = rememberedHeads(context)
  const last = heads.at(-1)
  if (last !== undefined && last.number >= settled) return false
  const common = last === undefined ? undefined : await newestCommon(pass, heads)
  const first =
    common === undefined
      ? (startBlock ?? (await deploymentBlock(endpoint, domain.ledger, settled)))
      : common.number + 1
  let undoAbove = context.rescan ? -1 : common === last ? undefined : common?.number
  const range = {
    // At least one block: its head is where following starts.
    fromBlock: BigInt(Math.min(first, settled)),
    toBlock: BigInt(settled),
    spanBlocks: spanBlocks === undefined ? SPAN_BLOCKS_DEFAULT : BigInt(spanBlocks),
    order: 'oldest-first',
  } as const
  const read = async (fromBlock: bigint, toBlock: bigint): Promise<BlockEvents[]> => [
    await happenedInRange(pass, { fromBlock, toBlock }),
  ]
  for await (const { toBlock, found } of scanSpans(read, range)) {
    const happened = mergeEvents(found)
    await checkNewest(endpoint, happened)
    const head = headOf(await readBlock(endpoint, { blockNumber: toBlock }))
    await apply(pass, { undoAbove, ...happened, heads: [head], forgetBelow: head.number })
    undoAbove = undefined
  }
  return true
}

/** Old blocks are alike on every machine behind an endpoint, unless one is on another chain altogether: a sample shows that. */
async function checkNewest(endpoint: Client, { posts, disputes = [] }: BlockEvents): Promise<void> {
  for (const newest of [posts.at(-1), disputes.at(-1)]) {
    if (newest === undefined) continue
    const { hash } = await readBlock(endpoint, { blockNumber: BigInt(newest.blockNumber) })
    if (hash !== newest.blockHash)
      throw contradiction(`it has logs of block ${newest.blockHash}, where its chain has ${hash}`)
  }
}

/** The newest remembered head that L1 still has, when all of them are settled. */
async function newestCommon(pass: SyncAttempt, heads: readonly ChainHead[]): Promise<ChainHead> {
  const isGone = async (index: number): Promise<boolean> => {
    const head = heads[index]
    assert(head !== undefined, 'the search stays within the heads')
    pass.throwIfCancelled()
    const block = await readBlock(pass.endpoint, { blockNumber: BigInt(head.number) })
    if (block.hash !== head.hash && index === 0) throw tookBackFinal(head, block)
    return block.hash !== head.hash
  }
  await isGone(0)
  const common = heads[(await firstThat(isGone, 1, heads.length)) - 1]
  assert(common !== undefined, 'the first head is common')
  return common
}

/** Follows from the remembered heads to `tip`, which is no further than HEADS_MAX blocks. */
async function followTip(pass: SyncAttempt, tip: Block): Promise<Reached> {
  const { context, final } = pass
  const heads = rememberedHeads(context)
  const [oldest, last] = [heads[0], heads.at(-1)]
  assert(oldest !== undefined && last !== undefined, 'catching up leaves a head')
  const hashes = new Map(heads.map(({ number, hash }) => [number, hash]))
  const reached = { tip: headOf(tip), final, behind: false }
  const isBehind = tip.number < last.number && hashes.get(tip.number) === tip.hash
  if (tip.number < oldest.number || isBehind) return { ...reached, behind: true }
  const { common, blocks } = await walkBack(pass, tip, { oldest, hashes })
  let undoAbove = common < last.number ? common : undefined
  for (let i = 0; i < blocks.length; i += STEP_BLOCKS_MAX) {
    const step = blocks.slice(i, i + STEP_BLOCKS_MAX)
    const happened = await happenedIn(pass, step)
    const newest = step.at(-1)?.number ?? 0
    const forgetBelow = Math.min(Math.max(final, tip.number - HEADS_MAX), newest)
    await apply(pass, { undoAbove, ...happened, heads: step.map(headOf), forgetBelow })
    undoAbove = undefined
  }
  if (final > context.final) await apply(pass, { undoAbove, posts: [], heads: [], forgetBelow: final })
  return reached
}

/** The blocks from `tip` down to the first one that is remembered, oldest first, linked by their parent hashes. */
async function walkBack(
  pass: SyncAttempt,
  tip: Block,
  { oldest, hashes }: { oldest: ChainHead; hashes: ReadonlyMap<number, string> },
): Promise<{ common: number; blocks: Block[] }> {
  const blocks: Block[] = []
  let block = tip
  while (hashes.get(block.number) !== block.hash) {
    if (block.number <= oldest.number) throw tookBackFinal(oldest, block)
    blocks.push(block)
    pass.throwIfCancelled()
    const parent = await readBlock(pass.endpoint, { blockHash: block.parentHash })
    if (parent.number !== block.number - 1)
      throw contradiction(`block ${block.number} has a parent of number ${parent.number}`)
    block = parent
  }
  return { common: block.number, blocks: blocks.reverse() }
}

/** What was said in some blocks. */
type BlockEvents = Pick<ChainStep, 'posts' | 'disputes'>

function mergeEvents(parts: readonly BlockEvents[]): BlockEvents {
  const posts = parts.flatMap((part) => part.posts)
  const followed = parts.some(({ disputes }) => disputes !== undefined)
  return followed ? { posts, disputes: parts.flatMap(({ disputes = [] }) => disputes) } : { posts }
}

async function happenedInRange({ context, endpoint }: SyncAttempt, range: Range): Promise<BlockEvents> {
  const { domain, disputes } = context
  const posts = postsInRange(endpoint, domain, range)
  if (disputes === undefined) return { posts: await posts }
  const both = await Promise.all([posts, disputesInRange(endpoint, disputes, range)])
  return { posts: both[0], disputes: both[1] }
}

async function happenedInBlock({ context, endpoint }: SyncAttempt, block: Block): Promise<BlockEvents> {
  const { domain, disputes } = context
  const posts = postsInBlock(endpoint, domain, block)
  if (disputes === undefined) return { posts: await posts }
  const both = await Promise.all([posts, disputesInBlock(endpoint, disputes, block)])
  return { posts: both[0], disputes: both[1] }
}

async function happenedIn(pass: SyncAttempt, blocks: readonly Block[]): Promise<BlockEvents> {
  const parts: BlockEvents[] = []
  for (let i = 0; i < blocks.length; i += QUESTIONS_MAX) {
    pass.throwIfCancelled()
    const some = blocks.slice(i, i + QUESTIONS_MAX)
    parts.push(...(await Promise.all(some.map(async (block) => happenedInBlock(pass, block)))))
  }
  return mergeEvents(parts)
}

function rememberedHeads({ store, rescan }: Context): ChainHead[] {
  return rescan ? [] : store.heads()
}

function headOf({ number, hash }: Block): ChainHead {
  return { number, hash }
}

async function apply(
  { context, final, throwIfCancelled: goOn }: SyncAttempt,
  step: Omit<ChainStep, 'final'>,
): Promise<void> {
  goOn()
  crashPoint('chain.read')
  await context.store.apply({ ...step, final })
  context.final = final
  context.rescan = false
  crashPoint('chain.applied')
}

function tookBackFinal(expected: ChainHead, got: ChainHead): FloeError {
  return new FloeError(
    'unavailable',
    `Expected block ${expected.number} of L1, which was taken as final, to be ${expected.hash}, got ${got.hash}.`,
    {
      remedy:
        'Check that the L1 endpoints are of the right chain and that --finality is not too small. If L1 really took back ' +
        'what was final, start once with --rescan: see docs/operations.md.',
      facts: { number: expected.number, expected: expected.hash, got: got.hash },
      retryAfterSeconds: 60,
    },
  )
}
