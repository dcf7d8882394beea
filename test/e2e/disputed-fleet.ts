// What the end-to-end tests of disputes share: a fleet that follows disputes, its accounts, and what they do and wait for on L1. Windows
// are the shortest that the contract accepts, an hour, and the tests move the time of L1.
import { readContract } from '../../src/l1/read-contract.ts'
import { getContractEvents } from 'viem/actions'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createTestClient,
  createWalletClient,
  http,
  publicActions,
  walletActions,
  type Chain,
  type GetContractEventsReturnType,
  type PublicActions,
  type TestClient,
  type WalletActions,
} from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { onTestFinished } from 'vitest'
import { DisputesContract } from '../../src/l1/disputes.ts'
import { disputesAbi } from '../../src/l1/generated/disputes.ts'
import { nitroProofValidatorAbi } from '../../src/l1/generated/nitro-proof-validator.ts'
import { postOneCall } from '../../src/l1/poster.ts'
import { connectL1 } from '../../src/l1/rpc.ts'
import type { Call } from '../../src/l1/tx-manager/calls.ts'
import { type Hex, concatBytes, toHex, uint64Bytes } from '../../src/protocol/bytes.ts'
import { type Certificate, decodeCertificate } from '../../src/protocol/certificate.ts'
import { validityProof } from '../../src/protocol/nitro.ts'
import { addressOfSecretKey } from '../../src/protocol/signature.ts'
import type { Program } from '../support/child-process.ts'
import { testKey } from '../support/deploy.ts'
import { Fleet } from '../support/fleet.ts'
import { type EvilBatch, certify } from './evil-sequencer.ts'
import { allPosted } from './ledger.ts'
import { until } from '../support/until.ts'

export const ETHER: bigint = 10n ** 18n
export const BOND: bigint = ETHER / 10n
export const FINE: bigint = 1n * ETHER
export const DEPOSIT: bigint = 4n * ETHER
export const BYTES: number = 5_001
export const WINDOW: bigint = 3_600n
export const TREASURY: Hex = `0x${'f2'.repeat(20)}`
export const WAIT_MS: number = 120_000
export const challengerKey: Uint8Array = testKey('challenger')
export const challenger: Hex = addressOfSecretKey(challengerKey)
export const friendKey: Uint8Array = testKey('friend of the guilty')
const friend: Hex = addressOfSecretKey(friendKey)
export const defenderKey: Uint8Array = testKey('defender of the disperser')
const defender: Hex = addressOfSecretKey(defenderKey)

export async function withDisputes(sidecarFlags: readonly string[] = []): Promise<Fleet> {
  const terms = { window: WINDOW, bond: BOND, operatorFine: FINE, disperserFine: FINE, treasury: TREASURY }
  const flags = ['--posting-interval', '1s', ...sidecarFlags]
  const fleet = await Fleet.start({ finality: 2, disputes: terms, sidecarFlags: flags })
  onTestFinished(async () => fleet[Symbol.asyncDispose]())
  for (const address of [challenger, friend, defender])
    await chainOf(fleet).setBalance({ address, value: 10n * ETHER })
  return fleet
}

/** URL of the fleet's first sidecar. */
export function sidecarOf({ sidecars }: Fleet): string {
  return sidecars[0]?.url ?? ''
}

export async function keyFileOf(name: string, key: Uint8Array): Promise<string> {
  const file = join(await folder(), `${name}.key`)
  await writeFile(file, toHex(key), { mode: 0o600 })
  return file
}

export function chainOf({ rpcUrl }: Fleet): TestClient & PublicActions & WalletActions {
  return createTestClient({ mode: 'anvil', transport: http(rpcUrl) })
    .extend(publicActions)
    .extend(walletActions)
}

async function folder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'floe-disputes-'))
  onTestFinished(async () => rm(dir, { recursive: true, force: true, maxRetries: 5 }))
  return dir
}

/** A deposit or a credit of an account in the contract. */
export async function amount(
  network: Fleet,
  functionName: 'depositOf' | 'creditOf',
  account: Hex,
): Promise<bigint> {
  const { disputes: address } = network.deployment
  return chainOf(network).readContract({ address, abi: disputesAbi, functionName, args: [account] })
}

/** The events of one kind since the deployment. */
export async function events<E extends 'Challenged' | 'Answered' | 'Expired' | 'Fined'>(
  network: Fleet,
  eventName: E,
): Promise<GetContractEventsReturnType<typeof disputesAbi, E, true, 0n>> {
  const { disputes: address } = network.deployment
  return getContractEvents<Chain | undefined, typeof disputesAbi, E, true, 0n>(
    connectL1([network.rpcUrl]).client,
    {
      address,
      abi: disputesAbi,
      eventName,
      fromBlock: 0n,
      strict: true,
    },
  )
}

export async function isInvalid({ rpcUrl, deployment }: Fleet, digest: Hex): Promise<boolean> {
  return new DisputesContract(connectL1([rpcUrl]), deployment.disputes).isInvalid(digest)
}

export async function untilInvalid(network: Fleet, digest: Hex): Promise<void> {
  await until(
    `${digest} to be invalid`,
    async () => ((await isInvalid(network, digest)) ? true : undefined),
    WAIT_MS,
  )
}

/** Whether Nitro's one-step prover accepts a certificate as valid. */
export async function validForNitro({ rpcUrl, deployment }: Fleet, commitment: Uint8Array): Promise<boolean> {
  const proof = validityProof(true, deployment.members)
  return readContract(connectL1([rpcUrl]).client, {
    address: deployment.nitroProofValidator,
    abi: nitroProofValidatorAbi,
    functionName: 'validateCertificate',
    args: [toHex(concatBytes(uint64Bytes(BigInt(commitment.length)), commitment, proof))],
  })
}

export async function startChallenger(network: Fleet, flags: readonly string[] = []): Promise<Program> {
  const key = ['--challenger-key-file', await keyFileOf('challenger', challengerKey)]
  const pace = ['--sample-interval', '50ms', '--challenge-after', '4s', '--get-timeout', '1s']
  return network.start('challenger', 'challenger', [...key, ...pace, ...flags])
}

export async function untilPosted(network: Fleet, digest: Hex): Promise<void> {
  await until(
    'the post',
    async () => (await allPosted(network)).find((post) => post.digest === digest && post.stands),
    WAIT_MS,
  )
}

/** Moves the time of L1 on by so many windows, and a second. */
export async function passWindows(network: Fleet, windows: number): Promise<void> {
  await chainOf(network).increaseTime({ seconds: Math.floor(Number(WINDOW) * windows) + 1 })
  await chainOf(network).mine({ blocks: 1 })
}

/** Sends a call from an account. @throws when the contract refuses it */
export async function sendFrom(network: Fleet, key: Uint8Array, { to, data, value }: Call): Promise<void> {
  const wallet = createWalletClient({
    account: privateKeyToAccount(toHex(key)),
    transport: http(network.rpcUrl),
  })
  const hash = await wallet.sendTransaction({ to, data, value, chain: null })
  const receipt = await until('a receipt', async () =>
    chainOf(network)
      .getTransactionReceipt({ hash })
      .catch(() => undefined),
  )
  if (receipt.status !== 'success') throw new Error(`The transaction ${hash} reverted.`)
}

/** Until these accounts were fined. */
export async function untilFined(network: Fleet, accounts: readonly Hex[]): Promise<void> {
  await until(
    `${accounts.join(', ')} to be fined`,
    async () => {
      const fined = new Set(await finedAccounts(network))
      return accounts.every((account) => fined.has(account)) ? true : undefined
    },
    WAIT_MS,
  )
}

export async function finedAccounts(network: Fleet): Promise<Hex[]> {
  return (await events(network, 'Fined')).map(({ args }) => args.account.toLowerCase() as Hex)
}

/** The attestations that the sidecar of the disperser keeps of a header. */
export async function attestationsKept(network: Fleet, digest: Hex): Promise<number> {
  const response = await fetch(`${sidecarOf(network)}/v1/headers/${digest}`)
  if (!response.ok) return 0
  return ((await response.json()) as { attestations: unknown[] }).attestations.length
}

/** Posts a batch with the signatures of these members. */
export async function certifyAndPost(
  network: Fleet,
  batch: EvilBatch,
  signers?: readonly number[],
): Promise<Certificate> {
  const certificate = decodeCertificate(await certify(network, batch, signers))
  const { members, ledger } = network.deployment
  await sendFrom(network, network.disperserKey, postOneCall(ledger, certificate, members))
  return certificate
}
