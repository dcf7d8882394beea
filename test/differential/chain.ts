// The contracts on anvil, called through eth_call, with many questions in each request.
import {
  BaseError,
  ExecutionRevertedError,
  type PublicClient,
  createPublicClient,
  createTestClient,
  encodeDeployData,
  encodeFunctionData,
  http,
  parseEventLogs,
  walletActions,
} from 'viem'
import { setUpContracts } from '../../src/devnet/contracts.ts'
import type { DeploymentTerms } from '../../src/devnet/dispute-terms.ts'
import type { Call } from '../../src/l1/tx-manager/calls.ts'
import { committeeAbi } from '../../src/l1/generated/committee.ts'
import { ledgerAbi } from '../../src/l1/generated/ledger.ts'
import type { ShownHeader } from '../../src/l1/posted.ts'
import { postCall, postOneCall } from '../../src/l1/poster.ts'
import { type Hex, concatBytes, fromHex, toHex } from '../../src/protocol/bytes.ts'
import type { Certificate } from '../../src/protocol/certificate.ts'
import {
  type Committee,
  type Member,
  committeeOf,
  epochMembersOf,
  packMembers,
} from '../../src/protocol/committee.ts'
import { type Domain, type Header, encodeHeader } from '../../src/protocol/header.ts'
import { openingsHarnessAbi, openingsHarnessBytecode } from '../contracts/generated/openings-harness.ts'
import type { KeyedCommittee } from '../support/arbitraries.ts'

/** Below the gas limit of one transaction (EIP-7825). */
const transactionGas = 16_000_000n
/** The longest promise that a Ledger accepts, so that a fixed expiry stands whenever the tests run. */
const promiseSeconds = 36_500n * 86_400n

/** What the first event of an accepted post says. */
export type PostOnL1 = { readonly headersRoot: Hex; readonly postedAt: number }

export class DifferentialChain {
  readonly domain: Domain
  readonly disputes: Hex
  readonly #contracts: { readonly committee: Hex; readonly ledger: Hex }
  readonly #client: PublicClient
  readonly #wallet: ReturnType<typeof connectWallet>
  readonly #harness: Hex

  /** Deploys contracts with the members of `first` as the committee of epoch 1. */
  static async deploy(
    rpcUrl: string,
    first: KeyedCommittee,
    terms: Partial<DeploymentTerms> = {},
  ): Promise<DifferentialChain> {
    const { members } = first.committee
    const contracts = await setUpContracts({
      rpcUrl,
      members,
      dispersers: [],
      funded: [],
      terms: { promiseSeconds, ...terms },
    })
    const wallet = connectWallet(rpcUrl)
    const client = connectPublic(rpcUrl)
    const data = encodeDeployData({ abi: openingsHarnessAbi, bytecode: openingsHarnessBytecode })
    const { contractAddress } = await transact(client, wallet, { data })
    if (contractAddress === null || contractAddress === undefined) throw new Error('no harness')
    return new DifferentialChain(contracts, { client, wallet, harness: contractAddress })
  }

  private constructor(
    { chainId, committee, ledger, disputes }: { chainId: number; committee: Hex; ledger: Hex; disputes: Hex },
    {
      client,
      wallet,
      harness,
    }: { client: PublicClient; wallet: ReturnType<typeof connectWallet>; harness: Hex },
  ) {
    this.domain = { chainId, ledger }
    this.disputes = disputes
    this.#contracts = { committee, ledger }
    this.#client = client
    this.#wallet = wallet
    this.#harness = harness
  }

  /** Starts the next epoch. @returns undefined if the contract refuses the members */
  async startEpoch(members: readonly Member[]): Promise<number | undefined> {
    const args = [packMembers(members), members.map(({ endpoint }) => endpoint)] as const
    const { status } = await this.#transact({
      to: this.#contracts.committee,
      data: encodeFunctionData({ abi: committeeAbi, functionName: 'startEpoch', args }),
    })
    if (status !== 'success') return undefined
    const contract = { address: this.#contracts.committee, abi: committeeAbi } as const
    return this.#client.readContract({ ...contract, functionName: 'currentEpoch' })
  }

  /** The committee of `members`, with the seed that L1 gave its epoch. */
  async committeeOnL1(epoch: number, members: readonly Member[]): Promise<Committee> {
    const [started] = await this.#client.getContractEvents({
      address: this.#contracts.committee,
      abi: committeeAbi,
      eventName: 'EpochStarted',
      args: { epoch },
      fromBlock: 0n,
      strict: true,
    })
    if (started === undefined) throw new Error(`epoch ${epoch} has not started`)
    return committeeOf(epoch, started.args.seed, members)
  }

  /** A committee with keys, with the seed that L1 gave its epoch. */
  async keyedOnL1({ committee, keys }: KeyedCommittee): Promise<KeyedCommittee> {
    return { committee: await this.committeeOnL1(committee.epoch, committee.members), keys }
  }

  async committeeRoot(epoch: number): Promise<Hex> {
    const contract = { address: this.#contracts.committee, abi: committeeAbi } as const
    return this.#client.readContract({ ...contract, functionName: 'committeeRoot', args: [epoch] })
  }

  async retiredAt(epoch: number): Promise<number> {
    const contract = { address: this.#contracts.committee, abi: committeeAbi } as const
    return Number(await this.#client.readContract({ ...contract, functionName: 'retiredAt', args: [epoch] }))
  }

  async headerDigest(packed: Uint8Array): Promise<Hex> {
    return this.#client.readContract({
      ...this.#ledger(),
      functionName: 'headerDigest',
      args: [toHex(packed)],
    })
  }

  async attestationDigest(headersRoot: Uint8Array, committeeRoot: Uint8Array): Promise<Hex> {
    return this.#client.readContract({
      ...this.#ledger(),
      functionName: 'attestationDigest',
      args: [toHex(headersRoot), toHex(committeeRoot)],
    })
  }

  /** The answer of L1 to a commitment, given the members of its epoch. */
  async verify(commitment: Uint8Array, committee: Committee): Promise<boolean> {
    return this.#client.readContract({
      ...this.#ledger(),
      functionName: 'verify',
      args: [toHex(commitment), epochMembersOf(committee)],
    })
  }

  async standsPosted({
    encoded,
    index,
    path,
  }: Pick<ShownHeader, 'index' | 'path'> & { readonly encoded: Uint8Array }): Promise<boolean> {
    const siblings = toHex(concatBytes(...path.map(fromHex)))
    const args = [toHex(encoded), BigInt(index), siblings] as const
    const call = { ...this.#ledger(), functionName: 'standsPosted', args } as const
    const [stands] = await this.#client.readContract(call)
    return stands
  }

  /** Posts headers. @returns undefined if the contract refuses */
  async post(
    headers: readonly Header[],
    committee: Committee,
    signatures: Certificate['signatures'],
  ): Promise<PostOnL1 | undefined> {
    const content = { headers: headers.map(encodeHeader), committee, signatures }
    return this.#post(postCall(this.domain.ledger, content))
  }

  /** Posts one header. @returns undefined if the contract refuses */
  async postOne(certificate: Certificate, committee: Committee): Promise<PostOnL1 | undefined> {
    return this.#post(postOneCall(this.domain.ledger, certificate, committee))
  }

  async verifyOpening(opening: Uint8Array, root: Hex, shards: number, length: number): Promise<boolean> {
    return this.#client.readContract({
      address: this.#harness,
      abi: openingsHarnessAbi,
      functionName: 'verify',
      args: [toHex(opening), root, BigInt(shards), BigInt(length)],
    })
  }

  /** The return value of a call; undefined if the contract reverts. */
  async attempt({ to, data, value }: Call): Promise<Hex | undefined> {
    try {
      return (await this.#client.call({ to, data, value, gas: transactionGas })).data ?? '0x'
    } catch (error) {
      if (
        error instanceof BaseError &&
        error.walk((cause) => cause instanceof ExecutionRevertedError) !== null
      )
        return undefined
      throw error
    }
  }

  /** The timestamp of the newest block. */
  async now(): Promise<number> {
    return Number((await this.#client.getBlock()).timestamp)
  }

  /** The result of `work` in a block with this timestamp, and everything that it changed undone. */
  async at<T>(timestamp: number, work: () => Promise<T>): Promise<T> {
    const id = await this.#wallet.snapshot()
    await this.#wallet.setNextBlockTimestamp({ timestamp: BigInt(timestamp) })
    try {
      return await work()
    } finally {
      await this.#wallet.revert({ id })
    }
  }

  async #post(call: Call): Promise<PostOnL1 | undefined> {
    const receipt = await this.#transact(call)
    if (receipt.status !== 'success') return undefined
    const [event] = parseEventLogs({
      abi: ledgerAbi,
      eventName: ['Posted', 'PostedOne'],
      logs: receipt.logs,
    })
    if (event === undefined) throw new Error('a post has an event')
    return { headersRoot: event.args.headersRoot, postedAt: Number(event.args.postedAt) }
  }

  #ledger() {
    return { address: this.#contracts.ledger, abi: ledgerAbi } as const
  }

  async #transact(call: { to?: Hex; data: Hex }): Promise<Receipt> {
    return transact(this.#client, this.#wallet, call)
  }
}

type Receipt = Awaited<ReturnType<PublicClient['getTransactionReceipt']>>

function connectPublic(rpcUrl: string): PublicClient {
  const transport = http(rpcUrl, { batch: { batchSize: 100 }, retryCount: 0, timeout: 60_000 })
  return createPublicClient({ transport, pollingInterval: 20, cacheTime: 0 })
}

function connectWallet(rpcUrl: string) {
  return createTestClient({ mode: 'anvil', transport: http(rpcUrl, { retryCount: 0 }) }).extend(walletActions)
}

async function transact(
  client: PublicClient,
  wallet: ReturnType<typeof connectWallet>,
  { to, data }: { to?: Hex; data: Hex },
): Promise<Receipt> {
  const [account] = await wallet.getAddresses()
  if (account === undefined) throw new Error('anvil has no accounts')
  const call = { ...(to === undefined ? {} : { to }), data, account, chain: null, gas: transactionGas }
  return client.waitForTransactionReceipt({ hash: await wallet.sendTransaction(call) })
}
