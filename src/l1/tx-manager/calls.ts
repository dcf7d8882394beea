// The calls that an account makes, their gas, and the contract's own errors.
import { call as callAt, estimateGas } from 'viem/actions'
import { type Abi, BaseError, type Client, ContractFunctionRevertedError, parseTransaction } from 'viem'
import type { Hex } from '../../protocol/bytes.ts'
import { type ErrorCode, FloeError } from '../../protocol/errors.ts'
import type { SignedTransaction } from '../../store/journal.ts'
import { type L1, l1Unavailable } from '../rpc.ts'

/** The part of a transaction that the caller decides. */
export type Call = { readonly to: Hex; readonly data: Hex; readonly value: bigint }

/** The name of a call in messages, and how its contract's errors are decoded. */
export type CallDescription = {
  /** A word or two for messages: "post", "answer". */
  readonly label: string
  /** ABI of the contract, with its errors. */
  readonly abi: Abi
  /** The caller's code for an error of the contract; `refused` when left out. */
  readonly codeOf?: (errorName: string) => ErrorCode
}

/** What the account knows of a call from its journal. */
export type KnownOfCall = {
  /** A transaction of the intent's id has succeeded in a block that was final. */
  readonly succeeded: boolean
}

export type Intent = CallDescription & {
  /** Identifies the effect of the call: while one transaction of an id is not final there is no second one. */
  readonly id: Hex
  readonly call: Call
  /** No two transactions that are not final share a key. */
  readonly keys?: readonly Hex[]
  /**
   * The fence against a second transaction. Resolves with true if, in the state of L1 at this block or a later one, the call
   * has not taken effect and is still needed. Evaluated before a nonce is signed for and before a replacement. A rejection
   * rejects the request.
   */
  readonly precondition: (blockNumber: number, known: KnownOfCall) => Promise<boolean>
  /**
   * Most wei that the gas of the transaction may cost now; asked for every attempt, so that it may rise. Left out: the fee ceiling of
   * the policy holds.
   */
  readonly feeWeiMax?: () => bigint
}

/** The estimate is exact for the state that it saw; another transaction may change that state first. */
const GAS_MARGIN_PERCENT = 20n

/** @throws FloeError with the code of `codeOf` when the contract refuses the call, `unavailable` when L1 does not answer */
export async function estimateCallGas(
  l1: L1,
  from: Hex,
  call: Call,
  description: CallDescription,
): Promise<bigint> {
  const estimateOn = async (client: Client): Promise<bigint> => {
    const gas = await estimateGas(client, { account: from, ...call })
    return (gas * (100n + GAS_MARGIN_PERCENT)) / 100n
  }
  try {
    return await estimateOn(l1.client)
  } catch (error) {
    const refusal = contractRefusal(error, description)
    if (refusal === undefined) throw l1Unavailable(error, `estimate the gas of the ${description.label}`)
    // One endpoint may lie, or be behind. When none estimates it, the first refusal is the reason.
    return anyOf(l1, estimateOn).catch(() => {
      throw refusal
    })
  }
}

/** The result of the first endpoint that gives one, in the configured order. Rejects when none does. */
async function anyOf<T>({ endpoints }: L1, ask: (endpoint: Client) => Promise<T>): Promise<T> {
  if (endpoints.length < 2) throw new Error('There is no other endpoint.')
  return Promise.any(endpoints.map(ask))
}

/** The error of a mined transaction that reverted, from a call in the state before its block. */
export async function revertOf(
  { l1, address }: { l1: L1; address: Hex },
  { hash, raw }: SignedTransaction,
  blockNumber: number,
  description: CallDescription,
): Promise<FloeError> {
  const unknown = new FloeError(
    'unavailable',
    `The ${description.label} ${hash} reverted, and its reason cannot be read.`,
    { facts: { transactionHash: hash } },
  )
  const { to, data, value = 0n } = parseTransaction(raw)
  if (to === undefined || to === null || data === undefined) return unknown
  const call = { account: address, to, data, value, blockNumber: BigInt(blockNumber - 1) }
  return callAt(l1.client, call).then(
    () => unknown,
    (error: unknown) => contractRefusal(error, description) ?? unknown,
  )
}

/** The contract's own error, or undefined when the endpoint failed for another reason. */
function contractRefusal(error: unknown, { label, abi, codeOf }: CallDescription): FloeError | undefined {
  const data = revertData(error)
  if (data === undefined) return undefined
  const { data: revert, reason } = new ContractFunctionRevertedError({ abi, data, functionName: label })
  const name = revert?.errorName ?? reason ?? 'no reason'
  const facts = { error: name, arguments: (revert?.args ?? []).map(argumentText).join(', ') }
  const code = codeOf?.(name) ?? 'refused'
  return new FloeError(code, `L1 refuses the ${label}: ${name}(${facts.arguments}).`, { facts })
}

/** Arguments of contract errors may be structs. */
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
