// Batches of a committee whose keys the test has, with Nitro's one-step prover and our validator on anvil.
import { type PublicClient, createPublicClient, createTestClient, http } from 'viem'
import { postCall } from '../../src/l1/poster.ts'
import { type Hex, toHex } from '../../src/protocol/bytes.ts'
import { encodeCertificate } from '../../src/protocol/certificate.ts'
import { geometryOf } from '../../src/protocol/geometry.ts'
import { type Header, headersTree, headerDigest } from '../../src/protocol/header.ts'
import { addressOfSecretKey } from '../../src/protocol/signature.ts'
import { type TestAnvil, startTestAnvil } from '../support/anvil.ts'
import {
  type Deployment,
  type Operator,
  attest,
  deployFloe,
  testHeader,
  testKey,
  testOperators,
} from '../support/deploy.ts'
import { type EvilEncoding, evilEncode } from '../support/evil-encoder.ts'
import { type After, OneStepProver, transact } from '../support/one-step-prover.ts'
import { seededBytes } from '../support/random-bytes.ts'

export const DAY: number = 86_400
export const NOTICE: number = 7 * DAY
export const PROMISE: number = 15 * DAY
export const operators: readonly Operator[] = testOperators([2, 1, 1, 1, 2])
const geometry = geometryOf(7)

/** A batch that a quorum attested to, with the certificate of its header. */
export type Certified = {
  readonly batch: Uint8Array
  readonly encoding: EvilEncoding
  readonly header: Header
  readonly certificate: Hex
}

export class ProverWorld implements AsyncDisposable {
  readonly floe: Deployment
  readonly #anvil: TestAnvil
  readonly #client: PublicClient
  readonly #prover: OneStepProver

  static async start(): Promise<ProverWorld> {
    const anvil = await startTestAnvil()
    const disperser = { address: addressOfSecretKey(testKey('disperser')), quotaBytes: 1n }
    const terms = { noticeSeconds: BigInt(NOTICE), promiseSeconds: BigInt(PROMISE) }
    const floe = await deployFloe(anvil.url, operators, disperser, terms)
    const client = createPublicClient({ transport: http(anvil.url), pollingInterval: 20 })
    return new ProverWorld(
      anvil,
      client,
      floe,
      await OneStepProver.deploy(anvil.url, floe.nitroProofValidator),
    )
  }

  private constructor(anvil: TestAnvil, client: PublicClient, floe: Deployment, prover: OneStepProver) {
    this.#anvil = anvil
    this.#client = client
    this.floe = floe
    this.#prover = prover
  }

  get rpcUrl(): string {
    return this.#anvil.url
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#anvil.stop()
  }

  /** Sends a transaction, of anvil's first account, which owns the committee. */
  async transact(call: { to?: Hex; data: Hex; value?: bigint }): Promise<void> {
    await transact(this.#anvil.url, call)
  }

  /** The time of L1, in unix seconds. */
  async now(): Promise<number> {
    return Number((await this.#client.getBlock()).timestamp)
  }

  /** Moves the time of L1 on, to a second of the future. */
  async moveTo(seconds: number): Promise<void> {
    const chain = createTestClient({ mode: 'anvil', transport: http(this.#anvil.url) })
    await chain.setNextBlockTimestamp({ timestamp: BigInt(seconds) })
    await chain.mine({ blocks: 1 })
  }

  /** @param expiresIn seconds from now */
  async certified(
    name: string,
    length: number,
    {
      flaw = 'none',
      expiresIn = PROMISE - DAY,
    }: { flaw?: Parameters<typeof evilEncode>[2]; expiresIn?: number } = {},
  ): Promise<Certified> {
    const batch = seededBytes(name, length)
    const encoding = evilEncode(geometry, batch, flaw)
    const expiry = (await this.now()) + expiresIn
    const header = testHeader(name, { root: toHex(encoding.root), length, expiry })
    return { batch, encoding, header, certificate: this.certificateOf([header], 0) }
  }

  /** The certificate of one of the headers that were attested together. @param signers member indexes */
  certificateOf(headers: readonly Header[], index: number, signers?: readonly number[]): Hex {
    const { signatures } = attest(this.floe, operators, headers, signers)
    const { path } = headersTree(
      headers.map((header) => headerDigest(this.floe.domain, header)),
      index,
    )
    const header = headers[index]
    if (header === undefined) throw new Error(`no header ${index}`)
    return toHex(encodeCertificate({ header, index, path: path.map(toHex), signatures }))
  }

  /** Posts headers under one headersRoot. @throws when the Ledger refuses it */
  async post(headers: readonly Header[]): Promise<void> {
    const { domain, members: committee } = this.floe
    const { headers: packed, signatures } = attest(this.floe, operators, headers)
    await this.transact(postCall(domain.ledger, { headers: packed, committee, signatures }))
  }

  async validate(certificate: Hex, proof: Hex): Promise<After> {
    return this.#prover.validate(certificate, proof)
  }

  async read(certificate: Hex, offset: number, proof: Hex): Promise<After> {
    return this.#prover.read(certificate, offset, proof)
  }
}
