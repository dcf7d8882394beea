// Nitro's OneStepProverHostIo, from its package, with our validator on anvil, and batches of a committee whose keys the test has.
import hostIo from '@arbitrum/nitro-contracts/build/contracts/src/osp/OneStepProverHostIo.sol/OneStepProverHostIo.json' with { type: 'json' }
import {
  type Abi,
  type PublicClient,
  concat,
  createPublicClient,
  createTestClient,
  encodeDeployData,
  getAddress,
  http,
  keccak256,
  stringToHex,
  walletActions,
  zeroAddress,
  zeroHash,
} from 'viem'
import { nitroProofValidatorAbi } from '../../src/l1/generated/nitro-proof-validator.ts'
import { postCall } from '../../src/l1/poster.ts'
import { type Hex, fromHex, toHex } from '../../src/protocol/bytes.ts'
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
import { seededBytes } from '../support/random-bytes.ts'

type Artifact = { readonly abi: Abi; readonly bytecode: Hex }

// TypeScript infers wider types from JSON.
const artifact = hostIo as unknown as Artifact

/** With the errors of the validator, which the prover passes on. */
const abi: Abi = [...artifact.abi, ...nitroProofValidatorAbi]
const VALIDATE_CERTIFICATE = 0x8019
const READ_PRE_IMAGE = 0x8020
const DA_CERTIFICATE = 3n
const I32 = 0
const GAS = 16_000_000n

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

export type After = { readonly pushed: bigint | undefined; readonly memory: Hex }

type Step = {
  readonly opcode: number
  /** From the bottom of the stack up. */
  readonly stack: readonly bigint[]
  /** The content of the machine's only leaf of memory. */
  readonly leaf: Hex
  readonly proof: Hex
}

export class ProverWorld implements AsyncDisposable {
  readonly floe: Deployment
  readonly #anvil: TestAnvil
  readonly #client: PublicClient
  readonly #prover: Hex

  static async start(): Promise<ProverWorld> {
    const anvil = await startTestAnvil()
    const disperser = { address: addressOfSecretKey(testKey('disperser')), quotaBytes: 1n }
    const terms = { noticeSeconds: BigInt(NOTICE), promiseSeconds: BigInt(PROMISE) }
    const floe = await deployFloe(anvil.url, operators, disperser, terms)
    const client = createPublicClient({ transport: http(anvil.url), pollingInterval: 20 })
    const data = encodeDeployData({ ...artifact, args: [floe.nitroProofValidator] })
    const prover = await transact(anvil.url, client, { data })
    return new ProverWorld(anvil, client, floe, prover ?? zeroAddress)
  }

  private constructor(anvil: TestAnvil, client: PublicClient, floe: Deployment, prover: Hex) {
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
    await transact(this.#anvil.url, this.#client, call)
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
    // The type is popped before the pointer.
    return this.#step({
      opcode: VALIDATE_CERTIFICATE,
      stack: [0n, DA_CERTIFICATE],
      leaf: keccak256(certificate),
      proof,
    })
  }

  async read(certificate: Hex, offset: number, proof: Hex): Promise<After> {
    return this.#step({
      opcode: READ_PRE_IMAGE,
      stack: [0n, BigInt(offset)],
      leaf: keccak256(certificate),
      proof: concat(['0x00', proof]),
    })
  }

  /** One step of a machine with a memory of one leaf at address 0. */
  async #step({ opcode, stack, leaf, proof }: Step): Promise<After> {
    const module = {
      globalsMerkleRoot: zeroHash,
      moduleMemory: { size: 32n, maxSize: 32n, merkleRoot: memoryRoot(leaf) },
      tablesMerkleRoot: zeroHash,
      functionsMerkleRoot: zeroHash,
      extraHash: zeroHash,
      internalsOffset: 0,
    }
    const context = { maxInboxMessagesRead: 0n, bridge: zeroAddress, initialWasmModuleRoot: zeroHash }
    // The leaf, a Merkle path without siblings, and the proof for the instruction.
    const whole = concat([leaf, '0x00', proof])
    const instruction = { opcode, argumentData: DA_CERTIFICATE }
    const [after, moduleAfter] = (await this.#client.readContract({
      address: getAddress(this.#prover),
      abi,
      functionName: 'executeOneStep',
      args: [context, machine(stack), module, instruction, whole],
    })) as [
      { status: number; valueStack: { proved: { inner: { contents: bigint }[] } } },
      { moduleMemory: { merkleRoot: Hex } },
    ]
    if (after.status !== 0) throw new Error(`Expected a running machine, got status ${after.status}.`)
    return {
      pushed: after.valueStack.proved.inner.at(-1)?.contents,
      memory: moduleAfter.moduleMemory.merkleRoot,
    }
  }
}

/** The state of the machine after it read the batch at `offset`. A short word leaves the rest of the leaf unchanged. */
export function afterRead(of: Certified, offset: number): After {
  const word = of.batch.subarray(offset, offset + 32)
  const leaf = fromHex(keccak256(of.certificate))
  leaf.set(word)
  return { pushed: BigInt(word.length), memory: memoryRoot(toHex(leaf)) }
}

async function transact(
  url: string,
  client: PublicClient,
  call: { to?: Hex; data: Hex; value?: bigint },
): Promise<Hex | null | undefined> {
  const wallet = createTestClient({ mode: 'anvil', transport: http(url) }).extend(walletActions)
  const [account] = await wallet.getAddresses()
  if (account === undefined) throw new Error('anvil has no accounts')
  const hash = await wallet.sendTransaction({ ...call, account, chain: null, gas: GAS })
  const receipt = await client.waitForTransactionReceipt({ hash })
  if (receipt.status !== 'success') throw new Error(`The transaction ${hash} reverted.`)
  return receipt.contractAddress
}

/** The root of a memory with one leaf. */
function memoryRoot(leaf: Hex): Hex {
  return keccak256(concat([stringToHex('Memory leaf:'), leaf]))
}

function machine(stack: readonly bigint[]): unknown {
  const empty = { proved: { inner: [] }, remainingHash: zeroHash }
  const multi = { inactiveStackHash: zeroHash, remainingHash: zeroHash }
  return {
    status: 0,
    valueStack: {
      proved: { inner: stack.map((contents) => ({ valueType: I32, contents })) },
      remainingHash: zeroHash,
    },
    valueMultiStack: multi,
    internalStack: empty,
    frameStack: { proved: [], remainingHash: zeroHash },
    frameMultiStack: multi,
    globalStateHash: zeroHash,
    moduleIdx: 0,
    functionIdx: 0,
    functionPc: 0,
    recoveryPc: zeroHash,
    modulesRoot: zeroHash,
  }
}
