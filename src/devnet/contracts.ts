// Floe's contracts on a local chain: they are deployed once and found again afterwards. Their owner is anvil's first development
// account, whose key is public, so this is for development chains only.
import { getBalance, getChainId, getCode, getTransactionCount, waitForTransactionReceipt } from 'viem/actions'
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
import { type Member, committeeRoot } from '../protocol/committee.ts'
import { FloeError } from '../protocol/errors.ts'
import { committeeAbi, committeeBytecode } from '../l1/generated/committee.ts'
import { disputesAbi, disputesBytecode } from '../l1/generated/disputes.ts'
import { ledgerAbi, ledgerBytecode } from '../l1/generated/ledger.ts'
import { nitroProofValidatorAbi, nitroProofValidatorBytecode } from '../l1/generated/nitro-proof-validator.ts'
import { connectL1, l1Unavailable } from '../l1/rpc.ts'
import { FINAL_BLOCKS } from './anvil.ts'

export type Contracts = {
  readonly committee: Hex
  readonly ledger: Hex
  readonly disputes: Hex
  readonly nitroProofValidator: Hex
}

/** The terms that the constructor of Disputes takes (docs/protocol.md §7). */
export type DisputesConstructorTerms = {
  readonly window: bigint
  readonly promiseSecondsMax: bigint
  readonly bond: bigint
  readonly operatorFine: bigint
  readonly disperserFine: bigint
  readonly treasury: Hex
}

const ETHER_WEI = 10n ** 18n

/** The window is short enough to wait for in a trial, and the amounts are large enough to see in a balance. */
const TERMS: DisputesConstructorTerms = {
  window: 120n,
  promiseSecondsMax: 30n * 86_400n,
  bond: ETHER_WEI / 10n,
  operatorFine: ETHER_WEI,
  disperserFine: ETHER_WEI,
  treasury: `0x${'f1'.repeat(20)}`,
}
/** The deposit of every operator and disperser. */
const DEPOSIT_WEI = 4n * ETHER_WEI
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
  /** Terms of disputes that differ from the defaults. */
  readonly terms?: Partial<DisputesConstructorTerms>
}

/** Gas of every transaction: below the limit (EIP-7825), and enough for 255 members. */
const GAS = 16_000_000n
const BALANCE_WEI_MIN = 100n * ETHER_WEI
const BALANCE_WEI = 10_000n * ETHER_WEI

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
  const codes = await Promise.all(
    Object.values(contracts).map(async (address) => getCode(client, { address })),
  )
  return codes.every((code) => code !== undefined)
}

function walletOf(rpcUrl: string) {
  return createTestClient({ mode: 'anvil', transport: http(rpcUrl, { retryCount: 0 }) }).extend(walletActions)
}

/**
 * Sends calls from the owner and mines them in one block.
 * @param calls in the order of their nonces; one without `to` deploys a contract
 */
async function send(
  rpcUrl: string,
  client: Client,
  calls: readonly { to?: Hex; data: Hex; value?: bigint }[],
): Promise<void> {
  const wallet = walletOf(rpcUrl)
  const owner = await ownerOf(rpcUrl)
  const hashes: Hex[] = []
  for (const call of calls) {
    hashes.push(await wallet.sendTransaction({ ...call, account: owner, chain: null, gas: GAS }))
  }
  await wallet.mine({ blocks: 1 })
  for (const hash of hashes) {
    const receipt = await waitForTransactionReceipt(client, { hash, pollingInterval: 50, timeout: 10_000 })
    if (receipt.status !== 'success') {
      throw new FloeError('internal', `The set-up transaction ${hash} reverted.`, { facts: { hash } })
    }
  }
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
  const contracts: Contracts = {
    committee: addressOf(0n),
    ledger: addressOf(1n),
    disputes: addressOf(2n),
    nitroProofValidator: addressOf(3n),
  }
  const { committee, ledger, disputes } = contracts
  const terms = { ...TERMS, ...setup.terms }
  const codes = [
    encodeDeployData({ abi: committeeAbi, bytecode: committeeBytecode, args: [owner] }),
    encodeDeployData({ abi: ledgerAbi, bytecode: ledgerBytecode, args: [committee] }),
    encodeDeployData({ abi: disputesAbi, bytecode: disputesBytecode, args: [ledger, terms] }),
    encodeDeployData({
      abi: nitroProofValidatorAbi,
      bytecode: nitroProofValidatorBytecode,
      args: [disputes],
    }),
  ]
  await send(
    setup.rpcUrl,
    client,
    codes.map((data) => ({ data })),
  )
  return contracts
}

async function makeDeposits(setup: SetupOptions, client: Client, { disputes }: Contracts): Promise<void> {
  const accounts = [...setup.members.map(({ signer }) => signer), ...setup.dispersers.map((d) => d.address)]
  for (let i = 0; i < accounts.length; i += DEPOSITS_PER_BLOCK) {
    const calls = accounts.slice(i, i + DEPOSITS_PER_BLOCK).map((account) => ({
      to: disputes,
      data: encodeFunctionData({ abi: disputesAbi, functionName: 'deposit', args: [account] }),
      value: DEPOSIT_WEI,
    }))
    await send(setup.rpcUrl, client, calls)
  }
}

async function startFirstEpoch(setup: SetupOptions, client: Client, { committee }: Contracts): Promise<void> {
  const members = setup.members.map(({ signer, shards, stake }) => ({ signer, shards, stake }))
  const at = { address: committee, abi: committeeAbi } as const
  const epoch = await readContract(client, { ...at, functionName: 'currentEpoch' })
  if (epoch > 0) {
    const root = await readContract(client, { ...at, functionName: 'committeeRoot', args: [1] })
    if (root === toHex(committeeRoot(setup.members))) return
    throw new FloeError(
      'configuration',
      'Expected the committee of this folder on the chain, got another one.',
      {
        remedy: 'Start with --reset.',
      },
    )
  }
  const endpoints = setup.members.map(({ endpoint }) => endpoint)
  const args = [members, endpoints] as const
  const data = encodeFunctionData({ abi: committeeAbi, functionName: 'startEpoch', args })
  await send(setup.rpcUrl, client, [{ to: committee, data }])
  // Services use a committee only once its block is final.
  await walletOf(setup.rpcUrl).mine({ blocks: FINAL_BLOCKS })
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
