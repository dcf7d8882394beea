// Whether the configured addresses have the contracts of Floe, and whether these refer to each other.
import type { Client } from 'viem'
import { getCode } from 'viem/actions'
import { committeeAbi } from '../l1/generated/committee.ts'
import { disputesAbi } from '../l1/generated/disputes.ts'
import { ledgerAbi } from '../l1/generated/ledger.ts'
import { readContract } from '../l1/read-contract.ts'
import { type L1, rpcReason } from '../l1/rpc.ts'
import type { Hex } from '../protocol/bytes.ts'
import { type Finding, failure, ok } from './check.ts'

type ContractAddresses = {
  readonly committee: Hex
  readonly ledger: Hex
  readonly disputes?: Hex | undefined
}

type Contract = {
  readonly name: 'Committee' | 'Ledger' | 'Disputes'
  readonly address: Hex
  /** The contract that this one must refer to. */
  readonly refersTo?: string
  /** What is wrong with the contract at the address, or undefined. Rejects when it is another contract. */
  readonly findMismatch: (client: Client) => Promise<string | undefined>
}

/** One finding for each contract. */
export async function contractFindings({ client }: L1, addresses: ContractAddresses): Promise<Finding[]> {
  const { committee, ledger, disputes } = addresses
  const contracts = [committeeContract(committee), ledgerContract(ledger, committee)]
  if (disputes !== undefined) contracts.push(disputesContract(disputes, ledger))
  return Promise.all(contracts.map(async (contract) => contractFinding(client, contract)))
}

function committeeContract(address: Hex): Contract {
  return {
    name: 'Committee',
    address,
    findMismatch: async (client) => {
      await readContract(client, { address, abi: committeeAbi, functionName: 'currentEpoch' })
      return undefined
    },
  }
}

function ledgerContract(address: Hex, committee: Hex): Contract {
  return {
    name: 'Ledger',
    address,
    refersTo: `Committee ${committee}`,
    findMismatch: async (client) => {
      const call = { address, abi: ledgerAbi, functionName: 'committee' } as const
      const actual = (await readContract(client, call)).toLowerCase()
      return actual === committee ? undefined : `its committee is ${actual}`
    },
  }
}

function disputesContract(address: Hex, ledger: Hex): Contract {
  return {
    name: 'Disputes',
    address,
    refersTo: `Ledger ${ledger}`,
    findMismatch: async (client) => {
      const call = { address, abi: disputesAbi, functionName: 'ledger' } as const
      const actual = (await readContract(client, call)).toLowerCase()
      return actual === ledger ? undefined : `its ledger is ${actual}`
    },
  }
}

async function contractFinding(client: Client, contract: Contract): Promise<Finding> {
  const { name, address, refersTo } = contract
  const reason = await mismatchReason(client, contract)
  if (reason === undefined) return ok(`${name} ${address}`)
  return failure(`${name} ${address}: ${reason}`, {
    expected: `the ${name} contract${refersTo === undefined ? '' : ` of ${refersTo}`}`,
    remedy: `Correct --${name.toLowerCase()} or FLOE_${name.toUpperCase()}, or the L1 endpoint.`,
  })
}

async function mismatchReason(
  client: Client,
  { address, findMismatch }: Contract,
): Promise<string | undefined> {
  const code = await getCode(client, { address })
  if (code === undefined) return 'this chain has no contract at that address'
  return findMismatch(client).catch(
    (error: unknown) => `it answers like another contract: ${rpcReason(error)}`,
  )
}
