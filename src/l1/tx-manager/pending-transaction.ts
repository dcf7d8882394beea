// The entries of the journal whose end is not final, with what this process knows of each, and what is done for them: looking
// what became of the nonce, sending again, paying more. Nothing here signs for a nonce that an entry does not have already.
import { keccak256, parseTransaction } from 'viem'
import type { PrivateKeyAccount } from 'viem/accounts'
import type { Hex } from '../../protocol/bytes.ts'
import { assert } from '../../protocol/errors.ts'
import type { Clock } from '../../runtime/clock.ts'
import { crashPoint } from '../../runtime/crash-points.ts'
import type { Journal, JournalEntry, SignedTransaction } from '../../store/journal.ts'
import type { Finality } from '../chain.ts'
import type { L1 } from '../rpc.ts'
import { broadcast } from './broadcast.ts'
import type { Call } from './calls.ts'
import { type BroadcastAnswer, type Fate, type SendingPolicy, fateOf, nextStep } from './decisions.ts'
import { type Fees, bumpedFees } from './fees.ts'
import { type Receipt, type Sight, feeMarket, isUsedIn, lookAt, receiptOf } from './chain-snapshot.ts'

/** What happens to transactions, for counters. */
export type SenderEvent =
  /** A dearer transaction was signed in the place of one that was not mined. */
  | 'bumped'
  /** A transaction was signed that does nothing, for a nonce whose call nobody wants any more, or that nobody uses. */
  | 'freed'
  /** A dearer transaction was due, and the ceiling, the market or the balance did not allow it. */
  | 'capped'
  /** The same bytes were sent again. */
  | 'rebroadcast'
  /** Sent again, and a pool that had it no longer had. */
  | 'dropped'
  /** No endpoint took a transaction. */
  | 'refused'
  /** A receipt went away. */
  | 'reorged'
  /** A stranger's transaction has the nonce, and that is final. */
  | 'superseded'

export type SenderLogger = {
  info(facts: object, message: string): void
  warn(facts: object, message: string): void
}

export type Context = {
  readonly l1: L1
  readonly account: PrivateKeyAccount
  /** The account's, in lower case. */
  readonly address: Hex
  readonly journal: Pick<Journal, 'pending' | 'record' | 'remove'>
  readonly clock: Clock
  readonly logger: SenderLogger
  readonly policy: SendingPolicy
  readonly finality: Finality
  readonly count: (event: SenderEvent) => void
  readonly stopped: AbortSignal
}

export type Live = {
  entry: JournalEntry
  fate: Fate
  receipt: Receipt | undefined
  foreignLooks: number
  pricedAt: number
  broadcastAt: number | undefined
  answer: BroadcastAnswer | undefined
  reason: string | undefined
  /** Hash of the attempt that was sent before. */
  sent: Hex | undefined
  /** Whether a pool had it. */
  held: boolean
}

export function liveOf(entry: JournalEntry, now: number): Live {
  return {
    entry,
    fate: 'unclear',
    receipt: undefined,
    foreignLooks: 0,
    pricedAt: now,
    broadcastAt: undefined,
    answer: undefined,
    reason: undefined,
    sent: undefined,
    held: false,
  }
}

export function newest({ entry }: Live): SignedTransaction {
  const attempt = entry.attempts.at(-1)
  assert(attempt !== undefined, 'an entry has an attempt')
  return attempt
}

/**
 * Looks what became of the entry's nonce. What is mined and not final costs nothing to watch: the account's count shows when a
 * reorg takes it back.
 * @param closely ask for the receipt whatever is known, because somebody is to be told
 */
export async function watch(context: Context, live: Live, sight: Sight, closely: boolean): Promise<void> {
  const { l1, address } = context
  const { nonce, attempts } = live.entry
  const { count, final } = sight
  if (nonce >= count) {
    reopen(context, live)
    return
  }
  if (live.receipt !== undefined && live.receipt.blockNumber > final && !closely) return
  const hashes = attempts.map(({ hash }) => hash)
  const found = await receiptOf(l1, hashes).catch(() => undefined)
  if (found === undefined) {
    // Nobody answers about it: nothing is decided, and no other entry is held up.
    live.fate = live.receipt === undefined ? 'unclear' : 'mined'
    return
  }
  const { receipt, unanimous } = found
  if (receipt !== undefined && live.receipt === undefined) crashPoint('post.mined')
  live.receipt = receipt
  live.foreignLooks = receipt === undefined ? live.foreignLooks + 1 : 0
  // An endpoint that has forgotten the state of the final block lets nothing be given up.
  const nonceFinal = receipt === undefined && (await isUsedIn(l1, address, nonce, final).catch(() => false))
  const { foreignLooks } = live
  const before = live.fate
  live.fate = fateOf({
    nonceUsed: true,
    minedIn: receipt?.blockNumber,
    unanimous,
    final,
    nonceFinal,
    foreignLooks,
  })
  if (live.fate === 'taken' && before !== 'taken')
    context.logger.warn({ nonce, label: live.entry.label }, 'a nonce went to a transaction that is not ours')
}

function reopen({ clock, logger, count }: Context, live: Live): void {
  if (live.receipt !== undefined) {
    const { nonce, label } = live.entry
    logger.warn({ nonce, label, transactionHash: live.receipt.hash }, 'a reorg took a transaction back')
    count('reorged')
    live.broadcastAt = undefined
    live.pricedAt = clock.monotonic()
    live.held = false
  }
  live.receipt = undefined
  live.foreignLooks = 0
  live.fate = 'open'
}

/** What a step for an open entry is decided on. */
export type Demand = {
  readonly sight: Sight
  /** Somebody waits for it or behind it, and it is the first that is not mined. */
  readonly hurried: boolean
  /** Whether it is wanted still. One that nobody asks about was to be when it was signed. */
  readonly stillWanted: () => Promise<boolean>
}

/** Sends, sends again, or pays more, whatever is due. */
export async function push(context: Context, live: Live, demand: Demand): Promise<void> {
  const { clock, policy } = context
  const step = nextStep({ ...live, hurried: demand.hurried }, policy, clock.monotonic())
  if (step === 'wait') return
  if (step === 'bump') {
    // Whatever stands against paying more, the old bytes are sent again: they may have been dropped.
    await bump(context, live, demand).catch((error: unknown) => {
      context.logger.warn(
        { nonce: live.entry.nonce, err: error },
        'a transaction could not be made to pay more',
      )
    })
    live.pricedAt = clock.monotonic()
  }
  await send(context, live)
}

async function send({ l1, clock, logger, count }: Context, live: Live): Promise<void> {
  const attempt = newest(live)
  const again = live.sent === attempt.hash
  const { answer, reason } = await broadcast(l1, attempt)
  crashPoint('post.broadcast')
  const { nonce, label } = live.entry
  const facts = { nonce, label, transactionHash: attempt.hash, answer, reason }
  const held = answer === 'accepted' || answer === 'known'
  if (again) count('rebroadcast')
  if (again && live.held && answer === 'accepted') {
    count('dropped')
    logger.warn(facts, 'a pool had dropped the transaction')
  }
  if (!held && answer !== 'nonce-used') {
    count('refused')
    logger.warn(
      facts,
      again && live.held ? 'the transaction lost its place in the pools' : 'no endpoint took the transaction',
    )
  }
  const now = clock.monotonic()
  // Only now it is where it can be mined: it has not waited yet.
  if (held && (live.answer === 'unfunded' || live.answer === 'reserved')) live.pricedAt = now
  Object.assign(live, { sent: attempt.hash, held, answer, reason, broadcastAt: now })
}

/** Gas of a plain transfer. */
const TRANSFER_GAS = 21_000n

/** A transfer of nothing to ourselves: it uses a nonce up. */
export function idleCall(address: Hex): Priced {
  return { to: address, data: '0x', value: 0n, gas: TRANSFER_GAS }
}

/**
 * A further attempt with higher fees, journalled. Where it is no longer wanted it is a transfer of nothing to
 * ourselves, so that the nonce does not hold up what comes after; that stays so for every attempt after it.
 */
async function bump(context: Context, live: Live, { sight, stillWanted }: Demand): Promise<void> {
  const { l1, account, address, policy, journal, logger, count } = context
  const { entry } = live
  const last = parseTransaction(newest(live).raw)
  const { chainId = 0, to, data = '0x', value = 0n, gas = 0n } = last
  const { maxFeePerGas = 0n, maxPriorityFeePerGas = 0n } = last
  assert(to !== undefined && to !== null, 'a transaction goes somewhere')
  const idle = to.toLowerCase() === address
  const freed = idle || !(await stillWanted())
  // It may be unwanted because it was mined since this look: then its own bytes are what a reorg must bring back.
  if (freed && !idle && (await lookAt(l1, address, context.finality)).count > entry.nonce) return
  const market = await feeMarket(l1, sight.head)
  const fees = bumpedFees(market, { maxFeePerGas, maxPriorityFeePerGas }, policy)
  const call = freed ? idleCall(address) : { to, data, value, gas }
  if (fees === undefined || call.gas * fees.maxFeePerGas + call.value > sight.head.balance) {
    count('capped')
    const facts = {
      nonce: entry.nonce,
      feeCapWei: String(maxFeePerGas),
      balanceWei: String(sight.head.balance),
    }
    logger.warn(facts, 'a transaction that is not mined can pay no more')
    return
  }
  const signed = await signTransaction(account, { chainId, nonce: entry.nonce, ...call, ...fees })
  const bumped = { ...entry, attempts: [...entry.attempts, signed] }
  await journal.record(bumped)
  crashPoint('post.journalled')
  live.entry = bumped
  count(freed ? 'freed' : 'bumped')
  const facts = { nonce: entry.nonce, transactionHash: signed.hash, feeCapWei: String(fees.maxFeePerGas) }
  logger.info(facts, freed ? 'the nonce of what is no longer wanted is freed' : 'a transaction pays more')
}

/** A call with the gas that it may take. */
export type Priced = Call & { readonly gas: bigint }

type Unsigned = Fees & Priced & { chainId: number; nonce: number }

export async function signTransaction(
  account: PrivateKeyAccount,
  unsigned: Unsigned,
): Promise<SignedTransaction> {
  const raw = await account.signTransaction({ ...unsigned, type: 'eip1559' })
  crashPoint('post.signed')
  return { raw, hash: keccak256(raw) }
}
