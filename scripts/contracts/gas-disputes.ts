// Measures the gas of disputes, on a new chain for each size of committee. Each symbol of the batches has one whole chunk of 2,048
// bytes, which is opened, and the start of a second one. All data is derived from names, so every run gives the same numbers.
import { createPublicClient, createTestClient, encodeFunctionData, http, walletActions } from 'viem'
import type { Abi } from 'viem'
import { disputesAbi } from '../../src/l1/generated/disputes.ts'
import { nitroProofValidatorAbi } from '../../src/l1/generated/nitro-proof-validator.ts'
import { type Hex, concatBytes, fromHex, toHex, uintBytes } from '../../src/protocol/bytes.ts'
import { geometryOf, pairOfShard } from '../../src/protocol/geometry.ts'
import { type Header, encodeHeader, headerDigest } from '../../src/protocol/header.ts'
import { type Deployment, deployFloe, testHeader, testKey, testOperators } from '../../test/support/deploy.ts'
import {
  type ChunkPlace,
  certificateOf,
  lineOpenings,
  membersEncoded,
  onL1,
  openingAt,
  placeOfOffset,
  validityProof,
} from '../../test/support/dispute-evidence.ts'
import { type EvilEncoding, type Flaw, evilEncode } from '../../test/support/evil-encoder.ts'
import { seededBytes } from '../../test/support/random-bytes.ts'
import { addressOfSecretKey } from '../../src/protocol/signature.ts'
import { Anvil } from '../../src/devnet/anvil.ts'
import { systemClock } from '../../src/runtime/clock.ts'

type Bench = {
  readonly url: string
  readonly sender: Hex
  readonly floe: Deployment
  readonly operators: ReturnType<typeof testOperators>
}
type Case = { readonly encoding: EvilEncoding; readonly header: Header; readonly certificate: Hex }
type Call = {
  readonly abi: Abi
  readonly functionName: string
  readonly args: readonly unknown[]
  readonly value?: bigint
}

const GAS_LIMIT = 16_000_000n
const WINDOW = 1000n
/** Below the limit of 128 KiB for a transaction, with room for everything other than the openings. */
const PART_BYTES_MAX = 110 * 1024
/** Later than the clock of any machine that runs this. */
const EXPIRY = 2 ** 40

async function setUp(url: string, shards: number): Promise<Bench> {
  const operators = testOperators(Array.from({ length: shards }, () => 1))
  const disperser = { address: addressOfSecretKey(testKey('disperser')), quotaBytes: 1n }
  const floe = await deployFloe(url, operators, disperser, { window: WINDOW })
  const wallet = createTestClient({ mode: 'anvil', transport: http(url) }).extend(walletActions)
  const [, sender] = await wallet.getAddresses()
  if (sender === undefined) throw new Error('anvil has no second account')
  return { url, sender, floe, operators }
}

async function gasOf(bench: Bench, call: Call): Promise<number> {
  const wallet = createTestClient({ mode: 'anvil', transport: http(bench.url) }).extend(walletActions)
  const reader = createPublicClient({ transport: http(bench.url), pollingInterval: 20, cacheTime: 0 })
  const hash = await wallet.sendTransaction({
    account: bench.sender,
    chain: null,
    to: bench.floe.disputes,
    data: encodeFunctionData(call),
    value: call.value ?? 0n,
    gas: GAS_LIMIT,
  })
  const receipt = await reader.waitForTransactionReceipt({ hash })
  if (receipt.status !== 'success') throw new Error(`${call.functionName} reverted`)
  return Number(receipt.gasUsed)
}

/**
 * The gas that another contract pays for a view. A creation code reads the remaining gas before and after the call, so that neither
 * the transaction nor the floor of its calldata counts.
 */
async function gasOfView(bench: Bench, to: Hex, call: Call): Promise<number> {
  const data = fromHex(encodeFunctionData(call))
  const length = uintBytes(data.length, 4)
  // PUSH4 length, PUSH2 start, PUSH0, CODECOPY; GAS; STATICCALL(GAS, to, 0, length, 0, 0); SWAP1, GAS, SWAP1, SUB; MSTORE both
  const code = concatBytes(
    Uint8Array.of(0x63, ...length, 0x61, 0, 0, 0x5f, 0x39, 0x5a),
    Uint8Array.of(0x5f, 0x5f, 0x63, ...length, 0x5f, 0x73, ...fromHex(to), 0x5a, 0xfa),
    Uint8Array.of(0x90, 0x5a, 0x90, 0x03, 0x5f, 0x52, 0x60, 0x20, 0x52, 0x60, 0x40, 0x5f, 0xf3),
  )
  const probe = concatBytes(code, data)
  // The start of the call's data, which depends on the length of the code itself.
  probe[7] = code.length
  const reader = createPublicClient({ transport: http(bench.url) })
  const result = await reader.call({ data: toHex(probe), gas: GAS_LIMIT })
  if (result.data === undefined || BigInt(`0x${result.data.slice(66)}`) !== 1n) {
    throw new Error(`${call.functionName} reverted`)
  }
  return Number(BigInt(result.data.slice(0, 66)))
}

function caseOf(bench: Bench, flaw: Flaw | 'none'): Case {
  const geometry = geometryOf(bench.operators.length)
  // One byte less than a multiple of 32: the batch has padding, and Nitro accepts it.
  const batch = seededBytes(`gas ${flaw}`, geometry.rows * geometry.columns * 2080 - 1)
  const encoding = evilEncode(geometry, batch, flaw)
  const header = testHeader(flaw, {
    root: toHex(encoding.root),
    length: batch.length,
    expiry: EXPIRY,
  })
  // Exactly a quorum of signers.
  const signers = Array.from({ length: geometry.columns }, (_, i) => i)
  return { encoding, header, certificate: certificateOf(bench.floe.domain, bench.operators, header, signers) }
}

function disputeCall(functionName: string, args: readonly unknown[], value?: bigint): Call {
  return { abi: disputesAbi, functionName, args, ...(value === undefined ? {} : { value }) }
}

async function measureWithheld(bench: Bench, of: Case): Promise<Record<string, number>> {
  const members = onL1(bench.floe.members.members)
  const bond = 10n ** 17n
  // The pair of the first shard. Its member signed the certificate, so withholding is fined.
  const pair = pairOfShard(of.encoding.root, 0, of.encoding.geometry.shards)
  const places = [0, 1].map((symbol): ChunkPlace => ({ pair, side: 'row', symbol, chunk: 0 }))
  const positions = places.map((place) => ({ ...place, side: 0 }))
  const challenge = (position: unknown): Call =>
    disputeCall('challenge', [of.certificate, members, position], bond)
  const header = toHex(encodeHeader(of.header))
  const digest = toHex(headerDigest(bench.floe.domain, of.header))
  const opening = openingAt(of.encoding, places[0] as ChunkPlace)
  const challenged = await gasOf(bench, challenge(positions[0]))
  const answered = await gasOf(bench, disputeCall('answer', [header, bench.sender, opening]))
  await gasOf(bench, challenge(positions[1]))
  const wallet = createTestClient({ mode: 'anvil', transport: http(bench.url) })
  await wallet.increaseTime({ seconds: Number(WINDOW) + 1 })
  const expired = await gasOf(bench, disputeCall('expire', [digest, bench.sender, positions[1]]))
  return { challenge: challenged, answer: answered, expire: expired }
}

/** @returns The gas of every part. */
async function measureParity(bench: Bench, of: Case, side: 0 | 1): Promise<number[]> {
  const { shards, rows, columns } = of.encoding.geometry
  const last = 1n << BigInt(shards - 1)
  const width = side === 0 ? columns : rows
  const line = { side, index: 0, chunk: 0, byteIndex: 0, points: ((1n << BigInt(width)) - 1n) | last }
  const openings = lineOpenings(of.encoding, line)
  const perPart = Math.floor(PART_BYTES_MAX / ((openings[0] as Hex).length / 2 + 64))
  const members = onL1(bench.floe.members.members)
  const gas: number[] = []
  for (let i = 0; i < openings.length; i += perPart) {
    const args = [of.certificate, members, line, openings.slice(i, i + perPart)]
    gas.push(await gasOf(bench, disputeCall('disproveParity', args)))
  }
  return gas
}

async function measureEvidence(bench: Bench): Promise<Record<string, number>> {
  const members = onL1(bench.floe.members.members)
  const gas: Record<string, number> = {}
  for (const [name, flaw, side] of [
    ['a', 'parity-row', 1],
    ['b', 'parity-column', 0],
  ] as const) {
    const parts = await measureParity(bench, caseOf(bench, flaw), side)
    const label = parts.length === 1 ? '' : `, in ${parts.length} parts`
    gas[`disprove (${name}) parity of a ${side === 1 ? 'column' : 'row'}${label}`] = parts.reduce(
      (sum, part) => sum + part,
      0,
    )
  }
  const symbol = caseOf(bench, 'shared-symbol')
  const place = { pair: 0, symbol: 0, chunk: 0 }
  const openings = (['row', 'column'] as const).map((side) => openingAt(symbol.encoding, { ...place, side }))
  const symbolCall = disputeCall('disproveSymbol', [symbol.certificate, members, ...openings])
  gas['disprove (c) symbol'] = await gasOf(bench, symbolCall)

  const padding = caseOf(bench, 'padding')
  const end = placeOfOffset(padding.encoding, padding.header.length)
  const args = [padding.certificate, members, openingAt(padding.encoding, end), 31]
  gas['disprove (d) padding'] = await gasOf(bench, disputeCall('disprovePadding', args))
  return gas
}

async function measureViews(bench: Bench, of: Case): Promise<Record<string, number>> {
  const { disputes, nitroProofValidator, members } = bench.floe
  const opening = openingAt(of.encoding, placeOfOffset(of.encoding, 64))
  const read = disputeCall('read', [of.certificate, onL1(members.members), 64n, opening])
  const proof = validityProof(of.certificate, true, membersEncoded(members.members))
  const validate = { abi: nitroProofValidatorAbi, functionName: 'validateCertificate', args: [proof] }
  return {
    'read, transaction': await gasOf(bench, read),
    'read, execution': await gasOfView(bench, disputes, read),
    'validateCertificate, execution': await gasOfView(bench, nitroProofValidator, validate),
  }
}

/** Gas by name, for a committee of `operators` operators with a shard each. */
export async function measureDisputes(operators: number): Promise<Record<string, number>> {
  await using chain = await Anvil.start({}, systemClock)
  const bench = await setUp(chain.url, operators)
  const valid = caseOf(bench, 'none')
  const gas = {
    ...(await measureViews(bench, valid)),
    ...(await measureEvidence(bench)),
    ...(await measureWithheld(bench, valid)),
  }
  return Object.fromEntries(
    Object.entries(gas).map(([name, amount]) => [`${operators} operators: ${name}`, amount]),
  )
}
