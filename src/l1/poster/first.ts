// Signing for a new nonce: the only place where a post can become a second one, and the fence that keeps it from that.
//
// The account's count N is read in a block H, then the caller is asked whether the headers are wanted still by somebody who
// has seen L1 up to H, then it is made sure that H is on the chain of every endpoint, and only then is N signed for. Another
// post of the same headers from this account, by whatever process, has a nonce below N, and then it was seen; or it has N or
// one above, and of two transactions with N at most one is ever mined. A process that sleeps for a day between any two of
// these steps wakes up with a nonce that is used.
import type { Hex } from '../../protocol/bytes.ts'
import { crashPoint } from '../../runtime/crash-points.ts'
import { l1Unavailable } from '../rpc.ts'
import type { JournalEntry, SignedTransaction } from '../../store/journal.ts'
import { type Context, type Live, idleCall, liveOf, signTransaction } from './entries.ts'
import { firstFees } from './fees.ts'
import { type Headers, estimateGas, postCall } from './ledger-call.ts'
import { unfunded } from './refusals.ts'
import { type Head, type Sight, agreeOn, feeMarket, pendingCount } from './sight.ts'

export type FirstAttempt = {
  readonly id: Hex
  readonly post: Headers
  /** Whether the headers are wanted, as of the head of the sight. */
  readonly stillWanted: () => Promise<boolean>
  /** Whether transactions that are in pools and not ours have been waited for. */
  readonly patient: boolean
}

/** `later`: endpoints are not at one, or a stranger's transaction is under way; the next look may have it. */
export type FirstOutcome = { readonly signed: Live; readonly gas: bigint } | 'already-there' | 'later'

/** @throws FloeError when the Ledger refuses it, when L1 cannot be asked, or when the account cannot pay for it */
export async function signFirst(context: Context, first: FirstAttempt, sight: Sight): Promise<FirstOutcome> {
  const { l1, ledger, address } = context
  const { head } = sight
  if (head.count !== sight.count) return 'later'
  // Another process posts from this account, or did before this one's disk was lost: what it has under way is let through
  // first, because of two that follow each other only the second can see that the first has its headers.
  if (!first.patient && (await pendingCount(l1, address)) > head.count) return 'later'
  const data = postCall(first.post)
  const gas = await estimateGas(l1, { from: address, to: ledger, data })
  if (!(await first.stillWanted())) return 'already-there'
  if (!(await agreeOn(l1, head))) return 'later'
  return { signed: await signNow(context, first.id, { data, gas }, sight), gas }
}

async function signNow(
  context: Context,
  id: Hex,
  call: { data: Hex; gas: bigint },
  { head }: Sight,
): Promise<Live> {
  const signed = await signAtHead(context, { to: context.ledger, ...call }, head)
  return recorded(context, { id, nonce: head.count, attempts: [signed] })
}

/**
 * Signs a transaction that does nothing for the account's next nonce: a reorg has taken what had it, nobody brings that back,
 * and what is signed for the nonces after it waits for it.
 */
export async function signFiller(context: Context, { head }: Sight): Promise<Live> {
  const signed = await signAtHead(context, idleCall(context.address), head)
  return recorded(context, { id: signed.hash, nonce: head.count, attempts: [signed] })
}

async function signAtHead(
  context: Context,
  call: { to: Hex; data: Hex; gas: bigint },
  head: Head,
): Promise<SignedTransaction> {
  const { l1, account, address, policy } = context
  const [chainId, market] = await Promise.all([l1.client.getChainId(), feeMarket(l1, head)]).catch(
    (error: unknown) => {
      throw l1Unavailable(error, 'prepare a post')
    },
  )
  const fees = firstFees(market, policy)
  const cost = call.gas * fees.maxFeePerGas
  if (cost > head.balance) throw unfunded(address, head.balance, cost)
  return signTransaction(account, { chainId, nonce: head.count, ...call, ...fees })
}

async function recorded({ journal, clock }: Context, entry: JournalEntry): Promise<Live> {
  await journal.record(entry)
  crashPoint('post.journalled')
  return { ...liveOf(entry, clock.monotonic()), fate: 'open' }
}
