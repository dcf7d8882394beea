// Whether the configured addresses have the contracts of Floe, of this version of its protocol, and whether these refer to each other.
import type { Client } from 'viem'
import { getCode } from 'viem/actions'
import { committeeAbi } from '../l1/generated/committee.ts'
import { disputesAbi } from '../l1/generated/disputes.ts'
import { ledgerAbi } from '../l1/generated/ledger.ts'
import { readContract } from '../l1/read-contract.ts'
import { type L1, isUnanswered, rpcReason } from '../l1/rpc.ts'
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
      const shards = { address, abi: committeeAbi, functionName: 'shards' } as const
      return answers(async () => readContract(client, shards))
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
      if (actual !== committee) return `its committee is ${actual}`
      const shards = { address, abi: ledgerAbi, functionName: 'shards' } as const
      const outdated = await answers(async () => readContract(client, shards))
      return outdated ?? shardsMismatch(client, { ledger: address, committee })
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
      if (actual !== ledger) return `its ledger is ${actual}`
      const minimum = { address, abi: disputesAbi, functionName: 'operatorDepositMin' } as const
      return answers(async () => readContract(client, minimum))
    },
  }
}

/** What is wrong with a contract that does not answer a call that version 2 of the protocol added; undefined if it does. */
async function answers(call: () => Promise<unknown>): Promise<string | undefined> {
  return call().then(
    () => undefined,
    (error: unknown) => {
      if (isUnanswered(error)) throw error
      return 'it is of an earlier version of the protocol'
    },
  )
}

/** A Ledger reads n from its committee once, when it is deployed. */
async function shardsMismatch(
  client: Client,
  { ledger, committee }: { ledger: Hex; committee: Hex },
): Promise<string | undefined> {
  const [inLedger, inCommittee] = await Promise.all([
    readContract(client, { address: ledger, abi: ledgerAbi, functionName: 'shards' }),
    readContract(client, { address: committee, abi: committeeAbi, functionName: 'shards' }),
  ])
  return inLedger === inCommittee
    ? undefined
    : `it counts ${inLedger} shards, and its committee has ${inCommittee}`
}

async function contractFinding(client: Client, contract: Contract): Promise<Finding> {
  const { name, address, refersTo } = contract
  const reason = await mismatchReason(client, contract)
  if (reason === undefined) return ok(`${name} ${address}`)
  return failure(`${name} ${address}: ${reason}`, {
    expected: `the ${name} contract${refersTo === undefined ? '' : ` of ${refersTo}`}, of version 2 of the protocol`,
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
