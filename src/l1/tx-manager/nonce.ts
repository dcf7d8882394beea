// Signing for a new nonce: the only place where a call can become a second one, and the fence that keeps it from that.
//
// The account's count N is read in a block H, then the caller is asked whether the call is wanted still by somebody who
// has seen L1 up to H, then it is made sure that H is on the chain of every endpoint, and only then is N signed for. Another
// transaction to the same end from this account, by whatever process, has a nonce below N, and then it was seen; or it has N or
// one above, and of two transactions with N at most one is ever mined. A process that sleeps for a day between any two of
// these steps wakes up with a nonce that is used.
import { getChainId } from 'viem/actions'
import { crashPoint } from '../../runtime/crash-points.ts'
import { l1Unavailable } from '../rpc.ts'
import type { JournalEntry, SignedTransaction } from '../../store/journal.ts'
import { type Intent, estimateCallGas } from './calls.ts'
import {
  type Context,
  type Live,
  type Priced,
  idleCall,
  liveOf,
  signTransaction,
} from './pending-transaction.ts'
import { firstFees } from './fees.ts'
import { unfunded } from './errors.ts'
import { type Head, type Sight, agreeOn, feeMarket, pendingCount } from './chain-snapshot.ts'

export type FirstAttempt = {
  readonly intent: Intent
  /** Whether it is wanted, as of the head of the sight. */
  readonly stillWanted: () => Promise<boolean>
  /** Whether transactions that are in pools and not ours have been waited for. */
  readonly patient: boolean
}

/** `later`: endpoints are not at one, or a stranger's transaction is under way; the next look may have it. */
export type FirstOutcome = { readonly signed: Live; readonly gas: bigint } | 'not-wanted' | 'later'

/** @throws FloeError when the contract refuses it, when L1 cannot be asked, or when the account cannot pay for it */
export async function signFirst(context: Context, first: FirstAttempt, sight: Sight): Promise<FirstOutcome> {
  const { l1, address } = context
  const { intent } = first
  const { head } = sight
  if (head.count !== sight.count) return 'later'
  // Another process posts from this account, or did before this one's disk was lost: what it has under way is let through
  // first, because of two that follow each other only the second can see what the first achieves.
  if (!first.patient && (await pendingCount(l1, address)) > head.count) return 'later'
  const { value } = intent.call
  if (value > head.balance) throw unfunded(address, { ...intent, balance: head.balance, cost: value })
  const gas = await estimateCallGas(l1, address, intent.call, intent)
  if (!(await first.stillWanted())) return 'not-wanted'
  if (!(await agreeOn(l1, head))) return 'later'
  const signed = await signAtHead(context, { ...intent.call, gas }, head, intent.label)
  const { id, label, keys = [] } = intent
  const entry = { id, label, keys, nonce: head.count, attempts: [signed] }
  return { signed: await recorded(context, entry), gas }
}

/**
 * Signs a transaction that does nothing for the account's next nonce: a reorg has taken what had it, nobody brings that back,
 * and what is signed for the nonces after it waits for it.
 */
export async function signFiller(context: Context, { head }: Sight): Promise<Live> {
  const label = 'filler'
  const signed = await signAtHead(context, idleCall(context.address), head, label)
  return recorded(context, { id: signed.hash, label, keys: [], nonce: head.count, attempts: [signed] })
}

async function signAtHead(
  context: Context,
  call: Priced,
  head: Head,
  label: string,
): Promise<SignedTransaction> {
  const { l1, account, address, policy } = context
  const [chainId, market] = await Promise.all([getChainId(l1.client), feeMarket(l1, head)]).catch(
    (error: unknown) => {
      throw l1Unavailable(error, `prepare the ${label}`)
    },
  )
  const fees = firstFees(market, policy)
  const cost = call.gas * fees.maxFeePerGas + call.value
  if (cost > head.balance) throw unfunded(address, { label, balance: head.balance, cost })
  return signTransaction(account, { chainId, nonce: head.count, ...call, ...fees })
}

async function recorded({ journal, clock }: Context, entry: JournalEntry): Promise<Live> {
  await journal.record(entry)
  crashPoint('post.journalled')
  return { ...liveOf(entry, clock.monotonic()), fate: 'open' }
}
