// Signing for a new nonce, with the fence that keeps one call from becoming two transactions.
//
// The order of the steps matters. The account's count N is read in a block H. The caller's precondition then holds for L1 as of H
// at least. Then H is checked to be on the chain of every endpoint. Only then is N signed for. Any other transaction of this
// account for the same call, from whichever process, has a nonce below N, and the precondition has seen it; or it has N or a
// higher nonce, and of two transactions with nonce N at most one is ever mined. A process that stops for a day between two of
// these steps continues with a nonce that is used.
//
// Where the policy allows several transactions in flight, the nonce is N plus the number of those that this process has in flight.
// The precondition has then not seen the ones with the nonces from N on that another process may have signed, so that a call may
// get two transactions, of which the contract refuses the second.
import { crashPoint } from '../../runtime/crash-points.ts'
import type { JournalEntry, SignedTransaction } from '../../store/journal.ts'
import { l1Unavailable } from '../rpc.ts'
import { type Intent, estimateCallGas } from './calls.ts'
import { type ChainSnapshot, type Head, agreeOn, feeMarket, pendingCount } from './chain-snapshot.ts'
import type { Context } from './context.ts'
import { unfunded } from './errors.ts'
import { type FeeLimits, firstFees } from './fees.ts'
import { type PendingTransaction, pendingTransactionOf } from './pending-transaction.ts'
import { type CallWithGas, emptyCall, signTransaction } from './signing.ts'

export type NewNonceOptions = {
  readonly intent: Intent
  /** Whether the call is still needed, in the state of the snapshot's head. */
  readonly precondition: () => Promise<boolean>
  /** Whether the request has waited long enough for foreign transactions in the pools. */
  readonly waited: boolean
  /** Transactions of this process that have the account's next nonces, and what they may cost. */
  readonly inFlight: { readonly count: number; readonly costWei: bigint }
}

/** `later`: the endpoints disagree, or a foreign transaction is in a pool; the next snapshot may allow it. */
export type NewNonceResult =
  | { readonly signed: PendingTransaction; readonly gas: bigint }
  | 'not-wanted'
  | 'later'

/** @throws FloeError when the contract refuses the call, L1 does not answer, or the account cannot pay */
export async function signNewNonce(
  context: Context,
  { intent, precondition, waited, inFlight }: NewNonceOptions,
  { head, count }: ChainSnapshot,
): Promise<NewNonceResult> {
  const { l1, address, policy } = context
  if (head.count !== count) return 'later'
  // Another process may send from this account, or did so before this one lost its disk. Its transactions are mined first: of
  // two consecutive transactions only the later one can see the effect of the earlier.
  const nonce = head.count + inFlight.count
  if (!waited && (await pendingCount(l1, address)) > nonce) return 'later'
  const { value } = intent.call
  const balance = head.balance - inFlight.costWei
  if (value > balance) throw unfunded(address, { ...intent, balance, cost: value })
  const gas = await estimateCallGas(l1, address, intent.call, intent)
  if (!(await precondition())) return 'not-wanted'
  if (!(await agreeOn(l1, head))) return 'later'
  const { id, label, keys = [] } = intent
  const feeCapWeiMax = feeCapOf(intent, gas, policy)
  const place = { head, nonce, balance, label, feeCapWeiMax }
  const signed = await signAt(context, { ...intent.call, gas }, place)
  const entry = { id, label, keys, nonce, attempts: [signed] }
  return { signed: await journalled(context, entry), gas }
}

/** Signs an empty transaction for the account's next nonce, which a reorg freed while later nonces are signed for. */
export async function fillNonceGap(context: Context, { head }: ChainSnapshot): Promise<PendingTransaction> {
  const label = 'filler'
  const { feeCapWeiMax } = context.policy
  const place = { head, nonce: head.count, balance: head.balance, label, feeCapWeiMax }
  const signed = await signAt(context, emptyCall(context.address), place)
  return journalled(context, { id: signed.hash, label, keys: [], nonce: head.count, attempts: [signed] })
}

/** Most wei per unit of gas that a call is worth now. */
export function feeCapOf({ feeWeiMax }: Pick<Intent, 'feeWeiMax'>, gas: bigint, policy: FeeLimits): bigint {
  return feeWeiMax === undefined || gas === 0n ? policy.feeCapWeiMax : feeWeiMax() / gas
}

type SigningPlace = {
  readonly head: Head
  readonly nonce: number
  /** What the account can pay beyond its transactions in flight. */
  readonly balance: bigint
  readonly label: string
  readonly feeCapWeiMax: bigint
}

async function signAt(
  { l1, chainId, account, address, policy }: Context,
  call: CallWithGas,
  { head, nonce, balance, label, feeCapWeiMax }: SigningPlace,
): Promise<SignedTransaction> {
  const market = await feeMarket(l1, head).catch((error: unknown) => {
    throw l1Unavailable(error, `prepare the ${label}`)
  })
  const fees = firstFees(market, { ...policy, feeCapWeiMax })
  const cost = call.gas * fees.maxFeePerGas + call.value
  if (cost > balance) throw unfunded(address, { label, balance, cost })
  return signTransaction(account, { chainId, nonce, ...call, ...fees })
}

async function journalled({ journal, clock }: Context, entry: JournalEntry): Promise<PendingTransaction> {
  await journal.record(entry)
  crashPoint('post.journalled')
  return { ...pendingTransactionOf(entry, clock.monotonic()), status: 'open' }
}
