// What a call is refused with, or put off.
import type { Hex } from '../../protocol/bytes.ts'
import { FloeError } from '../../protocol/errors.ts'
import { type Live, newest } from './pending-transaction.ts'

const RETRY_SECONDS = 30
const retry = { retryAfterSeconds: RETRY_SECONDS }

export function stoppedError(): FloeError {
  return new FloeError('unavailable', 'The sender has stopped.', retry)
}

export function tooManyWaiting(count: number): FloeError {
  return new FloeError('overloaded', `${count} transactions for L1 are waiting.`, retry)
}

export function tooManyLive(count: number): FloeError {
  return new FloeError('overloaded', `${count} transactions are signed and not final yet.`, {
    remedy: 'Send less often, or see why L1 does not get final.',
    ...retry,
  })
}

export function overlapping(label: string, { entry: { nonce } }: Live): FloeError {
  return new FloeError(
    'unavailable',
    `A part of the ${label} is in another transaction, with nonce ${nonce}.`,
    {
      remedy: 'It can be sent anew when what became of that one is final.',
      facts: { nonce },
      ...retry,
    },
  )
}

export function unfunded(
  address: Hex,
  { label, balance, cost }: { label: string; balance: bigint; cost: bigint },
): FloeError {
  return new FloeError('unavailable', `The account holds ${balance} wei, the ${label} may cost ${cost}.`, {
    remedy: `Send ether to ${address}; it is tried again.`,
    facts: { address, balanceWei: String(balance), costWei: String(cost) },
    ...retry,
  })
}

export function reserved({ entry: { nonce, label } }: Live): FloeError {
  return new FloeError(
    'unavailable',
    `Pools refuse the ${label} with nonce ${nonce}: its account has blobs there.`,
    {
      remedy: 'Use an account that sends nothing else.',
      facts: { nonce },
      ...retry,
    },
  )
}

/** Its nonce is lost to the call, unless a reorg gives it back: until that cannot be, it is not signed for again. */
export function notFinal({ entry: { nonce }, receipt }: Live, freed: boolean): FloeError {
  const what =
    receipt === undefined ? 'went elsewhere' : freed ? 'was freed' : 'has a transaction that reverted'
  return new FloeError('unavailable', `Nonce ${nonce} of the account ${what}, and that is not final.`, {
    remedy: 'Let nothing else send from this account. The call can be made anew when it is final.',
    facts: { nonce },
    ...retry,
  })
}

export function fenceLate(blockNumber: number, ms: number): FloeError {
  return new FloeError('unavailable', `L1 could not be followed to block ${blockNumber} in ${ms} ms.`, {
    facts: { blockNumber },
    ...retry,
  })
}

/** @param live what is signed for it; undefined: nothing is */
export function givenUp(label: string, live: Live | undefined): FloeError {
  const what =
    live === undefined
      ? `The ${label} is not signed yet: an earlier transaction is not on L1, or the L1 endpoints contradict each other.`
      : `The ${label} with nonce ${live.entry.nonce} is not on L1 yet: ${live.reason ?? 'it was not mined'}.`
  return new FloeError('unavailable', what, {
    remedy: 'Check the L1 endpoints and the balance of the account, and try again.',
    facts: live === undefined ? {} : { nonce: live.entry.nonce, transactionHash: newest(live).hash },
    ...retry,
  })
}
