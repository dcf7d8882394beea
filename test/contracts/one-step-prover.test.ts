// Nitro's OneStepProverHostIo, from its package, with our validator on anvil: it accepts our proofs for valid batches and refuses
// everything else (docs/protocol.md §8).
import hostIo from '@arbitrum/nitro-contracts/build/contracts/src/osp/OneStepProverHostIo.sol/OneStepProverHostIo.json' with { type: 'json' }
import {
  type Abi,
  type PublicClient,
  concat,
  createPublicClient,
  createTestClient,
  encodeDeployData,
  encodeFunctionData,
  getAddress,
  http,
  keccak256,
  padHex,
  stringToHex,
  walletActions,
  zeroAddress,
  zeroHash,
} from 'viem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { disputesAbi } from '../../src/l1/generated/disputes.ts'
import { nitroProofValidatorAbi } from '../../src/l1/generated/nitro-proof-validator.ts'
import { type Hex, fromHex, toHex } from '../../src/protocol/bytes.ts'
import { geometryOf } from '../../src/protocol/geometry.ts'
import type { Header } from '../../src/protocol/header.ts'
import { addressOfSecretKey } from '../../src/protocol/signature.ts'
import { type TestAnvil, startTestAnvil } from '../support/anvil.ts'
import { type Deployment, deployFloe, testHeader, testKey, testOperators } from '../support/deploy.ts'
import {
  certificateOf,
  lineOpenings,
  membersEncoded,
  onL1,
  openingAt,
  placeOfOffset,
  readProof,
  validityProof,
} from '../support/dispute-evidence.ts'
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

const operators = testOperators([2, 1, 1, 1, 2])
const geometry = geometryOf(7)
let anvil: TestAnvil
let client: PublicClient
let floe: Deployment
let prover: Hex
let members: Hex

async function transact(call: { to?: Hex; data: Hex }): Promise<Hex | null | undefined> {
  const wallet = createTestClient({ mode: 'anvil', transport: http(anvil.url) }).extend(walletActions)
  const [account] = await wallet.getAddresses()
  if (account === undefined) throw new Error('anvil has no accounts')
  const hash = await wallet.sendTransaction({ ...call, account, chain: null, gas: 16_000_000n })
  const receipt = await client.waitForTransactionReceipt({ hash })
  expect(receipt.status).toBe('success')
  return receipt.contractAddress
}

beforeAll(async () => {
  anvil = await startTestAnvil()
  client = createPublicClient({ transport: http(anvil.url), pollingInterval: 20 })
  const disperser = { address: addressOfSecretKey(testKey('disperser')), quotaBytes: 1n }
  floe = await deployFloe(anvil.url, operators, disperser)
  members = membersEncoded(floe.members.members)
  const data = encodeDeployData({ ...artifact, args: [floe.nitroProofValidator] })
  prover = (await transact({ data })) ?? zeroAddress
})

afterAll(async () => {
  await anvil.stop()
})

type Certified = {
  readonly batch: Uint8Array
  readonly encoding: EvilEncoding
  readonly header: Header
  readonly certificate: Hex
}

function certified(name: string, length: number, flaw: Parameters<typeof evilEncode>[2] = 'none'): Certified {
  const batch = seededBytes(name, length)
  const encoding = evilEncode(geometry, batch, flaw)
  const header = testHeader(name, { root: toHex(encoding.root), length, expiry: 2 ** 40 })
  return { batch, encoding, header, certificate: certificateOf(floe.domain, operators, header) }
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

type Step = {
  readonly opcode: number
  /** From the bottom of the stack up. */
  readonly stack: readonly bigint[]
  /** The content of the machine's only leaf of memory. */
  readonly leaf: Hex
  readonly proof: Hex
}
type After = { readonly pushed: bigint | undefined; readonly memory: Hex }

/** One step of a machine with a memory of one leaf at address 0. */
async function step({ opcode, stack, leaf, proof }: Step): Promise<After> {
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
  const [after, moduleAfter] = (await client.readContract({
    address: getAddress(prover),
    abi,
    functionName: 'executeOneStep',
    args: [context, machine(stack), module, instruction, whole],
  })) as [
    { status: number; valueStack: { proved: { inner: { contents: bigint }[] } } },
    { moduleMemory: { merkleRoot: Hex } },
  ]
  expect(after.status).toBe(0)
  return {
    pushed: after.valueStack.proved.inner.at(-1)?.contents,
    memory: moduleAfter.moduleMemory.merkleRoot,
  }
}

async function validate(certificate: Hex, proof: Hex): Promise<After> {
  // The type is popped before the pointer.
  return step({
    opcode: VALIDATE_CERTIFICATE,
    stack: [0n, DA_CERTIFICATE],
    leaf: keccak256(certificate),
    proof,
  })
}

async function read(certificate: Hex, offset: number, proof: Hex): Promise<After> {
  return step({
    opcode: READ_PRE_IMAGE,
    stack: [0n, BigInt(offset)],
    leaf: keccak256(certificate),
    proof: concat(['0x00', proof]),
  })
}

function honestRead(of: Certified, offset: number): Hex {
  return readProof(of.certificate, openingAt(of.encoding, placeOfOffset(of.encoding, offset)), members)
}

async function honestlyRead(of: Certified, offset: number): Promise<After> {
  return read(of.certificate, offset, honestRead(of, offset))
}

/** The state of the machine after it read the batch at `offset`. A short word leaves the rest of the leaf unchanged. */
function afterRead(of: Certified, offset: number): After {
  const word = of.batch.subarray(offset, offset + 32)
  const leaf = fromHex(keccak256(of.certificate))
  leaf.set(word)
  return { pushed: BigInt(word.length), memory: memoryRoot(toHex(leaf)) }
}

describe('ReadPreimage', () => {
  test('the prover accepts the word at every offset of a small batch, including the short last one', async () => {
    const small = certified('small', 999)
    for (let offset = 0; offset < 999; offset += 32)
      expect(await honestlyRead(small, offset)).toEqual(afterRead(small, offset))
  })

  test('the prover accepts words at the ends of chunks, symbols and rows, and at random offsets', async () => {
    // Each symbol has two chunks, the second of them short.
    const large = certified('large', 15 * 2080 - 5)
    const row = 5 * 2080
    const edges = [0, 2016, 2048, 2080, row - 32, row, 2 * row, 15 * 2080 - 32]
    const random = Array.from(seededBytes('offsets', 12), (byte, i) => 32 * ((byte * 31 + i * 97) % 975))
    for (const offset of [...edges, ...random])
      expect(await honestlyRead(large, offset)).toEqual(afterRead(large, offset))
  })

  test('the prover refuses a wrong chunk, a wrong offset and a wrong certificate', async () => {
    const small = certified('small', 999)
    const other = certified('other', 999)
    await expect(read(small.certificate, 64, honestRead(small, 128))).rejects.toThrow('OpeningInvalid')
    await expect(read(small.certificate, 999 + 25, honestRead(small, 992))).rejects.toThrow('OffsetInvalid')
    await expect(read(small.certificate, 0, honestRead(other, 0))).rejects.toThrow('WRONG_CERTIFICATE_HASH')
    const foreign = readProof(
      small.certificate,
      openingAt(other.encoding, placeOfOffset(other.encoding, 0)),
      members,
    )
    await expect(read(small.certificate, 0, foreign)).rejects.toThrow('OpeningInvalid')
  })

  test('the prover refuses a chunk with any byte changed', async () => {
    const small = certified('small', 999)
    const opening = fromHex(openingAt(small.encoding, placeOfOffset(small.encoding, 0)))
    for (let i = 0; i < opening.length; i += 7) {
      const changed = opening.slice()
      changed[i] = (changed[i] ?? 0) ^ 0x40
      const proof = readProof(small.certificate, toHex(changed), members)
      await expect(read(small.certificate, 0, proof), `byte ${i}`).rejects.toThrow('OpeningInvalid')
    }
  })
})

describe('ValidateCertificate', () => {
  /** The outcome of each claim: the value that the machine pushes, or the reason for which the prover reverts. */
  async function outcomes(certificate: Hex, aux: Hex = members): Promise<{ valid: string; invalid: string }> {
    const outcome = async (claim: boolean): Promise<string> => {
      try {
        return String((await validate(certificate, validityProof(certificate, claim, aux))).pushed)
      } catch (error) {
        return /CLAIMED_\w+/.exec(String(error))?.[0] ?? String(error)
      }
    }
    return { valid: await outcome(true), invalid: await outcome(false) }
  }
  const yes = { valid: '1', invalid: 'CLAIMED_INVALID_BUT_VALID' }
  const no = { valid: 'CLAIMED_VALID_BUT_INVALID', invalid: '0' }

  test('the prover accepts a certificate of a quorum as valid, and refuses the claim that it is not', async () => {
    expect(await outcomes(certified('small', 999).certificate)).toEqual(yes)
  })

  test('the prover accepts a certificate without a quorum as invalid', async () => {
    const { header } = certified('small', 999)
    expect(await outcomes(certificateOf(floe.domain, operators, header, [0, 1]))).toEqual(no)
  })

  test('the prover accepts a certificate that is changed anywhere as invalid', async () => {
    const bytes = fromHex(certified('small', 999).certificate)
    for (let i = 0; i < bytes.length; i += 5) {
      const changed = bytes.slice()
      changed[i] = (changed[i] ?? 0) ^ 0x01
      expect(await outcomes(toHex(changed))).toEqual(no)
    }
  })

  test('the prover accepts bytes that are not a certificate as invalid, without members', async () => {
    for (const bytes of ['0x', '0x01', '0x016601', padHex('0x01', { size: 600 })] as const) {
      expect(await outcomes(bytes, '0x')).toEqual(no)
    }
  })

  test('the prover accepts a length that the replay cannot read to its end as invalid', async () => {
    for (const length of [32, 960])
      expect(await outcomes(certified(`length ${length}`, length).certificate)).toEqual(no)
  })

  test('the prover refuses members that are not the committee', async () => {
    const { certificate } = certified('small', 999)
    for (const claim of [true, false]) {
      const proof = validityProof(certificate, claim, '0x')
      await expect(validate(certificate, proof)).rejects.toThrow('MembersMismatch')
    }
  })

  test('after evidence on L1, the prover accepts the certificate as invalid and still proves earlier reads', async () => {
    const evil = certified('evil', 999, 'parity-row')
    expect(await outcomes(evil.certificate)).toEqual(yes)
    const line = { side: 1, index: 0, chunk: 0, byteIndex: 0, points: 0b1000111n }
    const args = [
      evil.certificate,
      onL1(floe.members.members),
      line,
      lineOpenings(evil.encoding, line),
    ] as const
    await transact({
      to: floe.disputes,
      data: encodeFunctionData({ abi: disputesAbi, functionName: 'disproveParity', args }),
    })
    expect(await outcomes(evil.certificate)).toEqual(no)
    expect(await outcomes(evil.certificate, '0x')).toEqual(no)
    expect(await honestlyRead(evil, 0)).toEqual(afterRead(evil, 0))
  })
})
