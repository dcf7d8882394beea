// The call that posts headers, and what the Ledger says when it refuses one.
import {
  BaseError,
  ContractFunctionRevertedError,
  decodeFunctionData,
  encodeFunctionData,
  keccak256,
  parseTransaction,
} from 'viem'
import { type Hex, concatBytes, fromHex, toHex } from '../../protocol/bytes.ts'
import type { Committee } from '../../protocol/committee.ts'
import { FloeError, assert } from '../../protocol/errors.ts'
import { HEADER_BYTES } from '../../protocol/header.ts'
import { POST_HEADERS_MAX } from '../../protocol/limits.ts'
import type { SignedTransaction } from '../../store/journal.ts'
import { ledgerAbi } from '../generated/ledger.ts'
import { type L1, l1Unavailable } from '../rpc.ts'

/** What is posted. */
export type Headers = {
  /** Packed headers of one epoch, 100 bytes each. */
  readonly headers: readonly Uint8Array[]
  readonly committee: Committee
  readonly signatures: readonly { readonly member: number; readonly signature: Hex }[]
}

/** The estimate is exact for the state it saw; another post may come between. */
const GAS_MARGIN_PERCENT = 20n

export function assertHeaders({ headers, committee, signatures }: Headers): void {
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

export function postCall({ headers, committee, signatures }: Headers): Hex {
  const members = committee.members.map(({ signer, shards, stake }) => ({ signer, shards, stake }))
  const signers = signatures.reduce((bits, { member }) => bits | (1n << BigInt(member)), 0n)
  const packed = toHex(concatBytes(...signatures.map(({ signature }) => fromHex(signature))))
  const args = [toHex(concatBytes(...headers)), members, signers, packed] as const
  return encodeFunctionData({ abi: ledgerAbi, functionName: 'post', args })
}

/** The headers that a signed post has, packed, each by itself; none in a transaction that does nothing. */
export function headersIn({ raw }: SignedTransaction): Hex[] {
  const { data } = parseTransaction(raw)
  if (data === undefined || data === '0x') return []
  const { functionName, args } = decodeFunctionData({ abi: ledgerAbi, data })
  assert(functionName === 'post', 'a first attempt is a post')
  return splitHeaders(fromHex(args[0]))
}

export function splitHeaders(packed: Uint8Array): Hex[] {
  return Array.from({ length: packed.length / HEADER_BYTES }, (_, i) =>
    toHex(packed.subarray(i * HEADER_BYTES, (i + 1) * HEADER_BYTES)),
  )
}

/** @throws FloeError `commitment-invalid` when the Ledger refuses the post, `unavailable` when that cannot be asked */
export async function estimateGas(l1: L1, call: { from: Hex; to: Hex; data: Hex }): Promise<bigint> {
  try {
    const gas = await l1.client.estimateGas({ account: call.from, to: call.to, data: call.data })
    return (gas * (100n + GAS_MARGIN_PERCENT)) / 100n
  } catch (error) {
    throw refusalIn(error) ?? l1Unavailable(error, 'estimate the gas of a post')
  }
}

/** What a mined transaction reverted with, asked in the state before its block. */
export async function revertOf(
  l1: L1,
  from: Hex,
  { hash, raw }: SignedTransaction,
  blockNumber: number,
): Promise<FloeError> {
  const unknown = new FloeError(
    'unavailable',
    `The post ${hash} reverted without a reason that can be read.`,
    {
      facts: { transactionHash: hash },
    },
  )
  const { to, data } = parseTransaction(raw)
  if (to === undefined || to === null || data === undefined) return unknown
  return l1.client.call({ account: from, to, data, blockNumber: BigInt(blockNumber - 1) }).then(
    () => unknown,
    (error: unknown) => refusalIn(error) ?? unknown,
  )
}

/** The Ledger's own error in an endpoint's refusal, or undefined if it is none. */
function refusalIn(error: unknown): FloeError | undefined {
  const data = revertData(error)
  if (data === undefined) return undefined
  const { data: revert, reason } = new ContractFunctionRevertedError({
    abi: ledgerAbi,
    data,
    functionName: 'post',
  })
  const name = revert?.errorName ?? reason ?? 'no reason'
  const facts = { error: name, arguments: (revert?.args ?? []).map(String).join(', ') }
  // An endpoint that lags behind the committee contract knows the epoch a little later.
  const code = name === 'EpochUnknown' ? 'unavailable' : 'commitment-invalid'
  return new FloeError(code, `The Ledger refuses the post: ${name}(${facts.arguments}).`, { facts })
}

function revertData(error: unknown): Hex | undefined {
  if (!(error instanceof BaseError)) return undefined
  const cause = error.walk((inner) => typeof (inner as { data?: unknown }).data === 'string')
  const data = (cause as { data?: unknown } | null)?.data
  return typeof data === 'string' && data.startsWith('0x') ? (data as Hex) : undefined
}
