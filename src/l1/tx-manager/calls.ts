// A call that an account makes, and what the contract says when it refuses it.
import { call as callAt, estimateGas } from 'viem/actions'
import { type Abi, BaseError, ContractFunctionRevertedError, parseTransaction } from 'viem'
import type { Hex } from '../../protocol/bytes.ts'
import { type ErrorCode, FloeError } from '../../protocol/errors.ts'
import type { SignedTransaction } from '../../store/journal.ts'
import { type L1, l1Unavailable } from '../rpc.ts'

/** A transaction to make. */
export type Call = { readonly to: Hex; readonly data: Hex; readonly value: bigint }

/** How a call is spoken of, and how its contract's refusals are read. */
export type Meaning = {
  /** What it is, in a word or two: "post", "answer". */
  readonly label: string
  /** Of the contract, with its errors. */
  readonly abi: Abi
  /** What an error of the contract is to the caller; `refused` where this is left out. */
  readonly codeOf?: (errorName: string) => ErrorCode
}

export type Intent = Meaning & {
  /** Names what it is to achieve: of one name there is one transaction until what became of it is final. */
  readonly id: Hex
  readonly call: Call
  /** What no two transactions that are not final may share. */
  readonly keys?: readonly Hex[]
  /**
   * The fence: resolves with true when L1 was looked at up to this block at least, and this has not been achieved in it and is
   * wanted still. Asked before a nonce is signed for, and before more is paid. A rejection rejects the intent.
   */
  readonly stillWanted: (blockNumber: number) => Promise<boolean>
}

/** The estimate is exact for the state it saw; another transaction may come between. */
const GAS_MARGIN_PERCENT = 20n

/** @throws FloeError of the meaning's code when the contract refuses it, `unavailable` when that cannot be asked */
export async function estimateCallGas(l1: L1, from: Hex, call: Call, meaning: Meaning): Promise<bigint> {
  try {
    const gas = await estimateGas(l1.client, { account: from, ...call })
    return (gas * (100n + GAS_MARGIN_PERCENT)) / 100n
  } catch (error) {
    throw refusalIn(error, meaning) ?? l1Unavailable(error, `estimate the gas of the ${meaning.label}`)
  }
}

/** What a mined transaction reverted with, asked in the state before its block. */
export async function revertOf(
  { l1, address }: { l1: L1; address: Hex },
  { hash, raw }: SignedTransaction,
  blockNumber: number,
  meaning: Meaning,
): Promise<FloeError> {
  const unknown = new FloeError(
    'unavailable',
    `The ${meaning.label} ${hash} reverted without a reason that can be read.`,
    { facts: { transactionHash: hash } },
  )
  const { to, data, value = 0n } = parseTransaction(raw)
  if (to === undefined || to === null || data === undefined) return unknown
  const call = { account: address, to, data, value, blockNumber: BigInt(blockNumber - 1) }
  return callAt(l1.client, call).then(
    () => unknown,
    (error: unknown) => refusalIn(error, meaning) ?? unknown,
  )
}

/** The contract's own error in an endpoint's refusal, or undefined if it is none. */
function refusalIn(error: unknown, { label, abi, codeOf }: Meaning): FloeError | undefined {
  const data = revertData(error)
  if (data === undefined) return undefined
  const { data: revert, reason } = new ContractFunctionRevertedError({ abi, data, functionName: label })
  const name = revert?.errorName ?? reason ?? 'no reason'
  const facts = { error: name, arguments: (revert?.args ?? []).map(argumentText).join(', ') }
  const code = codeOf?.(name) ?? 'refused'
  return new FloeError(code, `L1 refuses the ${label}: ${name}(${facts.arguments}).`, { facts })
}

/** Errors of contracts have structs too. */
function argumentText(value: unknown): string {
  return typeof value === 'object' && value !== null
    ? `{${Object.values(value).map(argumentText).join(', ')}}`
    : String(value)
}

function revertData(error: unknown): Hex | undefined {
  if (!(error instanceof BaseError)) return undefined
  const cause = error.walk((inner) => typeof (inner as { data?: unknown }).data === 'string')
  const data = (cause as { data?: unknown } | null)?.data
  return typeof data === 'string' && data.startsWith('0x') ? (data as Hex) : undefined
}
