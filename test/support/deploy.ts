// The contracts on the chain of a test, with a committee whose keys the test has.
import { createHash } from 'node:crypto'
import { createTestClient, http, walletActions } from 'viem'
import { getTransactionReceipt } from 'viem/actions'
import { setUpContracts } from '../../src/devnet/contracts.ts'
import type { DeploymentTerms } from '../../src/devnet/dispute-terms.ts'
import { CommitteeReader } from '../../src/l1/committee-reader.ts'
import { ledgerAbi, ledgerBytecode } from '../../src/l1/generated/ledger.ts'
import { type Hex, fromHex, toHex } from '../../src/protocol/bytes.ts'
import type { Committee, Member } from '../../src/protocol/committee.ts'
import {
  type Domain,
  type Header,
  NO_CONTENT_HASH,
  attestationDigest,
  encodeHeader,
  headerDigest,
  headersTree,
} from '../../src/protocol/header.ts'
import { addressOfSecretKey, pureSecp256k1 } from '../../src/protocol/signature.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { dealShards } from './shard-sets.ts'

export type Operator = { readonly secretKey: Uint8Array; readonly member: Member }

export type Deployment = {
  readonly committee: Hex
  readonly ledger: Hex
  /** This and the validator belong to another Ledger where the notice is too short for disputes. */
  readonly disputes: Hex
  readonly nitroProofValidator: Hex
  /** The block of all but a Ledger of its own, which is later. */
  readonly deploymentBlock: number
  readonly domain: Domain
  /** Of epoch 1. */
  readonly members: Committee
}

/** The secret key of a name; the same in every run. */
export function testKey(name: string): Uint8Array {
  return createHash('sha256').update(`floe test key ${name}`).digest()
}

/** The account from which a node answers challenges. */
export function answerAccount(node: number): { secretKey: Uint8Array; address: Hex } {
  const secretKey = testKey(`answers of node ${node}`)
  return { secretKey, address: addressOfSecretKey(secretKey) }
}

const ETHER_WEI = 10n ** 18n

/** Gives ether to the accounts from which the first `nodes` nodes answer challenges. */
export async function fundAnswerAccounts(rpcUrl: string, nodes: number): Promise<void> {
  const client = createTestClient({ mode: 'anvil', transport: http(rpcUrl) })
  for (let i = 0; i < nodes; i++)
    await client.setBalance({ address: answerAccount(i).address, value: 100n * ETHER_WEI })
}

/**
 * Operators in the order that a committee has them. @param shards how many shards each has; the sets of those with several are
 * interleaved
 */
export function testOperators(
  shards: readonly number[],
  endpoint: (index: number) => string = (index) => `http://127.0.0.1:${9000 + index}`,
): Operator[] {
  const operators = shards
    .map((count, i) => {
      const secretKey = testKey(`operator ${i}`)
      return { secretKey, signer: addressOfSecretKey(secretKey), count }
    })
    .sort((a, b) => (a.signer < b.signer ? -1 : 1))
  const sets = dealShards(operators.map(({ count }) => count))
  return operators.map(({ secretKey, signer }, i) => ({
    secretKey,
    member: { signer, shards: sets[i] ?? [], endpoint: endpoint(i) },
  }))
}

/**
 * The longest promise that a Ledger accepts: `testHeader` then stands posted whenever a test runs. Tests of promises set their own.
 */
const TEST_TERMS = { promiseSeconds: 36_500n * 86_400n } as const

/** Those of a Ledger. Disputes need a notice of two windows of an hour; a Ledger without disputes may have any. */
export type TestPostingTerms = Partial<Pick<DeploymentTerms, 'noticeSeconds' | 'promiseSeconds'>>

/** The shortest notice that Disputes accepts. */
const DISPUTES_NOTICE_SECONDS = 7_200n

export async function deployFloe(
  rpcUrl: string,
  operators: readonly Operator[],
  disperser: { address: Hex; quotaBytes: bigint },
  terms: Partial<DeploymentTerms> = {},
): Promise<Deployment> {
  const { noticeSeconds, promiseSeconds } = { ...TEST_TERMS, ...terms }
  const isShort = noticeSeconds !== undefined && noticeSeconds < DISPUTES_NOTICE_SECONDS
  const { chainId, ...contracts } = await setUpContracts({
    rpcUrl,
    members: operators.map(({ member }) => member),
    dispersers: [disperser],
    funded: [disperser.address],
    terms: isShort ? TEST_TERMS : { ...TEST_TERMS, ...terms },
  })
  const ledger = isShort
    ? await deployLedger(rpcUrl, contracts.committee, { noticeSeconds, promiseSeconds })
    : contracts.ledger
  const members = await committeeOnL1(rpcUrl, { ...contracts, ledger }, 1)
  return { ...contracts, ledger, domain: { chainId, ledger }, members }
}

/** A second Ledger of a committee, which has no Disputes. */
async function deployLedger(
  rpcUrl: string,
  committee: Hex,
  { noticeSeconds, promiseSeconds }: Required<TestPostingTerms>,
): Promise<Hex> {
  const wallet = createTestClient({ mode: 'anvil', transport: http(rpcUrl) }).extend(walletActions)
  const [account] = await wallet.getAddresses()
  if (account === undefined) throw new Error('Expected a chain with development accounts, got none.')
  const args = [committee, noticeSeconds, promiseSeconds] as const
  const contract = { abi: ledgerAbi, bytecode: ledgerBytecode, args }
  const hash = await wallet.deployContract({ ...contract, account, chain: null })
  await wallet.mine({ blocks: 1 })
  const { contractAddress } = await getTransactionReceipt(wallet, { hash })
  if (contractAddress === null || contractAddress === undefined)
    throw new Error('Expected a Ledger, got none.')
  return contractAddress.toLowerCase() as Hex
}

/** The committee of an epoch, with the seed that the chain gave it. */
export async function committeeOnL1(
  rpcUrl: string,
  { committee, ledger }: Pick<Deployment, 'committee' | 'ledger'>,
  epoch: number,
): Promise<Committee> {
  const options = { rpcUrls: [rpcUrl], committee, ledger, clock: systemClock, finality: 0 }
  const { committees } = await CommitteeReader.connect(options)
  const found = await committees.ofEpoch(epoch)
  if (found === undefined) throw new Error(`Expected epoch ${epoch} on L1, got none.`)
  return found
}

/** A header of a batch that does not exist, for tests that read no batch. */
export function testHeader(name: string, changes: Partial<Header> = {}): Header {
  return {
    root: `0x${createHash('sha256').update(name).digest('hex')}`,
    length: 1000,
    epoch: 1,
    expiry: 2_000_000_000,
    disperser: addressOfSecretKey(testKey('disperser')),
    contentHash: NO_CONTENT_HASH,
    ...changes,
  }
}

/** The signatures of `signers` (member indexes, ascending) over `headers` of the deployment's epoch, and the encoded headers. */
export function attest(
  { domain, members }: Pick<Deployment, 'domain' | 'members'>,
  operators: readonly Operator[],
  headers: readonly Header[],
  signers: readonly number[] = operators.map((_, i) => i),
): {
  headers: Uint8Array[]
  headersRoot: Hex
  signatures: { member: number; signature: Hex }[]
} {
  const digests = headers.map((header) => headerDigest(domain, header))
  const { root } = headersTree(digests, 0)
  const digest = attestationDigest(domain, root, fromHex(members.root))
  return {
    headers: headers.map(encodeHeader),
    headersRoot: toHex(root),
    signatures: signers.map((member) => ({
      member,
      signature: toHex(pureSecp256k1.sign(digest, operators[member]?.secretKey ?? new Uint8Array(32))),
    })),
  }
}
