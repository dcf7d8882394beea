// Disputes from end to end: real contracts on anvil, real storage nodes that watch them, a real sidecar, and `floe challenger` as
// a process of its own. A withheld batch costs its holders; a griefer loses his bond; an encoder that lies loses his.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createTestClient, createWalletClient, http, publicActions, walletActions } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { expect, onTestFinished, test } from 'vitest'
import { createReader } from '../../src/client/index.ts'
import { startSidecar } from '../../src/gateways/server.ts'
import { type Position, challengeCall, createDisputes } from '../../src/l1/disputes.ts'
import { disputesAbi } from '../../src/l1/generated/disputes.ts'
import { nitroProofValidatorAbi } from '../../src/l1/generated/nitro-proof-validator.ts'
import { connectL1 } from '../../src/l1/rpc.ts'
import { type Hex, concatBytes, toHex, uint64Bytes } from '../../src/protocol/bytes.ts'
import { decodeCertificate } from '../../src/protocol/certificate.ts'
import { memberOfPair } from '../../src/protocol/committee.ts'
import { geometryOf } from '../../src/protocol/geometry.ts'
import { validityProof } from '../../src/protocol/nitro.ts'
import { addressOfSecretKey } from '../../src/protocol/signature.ts'
import { testKey } from '../support/deploy.ts'
import { type Flaw, evilEncode } from '../support/evil-encoder.ts'
import { type Network, type NetworkOptions, answerAccount, startNetwork } from '../support/network.ts'
import { createPart } from '../support/part.ts'
import { seededBytes } from '../support/random-bytes.ts'
import { certify, evilBatch } from './evil-sequencer.ts'
import { allPosted, digestOf } from './ledger.ts'
import { commit, get } from './rollup.ts'
import { until } from './until.ts'

const ETHER = 10n ** 18n
const BOND = ETHER / 10n
const FINE = ETHER
const DEPOSIT = 4n * ETHER
const BYTES = 5_001
const WINDOW = 600n
const TREASURY: Hex = `0x${'f2'.repeat(20)}`
const WAIT_MS = 120_000
const challengerKey = testKey('challenger')
const challenger = addressOfSecretKey(challengerKey)
const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

async function withDisputes(options: Partial<NetworkOptions> = {}): Promise<Network> {
  const disputes = { window: WINDOW, bond: BOND, operatorFine: FINE, disperserFine: FINE, treasury: TREASURY }
  const network = await startNetwork({ shards: [1, 1, 1, 1], disputes, ...options })
  onTestFinished(async () => network[Symbol.asyncDispose]())
  const client = chainOf(network)
  await client.setBalance({ address: challenger, value: 10n * ETHER })
  return network
}

function chainOf({ rpcUrl }: Network) {
  return createTestClient({ mode: 'anvil', transport: http(rpcUrl) })
    .extend(publicActions)
    .extend(walletActions)
}

async function folder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'floe-disputes-'))
  onTestFinished(async () => rm(dir, { recursive: true, force: true, maxRetries: 5 }))
  return dir
}

/** An amount that the contract has for an account. */
async function amount(
  network: Network,
  functionName: 'depositOf' | 'creditOf',
  account: Hex,
): Promise<bigint> {
  const { disputes: address } = network.deployment
  return chainOf(network).readContract({ address, abi: disputesAbi, functionName, args: [account] })
}

async function events<E extends 'Challenged' | 'Answered' | 'Expired'>(network: Network, eventName: E) {
  const { disputes: address } = network.deployment
  return chainOf(network).getContractEvents({
    address,
    abi: disputesAbi,
    eventName,
    fromBlock: 0n,
    strict: true,
  })
}

async function isInvalid({ rpcUrl, deployment }: Network, digest: Hex): Promise<boolean> {
  return createDisputes(connectL1([rpcUrl]), deployment.disputes).isInvalid(digest)
}

async function untilInvalid(network: Network, digest: Hex): Promise<void> {
  await until(
    `${digest} to be invalid`,
    async () => ((await isInvalid(network, digest)) ? true : undefined),
    WAIT_MS,
  )
}

/** What Nitro's prover is told of a certificate. */
async function validForNitro({ rpcUrl, deployment }: Network, commitment: Uint8Array): Promise<boolean> {
  const proof = validityProof(true, deployment.members.members)
  return connectL1([rpcUrl]).client.readContract({
    address: deployment.nitroProofValidator,
    abi: nitroProofValidatorAbi,
    functionName: 'validateCertificate',
    args: [toHex(concatBytes(uint64Bytes(BigInt(commitment.length)), commitment, proof))],
  })
}

/** `floe challenger` as anybody would run it. */
async function startChallenger(network: Network): Promise<void> {
  const dir = await folder()
  const keyFile = join(dir, 'challenger.key')
  await writeFile(keyFile, toHex(challengerKey), { mode: 0o600 })
  const { committee, ledger, disputes } = network.deployment
  const contracts = ['--committee', committee, '--ledger', ledger, '--disputes', disputes]
  const own = ['--port', '0', '--dir', join(dir, 'challenger'), '--challenger-key-file', keyFile]
  const pace = ['--sample-interval', '50ms', '--challenge-after', '4s', '--get-timeout', '1s']
  const chain = ['--rpc-url', network.rpcUrl, '--finality', '2', ...contracts]
  const part = createPart({
    name: 'challenger',
    url: '',
    command: [process.execPath, main, 'challenger', ...own, ...chain, ...pace, '--exit-with-parent'],
    ready: 'challenger listening',
  })
  onTestFinished(async () => {
    await part.kill()
  })
  await part.start()
}

test('a withheld batch: challenge, expiry, invalid header, fined holders, a paid challenger', async () => {
  const network = await withDisputes()
  const commitment = await commit(network.url, seededBytes('withheld', BYTES))
  const digest = digestOf(network, commitment)
  await until(
    'the post',
    async () => (await allPosted(network)).find((post) => post.digest === digest),
    WAIT_MS,
  )
  expect(await validForNitro(network, commitment)).toBe(true)
  await startChallenger(network)
  // Of four pairs, one is left: less than r.
  const gone = network.nodes.slice(0, 3)
  await Promise.all(gone.map(async (node) => node.stop()))
  const { members } = network.deployment
  const { header } = decodeCertificate(commitment)
  const challenges = await until(
    'a challenge of a pair of each that is gone',
    async () => {
      const found = await events(network, 'Challenged')
      const asked = found.map(({ args }) => memberOfPair(members, header.root, args.position.pair))
      return gone.every((_, member) => asked.includes(member)) ? found : undefined
    },
    WAIT_MS,
  )
  // The post may have been signed by a quorum without one of them: who did not sign promised nothing.
  const expected = new Set(challenges.map(({ args }) => args.holder.toLowerCase() as Hex))
  expected.delete(`0x${'00'.repeat(20)}`)
  expect(expected.size).toBeGreaterThanOrEqual(2)
  const fines = BigInt(expected.size) * FINE
  expect(await isInvalid(network, digest)).toBe(false)
  await chainOf(network).increaseTime({ seconds: Number(WINDOW) + 1 })
  await untilInvalid(network, digest)
  const open = (await events(network, 'Challenged')).length
  await until(
    'every challenge to be closed',
    async () => {
      // The node that is left may be slow to show a sample, and then answers.
      const [expired, answered] = [await events(network, 'Expired'), await events(network, 'Answered')]
      return expired.length + answered.length === open ? true : undefined
    },
    WAIT_MS,
  )
  for (const { operator } of network.nodes) {
    const { signer } = operator.member
    const fine = expected.has(signer) ? FINE : 0n
    expect(await amount(network, 'depositOf', signer)).toBe(DEPOSIT - fine)
  }
  // Bonds are back, with half of the fines; the rest is the treasury's. The gas is small against them.
  await until(
    'the challenger to fetch it',
    async () => ((await amount(network, 'creditOf', challenger)) === 0n ? true : undefined),
    WAIT_MS,
  )
  const balance = await chainOf(network).getBalance({ address: challenger })
  expect(balance).toBeGreaterThan(10n * ETHER + fines / 2n - 2n * BOND)
  expect(await amount(network, 'creditOf', TREASURY)).toBeGreaterThanOrEqual(fines / 2n)
  await network.restartSidecar({ disputes: network.deployment.disputes })
  const { status } = await get(network.url, commitment)
  expect(status).toBe(418)
  expect(await validForNitro(network, commitment)).toBe(false)
})

test('a griefer’s challenges of what is available are answered within two blocks, and cost him his bond', async () => {
  const network = await withDisputes()
  const chain = chainOf(network)
  const commitment = await commit(network.url, seededBytes('available', BYTES))
  const { header } = decodeCertificate(commitment)
  const { disputes, members } = network.deployment
  // As Ethereum has them: a second leaves no time to answer in.
  await chain.setIntervalMining({ interval: 12 })
  const griefer = createWalletClient({
    account: privateKeyToAccount(toHex(challengerKey)),
    transport: http(network.rpcUrl),
  })
  const certified = { certificate: commitment, members: members.members }
  const positions: Position[] = [
    { pair: 0, side: 'row', symbol: 0, chunk: 0 },
    { pair: 3, side: 'column', symbol: 1, chunk: 0 },
  ]
  for (const position of positions) {
    const { to, data, value } = challengeCall(disputes, BOND, certified, position)
    await griefer.sendTransaction({ to, data, value, chain: null })
  }
  const answered = await until(
    'answers',
    async () => {
      const found = await events(network, 'Answered')
      return found.length === positions.length ? found : undefined
    },
    WAIT_MS,
  )
  const challenged = await events(network, 'Challenged')
  for (const { args, blockNumber } of answered) {
    const { pair } = args.position
    const asked = challenged.find((one) => one.args.position.pair === pair)
    expect(blockNumber - (asked?.blockNumber ?? 0n)).toBeLessThanOrEqual(2n)
    // The holder answers, before anybody else has to.
    const holder = memberOfPair(members, header.root, pair)
    expect(args.answerer.toLowerCase()).toBe(answerAccount(holder).address)
    expect(await amount(network, 'creditOf', answerAccount(holder).address)).toBe(BOND / 2n)
  }
  expect(await amount(network, 'creditOf', challenger)).toBe(0n)
  expect(await amount(network, 'creditOf', TREASURY)).toBe(BOND)
  expect(await isInvalid(network, digestOf(network, commitment))).toBe(false)
  expect(await validForNitro(network, commitment)).toBe(true)
})

/** A network in which the holder of a pair is gone, and somebody challenges a chunk of that pair. */
async function challengedGone(): Promise<{ network: Network; holder: number }> {
  const network = await withDisputes()
  const commitment = await commit(network.url, seededBytes('half gone', BYTES))
  const { header } = decodeCertificate(commitment)
  const { disputes, members } = network.deployment
  const pair = 2
  const holder = memberOfPair(members, header.root, pair)
  await network.nodes[holder]?.stop()
  const griefer = createWalletClient({
    account: privateKeyToAccount(toHex(challengerKey)),
    transport: http(network.rpcUrl),
  })
  const certified = { certificate: commitment, members: members.members }
  const position: Position = { pair, side: 'column', symbol: 0, chunk: 0 }
  const { to, data, value } = challengeCall(disputes, BOND, certified, position)
  await griefer.sendTransaction({ to, data, value, chain: null })
  await until('the challenge', async () => (await events(network, 'Challenged'))[0])
  return { network, holder }
}

async function answererOf(network: Network): Promise<string> {
  const answer = await until('an answer', async () => (await events(network, 'Answered'))[0], WAIT_MS)
  return answer.args.answerer.toLowerCase()
}

test('a pair whose holder is gone is answered for by another node, after half of the window', async () => {
  const { network, holder } = await challengedGone()
  await chainOf(network).increaseTime({ seconds: Number(WINDOW) * 0.8 })
  const others: string[] = network.nodes
    .map((_, i) => answerAccount(i).address)
    .filter((_, i) => i !== holder)
  expect(others).toContain(await answererOf(network))
})

test('or before that by the sidecar of its disperser', async () => {
  const { network } = await challengedGone()
  const answerKey = testKey('answers of the sidecar')
  const address = addressOfSecretKey(answerKey)
  await chainOf(network).setBalance({ address, value: ETHER })
  const { disputes } = network.deployment
  await network.restartSidecar({ disputes, answerKeyFile: () => toHex(answerKey) })
  await chainOf(network).increaseTime({ seconds: Number(WINDOW) * 0.3 })
  expect(await answererOf(network)).toBe(address)
})

/** The kinds of evidence of docs/protocol.md §7.2, by the lie that each is of. */
const lies: readonly (readonly [string, Flaw])[] = [
  ['a', 'parity-row'],
  ['b', 'parity-column'],
  ['c', 'shared-symbol'],
  ['d', 'padding'],
]

test.each(lies)(
  'a lie that evidence (%s) is of: 418, invalid, fined, and so for everybody',
  async (_kind, flaw) => {
    const network = await withDisputes()
    const dir = await folder()
    const { disputes } = network.deployment
    const key = toHex(challengerKey)
    const { keyFile: _keyFile, ...config } = network.sidecarConfig
    const reading = async (name: string, challengerKeyFile?: () => string) => {
      const readOnly = { ...config, keyFile: undefined, dir: join(dir, name), disputes, challengerKeyFile }
      const sidecar = await startSidecar(readOnly)
      onTestFinished(async () => sidecar.close())
      return sidecar.url
    }
    const [reader, other] = [await reading('reader', () => key), await reading('other')]
    const batch = evilBatch(network, evilEncode(geometryOf(4), seededBytes(flaw, BYTES), flaw), BYTES)
    const commitment = await certify(network, batch)
    expect(await validForNitro(network, commitment)).toBe(true)
    expect((await get(reader, commitment)).status).toBe(418)
    await untilInvalid(network, batch.digest)
    const disperser = addressOfSecretKey(network.disperserKey)
    expect(await amount(network, 'depositOf', disperser)).toBe(DEPOSIT - FINE)
    expect(await amount(network, 'creditOf', challenger)).toBe(FINE / 2n)
    expect(await validForNitro(network, commitment)).toBe(false)
    // Nobody serves it any more, and everybody knows.
    for (const { proxy } of network.nodes) proxy.fault = { kind: 'cut' }
    for (const url of [reader, other]) expect((await get(url, commitment)).status).toBe(418)
    const { committee, ledger } = network.deployment
    const library = await createReader({ rpcUrls: [network.rpcUrl], committee, ledger, disputes })
    await expect(library.get(toHex(commitment))).rejects.toMatchObject({ code: 'batch-invalid' })
  },
)
