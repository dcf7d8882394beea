// What a post is refused with, or put off.
import type { Hex } from '../../protocol/bytes.ts'
import { FloeError } from '../../protocol/errors.ts'
import { type Live, newest } from './entries.ts'

const RETRY_SECONDS = 30
const retry = { retryAfterSeconds: RETRY_SECONDS }

export function stoppedError(): FloeError {
  return new FloeError('unavailable', 'The poster has stopped.', retry)
}

export function tooManyWaiting(count: number): FloeError {
  return new FloeError('overloaded', `${count} posts to L1 are waiting.`, retry)
}

export function tooManyLive(count: number): FloeError {
  return new FloeError('overloaded', `${count} posts are signed and not final yet.`, {
    remedy: 'Post less often, or see why L1 does not get final.',
    ...retry,
  })
}

export function overlapping({ entry: { nonce } }: Live): FloeError {
  return new FloeError('unavailable', `A header of the post is in another one, with nonce ${nonce}.`, {
    remedy: 'It can be posted anew when what became of that one is final.',
    facts: { nonce },
    ...retry,
  })
}

export function unfunded(address: Hex, balance: bigint, cost: bigint): FloeError {
  return new FloeError('unavailable', `The posting account holds ${balance} wei, a post may cost ${cost}.`, {
    remedy: `Send ether to ${address}; the post is tried again.`,
    facts: { address, balanceWei: String(balance), costWei: String(cost) },
    ...retry,
  })
}

export function reserved({ entry: { nonce } }: Live): FloeError {
  return new FloeError(
    'unavailable',
    `Pools refuse the post with nonce ${nonce}: its account has blobs there.`,
    {
      remedy: 'Post from an account that sends nothing else.',
      facts: { nonce },
      ...retry,
    },
  )
}

/** Its nonce is lost to the headers, unless a reorg gives it back: until that cannot be, they are not signed for again. */
export function notFinal({ entry: { nonce }, receipt }: Live, freed: boolean): FloeError {
  const what = receipt === undefined ? 'went elsewhere' : freed ? 'was freed' : 'has a post that reverted'
  return new FloeError(
    'unavailable',
    `Nonce ${nonce} of the posting account ${what}, and that is not final.`,
    {
      remedy: 'Let nothing else send from this account. The post can be made anew when it is final.',
      facts: { nonce },
      ...retry,
    },
  )
}

export function fenceLate(blockNumber: number, ms: number): FloeError {
  return new FloeError('unavailable', `L1 could not be followed to block ${blockNumber} in ${ms} ms.`, {
    facts: { blockNumber },
    ...retry,
  })
}

/** @param live what is signed for the post; undefined: nothing is */
export function givenUp(live: Live | undefined): FloeError {
  const what =
    live === undefined
      ? 'The post is not signed yet: an earlier one is not on L1, or the L1 endpoints contradict each other.'
      : `The post with nonce ${live.entry.nonce} is not on L1 yet: ${live.reason ?? 'it was not mined'}.`
  return new FloeError('unavailable', what, {
    remedy: 'Check the L1 endpoints and the balance of the posting account; the post is tried again.',
    facts: live === undefined ? {} : { nonce: live.entry.nonce, transactionHash: newest(live).hash },
    ...retry,
  })
}
