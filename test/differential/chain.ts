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
import type { Call } from '../../src/l1/tx-manager/calls.ts'
import { committeeAbi } from '../../src/l1/generated/committee.ts'
import { ledgerAbi } from '../../src/l1/generated/ledger.ts'
import { type Hex, concatBytes, fromHex, toHex } from '../../src/protocol/bytes.ts'
import type { Certificate } from '../../src/protocol/certificate.ts'
import type { Committee, Member } from '../../src/protocol/committee.ts'
import { type Domain, type Header, encodeHeader } from '../../src/protocol/header.ts'
import { openingsHarnessAbi, openingsHarnessBytecode } from '../contracts/generated/openings-harness.ts'
import { startTestAnvil } from '../support/anvil.ts'
import type { KeyedCommittee } from '../support/arbitraries.ts'

export type Posted = { readonly headersRoot: Hex; readonly accumulator: Hex; readonly headers: Hex }

export type Chain = AsyncDisposable & {
  readonly domain: Domain
  /** Starts the next epoch. @returns undefined if the contract refuses the members */
  startEpoch(members: readonly Member[]): Promise<number | undefined>
  committeeRoot(epoch: number): Promise<Hex>
  headerDigest(packed: Uint8Array): Promise<Hex>
  attestationDigest(headersRoot: Uint8Array, epoch: number): Promise<Hex>
  /** The answer of L1 to a commitment, given the members of its epoch. */
  verify(commitment: Uint8Array, committee: Committee): Promise<boolean>
  post(
    headers: readonly Header[],
    committee: Committee,
    signatures: Certificate['signatures'],
  ): Promise<Posted>
  verifyOpening(opening: Uint8Array, root: Hex, shards: number, length: number): Promise<boolean>
  readonly disputes: Hex
  /** The return value of a call; undefined if the contract reverts. */
  attempt(call: Call): Promise<Hex | undefined>
}

/** Below the gas limit of one transaction (EIP-7825). */
const transactionGas = 16_000_000n

type Connection = {
  readonly client: PublicClient
  readonly contracts: { committee: Hex; ledger: Hex }
  readonly transact: (call: {
    to?: Hex
    data: Hex
  }) => Promise<Awaited<ReturnType<PublicClient['getTransactionReceipt']>>>
}

function connect(rpcUrl: string, contracts: Connection['contracts']): Connection {
  const client = createPublicClient({
    transport: http(rpcUrl, { batch: { batchSize: 100 }, retryCount: 0, timeout: 60_000 }),
    pollingInterval: 20,
  })
  const wallet = createTestClient({ mode: 'anvil', transport: http(rpcUrl, { retryCount: 0 }) }).extend(
    walletActions,
  )
  const transact: Connection['transact'] = async (call) => {
    const [account] = await wallet.getAddresses()
    if (account === undefined) throw new Error('anvil has no accounts')
    const hash = await wallet.sendTransaction({ ...call, account, chain: null, gas: transactionGas })
    return client.waitForTransactionReceipt({ hash })
  }
  return { client, contracts, transact }
}

function withoutEndpoints(members: readonly Member[]): { signer: Hex; shards: number; stake: bigint }[] {
  return members.map(({ signer, shards, stake }) => ({ signer, shards, stake }))
}

async function startEpoch(
  { client, contracts, transact }: Connection,
  members: readonly Member[],
): Promise<number | undefined> {
  const args = [withoutEndpoints(members), members.map(({ endpoint }) => endpoint)] as const
  const { status } = await transact({
    to: contracts.committee,
    data: encodeFunctionData({ abi: committeeAbi, functionName: 'startEpoch', args }),
  })
  if (status !== 'success') return undefined
  return client.readContract({
    address: contracts.committee,
    abi: committeeAbi,
    functionName: 'currentEpoch',
  })
}

async function post(
  { contracts, transact }: Connection,
  headers: readonly Header[],
  committee: Committee,
  signatures: Certificate['signatures'],
): Promise<Posted> {
  const signers = signatures.reduce((bits, { member }) => bits | (1n << BigInt(member)), 0n)
  const packed = toHex(concatBytes(...headers.map(encodeHeader)))
  const joined = toHex(concatBytes(...signatures.map(({ signature }) => fromHex(signature))))
  const args = [packed, withoutEndpoints(committee.members), signers, joined] as const
  const receipt = await transact({
    to: contracts.ledger,
    data: encodeFunctionData({ abi: ledgerAbi, functionName: 'post', args }),
  })
  const [event] = parseEventLogs({ abi: ledgerAbi, eventName: 'Posted', logs: receipt.logs })
  if (event === undefined) throw new Error('the post was refused')
  return event.args
}

async function deployHarness({ transact }: Connection): Promise<Hex> {
  const receipt = await transact({
    data: encodeDeployData({ abi: openingsHarnessAbi, bytecode: openingsHarnessBytecode }),
  })
  if (receipt.contractAddress === null || receipt.contractAddress === undefined) throw new Error('no harness')
  return receipt.contractAddress
}

async function attempt({ client }: Connection, { to, data, value }: Call): Promise<Hex | undefined> {
  try {
    return (await client.call({ to, data, value, gas: transactionGas })).data ?? '0x'
  } catch (error) {
    if (error instanceof BaseError && error.walk((cause) => cause instanceof ExecutionRevertedError) !== null)
      return undefined
    throw error
  }
}

/** Deploys contracts with `first` as the committee of epoch 1. */
export async function startChain(first: KeyedCommittee): Promise<Chain> {
  const anvil = await startTestAnvil()
  const { members } = first.committee
  const set = await setUpContracts({ rpcUrl: anvil.url, members, dispersers: [], funded: [] })
  const connection = connect(anvil.url, set)
  const { client } = connection
  const harness = await deployHarness(connection)
  const committee = { address: set.committee, abi: committeeAbi } as const
  const ledger = { address: set.ledger, abi: ledgerAbi } as const
  return {
    domain: { chainId: set.chainId, ledger: set.ledger },
    startEpoch: async (next) => startEpoch(connection, next),
    committeeRoot: async (epoch) =>
      client.readContract({ ...committee, functionName: 'committeeRoot', args: [epoch] }),
    headerDigest: async (packed) =>
      client.readContract({ ...ledger, functionName: 'headerDigest', args: [toHex(packed)] }),
    attestationDigest: async (headersRoot, epoch) =>
      client.readContract({
        ...ledger,
        functionName: 'attestationDigest',
        args: [toHex(headersRoot), epoch],
      }),
    verify: async (commitment, of) =>
      client.readContract({
        ...ledger,
        functionName: 'verify',
        args: [toHex(commitment), withoutEndpoints(of.members)],
      }),
    post: async (headers, of, signatures) => post(connection, headers, of, signatures),
    verifyOpening: async (opening, root, shards, length) =>
      client.readContract({
        address: harness,
        abi: openingsHarnessAbi,
        functionName: 'verify',
        args: [toHex(opening), root, BigInt(shards), BigInt(length)],
      }),
    disputes: set.disputes,
    attempt: async (call) => attempt(connection, call),
    [Symbol.asyncDispose]: async () => anvil.stop(),
  }
}
