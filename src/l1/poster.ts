// Posts headers to the Ledger from one account, one post after another.
//
// Guarantees:
// - Never twice by accident: a transaction is signed and journalled, on disk, before it is sent. Lost responses and crashes
//   lead to the same bytes being sent again; a bump replaces them under the same nonce.
// - Unfinished first: what the journal holds from before is settled before anything new is signed.
// - Bounded: every post ends within `settleMs`; what is not mined by then stays in the journal and is settled next time.
// Left for later: reorgs that undo a receipt, a pool of accounts, cancelling a stuck transaction.
import {
  BaseError,
  ContractFunctionRevertedError,
  type TransactionReceipt,
  encodeFunctionData,
  keccak256,
  parseTransaction,
} from 'viem'
import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts'
import { type Hex, concatBytes, fromHex, toHex } from '../protocol/bytes.ts'
import type { Committee } from '../protocol/committee.ts'
import { FloeError, assert } from '../protocol/errors.ts'
import { HEADER_BYTES } from '../protocol/header.ts'
import { POST_HEADERS_MAX } from '../protocol/limits.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Journal, JournalEntry, JournalOutcome, SignedTransaction } from '../store/journal.ts'
import { ledgerAbi } from './generated/ledger.ts'
import {
  type BroadcastAnswer,
  type FeeMarket,
  type Fees,
  type PendingPost,
  type PostingPolicy,
  bumpedFees,
  classifyRefusal,
  defaultPostingPolicy,
  firstFees,
  nextStep,
} from './posting.ts'
import { type L1, connectL1, isRefusal, l1Unavailable, rpcReason } from './rpc.ts'

export type Post = {
  /** Packed headers of one epoch, 100 bytes each. */
  readonly headers: readonly Uint8Array[]
  readonly committee: Committee
  readonly signatures: readonly { readonly member: number; readonly signature: Hex }[]
}

export type PostResult = JournalOutcome

export type Poster = {
  /** Address of the account that pays. */
  readonly address: Hex
  /** @throws FloeError `unavailable` when it is not on L1 yet, `commitment-invalid` when the Ledger refuses it */
  post(post: Post): Promise<PostResult>
  /** Stops waiting; what is in hand stays in the journal, which the caller closes. */
  close(): Promise<void>
}

export type PosterOptions = {
  readonly rpcUrls: readonly string[]
  readonly ledger: Hex
  readonly secretKey: Uint8Array
  readonly journal: Journal
  readonly clock: Clock
  readonly logger?: { info(facts: object, message: string): void; warn(facts: object, message: string): void }
  readonly policy?: Partial<PostingPolicy>
}

/** Posts that may wait their turn. */
const WAITING_MAX = 64
/** The estimate is exact for the state it saw; another post may come between. */
const GAS_MARGIN_PERCENT = 20n

type Context = {
  readonly l1: L1
  readonly ledger: Hex
  readonly account: PrivateKeyAccount
  readonly journal: Journal
  readonly clock: Clock
  readonly logger: NonNullable<PosterOptions['logger']>
  readonly policy: PostingPolicy
  readonly stopped: AbortSignal
}

export function createPoster(options: PosterOptions): Poster {
  const stop = new AbortController()
  const context: Context = {
    l1: connectL1(options.rpcUrls),
    ledger: options.ledger,
    account: privateKeyToAccount(toHex(options.secretKey)),
    journal: options.journal,
    clock: options.clock,
    logger: options.logger ?? { info: () => {}, warn: () => {} },
    policy: { ...defaultPostingPolicy, ...options.policy },
    stopped: stop.signal,
  }
  let last: Promise<unknown> = Promise.resolve()
  let waiting = 0
  return {
    address: context.account.address.toLowerCase() as Hex,
    post: async (post) => {
      if (waiting >= WAITING_MAX) throw new FloeError('overloaded', `${waiting} posts to L1 are waiting.`)
      waiting++
      const turn = last.then(async () => postInTurn(context, post)).finally(() => waiting--)
      last = turn.catch(() => {})
      return turn
    },
    close: async () => {
      stop.abort(new FloeError('unavailable', 'The poster has stopped.'))
      await last
    },
  }
}

async function postInTurn(context: Context, post: Post): Promise<PostResult> {
  assertPost(post)
  context.stopped.throwIfAborted()
  for (const entry of context.journal.unfinished()) await settleEarlier(context, entry)
  const id = keccak256(concatBytes(...post.headers))
  const earlier = context.journal.outcomeOf(id)
  if (earlier !== undefined && (await isMined(context, earlier))) return earlier
  const entry = await signFirst(context, id, post)
  return settle(context, entry)
}

function assertPost({ headers, committee, signatures }: Post): void {
  assert(headers.length >= 1 && headers.length <= POST_HEADERS_MAX, `${headers.length} headers`)
  assert(
    headers.every((header) => header.length === HEADER_BYTES),
    'headers of 100 bytes',
  )
  assert(
    signatures.every(({ member }, i) => member < committee.members.length && isAscending(signatures, i)),
    'signatures of members in ascending order',
  )
}

function isAscending(signatures: Post['signatures'], i: number): boolean {
  const before = signatures[i - 1]
  return before === undefined || before.member < (signatures[i]?.member ?? -1)
}

/** Settles what was left from before; one that reverts or was superseded must not stop what comes after. */
async function settleEarlier(context: Context, entry: JournalEntry): Promise<void> {
  context.logger.info({ id: entry.id, nonce: entry.nonce }, 'settling an unfinished post')
  try {
    await settle(context, entry)
  } catch (error) {
    if (context.journal.unfinished().some(({ id }) => id === entry.id)) throw error
    context.logger.warn({ id: entry.id, err: error }, 'an unfinished post has failed')
  }
}

function postArguments({ headers, committee, signatures }: Post) {
  const members = committee.members.map(({ signer, shards, stake }) => ({ signer, shards, stake }))
  const signers = signatures.reduce((bits, { member }) => bits | (1n << BigInt(member)), 0n)
  const packed = toHex(concatBytes(...signatures.map(({ signature }) => fromHex(signature))))
  return [toHex(concatBytes(...headers)), members, signers, packed] as const
}

async function signFirst(context: Context, id: Hex, post: Post): Promise<JournalEntry> {
  const { l1, ledger, account, policy } = context
  const call = { abi: ledgerAbi, functionName: 'post', args: postArguments(post) } as const
  const gas = await l1.client
    .estimateContractGas({ ...call, address: ledger, account: account.address })
    .catch((error: unknown) => {
      throw revertError(error) ?? l1Unavailable(error, 'estimate the gas of a post')
    })
  try {
    const [chainId, nonce, market] = await Promise.all([
      l1.client.getChainId(),
      // Everything before is settled, so what is mined is all there is: `pending` would count a stranger's leftovers.
      l1.client.getTransactionCount({ address: account.address, blockTag: 'latest' }),
      feeMarket(l1),
    ])
    const signed = await sign(account, {
      chainId,
      nonce,
      to: ledger,
      data: encodeFunctionData(call),
      gas: (gas * (100n + GAS_MARGIN_PERCENT)) / 100n,
      ...firstFees(market, policy),
    })
    const entry: JournalEntry = { id, nonce, attempts: [signed] }
    await context.journal.record(entry)
    return entry
  } catch (error) {
    throw l1Unavailable(error, 'prepare a post')
  }
}

type Unsigned = Fees & { chainId: number; nonce: number; to: Hex; data: Hex; gas: bigint }

async function sign(account: PrivateKeyAccount, transaction: Unsigned): Promise<SignedTransaction> {
  const raw = await account.signTransaction({ ...transaction, type: 'eip1559' })
  return { raw, hash: keccak256(raw) }
}

async function feeMarket({ client }: L1): Promise<FeeMarket> {
  const [block, tip] = await Promise.all([
    client.getBlock({ blockTag: 'latest' }),
    client.estimateMaxPriorityFeePerGas(),
  ])
  return { baseFee: block.baseFeePerGas ?? 0n, tip }
}

/** Sends, sends again, and bumps until one of the entry's attempts is mined. */
async function settle(context: Context, first: JournalEntry): Promise<PostResult> {
  const { clock, policy, stopped } = context
  const startedAt = clock.monotonic()
  let entry = first
  let pending: PendingPost = {
    startedAt,
    signedAt: startedAt,
    broadcastAt: undefined,
    underpriced: false,
    foreignSightings: 0,
  }
  let lastReason = 'it was not mined'
  for (;;) {
    stopped.throwIfAborted()
    const look = await lookFor(context, entry)
    if (look.receipt !== undefined) return conclude(context, entry, look.receipt)
    pending = { ...pending, foreignSightings: look.nonceUsed ? pending.foreignSightings + 1 : 0 }
    const step = nextStep(pending, policy, clock.monotonic())
    if (step === 'superseded') throw await superseded(context, entry)
    if (step === 'give-up') throw givenUp(entry, lastReason)
    if (step === 'bump') {
      const bumped = await bump(context, entry)
      // At the ceiling, or without a market to ask: the old bytes must do.
      pending = { ...pending, signedAt: clock.monotonic(), underpriced: false }
      entry = bumped ?? entry
    }
    if (step !== 'wait') {
      const { answer, reason } = await broadcast(context, entry)
      lastReason = reason ?? lastReason
      pending = { ...pending, broadcastAt: clock.monotonic(), underpriced: answer === 'underpriced' }
    }
    await clock.sleep(policy.pollMs, stopped).catch(() => stopped.throwIfAborted())
  }
}

/** The newest attempt of an entry. */
function newest(entry: JournalEntry): SignedTransaction {
  const attempt = entry.attempts.at(-1)
  assert(attempt !== undefined, 'an entry has an attempt')
  return attempt
}

/** Looks for a receipt of any attempt, and whether the nonce is used up. An endpoint that fails has seen nothing. */
async function lookFor(
  { l1, account }: Context,
  entry: JournalEntry,
): Promise<{ receipt: TransactionReceipt | undefined; nonceUsed: boolean }> {
  // The nonce first: a transaction that is mined between the two questions then has its receipt in the second answer.
  const used = await l1.client
    .getTransactionCount({ address: account.address, blockTag: 'latest' })
    .catch(() => 0)
  const receipts = await Promise.all(
    entry.attempts.map(async ({ hash }) => l1.client.getTransactionReceipt({ hash }).catch(() => undefined)),
  )
  return { receipt: receipts.find((receipt) => receipt !== undefined), nonceUsed: used > entry.nonce }
}

async function conclude(
  context: Context,
  entry: JournalEntry,
  receipt: TransactionReceipt,
): Promise<PostResult> {
  const ours = entry.attempts.find(({ hash }) => hash === receipt.transactionHash)
  assert(ours !== undefined, `the receipt of ${receipt.transactionHash} is of one of our attempts`)
  if (receipt.status !== 'success') {
    await context.journal.forget(entry.id)
    throw (await replayRevert(context, ours, receipt.blockNumber)) ?? revertedWithoutReason(ours)
  }
  const result: PostResult = {
    transactionHash: ours.hash,
    blockNumber: Number(receipt.blockNumber),
    gasUsed: Number(receipt.gasUsed),
  }
  await context.journal.finish(entry.id, result)
  return result
}

async function isMined({ l1 }: Context, outcome: PostResult): Promise<boolean> {
  try {
    const receipt = await l1.client.getTransactionReceipt({ hash: outcome.transactionHash })
    return receipt.status === 'success'
  } catch (error) {
    // Not found is the answer of an endpoint; no answer at all must not lead to a second post.
    if (error instanceof BaseError && error.name === 'TransactionReceiptNotFoundError') return false
    throw l1Unavailable(error, 'look for an earlier post')
  }
}

/** A further attempt with higher fees, journalled; undefined if there can be none now. */
async function bump(context: Context, entry: JournalEntry): Promise<JournalEntry | undefined> {
  const { l1, account, policy, journal, logger } = context
  const market = await feeMarket(l1).catch(() => undefined)
  if (market === undefined) return undefined
  const { chainId, nonce, to, data, gas, maxFeePerGas, maxPriorityFeePerGas } = parseTransaction(
    newest(entry).raw,
  )
  assert(to !== undefined && to !== null && data !== undefined && gas !== undefined, 'a post has a call')
  const last = { maxFeePerGas: maxFeePerGas ?? 0n, maxPriorityFeePerGas: maxPriorityFeePerGas ?? 0n }
  const fees = bumpedFees(market, last, policy)
  if (fees === undefined) {
    logger.warn({ nonce: entry.nonce, feeCapWei: String(last.maxFeePerGas) }, 'post is at its fee ceiling')
    return undefined
  }
  const signed = await sign(account, { chainId: chainId ?? 0, nonce: nonce ?? 0, to, data, gas, ...fees })
  const bumped = { ...entry, attempts: [...entry.attempts, signed] }
  await journal.record(bumped)
  logger.info({ nonce: entry.nonce, feeCapWei: String(fees.maxFeePerGas) }, 'post pays more')
  return bumped
}

type Broadcast = { answer: BroadcastAnswer | 'unreachable'; reason: string | undefined }

/** Sends the newest attempt to every endpoint. One that takes it is enough. */
async function broadcast({ l1, logger }: Context, entry: JournalEntry): Promise<Broadcast> {
  const { raw, hash } = newest(entry)
  const answers = await Promise.all(
    l1.endpoints.map(async (endpoint): Promise<Broadcast> => {
      try {
        await endpoint.sendRawTransaction({ serializedTransaction: raw })
        return { answer: 'accepted', reason: undefined }
      } catch (error) {
        const reason = rpcReason(error)
        return { answer: isRefusal(error) ? classifyRefusal(reason) : 'unreachable', reason }
      }
    }),
  )
  const preference = ['accepted', 'nonce-used', 'underpriced', 'rejected', 'unreachable'] as const
  const best = preference.flatMap((answer) => answers.filter((other) => other.answer === answer))[0]
  assert(best !== undefined, 'there is an endpoint')
  if (best.answer !== 'accepted') {
    logger.warn({ hash, answer: best.answer, reason: best.reason }, 'no endpoint took the post')
  }
  return best
}

async function superseded(context: Context, entry: JournalEntry): Promise<FloeError> {
  await context.journal.forget(entry.id)
  return new FloeError('unavailable', `Nonce ${entry.nonce} of the posting account went elsewhere.`, {
    remedy: 'Let nothing else send from this account; the post is tried again.',
    facts: { nonce: entry.nonce },
    retryAfterSeconds: 5,
  })
}

function givenUp(entry: JournalEntry, reason: string): FloeError {
  return new FloeError('unavailable', `The post with nonce ${entry.nonce} is not on L1 yet: ${reason}.`, {
    remedy: 'Check the L1 endpoints and the balance of the posting account; the post is tried again.',
    facts: { nonce: entry.nonce, transactionHash: newest(entry).hash },
    retryAfterSeconds: 30,
  })
}

/** The Ledger's own error in a refusal, or undefined if it is none. */
function revertError(error: unknown): FloeError | undefined {
  if (!(error instanceof BaseError)) return undefined
  const revert = error.walk((cause) => cause instanceof ContractFunctionRevertedError)
  if (!(revert instanceof ContractFunctionRevertedError)) return undefined
  const { errorName, args } = revert.data ?? {}
  const name = errorName ?? revert.reason ?? 'no reason'
  const facts = { error: name, arguments: (args ?? []).map(String).join(', ') }
  // An endpoint that lags behind the committee contract knows the epoch a little later.
  const code = name === 'EpochUnknown' ? 'unavailable' : 'commitment-invalid'
  return new FloeError(code, `The Ledger refuses the post: ${name}(${facts.arguments}).`, { facts })
}

/** Asks what a mined transaction reverted with, in the state before its block. */
async function replayRevert(
  { l1, account }: Context,
  transaction: SignedTransaction,
  blockNumber: bigint,
): Promise<FloeError | undefined> {
  const { to, data } = parseTransaction(transaction.raw)
  if (to === undefined || to === null || data === undefined) return undefined
  try {
    await l1.client.call({ account: account.address, to, data, blockNumber: blockNumber - 1n })
    return undefined
  } catch (error) {
    if (!(error instanceof BaseError)) return undefined
    const data = error.walk((cause) => typeof (cause as { data?: unknown }).data === 'string')
    const reason = (data as { data?: Hex } | null)?.data
    if (reason === undefined) return undefined
    return revertError(
      new BaseError('reverted', {
        cause: new ContractFunctionRevertedError({ abi: ledgerAbi, data: reason, functionName: 'post' }),
      }),
    )
  }
}

function revertedWithoutReason({ hash }: SignedTransaction): FloeError {
  return new FloeError('unavailable', `The post ${hash} reverted without a reason that can be read.`, {
    facts: { transactionHash: hash },
  })
}
