// Posts headers to the Ledger: a sender whose intents are headers, each in one post at a time.
import { encodeFunctionData, keccak256 } from 'viem'
import { type Hex, concatBytes, fromHex, toHex } from '../protocol/bytes.ts'
import type { Committee } from '../protocol/committee.ts'
import { assert } from '../protocol/errors.ts'
import { HEADER_BYTES } from '../protocol/header.ts'
import { POST_HEADERS_MAX } from '../protocol/limits.ts'
import { ledgerAbi } from './generated/ledger.ts'
import type { Call, Intent } from './tx-manager/calls.ts'
import type { Sender } from './tx-manager/tx-manager.ts'

/** What is posted. */
export type Headers = {
  /** Packed headers of one epoch, 100 bytes each. */
  readonly headers: readonly Uint8Array[]
  readonly committee: Committee
  readonly signatures: readonly { readonly member: number; readonly signature: Hex }[]
}

export type Post = Headers & {
  /** The fence (Intent): none of the headers is in L1 up to this block at least, and they are to be posted still. */
  readonly stillWanted: Intent['stillWanted']
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

export type Poster = Pick<Sender, 'address' | 'funds'> & {
  /**
   * Resolves when it is in a block, which may not be final; whoever follows L1 says when it is.
   * @throws FloeError `unavailable` when it is not on L1 yet, `commitment-invalid` when the Ledger refuses it, `overloaded`
   */
  post(post: Post): Promise<PostResult>
}

/** @param sender also of other transactions of its account; the caller closes it */
export function createPoster(sender: Sender, ledger: Hex): Poster {
  return {
    address: sender.address,
    post: async (post) => {
      assertHeaders(post)
      const result = await sender.send({
        id: idOf(post),
        label: 'post',
        call: postCall(ledger, post),
        keys: splitHeaders(concatBytes(...post.headers)),
        abi: ledgerAbi,
        // An endpoint that lags behind the committee contract knows the epoch a little later.
        codeOf: (error) => (error === 'EpochUnknown' ? 'unavailable' : 'commitment-invalid'),
        stillWanted: post.stillWanted,
      })
      return result.outcome === 'mined' ? { ...result, outcome: 'posted' } : { outcome: 'already-there' }
    },
    funds: () => sender.funds(),
  }
}

function assertHeaders({ headers, committee, signatures }: Headers): void {
  assert(headers.length >= 1 && headers.length <= POST_HEADERS_MAX, `${headers.length} headers`)
  assert(
    headers.every((header) => header.length === HEADER_BYTES),
    'headers of 100 bytes',
  )
  assert(
    signatures.every(({ member }, i) => {
      const before = signatures[i - 1]?.member ?? -1
      return before < member && member < committee.members.length
    }),
    'signatures of members in ascending order',
  )
}

/** One id an intent: the same headers in the same order. */
export function idOf({ headers }: Pick<Headers, 'headers'>): Hex {
  return keccak256(concatBytes(...headers))
}

/** The transaction that posts headers, from whomever. */
export function postCall(ledger: Hex, { headers, committee, signatures }: Headers): Call {
  const members = committee.members.map(({ signer, shards, stake }) => ({ signer, shards, stake }))
  const signers = signatures.reduce((bits, { member }) => bits | (1n << BigInt(member)), 0n)
  const packed = toHex(concatBytes(...signatures.map(({ signature }) => fromHex(signature))))
  const args = [toHex(concatBytes(...headers)), members, signers, packed] as const
  return { to: ledger, value: 0n, data: encodeFunctionData({ abi: ledgerAbi, functionName: 'post', args }) }
}

function splitHeaders(packed: Uint8Array): Hex[] {
  return Array.from({ length: packed.length / HEADER_BYTES }, (_, i) =>
    toHex(packed.subarray(i * HEADER_BYTES, (i + 1) * HEADER_BYTES)),
  )
}
