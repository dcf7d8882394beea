// Posts headers to the Ledger from one account, one post after another.
//
// Guarantees:
// - Never twice by accident: a transaction is signed and journalled, on disk, before it is sent. Lost responses, crashes and
//   reorgs lead to the same bytes being sent again; a bump replaces them under the same nonce; first.ts has the fence.
// - One at a time: nothing is signed for a new nonce while an earlier post is not mined.
// - Until it is final: an entry stays in the journal and is sent again whenever L1 loses it, until what became of its nonce is
//   final. Its headers are in no other post until then.
// - Bounded: every post() ends within `settleMs`. What is not mined by then stays in the journal, is sent again as it is, and
//   pays more as soon as somebody waits for it, or behind it.
// One loop does all of it: it looks at L1, does for each entry what is due, answers who waits, and sleeps.
import { privateKeyToAccount } from 'viem/accounts'
import { type Hex, concatBytes, toHex } from '../../protocol/bytes.ts'
import { FloeError, asFloeError } from '../../protocol/errors.ts'
import type { Clock } from '../../runtime/clock.ts'
import { crashPoint } from '../../runtime/crash-points.ts'
import type { Journal } from '../../store/journal.ts'
import type { Finality } from '../chain.ts'
import { connectL1 } from '../rpc.ts'
import { type Funds, type PostingPolicy, defaultPostingPolicy, fundsOf } from './decisions.ts'
import {
  type Context,
  type Live,
  type PosterEvent,
  type PosterLogger,
  liveOf,
  push,
  watch,
} from './entries.ts'
import { signFiller, signFirst } from './first.ts'
import { type Headers, assertHeaders, idOf, revertOf, splitHeaders } from './ledger-call.ts'
import {
  fenceLate,
  givenUp,
  notFinal,
  overlapping,
  reserved,
  stoppedError,
  tooManyLive,
  tooManyWaiting,
} from './refusals.ts'
import { type Head, type Sight, lookAt } from './sight.ts'

export type Post = Headers & {
  /**
   * The fence: resolves with true when L1 was looked at up to this block at least, none of the headers is in it, and they are
   * to be posted still. Asked before a nonce is signed for, and before more is paid. A rejection rejects the post.
   */
  readonly stillWanted: (blockNumber: number) => Promise<boolean>
}

/** `already-there`: the fence said that nothing of it is to be posted, and nothing of it was by this call. */
export type PostResult =
  | {
      readonly outcome: 'posted'
      readonly transactionHash: Hex
      readonly blockNumber: number
      readonly gasUsed: number
    }
  | { readonly outcome: 'already-there' }

export type Poster = {
  /** Address of the account that pays. */
  readonly address: Hex
  /**
   * Resolves when it is in a block, which may not be final; whoever follows L1 says when it is.
   * @throws FloeError `unavailable` when it is not on L1 yet, `commitment-invalid` when the Ledger refuses it, `overloaded`
   */
  post(post: Post): Promise<PostResult>
  /** As of the last look; undefined before the first. */
  funds(): Funds | undefined
  /** Stops waiting; what is in hand stays in the journal, which the caller closes. */
  close(): Promise<void>
}

export type PosterOptions = {
  readonly rpcUrls: readonly string[]
  readonly ledger: Hex
  readonly secretKey: Uint8Array
  readonly journal: Journal
  readonly clock: Clock
  /** When what became of a nonce is given up watching. State of that block must be served: not older than 128 blocks. */
  readonly finality: Finality
  readonly logger?: PosterLogger
  readonly policy?: Partial<PostingPolicy>
  readonly onEvent?: (event: PosterEvent) => void
}

/** Posts that may wait their turn. */
const WAITING_MAX = 64
/** A fence has a follower catch up. */
const FENCE_MS = 30_000
/** Gas of a post before one was signed: seven signatures and a hundred headers, about. */
const TYPICAL_GAS = 500_000n

type Ask = {
  readonly id: Hex
  readonly post: Post
  readonly askedAt: number
  /** When it was first held back for a stranger's transaction. */
  heldBackAt: number | undefined
  answer(result: PostResult | FloeError): void
}

type Desk = {
  readonly context: Context
  readonly lives: Map<Hex, Live>
  readonly asks: Set<Ask>
  funds: Funds | undefined
  /** Gas of the newest post. */
  gas: bigint
  /** Since when the account's next nonce is nobody's while one after it is ours. */
  gapSince: number | undefined
}

export function createPoster(options: PosterOptions): Poster {
  const stop = new AbortController()
  const desk = openDesk(options, stop.signal)
  const { address, clock, policy, stopped } = desk.context
  let nap = new AbortController()
  const loop = async (): Promise<void> => {
    while (!stopped.aborted) {
      await turn(desk)
      const busy = desk.asks.size > 0 || [...desk.lives.values()].some(({ fate }) => fate === 'open')
      await clock.sleep(busy ? policy.pollMs : policy.watchMs, nap.signal).catch(() => undefined)
      if (!stopped.aborted) nap = new AbortController()
    }
  }
  const ended = loop()
  return {
    address,
    post: async (post) => {
      assertHeaders(post)
      stopped.throwIfAborted()
      if (desk.asks.size >= WAITING_MAX) throw tooManyWaiting(desk.asks.size)
      const result = new Promise<PostResult>((resolve, reject) => {
        const ask: Ask = {
          id: idOf(post),
          post,
          askedAt: clock.monotonic(),
          heldBackAt: undefined,
          answer: (answer) => {
            desk.asks.delete(ask)
            if (answer instanceof FloeError) reject(answer)
            else resolve(answer)
          },
        }
        desk.asks.add(ask)
      })
      nap.abort()
      return result
    },
    funds: () => desk.funds,
    close: async () => {
      stop.abort(stoppedError())
      nap.abort()
      await ended
      for (const ask of desk.asks) ask.answer(asFloeError(stopped.reason))
    },
  }
}

function openDesk(options: PosterOptions, stopped: AbortSignal): Desk {
  const account = privateKeyToAccount(toHex(options.secretKey))
  const { journal, clock } = options
  const context: Context = {
    l1: connectL1(options.rpcUrls),
    ledger: options.ledger,
    account,
    address: account.address.toLowerCase() as Hex,
    journal,
    clock,
    finality: options.finality,
    logger: options.logger ?? { info: () => {}, warn: () => {} },
    policy: { ...defaultPostingPolicy, ...options.policy },
    count: options.onEvent ?? (() => {}),
    stopped,
  }
  const lives = journal.live().map((entry) => [entry.id, liveOf(entry, clock.monotonic())] as const)
  return {
    context,
    lives: new Map(lives),
    asks: new Set(),
    funds: undefined,
    gas: TYPICAL_GAS,
    gapSince: undefined,
  }
}

/** Never rejects. What fails is tried again at the next look; who has nothing signed yet is told at once. */
async function turn(desk: Desk): Promise<void> {
  const { lives, asks, context } = desk
  const { clock, policy, stopped } = context
  try {
    const sight = await lookAt(context.l1, context.address, context.finality)
    updateFunds(desk, sight.head)
    for (const live of inOrder(desk)) await attend(desk, live, sight)
    stopped.throwIfAborted()
    await fillGap(desk, sight)
    await pushOpen(desk, sight)
    await signNext(desk, sight)
  } catch (thrown) {
    if (stopped.aborted) return
    const error = asFloeError(thrown)
    context.logger.warn({ reason: error.message }, 'posting is held up')
    for (const ask of asks) if (!lives.has(ask.id)) ask.answer(error)
  }
  for (const ask of asks)
    if (clock.monotonic() - ask.askedAt >= policy.settleMs) ask.answer(givenUp(lives.get(ask.id)))
}

function inOrder({ lives }: Desk): Live[] {
  return [...lives.values()].sort((a, b) => a.entry.nonce - b.entry.nonce)
}

function askFor({ asks }: Desk, { entry }: Live): Ask[] {
  return [...asks].filter(({ id }) => id === entry.id)
}

/** Looks what became of an entry, tells who waits for it, and drops it from the journal when that is final. */
async function attend(desk: Desk, live: Live, sight: Sight): Promise<void> {
  const { context, lives } = desk
  const waiting = askFor(desk, live)
  await watch(context, live, sight, waiting.length > 0)
  for (const ask of waiting) {
    const answer = await answerTo(desk, live, ask, sight.head)
    if (answer !== undefined) ask.answer(answer)
  }
  if (live.fate !== 'settled' && live.fate !== 'superseded') return
  const { id, nonce } = live.entry
  await context.journal.remove(id)
  crashPoint('post.finished')
  lives.delete(id)
  if (live.fate === 'superseded') context.count('superseded')
  const { hash, success } = live.receipt ?? {}
  context.logger.info(
    { nonce, fate: live.fate, transactionHash: hash, success },
    'what became of a nonce is final',
  )
}

/**
 * What one who waits for an entry is told; undefined: nothing yet. When the entry came to nothing and that is final it is
 * dropped, and who waits is as one who has just come.
 */
async function answerTo(
  { context }: Desk,
  live: Live,
  ask: Ask,
  head: Head,
): Promise<PostResult | FloeError | undefined> {
  const { fate, receipt } = live
  if (fate === 'open') {
    const current = live.broadcastAt !== undefined && live.broadcastAt >= ask.askedAt
    return current && live.answer === 'reserved' ? reserved(live) : undefined
  }
  if (fate === 'unclear' || fate === 'superseded') return undefined
  const freed = receipt?.to === context.address
  if (receipt?.success === true && !freed) {
    const { hash: transactionHash, blockNumber, gasUsed } = receipt
    return { outcome: 'posted', transactionHash, blockNumber, gasUsed }
  }
  if (fate === 'settled') {
    const ours = live.entry.attempts.find(({ hash }) => hash === receipt?.hash)
    return freed || ours === undefined || receipt === undefined
      ? undefined
      : revertOf(context.l1, context.address, ours, receipt.blockNumber)
  }
  try {
    if (!(await stillWanted(context, ask, head))) return { outcome: 'already-there' }
  } catch (error) {
    return asFloeError(error)
  }
  return notFinal(live, freed)
}

/** What waits for a nonce that a reorg took from a stranger's transaction would wait for ever if nobody brings that back. */
async function fillGap(desk: Desk, sight: Sight): Promise<void> {
  const { context, lives, asks } = desk
  const now = context.clock.monotonic()
  const first = inOrder(desk).find(({ fate }) => fate === 'open')
  const gap = first !== undefined && first.entry.nonce > sight.count && sight.head.count === sight.count
  desk.gapSince = gap ? (desk.gapSince ?? now) : undefined
  if (desk.gapSince === undefined || now - desk.gapSince < context.policy.bumpMs || asks.size === 0) return
  const filler = await signFiller(context, sight)
  context.count('freed')
  context.logger.warn({ nonce: filler.entry.nonce }, 'a nonce that nobody uses held up the posts after it')
  lives.set(filler.entry.id, filler)
}

/** Sends what is not mined, in the order of the nonces; the first of them pays more when somebody waits. */
async function pushOpen(desk: Desk, sight: Sight): Promise<void> {
  const { asks, context } = desk
  const open = inOrder(desk).filter(({ fate }) => fate === 'open')
  for (const [i, live] of open.entries()) {
    context.stopped.throwIfAborted()
    const [ask] = askFor(desk, live)
    await push(context, live, {
      sight,
      hurried: i === 0 && asks.size > 0,
      stillWanted: async () => ask === undefined || stillWanted(context, ask, sight.head),
    })
  }
}

/** Signs for the first who waits and has nothing signed, if everything before is mined. */
async function signNext(desk: Desk, sight: Sight): Promise<void> {
  const { context, lives, asks } = desk
  const { clock, policy } = context
  const ask = [...asks].find(({ id }) => !lives.has(id))
  const open = [...lives.values()].some(({ fate }) => fate === 'open' || fate === 'unclear')
  if (ask === undefined || open) return
  const refusal = refusalOf(desk, ask)
  if (refusal !== undefined) return ask.answer(refusal)
  const patient = ask.heldBackAt !== undefined && clock.monotonic() - ask.heldBackAt >= policy.bumpMs
  try {
    const outcome = await signFirst(
      context,
      {
        id: ask.id,
        post: ask.post,
        stillWanted: async () => stillWanted(context, ask, sight.head),
        patient,
      },
      sight,
    )
    if (outcome === 'already-there') ask.answer({ outcome })
    else if (outcome === 'later') ask.heldBackAt ??= clock.monotonic()
    else {
      lives.set(ask.id, outcome.signed)
      desk.gas = outcome.gas
      await pushOpen(desk, sight)
    }
  } catch (error) {
    ask.answer(asFloeError(error))
  }
}

/** Why nothing can be signed for this one now, whatever L1 says. */
function refusalOf({ context, lives }: Desk, { post }: Ask): FloeError | undefined {
  if (lives.size >= context.policy.liveMax) return tooManyLive(lives.size)
  const packed = splitHeaders(concatBytes(...post.headers))
  const other = [...lives.values()].find(({ headers }) => packed.some((header) => headers.has(header)))
  return other && overlapping(other)
}

/** The caller's answer, waited for as long as a follower may take to catch up. */
async function stillWanted({ clock, stopped }: Context, { post }: Ask, head: Head): Promise<boolean> {
  const done = new AbortController()
  const stop = (): void => done.abort(stopped.reason)
  stopped.addEventListener('abort', stop, { once: true })
  const late = clock.sleep(FENCE_MS, done.signal).then(() => {
    throw fenceLate(head.number, FENCE_MS)
  })
  try {
    return await Promise.race([post.stillWanted(head.number), late])
  } catch (error) {
    stopped.throwIfAborted()
    throw error
  } finally {
    stopped.removeEventListener('abort', stop)
    done.abort()
    await late.catch(() => undefined)
  }
}

function updateFunds(desk: Desk, { balance, baseFee }: Head): void {
  const { policy, logger, address } = desk.context
  const before = desk.funds?.posts ?? Infinity
  desk.funds = fundsOf(balance, desk.gas, 2n * baseFee + policy.tipWeiMin)
  const { posts } = desk.funds
  if (posts < policy.fundedPostsMin && before >= policy.fundedPostsMin)
    logger.warn({ address, balanceWei: String(balance), posts }, 'the posting account runs out of ether')
}
