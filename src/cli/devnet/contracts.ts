// Floe's contracts on a local chain: put there once, found again afterwards. The owner is anvil's first development account,
// whose key everybody knows; nothing here is for a chain that is worth anything.
import {
  type PublicClient,
  createTestClient,
  encodeAbiParameters,
  encodeFunctionData,
  getContractAddress,
  http,
  walletActions,
} from 'viem'
import { concatBytes, type Hex, fromHex, toHex } from '../../protocol/bytes.ts'
import { type Member, committeeRoot } from '../../protocol/committee.ts'
import { FloeError } from '../../protocol/errors.ts'
import { committeeAbi, committeeBytecode } from '../../l1/generated/committee.ts'
import { ledgerBytecode } from '../../l1/generated/ledger.ts'
import { connectL1, l1Unavailable } from '../../l1/rpc.ts'

export type Contracts = { readonly committee: Hex; readonly ledger: Hex }

export type Setup = {
  readonly rpcUrl: string
  readonly members: readonly Member[]
  readonly dispersers: readonly { readonly address: Hex; readonly quotaBytes: bigint }[]
  /** Accounts that pay for transactions. */
  readonly funded: readonly Hex[]
  /** Where the contracts were last time. */
  readonly known?: Contracts
}

/** Below the limit of one transaction (EIP-7825), above what 255 members cost. */
const GAS = 16_000_000n
const BALANCE_WEI_MIN = 10n ** 18n * 100n
const BALANCE_WEI = 10n ** 18n * 10_000n

/** Deploys what is missing, starts the first epoch, registers the dispersers, funds the accounts. */
export async function setUpContracts(setup: Setup): Promise<Contracts & { chainId: number }> {
  const { client } = connectL1([setup.rpcUrl])
  try {
    const chainId = await client.getChainId()
    const known = setup.known !== undefined && (await haveCode(client, setup.known)) ? setup.known : undefined
    const contracts = known ?? (await deploy(setup.rpcUrl, client))
    await startFirstEpoch(setup, client, contracts)
    await registerDispersers(setup, client, contracts)
    await fund(setup, client)
    return { ...contracts, chainId }
  } catch (error) {
    throw l1Unavailable(error, 'set up the contracts')
  }
}

async function haveCode(client: PublicClient, { committee, ledger }: Contracts): Promise<boolean> {
  const codes = await Promise.all([committee, ledger].map(async (address) => client.getCode({ address })))
  return codes.every((code) => code !== undefined)
}

function walletOf(rpcUrl: string) {
  return createTestClient({ mode: 'anvil', transport: http(rpcUrl, { retryCount: 0 }) }).extend(walletActions)
}

/**
 * Sends calls from the owner and has them mined at once.
 * @param calls in the order of their nonces; `to` undefined deploys
 */
async function send(
  rpcUrl: string,
  client: PublicClient,
  calls: readonly { to?: Hex; data: Hex }[],
): Promise<void> {
  const wallet = walletOf(rpcUrl)
  const owner = await ownerOf(rpcUrl)
  const hashes: Hex[] = []
  for (const call of calls) {
    hashes.push(await wallet.sendTransaction({ ...call, account: owner, chain: null, gas: GAS }))
  }
  await wallet.mine({ blocks: 1 })
  for (const hash of hashes) {
    const receipt = await client.waitForTransactionReceipt({ hash, pollingInterval: 50, timeout: 10_000 })
    if (receipt.status !== 'success') {
      throw new FloeError('internal', `The set-up transaction ${hash} reverted.`, { facts: { hash } })
    }
  }
}

async function ownerOf(rpcUrl: string): Promise<Hex> {
  const [owner] = await walletOf(rpcUrl).getAddresses()
  if (owner !== undefined) return owner
  throw new FloeError('configuration', 'Expected a local chain with development accounts, got none.')
}

async function deploy(rpcUrl: string, client: PublicClient): Promise<Contracts> {
  const owner = await ownerOf(rpcUrl)
  const nonce = BigInt(await client.getTransactionCount({ address: owner }))
  const committee = getContractAddress({ from: owner, nonce }).toLowerCase() as Hex
  const ledger = getContractAddress({ from: owner, nonce: nonce + 1n }).toLowerCase() as Hex
  const withArgument = (bytecode: Hex, argument: Hex): Hex =>
    toHex(concatBytes(fromHex(bytecode), fromHex(encodeAbiParameters([{ type: 'address' }], [argument]))))
  await send(rpcUrl, client, [
    { data: withArgument(committeeBytecode, owner) },
    { data: withArgument(ledgerBytecode, committee) },
  ])
  return { committee, ledger }
}

async function startFirstEpoch(setup: Setup, client: PublicClient, { committee }: Contracts): Promise<void> {
  const members = setup.members.map(({ signer, shards, stake }) => ({ signer, shards, stake }))
  const at = { address: committee, abi: committeeAbi } as const
  const epoch = await client.readContract({ ...at, functionName: 'currentEpoch' })
  if (epoch > 0) {
    const root = await client.readContract({ ...at, functionName: 'committeeRoot', args: [1] })
    if (root === toHex(committeeRoot(setup.members))) return
    throw new FloeError('configuration', 'The chain has another committee than this folder.', {
      remedy: 'Start with --reset.',
    })
  }
  const endpoints = setup.members.map(({ endpoint }) => endpoint)
  const args = [members, endpoints] as const
  const data = encodeFunctionData({ abi: committeeAbi, functionName: 'startEpoch', args })
  await send(setup.rpcUrl, client, [{ to: committee, data }])
}

async function registerDispersers(
  setup: Setup,
  client: PublicClient,
  { committee }: Contracts,
): Promise<void> {
  const calls: { to: Hex; data: Hex }[] = []
  for (const { address, quotaBytes } of setup.dispersers) {
    const quota = await client.readContract({
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

async function fund(setup: Setup, client: PublicClient): Promise<void> {
  for (const address of setup.funded) {
    if ((await client.getBalance({ address })) >= BALANCE_WEI_MIN) continue
    await walletOf(setup.rpcUrl).setBalance({ address, value: BALANCE_WEI })
  }
}
