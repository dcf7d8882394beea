// Measures the gas of posting and verifying, as whole transactions on anvil, and writes the numbers to a snapshot. All data is derived
// with keccak256: it looks random and is the same on every run, so the snapshot is exact. `--check` writes nothing and fails if a
// number has changed.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Abi,
  type Hex,
  concat,
  createPublicClient,
  createWalletClient,
  encodeFunctionData,
  getAddress,
  hashTypedData,
  hexToBytes,
  http,
  keccak256,
  numberToHex,
  parseSignature,
  serializeCompactSignature,
  signatureToCompactSignature,
  size,
  slice,
  stringToHex,
  zeroHash,
} from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { foundry } from 'viem/chains'
import { Anvil } from '../../src/devnet/anvil.ts'
import { committeeAbi, committeeBytecode } from '../../src/l1/generated/committee.ts'
import { ledgerAbi, ledgerBytecode } from '../../src/l1/generated/ledger.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { measureDisputes } from './gas-disputes.ts'

type Clients = ReturnType<typeof connect>
type Operator = ReturnType<typeof privateKeyToAccount>
type Member = { readonly signer: Hex; readonly shards: number; readonly stake: bigint }
type Header = {
  readonly root: Hex
  readonly length: number
  readonly epoch: number
  readonly expiry: bigint
  readonly disperser: Hex
  readonly contentHash: Hex
}
type Bench = {
  readonly clients: Clients
  readonly sender: Hex
  readonly ledger: Hex
  readonly operators: readonly Operator[]
  readonly members: readonly Member[]
}
type Attested = { readonly digests: readonly Hex[]; readonly signers: bigint; readonly signatures: Hex }

const snapshotFile = join(import.meta.dirname, '../../contracts/snapshots/gas.json')
// Above every measured number and below the cap of EIP-7825. Fixed, so that the numbers contain no estimate.
const GAS_LIMIT = 16_000_000n
const EPOCH = 1

const headerTypes = {
  Header: [
    { name: 'root', type: 'bytes32' },
    { name: 'length', type: 'uint32' },
    { name: 'epoch', type: 'uint32' },
    { name: 'expiry', type: 'uint64' },
    { name: 'disperser', type: 'address' },
    { name: 'contentHash', type: 'bytes32' },
  ],
} as const
const attestationTypes = {
  Attestation: [
    { name: 'headersRoot', type: 'bytes32' },
    { name: 'epoch', type: 'uint32' },
  ],
} as const

function connect(url: string) {
  const transport = http(url)
  return {
    reader: createPublicClient({ chain: foundry, transport, pollingInterval: 20, cacheTime: 0 }),
    writer: createWalletClient({ chain: foundry, transport }),
  }
}

function derived(seed: string): Hex {
  return keccak256(stringToHex(seed))
}

function domainOf(ledger: Hex) {
  return { name: 'Floe', version: '1', chainId: foundry.id, verifyingContract: ledger } as const
}

function makeHeaders(seed: string, count: number, named: boolean): Header[] {
  return Array.from({ length: count }, (_, i) => ({
    root: derived(`${seed} root ${i}`),
    length: 131_072 + (Number(BigInt(derived(`${seed} length ${i}`)) & 0xffffn) | 1),
    epoch: EPOCH,
    expiry: 1_800_000_000n + BigInt(i),
    disperser: getAddress(slice(derived('disperser'), 12)),
    contentHash: named ? derived(`${seed} content ${i}`) : zeroHash,
  }))
}

function packHeader(header: Header): Hex {
  return concat([
    header.root,
    numberToHex(header.length, { size: 4 }),
    numberToHex(header.epoch, { size: 4 }),
    numberToHex(header.expiry, { size: 8 }),
    header.disperser,
    header.contentHash,
  ])
}

/** The next level of the tree of protocol §4. */
function levelAbove(level: readonly Hex[]): Hex[] {
  return Array.from({ length: Math.ceil(level.length / 2) }, (_, i) => {
    const [left, right] = level.slice(2 * i, 2 * i + 2)
    if (left === undefined) throw new Error('a level has no hole')
    if (right === undefined) return left
    return keccak256(BigInt(left) < BigInt(right) ? concat([left, right]) : concat([right, left]))
  })
}

function rootOf(digests: readonly Hex[]): Hex {
  let level = digests
  while (level.length > 1) level = levelAbove(level)
  return level[0] ?? zeroHash
}

/** The path of the first of several digests. It has a neighbour on every level. */
function pathOfFirst(digests: readonly Hex[]): Hex[] {
  const path: Hex[] = []
  for (let level = digests; level.length > 1; level = levelAbove(level)) path.push(level[1] ?? zeroHash)
  return path
}

/** As few operators as suffice, from the first on. */
async function attest(bench: Bench, headers: readonly Header[]): Promise<Attested> {
  const domain = domainOf(bench.ledger)
  const digests = headers.map((message) =>
    hashTypedData({ domain, types: headerTypes, primaryType: 'Header', message }),
  )
  const count = bench.operators.length - Math.floor((bench.operators.length - 1) / 3)
  const message = { headersRoot: rootOf(digests), epoch: EPOCH }
  const signatures = await Promise.all(
    bench.operators.slice(0, count).map(async (operator) => {
      const signature = await operator.signTypedData({
        domain,
        types: attestationTypes,
        primaryType: 'Attestation',
        message,
      })
      return serializeCompactSignature(signatureToCompactSignature(parseSignature(signature)))
    }),
  )
  return { digests, signers: (1n << BigInt(count)) - 1n, signatures: concat(signatures) }
}

function makeCertificate(header: Header, attested: Attested): Hex {
  const path = pathOfFirst(attested.digests)
  const signers = numberToHex(attested.signers)
  const signersBytes = signers.length % 2 === 0 ? signers : (`0x0${signers.slice(2)}` as const)
  return concat([
    '0x016601',
    packHeader(header),
    numberToHex(path.length, { size: 1 }),
    ...path,
    numberToHex(size(signersBytes), { size: 1 }),
    signersBytes,
    attested.signatures,
  ])
}

async function gasOf(bench: Pick<Bench, 'clients' | 'sender'>, to: Hex, data: Hex): Promise<number> {
  const hash = await bench.clients.writer.sendTransaction({ account: bench.sender, to, data, gas: GAS_LIMIT })
  const receipt = await bench.clients.reader.waitForTransactionReceipt({ hash })
  if (receipt.status !== 'success') throw new Error(`transaction ${hash} reverted`)
  return Number(receipt.gasUsed)
}

async function deploy(
  clients: Clients,
  sender: Hex,
  code: { abi: Abi; bytecode: Hex; args: readonly unknown[] },
): Promise<Hex> {
  const hash = await clients.writer.deployContract({ ...code, account: sender, gas: GAS_LIMIT })
  const { contractAddress } = await clients.reader.waitForTransactionReceipt({ hash })
  if (contractAddress === null || contractAddress === undefined) throw new Error('deployment has no address')
  return contractAddress
}

/** Deploys a ledger whose only epoch has operators with one shard each. @returns also the gas of starting that epoch */
async function setUp(
  clients: Clients,
  sender: Hex,
  count: number,
): Promise<{ bench: Bench; epochGas: number }> {
  const operators = Array.from({ length: count }, (_, i) =>
    privateKeyToAccount(derived(`operator ${i}`)),
  ).sort((a, b) => (BigInt(a.address) < BigInt(b.address) ? -1 : 1))
  const members = operators.map((operator) => ({ signer: operator.address, shards: 1, stake: 0n }))
  const committee = await deploy(clients, sender, {
    abi: committeeAbi,
    bytecode: committeeBytecode,
    args: [sender],
  })
  const ledger = await deploy(clients, sender, {
    abi: ledgerAbi,
    bytecode: ledgerBytecode,
    args: [committee],
  })
  const endpoints = members.map((_, i) => `https://storage-${i}.example:7000`)
  const data = encodeFunctionData({
    abi: committeeAbi,
    functionName: 'startEpoch',
    args: [members, endpoints],
  })
  const epochGas = await gasOf({ clients, sender }, committee, data)
  return { bench: { clients, sender, ledger, operators, members }, epochGas }
}

async function post(bench: Bench, headers: readonly Header[]): Promise<number> {
  const { signers, signatures } = await attest(bench, headers)
  const packed = concat(headers.map(packHeader))
  const args = [packed, bench.members, signers, signatures] as const
  return gasOf(bench, bench.ledger, encodeFunctionData({ abi: ledgerAbi, functionName: 'post', args }))
}

/** The gas of execution: that of the transaction without 21,000 and the calldata. Valid above the floor of EIP-7623. */
function executionGas(gas: number, data: Hex): number {
  const bytes = hexToBytes(data)
  const zeros = bytes.filter((byte) => byte === 0).length
  const tokens = zeros + 4 * (bytes.length - zeros)
  if (gas <= 21_000 + 10 * tokens)
    throw new Error(
      'Expected gas above the calldata floor, got gas that the floor determines: the execution gas is unknown.',
    )
  return gas - 21_000 - 4 * tokens
}

async function verify(bench: Bench, headers: readonly Header[]): Promise<{ gas: number; execution: number }> {
  const [first] = headers
  if (first === undefined) throw new Error('nothing to verify')
  const args = [makeCertificate(first, await attest(bench, headers)), bench.members] as const
  const holds = await bench.clients.reader.readContract({
    address: bench.ledger,
    abi: ledgerAbi,
    functionName: 'verify',
    args,
  })
  if (!holds) throw new Error('the certificate does not hold')
  const data = encodeFunctionData({ abi: ledgerAbi, functionName: 'verify', args })
  const gas = await gasOf(bench, bench.ledger, data)
  return { gas, execution: executionGas(gas, data) }
}

async function measure(clients: Clients, sender: Hex, operators: number): Promise<Record<string, number>> {
  const { bench, epochGas } = await setUp(clients, sender, operators)
  const gas: Record<string, number> = { [`${operators} operators: startEpoch`]: epochGas }
  // Only the first post pays for a new storage slot.
  gas[`${operators} operators: first post ever, 1 header, contentHash`] = await post(
    bench,
    makeHeaders('first', 1, true),
  )
  for (const count of [1, 64]) {
    const batch = count === 1 ? '1 header' : `${count} headers`
    for (const named of [true, false]) {
      const name = named ? 'contentHash' : 'no contentHash'
      const headers = makeHeaders(`${count} ${name}`, count, named)
      gas[`${operators} operators: post ${batch}, ${name}`] = await post(bench, headers)
    }
    const verified = await verify(bench, makeHeaders(`verify ${count}`, count, true))
    gas[`${operators} operators: verify 1 of ${batch}, transaction`] = verified.gas
    gas[`${operators} operators: verify 1 of ${batch}, execution`] = verified.execution
  }
  return gas
}

function compare(expected: Record<string, number>, received: Record<string, number>): string[] {
  const names = [...new Set([...Object.keys(expected), ...Object.keys(received)])]
  return names
    .filter((name) => expected[name] !== received[name])
    .map(
      (name) => `${name}: expected ${expected[name] ?? 'nothing'}, measured ${received[name] ?? 'nothing'}`,
    )
}

async function main(check: boolean): Promise<void> {
  await using chain = await Anvil.start({}, systemClock)
  const clients = connect(chain.url)
  const [sender] = await clients.writer.getAddresses()
  if (sender === undefined) throw new Error('anvil has no account')

  const gas = { ...(await measure(clients, sender, 7)), ...(await measure(clients, sender, 10)) }
  for (const operators of [7, 10, 31, 100]) Object.assign(gas, await measureDisputes(operators))
  for (const [name, amount] of Object.entries(gas)) console.log(`${String(amount).padStart(9)}  ${name}`)

  if (!check) {
    writeFileSync(snapshotFile, `${JSON.stringify(gas, null, 2)}\n`)
    return
  }
  const changes = compare(JSON.parse(readFileSync(snapshotFile, 'utf8')) as Record<string, number>, gas)
  if (changes.length === 0) return
  console.error(
    `Gas has changed. If that is intended, run node scripts/contracts/gas.ts and commit the snapshot.\n${changes.join('\n')}`,
  )
  process.exitCode = 1
}

await main(process.argv.includes('--check'))
