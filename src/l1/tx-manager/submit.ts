// Broadcasting a pending transaction, and replacing it by one with higher fees. Nothing here signs for a new nonce.
import { parseTransaction } from 'viem'
import { assert } from '../../protocol/errors.ts'
import { crashPoint } from '../../runtime/crash-points.ts'
import { broadcast } from './broadcast.ts'
import { type ChainSnapshot, feeMarket, readSnapshot } from './chain-snapshot.ts'
import type { Context } from './context.ts'
import { nextStep } from './decisions.ts'
import { bumpedFees } from './fees.ts'
import { type PendingTransaction, newestAttempt } from './pending-transaction.ts'
import { emptyCall, signTransaction } from './signing.ts'

export type SubmitOptions = {
  readonly snapshot: ChainSnapshot
  /** Whether a caller waits for this transaction or one behind it, and it is among the lowest nonces that are not mined. */
  readonly urgent: boolean
  /** Most wei per unit of gas that it is worth to those callers now. */
  readonly feeCapWeiMax: bigint
  /** Whether the call is still needed; true for a transaction without a caller, which stays as it was signed. */
  readonly precondition: () => Promise<boolean>
}

/** Broadcasts, broadcasts again, or replaces, whichever is due. */
export async function submit(
  context: Context,
  transaction: PendingTransaction,
  options: SubmitOptions,
): Promise<void> {
  const { clock, policy, logger } = context
  const step = nextStep({ ...transaction, urgent: options.urgent }, policy, clock.monotonic())
  if (step === 'wait') return
  if (step === 'bump') {
    // When the replacement fails the old bytes are sent again: a pool may have dropped them.
    await replace(context, transaction, options).catch((error: unknown) => {
      logger.warn(
        { nonce: transaction.entry.nonce, err: error },
        'transaction not replaced: an error occurred',
      )
    })
    transaction.pricedAt = clock.monotonic()
  }
  await send(context, transaction)
}

async function send(context: Context, transaction: PendingTransaction): Promise<void> {
  const { l1, clock, logger, count } = context
  const attempt = newestAttempt(transaction)
  const { result, reason } = await broadcast(l1, attempt)
  crashPoint('post.broadcast')
  const { nonce, label } = transaction.entry
  const facts = { nonce, label, transactionHash: attempt.hash, result, reason }
  const again = transaction.broadcastHash === attempt.hash
  const held = result === 'accepted' || result === 'known'
  const heldBefore = again && transaction.held
  if (again) count('rebroadcast')
  if (heldBefore && result === 'accepted') {
    count('dropped')
    logger.warn(facts, 'transaction sent again: a pool had dropped it')
  }
  if (!held && result !== 'nonce-used') {
    count('refused')
    logger.warn(
      facts,
      heldBefore ? 'transaction removed by the pools' : 'transaction rejected by every endpoint',
    )
  }
  const now = clock.monotonic()
  // The time until a replacement starts when a pool first holds the transaction.
  if (held && (transaction.broadcastResult === 'unfunded' || transaction.broadcastResult === 'reserved'))
    transaction.pricedAt = now
  transaction.broadcastHash = attempt.hash
  transaction.broadcastAt = now
  transaction.broadcastResult = result
  transaction.reason = reason
  transaction.held = held
}

/**
 * Signs and journals an attempt with higher fees. When the call is no longer needed, the attempt is an empty transfer, so that
 * the nonce does not delay the transactions after it. Every later attempt is then an empty transfer too.
 */
async function replace(
  context: Context,
  transaction: PendingTransaction,
  { snapshot, precondition, feeCapWeiMax }: SubmitOptions,
): Promise<void> {
  const { l1, chainId, account, address, policy, journal, logger, count, finality } = context
  const { entry } = transaction
  const { nonce } = entry
  const last = parseTransaction(newestAttempt(transaction).raw)
  const { to, data = '0x', value = 0n, gas = 0n } = last
  const { maxFeePerGas = 0n, maxPriorityFeePerGas = 0n } = last
  assert(to !== undefined && to !== null, 'a transaction has a recipient')
  const isEmpty = to.toLowerCase() === address
  const free = isEmpty || !(await precondition())
  // The call may be no longer needed because it was mined after this snapshot. Its bytes must then stay, in case of a reorg.
  if (free && !isEmpty && (await readSnapshot(l1, address, finality)).count > nonce) return
  const limits = { ...policy, feeCapWeiMax }
  const fees = bumpedFees(await feeMarket(l1, snapshot.head), { maxFeePerGas, maxPriorityFeePerGas }, limits)
  const call = free ? emptyCall(address) : { to, data, value, gas }
  const { balance } = snapshot.head
  if (fees === undefined || call.gas * fees.maxFeePerGas + call.value > balance) {
    count('capped')
    const facts = { nonce, feeCapWei: String(maxFeePerGas), balanceWei: String(balance) }
    logger.warn(facts, 'transaction not replaced: fee ceiling or balance reached')
    return
  }
  const signed = await signTransaction(account, { chainId, nonce, ...call, ...fees })
  const replaced = { ...entry, attempts: [...entry.attempts, signed] }
  await journal.record(replaced)
  crashPoint('post.journalled')
  transaction.entry = replaced
  count(free ? 'freed' : 'bumped')
  const facts = { nonce, transactionHash: signed.hash, feeCapWei: String(fees.maxFeePerGas) }
  logger.info(facts, free ? 'transaction cancelled: its call is no longer needed' : 'transaction replaced')
}
