// Sends transactions from one account, one after another.
//
// Guarantees:
// - Never twice by accident: a transaction is signed and journalled, on disk, before it is sent. Lost responses, crashes and
//   reorgs lead to the same bytes being sent again; a bump replaces them under the same nonce; first.ts has the fence.
// - One at a time: nothing is signed for a new nonce while an earlier transaction is not mined.
// - Until it is final: an entry stays in the journal and is sent again whenever L1 loses it, until what became of its nonce is
//   final. What it is to achieve is in no other transaction until then.
// - Bounded: every send() ends within `settleMs`. What is not mined by then stays in the journal, is sent again as it is, and
//   pays more as soon as somebody waits for it, or behind it.
// One loop does all of it: it looks at L1, does for each entry what is due, answers who waits, and sleeps.
import { privateKeyToAccount } from 'viem/accounts'
import { type Hex, toHex } from '../../protocol/bytes.ts'
import { FloeError, asFloeError, assert } from '../../protocol/errors.ts'
import type { Clock } from '../../runtime/clock.ts'
import { crashPoint } from '../../runtime/crash-points.ts'
import type { Journal } from '../../store/journal.ts'
import type { Finality } from '../chain.ts'
import { connectL1 } from '../rpc.ts'
import { type Intent, revertOf } from './calls.ts'
import { type Funds, type SendingPolicy, defaultSendingPolicy, fundsOf } from './decisions.ts'
import {
  type Context,
  type Live,
  type SenderEvent,
  type SenderLogger,
  liveOf,
  push,
  watch,
} from './pending-transaction.ts'
import { signFiller, signFirst } from './nonce.ts'
import {
  fenceLate,
  givenUp,
  notFinal,
  overlapping,
  reserved,
  stoppedError,
  tooManyLive,
  tooManyWaiting,
} from './errors.ts'
import { type Head, type Sight, lookAt } from './chain-snapshot.ts'

/** `not-wanted`: the fence said so, and nothing was mined by this call. */
export type SendResult =
  | {
      readonly outcome: 'mined'
      readonly transactionHash: Hex
      readonly blockNumber: number
      readonly gasUsed: number
    }
  | { readonly outcome: 'not-wanted' }

export type Sender = {
  /** Address of the account that pays. */
  readonly address: Hex
  /**
   * Resolves when it is in a block, which may not be final; whoever follows L1 says when it is.
   * @throws FloeError `unavailable` when it is not on L1 yet, of the intent's code when the contract refuses it, `overloaded`
   */
  send(intent: Intent): Promise<SendResult>
  /** As of the last look; undefined before the first. */
  funds(): Funds | undefined
  /** Stops waiting; what is in hand stays in the journal, which the caller closes. */
  close(): Promise<void>
}

export type SenderOptions = {
  readonly rpcUrls: readonly string[]
  readonly secretKey: Uint8Array
  readonly journal: Pick<Journal, 'pending' | 'record' | 'remove'>
  readonly clock: Clock
  /** When what became of a nonce is given up watching. State of that block must be served: not older than 128 blocks. */
  readonly finality: Finality
  readonly logger?: SenderLogger
  readonly policy?: Partial<SendingPolicy>
  readonly onEvent?: (event: SenderEvent) => void
}

/** Intents that may wait their turn. */
const WAITING_MAX = 64
/** A fence has a follower catch up. */
const FENCE_MS = 30_000
/** Gas of a transaction before one was signed: a post of seven signatures and a hundred headers, about. */
const TYPICAL_GAS = 500_000n

type Ask = {
  readonly intent: Intent
  readonly askedAt: number
  /** When it was first held back for a stranger's transaction. */
  heldBackAt: number | undefined
  answer(result: SendResult | FloeError): void
}

type Desk = {
  readonly context: Context
  readonly lives: Map<Hex, Live>
  readonly asks: Set<Ask>
  funds: Funds | undefined
  /** Gas of the newest transaction. */
  gas: bigint
  /** Since when the account's next nonce is nobody's while one after it is ours. */
  gapSince: number | undefined
}

export function createSender(options: SenderOptions): Sender {
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
    send: async (intent) => {
      assert(intent.call.to !== address, 'a call to ourselves is the mark of a nonce that was freed')
      stopped.throwIfAborted()
      if (desk.asks.size >= WAITING_MAX) throw tooManyWaiting(desk.asks.size)
      const result = new Promise<SendResult>((resolve, reject) => {
        const ask: Ask = {
          intent,
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

function openDesk(options: SenderOptions, stopped: AbortSignal): Desk {
  const account = privateKeyToAccount(toHex(options.secretKey))
  const { journal, clock } = options
  const context: Context = {
    l1: connectL1(options.rpcUrls),
    account,
    address: account.address.toLowerCase() as Hex,
    journal,
    clock,
    finality: options.finality,
    logger: options.logger ?? { info: () => {}, warn: () => {} },
    policy: { ...defaultSendingPolicy, ...options.policy },
    count: options.onEvent ?? (() => {}),
    stopped,
  }
  const lives = journal.pending().map((entry) => [entry.id, liveOf(entry, clock.monotonic())] as const)
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
    context.logger.warn({ reason: error.message }, 'sending is held up')
    for (const ask of asks) if (!lives.has(ask.intent.id)) ask.answer(error)
  }
  for (const ask of asks)
    if (clock.monotonic() - ask.askedAt >= policy.settleMs)
      ask.answer(givenUp(ask.intent.label, lives.get(ask.intent.id)))
}

function inOrder({ lives }: Desk): Live[] {
  return [...lives.values()].sort((a, b) => a.entry.nonce - b.entry.nonce)
}

function askFor({ asks }: Desk, { entry }: Live): Ask[] {
  return [...asks].filter(({ intent }) => intent.id === entry.id)
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
  const { id, label, nonce } = live.entry
  await context.journal.remove(id)
  crashPoint('post.finished')
  lives.delete(id)
  if (live.fate === 'superseded') context.count('superseded')
  const { hash, success } = live.receipt ?? {}
  context.logger.info(
    { nonce, label, fate: live.fate, transactionHash: hash, success },
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
): Promise<SendResult | FloeError | undefined> {
  const { fate, receipt } = live
  if (fate === 'open') {
    const current = live.broadcastAt !== undefined && live.broadcastAt >= ask.askedAt
    return current && live.answer === 'reserved' ? reserved(live) : undefined
  }
  if (fate === 'unclear' || fate === 'superseded') return undefined
  const freed = receipt?.to === context.address
  if (receipt?.success === true && !freed) {
    const { hash: transactionHash, blockNumber, gasUsed } = receipt
    return { outcome: 'mined', transactionHash, blockNumber, gasUsed }
  }
  if (fate === 'settled') {
    const ours = live.entry.attempts.find(({ hash }) => hash === receipt?.hash)
    return freed || ours === undefined || receipt === undefined
      ? undefined
      : revertOf(context, ours, receipt.blockNumber, ask.intent)
  }
  try {
    if (!(await stillWanted(context, ask, head))) return { outcome: 'not-wanted' }
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
  context.logger.warn({ nonce: filler.entry.nonce }, 'a nonce that nobody uses held up what comes after it')
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
  const ask = [...asks].find(({ intent }) => !lives.has(intent.id))
  const open = [...lives.values()].some(({ fate }) => fate === 'open' || fate === 'unclear')
  if (ask === undefined || open) return
  const refusal = refusalOf(desk, ask)
  if (refusal !== undefined) return ask.answer(refusal)
  const patient = ask.heldBackAt !== undefined && clock.monotonic() - ask.heldBackAt >= policy.bumpMs
  try {
    const outcome = await signFirst(
      context,
      {
        intent: ask.intent,
        stillWanted: async () => stillWanted(context, ask, sight.head),
        patient,
      },
      sight,
    )
    if (outcome === 'not-wanted') ask.answer({ outcome })
    else if (outcome === 'later') ask.heldBackAt ??= clock.monotonic()
    else {
      lives.set(ask.intent.id, outcome.signed)
      desk.gas = outcome.gas
      await pushOpen(desk, sight)
    }
  } catch (error) {
    ask.answer(asFloeError(error))
  }
}

/** Why nothing can be signed for this one now, whatever L1 says. */
function refusalOf({ context, lives }: Desk, { intent }: Ask): FloeError | undefined {
  if (lives.size >= context.policy.liveMax) return tooManyLive(lives.size)
  const keys = new Set(intent.keys)
  const other = [...lives.values()].find(({ entry }) => entry.keys.some((key) => keys.has(key)))
  return other && overlapping(intent.label, other)
}

/** The caller's answer, waited for as long as a follower may take to catch up. */
async function stillWanted({ clock, stopped }: Context, { intent }: Ask, head: Head): Promise<boolean> {
  const done = new AbortController()
  const stop = (): void => done.abort(stopped.reason)
  stopped.addEventListener('abort', stop, { once: true })
  const late = clock.sleep(FENCE_MS, done.signal).then(() => {
    throw fenceLate(head.number, FENCE_MS)
  })
  try {
    return await Promise.race([intent.stillWanted(head.number), late])
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
  const before = desk.funds?.transactions ?? Infinity
  desk.funds = fundsOf(balance, desk.gas, 2n * baseFee + policy.tipWeiMin)
  const { transactions } = desk.funds
  if (transactions < policy.fundedMin && before >= policy.fundedMin)
    logger.warn({ address, balanceWei: String(balance), transactions }, 'the account runs out of ether')
}
