// What L1 must say: one chain, our contracts on it, a committee, who we are to it, what we can pay, what time it is.
import { estimateFeesPerGas, getBalance, getBlockNumber, getChainId, getCode } from 'viem/actions'
import { readContract } from '../l1/read-contract.ts'
import { type Client, formatEther } from 'viem'
import { committeeAbi } from '../l1/generated/committee.ts'
import { disputesAbi } from '../l1/generated/disputes.ts'
import { ledgerAbi } from '../l1/generated/ledger.ts'
import { createCommittees } from '../l1/committee-reader.ts'
import { type L1, connectL1, rpcReason } from '../l1/rpc.ts'
import type { Hex } from '../protocol/bytes.ts'
import { type Committee, memberIndexOf, quorumOf } from '../protocol/committee.ts'
import type { Clock } from '../runtime/clock.ts'
import { bytesText, plainText } from '../runtime/text.ts'
import { type Check, type Finding, failure, notChecked, ok, once, warning } from './check.ts'

export type ChainConfig = {
  readonly rpcUrls: readonly string[]
  readonly committee: Hex
  readonly ledger: Hex
  /** Undefined where disputes are not configured. */
  readonly disputes?: Hex | undefined
  readonly chainId?: number | undefined
}

/** What several checks ask of L1. */
export type Chain = {
  readonly config: ChainConfig
  readonly l1: L1
  /** Chain ids by endpoint, or why there is none. */
  readonly endpoints: () => Promise<({ chainId: number; block: bigint } | { reason: string })[]>
  /** Whether the contracts are there. */
  readonly contracts: () => Promise<Finding[]>
  /** Why nothing further can be asked, or undefined. */
  readonly silent: () => Promise<string | undefined>
  /** @throws FloeError when it cannot be had */
  readonly currentCommittee: () => Promise<Committee>
}

export function chainOf(config: ChainConfig, clock: Clock): Chain {
  const l1 = connectL1(config.rpcUrls)
  const endpoints = once(async () => Promise.all(l1.endpoints.map(askEndpoint)))
  const contracts = once(async () => contractFindings(config, l1))
  return {
    config,
    l1,
    endpoints,
    contracts,
    silent: async () => {
      if (!(await endpoints()).some((endpoint) => 'chainId' in endpoint)) return NO_L1
      const wrong = (await contracts()).some(({ status }) => status === 'error')
      return wrong ? 'the contracts are not those of Floe' : undefined
    },
    currentCommittee: once(async () => {
      const { committees } = await createCommittees({ ...config, clock })
      return committees.current()
    }),
  }
}

async function askEndpoint(
  endpoint: Client,
): Promise<{ chainId: number; block: bigint } | { reason: string }> {
  try {
    const [chainId, block] = await Promise.all([getChainId(endpoint), getBlockNumber(endpoint)])
    return { chainId, block }
  } catch (error) {
    return { reason: rpcReason(error) }
  }
}

const NO_L1 = 'L1 does not answer'

/** Endpoints by their place: their URLs may hold a provider's key. */
export function endpointsCheck({ config, endpoints }: Chain): Check {
  return {
    name: 'L1',
    look: async () => {
      const all = await endpoints()
      const any = all.some((endpoint) => 'chainId' in endpoint)
      const first = all.flatMap((endpoint) => ('chainId' in endpoint ? [endpoint.chainId] : []))[0]
      const expected = config.chainId ?? first
      return all.map((endpoint, i) => endpointFinding(endpoint, { name: `endpoint ${i + 1}`, expected, any }))
    },
  }
}

function endpointFinding(
  endpoint: { chainId: number; block: bigint } | { reason: string },
  context: { name: string; expected: number | undefined; any: boolean },
): Finding {
  const { name, expected, any } = context
  if ('chainId' in endpoint) {
    const found = `${name}: chain ${endpoint.chainId}, block ${endpoint.block}`
    if (endpoint.chainId === expected) return ok(found)
    return failure(found, {
      expected: `chain ${expected}`,
      remedy: 'Correct --rpc-url or FLOE_RPC_URL, or --chain-id.',
    })
  }
  const details = { expected: 'an answer', remedy: 'Check that it runs and can be reached from here.' }
  const found = `${name}: ${endpoint.reason}`
  return any ? warning(found, details) : failure(found, { ...details, passes: true })
}

/** The contracts, each by itself. */
export function contractsCheck({ endpoints, contracts }: Chain): Check {
  return {
    name: 'contracts',
    look: async () => {
      const any = (await endpoints()).some((endpoint) => 'chainId' in endpoint)
      return any ? contracts() : notChecked(NO_L1)
    },
  }
}

async function contractFindings({ committee, ledger, disputes }: ChainConfig, l1: L1): Promise<Finding[]> {
  const { client } = l1
  const subjects: Subject[] = [
    {
      name: 'Committee',
      address: committee,
      wrong: async () => {
        await readContract(client, { address: committee, abi: committeeAbi, functionName: 'currentEpoch' })
        return undefined
      },
    },
    {
      name: 'Ledger',
      address: ledger,
      of: `Committee ${committee}`,
      wrong: async () => {
        const call = { address: ledger, abi: ledgerAbi, functionName: 'committee' } as const
        const named = (await readContract(client, call)).toLowerCase()
        return named === committee ? undefined : `its committee is ${named}`
      },
    },
  ]
  if (disputes !== undefined) {
    subjects.push({
      name: 'Disputes',
      address: disputes,
      of: `Ledger ${ledger}`,
      wrong: async () => {
        const call = { address: disputes, abi: disputesAbi, functionName: 'ledger' } as const
        const named = (await readContract(client, call)).toLowerCase()
        return named === ledger ? undefined : `its ledger is ${named}`
      },
    })
  }
  return Promise.all(subjects.map(async (subject) => contractFinding(l1, subject)))
}

type Subject = {
  readonly name: 'Committee' | 'Ledger' | 'Disputes'
  readonly address: Hex
  /** The contract that it must be one of. */
  readonly of?: string
  /** What is wrong with the contract that is there, or undefined. */
  readonly wrong: () => Promise<string | undefined>
}

async function contractFinding({ client }: L1, { name, address, of, wrong }: Subject): Promise<Finding> {
  const code = await getCode(client, { address })
  const reason =
    code === undefined
      ? 'there is no contract at that address on this chain'
      : await wrong().catch((error: unknown) => `it does not answer like one: ${rpcReason(error)}`)
  if (reason === undefined) return ok(`${name} ${address}`)
  return failure(`${name} ${address}: ${reason}`, {
    expected: `the ${name} contract${of === undefined ? '' : ` of ${of}`}`,
    remedy: `Correct --${name.toLowerCase()} or FLOE_${name.toUpperCase()}, or the L1 endpoint.`,
  })
}

export function committeeCheck({ currentCommittee, silent }: Chain): Check {
  return {
    name: 'committee',
    look: async () => {
      const why = await silent()
      if (why !== undefined) return notChecked(why)
      const { epoch, members, geometry } = await currentCommittee()
      const shards = `${geometry.shards} shards of ${members.length} operators`
      return ok(`epoch ${epoch}: ${shards}, ${geometry.faults} may fail, quorum ${quorumOf(geometry)}`)
    },
  }
}

/** The operator as L1 has it: a member of the committee. One that is none still serves what it holds. */
export function memberCheck({ currentCommittee, silent }: Chain, signer: () => Promise<Hex>): Check {
  return {
    name: 'membership',
    look: async () => {
      const why = await silent()
      if (why !== undefined) return notChecked(why)
      const [committee, address] = await Promise.all([currentCommittee(), signer()])
      const member = committee.members[memberIndexOf(committee, address)]
      if (member !== undefined) return ok(`${member.shards} shards, at ${plainText(member.endpoint)}`)
      return warning(`${address} is not in the committee of epoch ${committee.epoch}`, {
        expected: 'a member, which is sent batches',
        remedy:
          "The committee's owner starts an epoch with this operator in it, or the key is another operator's.",
      })
    },
  }
}

/** The disperser as L1 has it: one with a quota. */
export function disperserCheck({ config, l1, silent }: Chain, disperser: () => Promise<Hex>): Check {
  return {
    name: 'disperser',
    look: async () => {
      const why = await silent()
      if (why !== undefined) return notChecked(why)
      const address = await disperser()
      const quotaBytes = await readContract(l1.client, {
        address: config.committee,
        abi: committeeAbi,
        functionName: 'disperserQuota',
        args: [address],
      })
      if (quotaBytes > 0n) return ok(`${address}, quota ${bytesText(Number(quotaBytes))}`)
      return warning(`${address} is not registered: storage nodes will refuse every put`, {
        expected: 'a disperser with a quota',
        remedy: "The committee's owner registers it: Committee.setDisperser(address, bytes).",
      })
    },
  }
}

/** Gas of a post at ten operators, with as much room again as one header more each few seconds takes. */
const POST_GAS = 100_000n
const DAY_MS = 86_400_000

/** What the posting account can pay for, in posts and in time. */
export function balanceCheck(
  { l1, silent }: Chain,
  account: () => Promise<Hex>,
  postingIntervalMs: number,
): Check {
  return {
    name: 'balance',
    look: async () => {
      const why = await silent()
      if (why !== undefined) return notChecked(why)
      const address = await account()
      const { balanceWei, gasWei } = await meansOf(l1, address)
      const posts = Number(balanceWei / (POST_GAS * gasWei))
      const hours = (posts * postingIntervalMs) / 3_600_000
      const found = `${formatEther(balanceWei)} ether at ${address}: ${posts} posts, ${hours.toFixed(1)} hours`
      if (posts * postingIntervalMs >= DAY_MS) return ok(found)
      return warning(found, {
        expected: "a day's posts at the fees of now",
        remedy: 'Send ether to the account; until then batches wait for their post, and none is lost.',
      })
    },
  }
}

/** What an account has, and what a unit of gas costs at the fees of now: never nothing. */
export async function meansOf({ client }: L1, address: Hex): Promise<{ balanceWei: bigint; gasWei: bigint }> {
  const [balanceWei, { maxFeePerGas }] = await Promise.all([
    getBalance(client, { address }),
    estimateFeesPerGas(client),
  ])
  return { balanceWei, gasWei: maxFeePerGas > 0n ? maxFeePerGas : 1n }
}
