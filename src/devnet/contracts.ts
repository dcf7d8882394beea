// Floe's contracts on a local chain: they are deployed once and found again afterwards. Their owner is anvil's first development
// account, whose key is public, so this is for development chains only.
import {
  getBalance,
  getChainId,
  getCode,
  getContractEvents,
  getTransactionCount,
  waitForTransactionReceipt,
} from 'viem/actions'
import { readContract } from '../l1/read-contract.ts'
import {
  type Client,
  createTestClient,
  encodeDeployData,
  encodeFunctionData,
  getContractAddress,
  http,
  walletActions,
} from 'viem'
import { type Hex, toHex } from '../protocol/bytes.ts'
import { type Member, committeeRoot, packMembers } from '../protocol/committee.ts'
import { FloeError } from '../protocol/errors.ts'
import { committeeAbi, committeeBytecode } from '../l1/generated/committee.ts'
import { disputesAbi, disputesBytecode } from '../l1/generated/disputes.ts'
import { ledgerAbi, ledgerBytecode } from '../l1/generated/ledger.ts'
import { nitroProofValidatorAbi, nitroProofValidatorBytecode } from '../l1/generated/nitro-proof-validator.ts'
import { connectL1, l1Unavailable } from '../l1/rpc.ts'
import { FINAL_BLOCKS } from './anvil.ts'
import { type DeploymentTerms, defaultTerms } from './dispute-terms.ts'

export type Contracts = {
  readonly committee: Hex
  readonly ledger: Hex
  readonly disputes: Hex
  readonly nitroProofValidator: Hex
  /** The block that deployed them. */
  readonly deploymentBlock: number
}

const ETHER_WEI = 10n ** 18n
/** Minimum deposits that every operator and disperser deposits. */
const DEPOSIT_FACTOR = 2n
/** Deposits that are sent for one block (255 take 12 million gas). */
const DEPOSITS_PER_BLOCK = 64

export type SetupOptions = {
  readonly rpcUrl: string
  readonly members: readonly Member[]
  readonly dispersers: readonly { readonly address: Hex; readonly quotaBytes: bigint }[]
  /** Accounts that pay for transactions. */
  readonly funded: readonly Hex[]
  /** Addresses of an earlier deployment, which is used again if it is still on the chain. */
  readonly known?: Contracts | undefined
  /** Terms that differ from the defaults. */
  readonly terms?: Partial<DeploymentTerms> | undefined
}

/** Gas of every transaction: below the limit (EIP-7825), and enough for 255 members. */
const GAS = 16_000_000n
const BALANCE_WEI_MIN = 100n * ETHER_WEI
const BALANCE_WEI = 10_000n * ETHER_WEI
/** Far above the fees of one transaction. */
const FEES_WEI = ETHER_WEI

/** Deploys the contracts where they are missing, starts the first epoch, registers the dispersers and funds the accounts. */
export async function setUpContracts(setup: SetupOptions): Promise<Contracts & { chainId: number }> {
  const { client } = connectL1([setup.rpcUrl])
  try {
    const chainId = await getChainId(client)
    const known =
      setup.known !== undefined && (await isDeployed(client, setup.known)) ? setup.known : undefined
    const contracts = known ?? (await deploy(setup, client))
    await startFirstEpoch(setup, client, contracts)
    await registerDispersers(setup, client, contracts)
    if (known === undefined) await makeDeposits(setup, client, contracts)
    await fund(setup, client)
    return { ...contracts, chainId }
  } catch (error) {
    throw l1Unavailable(error, 'set up the contracts')
  }
}

async function isDeployed(client: Client, contracts: Contracts): Promise<boolean> {
  const { deploymentBlock: _, ...addresses } = contracts
  const codes = await Promise.all(
    Object.values(addresses).map(async (address) => getCode(client, { address })),
  )
  return codes.every((code) => code !== undefined)
}

function walletOf(rpcUrl: string) {
  return createTestClient({ mode: 'anvil', transport: http(rpcUrl, { retryCount: 0 }) }).extend(walletActions)
}

/**
 * Sends calls and mines them in one block.
 * @param calls from the owner unless they name another account, in the order of their nonces; one without `to` deploys a contract
 * @returns the block of the first call, which is that of the others too unless the chain mines by itself
 */
async function send(
  rpcUrl: string,
  client: Client,
  calls: readonly { from?: Hex; to?: Hex; data: Hex; value?: bigint }[],
): Promise<number> {
  const wallet = walletOf(rpcUrl)
  const owner = await ownerOf(rpcUrl)
  const hashes: Hex[] = []
  for (const { from: account = owner, ...call } of calls) {
    hashes.push(await wallet.sendTransaction({ ...call, account, chain: null, gas: GAS }))
  }
  await wallet.mine({ blocks: 1 })
  const blocks: bigint[] = []
  for (const hash of hashes) {
    const receipt = await waitForTransactionReceipt(client, { hash, pollingInterval: 50, timeout: 10_000 })
    if (receipt.status !== 'success') {
      throw new FloeError('internal', `The set-up transaction ${hash} reverted.`, { facts: { hash } })
    }
    blocks.push(receipt.blockNumber)
  }
  return Number(blocks[0] ?? 0n)
}

async function ownerOf(rpcUrl: string): Promise<Hex> {
  const [owner] = await walletOf(rpcUrl).getAddresses()
  if (owner !== undefined) return owner
  throw new FloeError(
    'configuration',
    'Expected a local chain with development accounts, got a chain with none.',
  )
}

async function deploy(setup: SetupOptions, client: Client): Promise<Contracts> {
  const owner = await ownerOf(setup.rpcUrl)
  const first = BigInt(await getTransactionCount(client, { address: owner }))
  const addressOf = (offset: bigint): Hex =>
    getContractAddress({ from: owner, nonce: first + offset }).toLowerCase() as Hex
  const addresses = {
    committee: addressOf(0n),
    ledger: addressOf(1n),
    disputes: addressOf(2n),
    nitroProofValidator: addressOf(3n),
  }
  const { committee, ledger, disputes } = addresses
  const shards = shardsOf(setup)
  const { noticeSeconds, promiseSeconds, ...terms } = termsOf(setup)
  const codes = [
    encodeDeployData({ abi: committeeAbi, bytecode: committeeBytecode, args: [owner, shards] }),
    encodeDeployData({
      abi: ledgerAbi,
      bytecode: ledgerBytecode,
      args: [committee, noticeSeconds, promiseSeconds],
    }),
    encodeDeployData({ abi: disputesAbi, bytecode: disputesBytecode, args: [ledger, terms] }),
    encodeDeployData({
      abi: nitroProofValidatorAbi,
      bytecode: nitroProofValidatorBytecode,
      args: [disputes],
    }),
  ]
  const deploymentBlock = await send(
    setup.rpcUrl,
    client,
    codes.map((data) => ({ data })),
  )
  return { ...addresses, deploymentBlock }
}

function shardsOf({ members }: SetupOptions): number {
  return members.reduce((sum, { shards }) => sum + shards.length, 0)
}

function termsOf(setup: SetupOptions): DeploymentTerms {
  return { ...defaultTerms(shardsOf(setup)), ...setup.terms }
}

/**
 * Deposits for every operator and disperser. Only an account itself can name its owner, which here is the contracts' owner. anvil
 * signs for any account.
 */
async function makeDeposits(setup: SetupOptions, client: Client, { disputes }: Contracts): Promise<void> {
  const { operatorDepositMin, disperserDepositMin } = termsOf(setup)
  const values = new Map(setup.members.map(({ signer }) => [signer, DEPOSIT_FACTOR * operatorDepositMin]))
  for (const { address } of setup.dispersers)
    values.set(address, (values.get(address) ?? 0n) + DEPOSIT_FACTOR * disperserDepositMin)
  const deposits = Array.from(values, ([account, value]) => ({ account, value }))
  const owner = await ownerOf(setup.rpcUrl)
  const wallet = walletOf(setup.rpcUrl)
  const data = encodeFunctionData({ abi: disputesAbi, functionName: 'nameOwner', args: [owner] })
  for (let i = 0; i < deposits.length; i += DEPOSITS_PER_BLOCK) {
    const calls = deposits.slice(i, i + DEPOSITS_PER_BLOCK)
    for (const { account: address, value } of calls) {
      const balance = await getBalance(client, { address })
      await wallet.setBalance({ address, value: balance + value + FEES_WEI })
      await wallet.impersonateAccount({ address })
    }
    await send(
      setup.rpcUrl,
      client,
      calls.map(({ account, value }) => ({ from: account, to: disputes, data, value })),
    )
    for (const { account: address } of calls) await wallet.stopImpersonatingAccount({ address })
  }
}

async function startFirstEpoch(setup: SetupOptions, client: Client, contracts: Contracts): Promise<void> {
  const { committee } = contracts
  const at = { address: committee, abi: committeeAbi } as const
  const epoch = await readContract(client, { ...at, functionName: 'currentEpoch' })
  if (epoch > 0) {
    if (await isCommitteeOf(setup, client, contracts)) return
    throw new FloeError(
      'configuration',
      'Expected the committee of this folder on the chain, got another one.',
      {
        remedy: 'Start with --reset.',
      },
    )
  }
  const endpoints = setup.members.map(({ endpoint }) => endpoint)
  const args = [packMembers(setup.members), endpoints] as const
  const data = encodeFunctionData({ abi: committeeAbi, functionName: 'startEpoch', args })
  await send(setup.rpcUrl, client, [{ to: committee, data }])
  // Services use a committee only once its block is final.
  await walletOf(setup.rpcUrl).mine({ blocks: FINAL_BLOCKS })
}

/** Whether epoch 1 on the chain has the members of the setup. Its seed is in its event. */
async function isCommitteeOf(
  { members }: SetupOptions,
  client: Client,
  { committee: address, deploymentBlock }: Contracts,
): Promise<boolean> {
  const at = { address, abi: committeeAbi } as const
  const root = await readContract(client, { ...at, functionName: 'committeeRoot', args: [1] })
  const [started] = await getContractEvents(client, {
    ...at,
    eventName: 'EpochStarted',
    args: { epoch: 1 },
    fromBlock: BigInt(deploymentBlock),
    strict: true,
  })
  return started !== undefined && root === toHex(committeeRoot(started.args.seed, members))
}

async function registerDispersers(
  setup: SetupOptions,
  client: Client,
  { committee }: Contracts,
): Promise<void> {
  const calls: { to: Hex; data: Hex }[] = []
  for (const { address, quotaBytes } of setup.dispersers) {
    const quota = await readContract(client, {
      address: committee,
      abi: committeeAbi,
      functionName: 'disperserQuota',
      args: [address],
    })
    if (quota === quotaBytes) continue
    const args = [address, quotaBytes] as const
    calls.push({
      to: committee,
      data: encodeFunctionData({ abi: committeeAbi, functionName: 'setDisperser', args }),
    })
  }
  if (calls.length > 0) await send(setup.rpcUrl, client, calls)
}

async function fund(setup: SetupOptions, client: Client): Promise<void> {
  for (const address of setup.funded) {
    if ((await getBalance(client, { address })) >= BALANCE_WEI_MIN) continue
    await walletOf(setup.rpcUrl).setBalance({ address, value: BALANCE_WEI })
  }
}
