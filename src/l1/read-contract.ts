// Reads one value of a contract. viem's own `readContract` uses its `call`, which adds CCIP, multicall and deployless bytecode to a
// reader's bundle: 37 kB compressed instead of 22 kB (measured).
import {
  type Abi,
  type Client,
  type ContractFunctionArgs,
  type ContractFunctionName,
  type DecodeFunctionResultParameters,
  type EncodeFunctionDataParameters,
  type ReadContractReturnType,
  decodeFunctionResult,
  encodeFunctionData,
  numberToHex,
} from 'viem'
import type { Hex } from '../protocol/bytes.ts'

type ViewName<abi extends Abi> = ContractFunctionName<abi, 'pure' | 'view'>
type ViewArgs<abi extends Abi, name extends ViewName<abi>> = ContractFunctionArgs<abi, 'pure' | 'view', name>

export type ContractRead<abi extends Abi, name extends ViewName<abi>, args extends ViewArgs<abi, name>> = {
  readonly address: Hex
  readonly abi: abi
  readonly functionName: name
  /** State of this block; the latest when both are left out. */
  readonly blockNumber?: bigint
  /** As `blockNumber`; an endpoint that lacks the block says so (EIP-1898). */
  readonly blockHash?: Hex
} & ([] extends args ? { readonly args?: args } : { readonly args: args })

/** Throws viem's errors; one for a result that does not decode is among them. */
export async function readContract<
  const abi extends Abi,
  name extends ViewName<abi>,
  const args extends ViewArgs<abi, name>,
>(client: Client, read: ContractRead<abi, name, args>): Promise<ReadContractReturnType<abi, name, args>> {
  const { address, abi, functionName, args } = read
  const data = encodeFunctionData({ abi, functionName, args } as EncodeFunctionDataParameters)
  const result = await client.request({
    method: 'eth_call',
    params: [{ to: address, data }, blockOf(read)],
  })
  const decoded = decodeFunctionResult({
    abi,
    functionName,
    args,
    data: result,
  } as DecodeFunctionResultParameters)
  return decoded as ReadContractReturnType<abi, name, args>
}

function blockOf({ blockNumber, blockHash }: { readonly blockNumber?: bigint; readonly blockHash?: Hex }) {
  if (blockHash !== undefined) return { blockHash }
  return blockNumber === undefined ? 'latest' : numberToHex(blockNumber)
}
