// Posts headers to the Ledger (docs/protocol.md §6.2). While a post is not final, none of its headers is in another post of the same
// account.
//
// Guarantees:
// - Once: what any account has posted is not posted again; the state of the contract decides, and no event or receipt (post-fence.ts).
// - In time only: a post that the Ledger would refuse, or that would settle that a header never stands, is never signed for.
//   No post is too late while an endpoint shows that it is not, and none is early enough while an endpoint shows that it is not.
import { encodeFunctionData, keccak256 } from 'viem'
import { type Hex, concatBytes, fromHex, toHex } from '../protocol/bytes.ts'
import type { Certificate } from '../protocol/certificate.ts'
import { type Committee, epochMembersOf } from '../protocol/committee.ts'
import { FloeError, assert } from '../protocol/errors.ts'
import {
  HEADER_BYTES,
  type Domain,
  decodeHeader,
  encodeHeader,
  encodedHeaderDigest,
  headersTree,
} from '../protocol/header.ts'
import { POST_HEADERS_MAX } from '../protocol/limits.ts'
import { type PostingTerms, type PostingView, postableUntil, postingStatus } from '../protocol/posting.ts'
import { timeText } from '../runtime/clock.ts'
import { ledgerAbi } from './generated/ledger.ts'
import { type LedgerReader, headersRootOf } from './ledger-reader.ts'
import { PostFence } from './post-fence.ts'
import type { Call, Intent, KnownOfCall } from './tx-manager/calls.ts'
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

/** `already-there`: another account posted the headersRoot, or the precondition does not hold; this call posted nothing. */
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
   * Posts all headers under a headersRoot. Resolves when the post is in a block, which may not be final; a follower of L1 says when it
   * is.
   * @throws FloeError `unavailable` when it is not on L1 yet, `commitment-invalid` when the Ledger refuses it or it is too late,
   * `overloaded`
   */
  post(post: Post): Promise<PostResult>
  /**
   * Posts a headersRoot by the one of its headers that a certificate has.
   * @param committee that of the certificate's epoch
   * @throws as `post`
   */
  postOne(certificate: Certificate, committee: Committee): Promise<PostResult>
}

export type LedgerPosterOptions = {
  /** The account that pays; it may send other transactions as well, and the caller closes it. */
  readonly sender: TransactionSender
  readonly domain: Domain
  readonly reader: Pick<LedgerReader, 'views' | 'terms'>
}

/** Errors of the Ledger that time makes permanent. */
const LATE_ERRORS = new Set<unknown>(['TooLateToPost', 'EpochClosed'])
/**
 * Operators sign no expiry beyond the promise, but the newest block of L1 is older than their clocks. An expiry that is further away
 * is dishonest, and is posted, which settles that it never stands (decision 012).
 */
const CLOCKS_DIFFER_SECONDS_MAX = 3_600

/** What is to be posted under one headersRoot. */
type Posting = {
  readonly headersRoot: Hex
  readonly epoch: number
  readonly headers: readonly Uint8Array[]
}

export class LedgerPoster implements Poster {
  readonly #sender: TransactionSender
  readonly #domain: Domain
  readonly #reader: LedgerPosterOptions['reader']
  readonly #fence = new PostFence()

  constructor({ sender, domain, reader }: LedgerPosterOptions) {
    this.#sender = sender
    this.#domain = domain
    this.#reader = reader
  }

  get address(): Hex {
    return this.#sender.address
  }

  async post(post: Post): Promise<PostResult> {
    assertHeaders(post)
    const digests = post.headers.map((header) => encodedHeaderDigest(this.#domain, header))
    const headersRoot = toHex(headersTree(digests, 0).root)
    const posting = { headersRoot, epoch: post.committee.epoch, headers: post.headers }
    return this.#send(posting, {
      id: idOf(post),
      call: postCall(this.#domain.ledger, post),
      precondition: async (block, known) =>
        (await post.precondition(block, known)) && this.#isNeeded(posting, block, known),
    })
  }

  async postOne(certificate: Certificate, committee: Committee): Promise<PostResult> {
    const { header, signatures } = certificate
    assert(committee.epoch === header.epoch, `committee of epoch ${header.epoch}, got ${committee.epoch}`)
    assertSigners({ committee, signatures })
    const headersRoot = headersRootOf(this.#domain, certificate)
    const headers = [encodeHeader(header)]
    const posting = { headersRoot, epoch: header.epoch, headers }
    return this.#send(posting, {
      id: keccak256(concatBytes(fromHex(headersRoot), ...headers)),
      call: postOneCall(this.#domain.ledger, certificate, committee),
      precondition: async (block, known) => this.#isNeeded(posting, block, known),
    })
  }

  funds(): Funds | undefined {
    return this.#sender.funds()
  }

  async #send(posting: Posting, intent: Pick<Intent, 'id' | 'call' | 'precondition'>): Promise<PostResult> {
    const sending = this.#sender.send({
      ...intent,
      label: 'post',
      keys: posting.headers.map(toHex),
      abi: ledgerAbi,
      // An endpoint that lags knows the epoch a little later.
      codeOf: (error) => (error === 'EpochUnknown' ? 'unavailable' : 'commitment-invalid'),
    })
    const result = await sending.catch(async (error: unknown) => {
      // The contract's error names times only in seconds, and not what to do.
      if (isTooLate(error)) await this.#isNeeded(posting, 0, { succeeded: false })
      throw error
    })
    return result.outcome === 'mined' ? { ...result, outcome: 'posted' } : { outcome: 'already-there' }
  }

  /** Whether no account has posted the headersRoot. @throws FloeError when a post would be useless or refused */
  async #isNeeded(posting: Posting, blockNumber: number, { succeeded }: KnownOfCall): Promise<boolean> {
    const { headersRoot, epoch } = posting
    const [shown, terms] = await Promise.all([this.#reader.views(headersRoot, epoch), this.#reader.terms()])
    const views = this.#fence.viewsWithout(headersRoot, { ...shown, blockNumber, succeeded })
    if (views === undefined) return false
    checkTime(posting, views, terms)
    return true
  }
}

/** @throws FloeError unless a post makes a header stand, and settles of no honest one that it never stands */
function checkTime({ headers }: Posting, views: readonly PostingView[], terms: PostingTerms): void {
  const decoded = headers.map(decodeHeader)
  const [earliest] = views.toSorted((a, b) => a.timestamp - b.timestamp)
  assert(earliest !== undefined, 'an endpoint has answered')
  const { timestamp, retiredAt } = earliest
  const isNever = (view: PostingView): boolean =>
    decoded.every((header) => postingStatus(header, view, terms) === 'never')
  if (views.every(isNever)) {
    const until = Math.max(...decoded.map((header) => postableUntil(header, retiredAt, terms)))
    throw new FloeError(
      'commitment-invalid',
      `Expected a post by ${timeText(until)}, ${terms.noticeSeconds} seconds before expiry and before the epoch closes; L1 is at ` +
        `${timeText(timestamp)}.`,
      {
        remedy: 'These headers can no longer be posted, and no later attempt can. Put the batches again.',
        facts: { until, timestamp },
      },
    )
  }
  const from = Math.max(
    0,
    ...decoded.map(({ expiry }) => expiry - terms.promiseSeconds).filter(isNear(timestamp)),
  )
  if (timestamp >= from) return
  throw new FloeError(
    'unavailable',
    `Expected a post from ${timeText(from)} on, ${terms.promiseSeconds} seconds before expiry; L1 is at ${timeText(timestamp)}.`,
    {
      remedy: 'Post later: an earlier post would settle that the header never stands posted.',
      facts: { from, timestamp },
      retryAfterSeconds: from - timestamp,
    },
  )
}

/** Whether an honest operator may have signed for a time from which L1 at `timestamp` is still so far away. */
function isNear(timestamp: number): (from: number) => boolean {
  return (from) => from <= timestamp + CLOCKS_DIFFER_SECONDS_MAX
}

function isTooLate(error: unknown): boolean {
  return error instanceof FloeError && LATE_ERRORS.has(error.facts['error'])
}

function assertHeaders({ headers, committee, signatures }: PostContent): void {
  assert(headers.length >= 1 && headers.length <= POST_HEADERS_MAX, `${headers.length} headers`)
  assert(
    headers.every((header) => header.length === HEADER_BYTES),
    'headers of 100 bytes',
  )
  assertSigners({ committee, signatures })
}

function assertSigners({ committee, signatures }: Pick<PostContent, 'committee' | 'signatures'>): void {
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
  const args = [toHex(concatBytes(...headers)), ...packAttestation(committee, signatures)] as const
  return { to: ledger, value: 0n, data: encodeFunctionData({ abi: ledgerAbi, functionName: 'post', args }) }
}

/** The call that posts the headersRoot of a certificate, from any account. */
export function postOneCall(ledger: Hex, certificate: Certificate, committee: Committee): Call {
  const { header, index, path, signatures } = certificate
  const shown = [
    toHex(encodeHeader(header)),
    BigInt(index),
    toHex(concatBytes(...path.map(fromHex))),
  ] as const
  const args = [...shown, ...packAttestation(committee, signatures)] as const
  return {
    to: ledger,
    value: 0n,
    data: encodeFunctionData({ abi: ledgerAbi, functionName: 'postOne', args }),
  }
}

function packAttestation(committee: Committee, signatures: PostContent['signatures']) {
  const signers = signatures.reduce((bits, { member }) => bits | (1n << BigInt(member)), 0n)
  const packed = toHex(concatBytes(...signatures.map(({ signature }) => fromHex(signature))))
  return [epochMembersOf(committee), signers, packed] as const
}
