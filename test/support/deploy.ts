// The contracts on the chain of a test, with a committee whose keys the test has.
import { createHash } from 'node:crypto'
import { createTestClient, http } from 'viem'
import { type DisputesConstructorTerms, setUpContracts } from '../../src/devnet/contracts.ts'
import type { Hex } from '../../src/protocol/bytes.ts'
import { type Committee, type Member, committeeOf } from '../../src/protocol/committee.ts'
import {
  type Domain,
  type Header,
  NO_CONTENT_HASH,
  attestationDigest,
  encodeHeader,
  headerDigest,
  headersTree,
} from '../../src/protocol/header.ts'
import { toHex } from '../../src/protocol/bytes.ts'
import { addressOfSecretKey, pureSecp256k1 } from '../../src/protocol/signature.ts'

export type Operator = { readonly secretKey: Uint8Array; readonly member: Member }

export type Deployment = {
  readonly committee: Hex
  readonly ledger: Hex
  readonly disputes: Hex
  readonly nitroProofValidator: Hex
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

/** Operators in the order that a committee has them. */
export function testOperators(
  shards: readonly number[],
  endpoint: (index: number) => string = (index) => `http://127.0.0.1:${9000 + index}`,
): Operator[] {
  return shards
    .map((count, i) => {
      const secretKey = testKey(`operator ${i}`)
      return { secretKey, signer: addressOfSecretKey(secretKey), shards: count }
    })
    .sort((a, b) => (a.signer < b.signer ? -1 : 1))
    .map(({ secretKey, signer, shards: count }, i) => ({
      secretKey,
      member: { signer, shards: count, stake: 0n, endpoint: endpoint(i) },
    }))
}

export async function deployFloe(
  rpcUrl: string,
  operators: readonly Operator[],
  disperser: { address: Hex; quotaBytes: bigint },
  terms: Partial<DisputesConstructorTerms> = {},
): Promise<Deployment> {
  const members = operators.map(({ member }) => member)
  const { chainId, ...contracts } = await setUpContracts({
    rpcUrl,
    members,
    dispersers: [disperser],
    funded: [disperser.address],
    terms,
  })
  return { ...contracts, domain: { chainId, ledger: contracts.ledger }, members: committeeOf(1, members) }
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

/** The signatures of `signers` (member indexes, ascending) over `headers`, and the encoded headers. */
export function attest(
  domain: Domain,
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
  const digest = attestationDigest(domain, root, headers[0]?.epoch ?? 0)
  return {
    headers: headers.map(encodeHeader),
    headersRoot: toHex(root),
    signatures: signers.map((member) => ({
      member,
      signature: toHex(pureSecp256k1.sign(digest, operators[member]?.secretKey ?? new Uint8Array(32))),
    })),
  }
}
