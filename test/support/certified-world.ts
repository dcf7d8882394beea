// A chain with the contracts and a committee without storage nodes, for tests of what L1 decides about certificates.
import { createTestClient, encodeFunctionData, http, publicActions, walletActions } from 'viem'
import { nodeKernel } from '../../src/coding/node-kernel.ts'
import type { DeploymentTerms } from '../../src/devnet/dispute-terms.ts'
import { committeeAbi } from '../../src/l1/generated/committee.ts'
import { LedgerReader } from '../../src/l1/ledger-reader.ts'
import { postOneCall } from '../../src/l1/poster.ts'
import { connectL1 } from '../../src/l1/rpc.ts'
import type { Call } from '../../src/l1/tx-manager/calls.ts'
import { encodeBatch } from '../../src/protocol/batch.ts'
import { type Hex, fromHex, toHex } from '../../src/protocol/bytes.ts'
import { decodeCertificate, encodeCertificate } from '../../src/protocol/certificate.ts'
import { packMembers } from '../../src/protocol/committee.ts'
import { type Header, headerDigest, headersTree } from '../../src/protocol/header.ts'
import { addressOfSecretKey } from '../../src/protocol/signature.ts'
import { type TestAnvil, startTestAnvil } from './anvil.ts'
import {
  type Deployment,
  type Operator,
  attest,
  deployFloe,
  testHeader,
  testKey,
  testOperators,
} from './deploy.ts'
import { seededBytes } from './random-bytes.ts'

export const DAY_SECONDS = 86_400

/** Enough gas for any call. */
const GAS = 16_000_000n

export class CertifiedWorld implements AsyncDisposable {
  readonly deployment: Deployment
  readonly operators: readonly Operator[]
  readonly reader: LedgerReader
  readonly #anvil: TestAnvil

  static async start(terms: Partial<DeploymentTerms> = {}): Promise<CertifiedWorld> {
    const anvil = await startTestAnvil()
    const operators = testOperators([1, 1, 1, 1])
    const disperser = { address: addressOfSecretKey(testKey('disperser')), quotaBytes: 2n ** 30n }
    const deployment = await deployFloe(anvil.url, operators, disperser, terms)
    return new CertifiedWorld(anvil, operators, deployment)
  }

  private constructor(anvil: TestAnvil, operators: readonly Operator[], deployment: Deployment) {
    this.#anvil = anvil
    this.operators = operators
    this.deployment = deployment
    this.reader = new LedgerReader({ l1: connectL1([anvil.url]), domain: deployment.domain })
  }

  get rpcUrl(): string {
    return this.#anvil.url
  }

  /** The timestamp of the newest block. */
  async now(): Promise<number> {
    return Number((await this.#client().getBlock()).timestamp)
  }

  /** Mines a block that is `seconds` later. */
  async advance(seconds: number): Promise<void> {
    await this.#client().increaseTime({ seconds })
    await this.#client().mine({ blocks: 1 })
  }

  /** The header of a batch that expires after `days`. */
  async headerOf(batch: Uint8Array, days: number): Promise<Header> {
    const { geometry } = this.deployment.members
    const root = toHex(encodeBatch(nodeKernel(), geometry, batch, (encoding) => encoding.root))
    const expiry = (await this.now()) + days * DAY_SECONDS
    return testHeader('', { root, length: batch.length, expiry })
  }

  /** The commitment of each header, all attested together. */
  certify(headers: readonly Header[]): Hex[] {
    const { domain } = this.deployment
    const { signatures } = attest(this.deployment, this.operators, headers)
    const digests = headers.map((header) => headerDigest(domain, header))
    return headers.map((header, index) => {
      const path = headersTree(digests, index).path.map(toHex)
      return toHex(encodeCertificate({ header, index, path, signatures }))
    })
  }

  /** A batch with its commitment. @param name of the batch, whose length is not a multiple of 32 */
  async batch(name: string, days: number, length = 1_001): Promise<{ batch: Uint8Array; commitment: Hex }> {
    const batch = seededBytes(name, length)
    const [commitment = '0x'] = this.certify([await this.headerOf(batch, days)])
    return { batch, commitment }
  }

  /** Posts a certificate as any account may. */
  async post(commitment: Hex): Promise<void> {
    const { deployment } = this
    const certificate = decodeCertificate(fromHex(commitment))
    await this.send(postOneCall(deployment.ledger, certificate, deployment.members))
  }

  /** Starts another epoch with the same members. */
  async startEpoch(): Promise<void> {
    const { committee, members } = this.deployment
    const endpoints = members.members.map(({ endpoint }) => endpoint)
    const args = [packMembers(members.members), endpoints] as const
    const data = encodeFunctionData({ abi: committeeAbi, functionName: 'startEpoch', args })
    await this.send({ to: committee, data, value: 0n })
  }

  async send(call: Call): Promise<void> {
    const client = this.#client()
    const [account = '0x'] = await client.getAddresses()
    const hash = await client.sendTransaction({ ...call, account, chain: null, gas: GAS })
    const { status } = await client.waitForTransactionReceipt({ hash })
    if (status !== 'success') throw new Error(`The transaction ${hash} reverted.`)
  }

  /** Gives an account ether. */
  async fund(address: Hex): Promise<void> {
    await this.#client().setBalance({ address, value: 10n ** 20n })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#anvil.stop()
  }

  #client() {
    return createTestClient({ mode: 'anvil', transport: http(this.rpcUrl), pollingInterval: 20 })
      .extend(publicActions)
      .extend(walletActions)
  }
}
