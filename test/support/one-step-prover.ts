// Nitro's OneStepProverHostIo, from its package, with our validator on anvil.
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
import { type Hex, fromHex, toHex } from '../../src/protocol/bytes.ts'

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

export type After = { readonly pushed: bigint | undefined; readonly memory: Hex }

type Step = {
  readonly opcode: number
  /** From the bottom of the stack up. */
  readonly stack: readonly bigint[]
  /** The content of the machine's only leaf of memory. */
  readonly leaf: Hex
  readonly proof: Hex
}

export class OneStepProver {
  readonly #client: PublicClient
  readonly #address: Hex

  /** @param validator address of the NitroProofValidator */
  static async deploy(rpcUrl: string, validator: Hex): Promise<OneStepProver> {
    const data = encodeDeployData({ ...artifact, args: [validator] })
    const address = await transact(rpcUrl, { data })
    return new OneStepProver(createPublicClient({ transport: http(rpcUrl) }), address ?? zeroAddress)
  }

  private constructor(client: PublicClient, address: Hex) {
    this.#client = client
    this.#address = address
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
      address: getAddress(this.#address),
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
export function afterRead(
  { batch, certificate }: { readonly batch: Uint8Array; readonly certificate: Hex },
  offset: number,
): After {
  const word = batch.subarray(offset, offset + 32)
  const leaf = fromHex(keccak256(certificate))
  leaf.set(word)
  return { pushed: BigInt(word.length), memory: memoryRoot(toHex(leaf)) }
}

/** Sends a transaction, of anvil's first account. @returns the address of the contract that it created */
export async function transact(
  url: string,
  call: { to?: Hex; data: Hex; value?: bigint },
): Promise<Hex | null | undefined> {
  const client = createPublicClient({ transport: http(url), pollingInterval: 20 })
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
