// Posts headers to the Ledger. While a post is not final, none of its headers is in another post of the same account.
import { encodeFunctionData, keccak256 } from 'viem'
import { type Hex, concatBytes, fromHex, toHex } from '../protocol/bytes.ts'
import type { Committee } from '../protocol/committee.ts'
import { assert } from '../protocol/errors.ts'
import { HEADER_BYTES } from '../protocol/header.ts'
import { POST_HEADERS_MAX } from '../protocol/limits.ts'
import { ledgerAbi } from './generated/ledger.ts'
import type { Call, Intent } from './tx-manager/calls.ts'
import type { Funds } from './tx-manager/decisions.ts'
import type { TransactionSender } from './tx-manager/tx-manager.ts'

/** The content of a post. */
export type PostContent = {
  /** Packed headers of one epoch, 100 bytes each. */
  readonly headers: readonly Uint8Array[]
  readonly committee: Committee
  readonly signatures: readonly { readonly member: number; readonly signature: Hex }[]
}

export type Post = PostContent & {
  /** As of this block at least, none of the headers is on L1 and all are still to be posted (Intent.precondition). */
  readonly precondition: Intent['precondition']
}

/** `already-there`: the precondition does not hold, and this call posted nothing. */
export type PostResult =
  | {
      readonly outcome: 'posted'
      readonly transactionHash: Hex
      readonly blockNumber: number
      readonly gasUsed: number
    }
  | { readonly outcome: 'already-there' }

export type Poster = Pick<TransactionSender, 'address' | 'funds'> & {
  /**
   * Resolves when the post is in a block, which may not be final; a follower of L1 says when it is.
   * @throws FloeError `unavailable` when it is not on L1 yet, `commitment-invalid` when the Ledger refuses it, `overloaded`
   */
  post(post: Post): Promise<PostResult>
}

export type LedgerPosterOptions = {
  /** The account that pays; it may send other transactions as well, and the caller closes it. */
  readonly sender: TransactionSender
  readonly ledger: Hex
}

export class LedgerPoster implements Poster {
  readonly #sender: TransactionSender
  readonly #ledger: Hex

  constructor({ sender, ledger }: LedgerPosterOptions) {
    this.#sender = sender
    this.#ledger = ledger
  }

  get address(): Hex {
    return this.#sender.address
  }

  async post(post: Post): Promise<PostResult> {
    assertHeaders(post)
    const result = await this.#sender.send({
      id: idOf(post),
      label: 'post',
      call: postCall(this.#ledger, post),
      keys: splitHeaders(concatBytes(...post.headers)),
      abi: ledgerAbi,
      // An endpoint that lags knows the epoch a little later.
      codeOf: (error) => (error === 'EpochUnknown' ? 'unavailable' : 'commitment-invalid'),
      precondition: post.precondition,
    })
    return result.outcome === 'mined' ? { ...result, outcome: 'posted' } : { outcome: 'already-there' }
  }

  funds(): Funds | undefined {
    return this.#sender.funds()
  }
}

function assertHeaders({ headers, committee, signatures }: PostContent): void {
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

/** The same headers in the same order have the same id. */
export function idOf({ headers }: Pick<PostContent, 'headers'>): Hex {
  return keccak256(concatBytes(...headers))
}

/** The call that posts headers, from any account. */
export function postCall(ledger: Hex, { headers, committee, signatures }: PostContent): Call {
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
