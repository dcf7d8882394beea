// Disputes from end to end, with every program in its own process: anvil with the real contracts, storage nodes, sidecars, and
// `floe challenger`. Withholding costs the holders a fine, needless challenges cost a bond, and an invalid encoding costs the
// disperser a fine.
import { readContract } from '../../src/l1/read-contract.ts'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestClient, createWalletClient, http, publicActions, walletActions } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { expect, onTestFinished, test } from 'vitest'
import { createReader } from '../../src/client/index.ts'
import type { Position } from '../../src/l1/dispute-ids.ts'
import { challengeCall } from '../../src/l1/dispute-calls.ts'
import { DisputesContract } from '../../src/l1/disputes.ts'
import { disputesAbi } from '../../src/l1/generated/disputes.ts'
import { nitroProofValidatorAbi } from '../../src/l1/generated/nitro-proof-validator.ts'
import { postCall } from '../../src/l1/poster.ts'
import { connectL1 } from '../../src/l1/rpc.ts'
import { type Hex, concatBytes, toHex, uint64Bytes } from '../../src/protocol/bytes.ts'
import { decodeCertificate } from '../../src/protocol/certificate.ts'
import { memberOfPair } from '../../src/protocol/committee.ts'
import { geometryOf } from '../../src/protocol/geometry.ts'
import { encodeHeader } from '../../src/protocol/header.ts'
import { validityProof } from '../../src/protocol/nitro.ts'
import { addressOfSecretKey } from '../../src/protocol/signature.ts'
import { answerAccount, testKey } from '../support/deploy.ts'
import { type Flaw, evilEncode } from '../support/evil-encoder.ts'
import { Fleet } from '../support/fleet.ts'
import { seededBytes } from '../support/random-bytes.ts'
import { certify, evilBatch } from './evil-sequencer.ts'
import { allPosted, digestOf } from './ledger.ts'
import { commit, get } from './rollup.ts'
import { until } from '../support/until.ts'

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

async function withDisputes(sidecarFlags: readonly string[] = []): Promise<Fleet> {
  const disputes = { window: WINDOW, bond: BOND, operatorFine: FINE, disperserFine: FINE, treasury: TREASURY }
  const flags = ['--posting-interval', '1s', ...sidecarFlags]
  const fleet = await Fleet.start({ finality: 2, disputes, sidecarFlags: flags })
  onTestFinished(async () => fleet[Symbol.asyncDispose]())
  await chainOf(fleet).setBalance({ address: challenger, value: 10n * ETHER })
  return fleet
}

/** URL of the fleet's first sidecar. */
function sidecarOf({ sidecars }: Fleet): string {
  return sidecars[0]?.url ?? ''
}

async function keyFileOf(name: string, key: Uint8Array): Promise<string> {
  const file = join(await folder(), `${name}.key`)
  await writeFile(file, toHex(key), { mode: 0o600 })
  return file
}

function chainOf({ rpcUrl }: Fleet) {
  return createTestClient({ mode: 'anvil', transport: http(rpcUrl) })
    .extend(publicActions)
    .extend(walletActions)
}

async function folder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'floe-disputes-'))
  onTestFinished(async () => rm(dir, { recursive: true, force: true, maxRetries: 5 }))
  return dir
}

/** A deposit or a credit of an account in the contract. */
async function amount(network: Fleet, functionName: 'depositOf' | 'creditOf', account: Hex): Promise<bigint> {
  const { disputes: address } = network.deployment
  return chainOf(network).readContract({ address, abi: disputesAbi, functionName, args: [account] })
}

async function events<E extends 'Challenged' | 'Answered' | 'Expired'>(network: Fleet, eventName: E) {
  const { disputes: address } = network.deployment
  return chainOf(network).getContractEvents({
    address,
    abi: disputesAbi,
    eventName,
    fromBlock: 0n,
    strict: true,
  })
}

async function isInvalid({ rpcUrl, deployment }: Fleet, digest: Hex): Promise<boolean> {
  return new DisputesContract(connectL1([rpcUrl]), deployment.disputes).isInvalid(digest)
}

async function untilInvalid(network: Fleet, digest: Hex): Promise<void> {
  await until(
    `${digest} to be invalid`,
    async () => ((await isInvalid(network, digest)) ? true : undefined),
    WAIT_MS,
  )
}

/** Whether Nitro's one-step prover accepts a certificate as valid. */
async function validForNitro({ rpcUrl, deployment }: Fleet, commitment: Uint8Array): Promise<boolean> {
  const proof = validityProof(true, deployment.members.members)
  return readContract(connectL1([rpcUrl]).client, {
    address: deployment.nitroProofValidator,
    abi: nitroProofValidatorAbi,
    functionName: 'validateCertificate',
    args: [toHex(concatBytes(uint64Bytes(BigInt(commitment.length)), commitment, proof))],
  })
}

async function startChallenger(network: Fleet, flags: readonly string[] = []): Promise<void> {
  const key = ['--challenger-key-file', await keyFileOf('challenger', challengerKey)]
  const pace = ['--sample-interval', '50ms', '--challenge-after', '4s', '--get-timeout', '1s']
  await network.start('challenger', 'challenger', [...key, ...pace, ...flags])
}

test('a withheld batch is challenged, its header becomes invalid, its holders are fined, and the challenger is paid', async () => {
  const network = await withDisputes()
  const commitment = await commit(sidecarOf(network), seededBytes('withheld', BYTES))
  const digest = digestOf(network, commitment)
  await until(
    'the post',
    async () => (await allPosted(network)).find((post) => post.digest === digest),
    WAIT_MS,
  )
  expect(await validForNitro(network, commitment)).toBe(true)
  await startChallenger(network)
  // One of four pairs is left, fewer than r.
  const gone = network.nodes.slice(0, 3)
  await Promise.all(gone.map(async (node) => node.kill()))
  const { members } = network.deployment
  const { header } = decodeCertificate(commitment)
  const challenges = await until(
    'a challenge to each node that was killed',
    async () => {
      const found = await events(network, 'Challenged')
      const asked = found.map(({ args }) => memberOfPair(members, header.root, args.position.pair))
      return gone.every((_, member) => asked.includes(member)) ? found : undefined
    },
    WAIT_MS,
  )
  // The quorum of the post may lack one of them; an operator that did not sign is not fined.
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
      // The node that is left may have been slow to serve a sample; then it answers the challenge.
      const [expired, answered] = [await events(network, 'Expired'), await events(network, 'Answered')]
      return expired.length + answered.length === open ? true : undefined
    },
    WAIT_MS,
  )
  for (const { signer } of members.members) {
    const fine = expected.has(signer) ? FINE : 0n
    expect(await amount(network, 'depositOf', signer)).toBe(DEPOSIT - fine)
  }
  // The bonds come back with half of the fines; the other half is the treasury's. The gas is small in comparison.
  await until(
    'the challenger to withdraw its credit',
    async () => ((await amount(network, 'creditOf', challenger)) === 0n ? true : undefined),
    WAIT_MS,
  )
  const balance = await chainOf(network).getBalance({ address: challenger })
  expect(balance).toBeGreaterThan(10n * ETHER + fines / 2n - 2n * BOND)
  expect(await amount(network, 'creditOf', TREASURY)).toBeGreaterThanOrEqual(fines / 2n)
  const { status } = await get(sidecarOf(network), commitment)
  expect(status).toBe(418)
  expect(await validForNitro(network, commitment)).toBe(false)
})

test('challenges to a batch that is served are answered within two blocks, and cost the challenger its bonds', async () => {
  const network = await withDisputes()
  const chain = chainOf(network)
  const commitment = await commit(sidecarOf(network), seededBytes('available', BYTES))
  const { header } = decodeCertificate(commitment)
  const { disputes, members } = network.deployment
  // Ethereum's block time; a block time of one second would leave no time for an answer.
  await chain.setIntervalMining({ interval: 12 })
  const account = createWalletClient({
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
    await account.sendTransaction({ to, data, value, chain: null })
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
    // The holder answers first, so no other responder does.
    const holder = memberOfPair(members, header.root, pair)
    expect(args.answerer.toLowerCase()).toBe(answerAccount(holder).address)
    expect(await amount(network, 'creditOf', answerAccount(holder).address)).toBe(BOND / 2n)
  }
  expect(await amount(network, 'creditOf', challenger)).toBe(0n)
  expect(await amount(network, 'creditOf', TREASURY)).toBe(BOND)
  expect(await isInvalid(network, digestOf(network, commitment))).toBe(false)
  expect(await validForNitro(network, commitment)).toBe(true)
})

/** A network in which the holder of a pair was killed, and a chunk of that pair is challenged. */
async function challengeKilledHolder(
  sidecarFlags: readonly string[] = [],
): Promise<{ network: Fleet; holder: number }> {
  const network = await withDisputes(sidecarFlags)
  const commitment = await commit(sidecarOf(network), seededBytes('killed holder', BYTES))
  const { header } = decodeCertificate(commitment)
  const { disputes, members } = network.deployment
  const pair = 2
  const holder = memberOfPair(members, header.root, pair)
  await network.nodes[holder]?.kill()
  const account = createWalletClient({
    account: privateKeyToAccount(toHex(challengerKey)),
    transport: http(network.rpcUrl),
  })
  const certified = { certificate: commitment, members: members.members }
  const position: Position = { pair, side: 'column', symbol: 0, chunk: 0 }
  const { to, data, value } = challengeCall(disputes, BOND, certified, position)
  await account.sendTransaction({ to, data, value, chain: null })
  await until('the challenge', async () => (await events(network, 'Challenged'))[0])
  return { network, holder }
}

async function answererOf(network: Fleet): Promise<string> {
  const answer = await until('an answer', async () => (await events(network, 'Answered'))[0], WAIT_MS)
  return answer.args.answerer.toLowerCase()
}

test('after half of the window another node answers for a holder that was killed', async () => {
  const { network, holder } = await challengeKilledHolder()
  await chainOf(network).increaseTime({ seconds: Number(WINDOW) * 0.8 })
  const others: string[] = network.nodes
    .map((_, i) => answerAccount(i).address)
    .filter((_, i) => i !== holder)
  expect(others).toContain(await answererOf(network))
})

test('after a quarter of the window the sidecar of the disperser answers for a holder that was killed', async () => {
  const answerKey = testKey('answers of the sidecar')
  const address = addressOfSecretKey(answerKey)
  const { network } = await challengeKilledHolder([
    '--answer-key-file',
    await keyFileOf('answers', answerKey),
  ])
  await chainOf(network).setBalance({ address, value: ETHER })
  await chainOf(network).increaseTime({ seconds: Number(WINDOW) * 0.3 })
  expect(await answererOf(network)).toBe(address)
})

test('the challenger finds and disproves a posted invalid encoding that no reader requests', async () => {
  const network = await withDisputes()
  const { members, ledger } = network.deployment
  const batch = evilBatch(
    network,
    evilEncode(geometryOf(4), seededBytes('unread', BYTES), 'parity-column'),
    BYTES,
  )
  const { signatures } = decodeCertificate(await certify(network, batch))
  const disperser = privateKeyToAccount(toHex(network.disperserKey))
  const headers = [encodeHeader(batch.header)]
  const wallet = createWalletClient({ account: disperser, transport: http(network.rpcUrl) })
  await wallet.sendTransaction({
    ...postCall(ledger, { headers, committee: members, signatures }),
    chain: null,
  })
  await startChallenger(network, ['--check-interval', '200ms'])
  await untilInvalid(network, batch.digest)
  expect(await amount(network, 'depositOf', addressOfSecretKey(network.disperserKey))).toBe(DEPOSIT - FINE)
  expect(await amount(network, 'creditOf', challenger)).toBe(FINE / 2n)
})

/** The kinds of evidence of docs/protocol.md §7.2, and a flaw that leads to each. */
const flawsByEvidence: readonly (readonly [string, Flaw])[] = [
  ['a', 'parity-row'],
  ['b', 'parity-column'],
  ['c', 'shared-symbol'],
  ['d', 'padding'],
]

test.each(flawsByEvidence)(
  'an invalid encoding with evidence of kind (%s) is answered with 418, invalid on L1 and fined',
  async (_kind, flaw) => {
    const network = await withDisputes()
    const key = ['--challenger-key-file', await keyFileOf('challenger', challengerKey)]
    const reader = await network.start('sidecar', 'reader', ['--read-only', ...key])
    const other = await network.start('sidecar', 'other', ['--read-only'])
    const batch = evilBatch(network, evilEncode(geometryOf(4), seededBytes(flaw, BYTES), flaw), BYTES)
    const commitment = await certify(network, batch)
    expect(await validForNitro(network, commitment)).toBe(true)
    expect((await get(reader.url, commitment)).status).toBe(418)
    await untilInvalid(network, batch.digest)
    const disperser = addressOfSecretKey(network.disperserKey)
    expect(await amount(network, 'depositOf', disperser)).toBe(DEPOSIT - FINE)
    expect(await amount(network, 'creditOf', challenger)).toBe(FINE / 2n)
    expect(await validForNitro(network, commitment)).toBe(false)
    // No node serves it any more, and every reader with an L1 endpoint answers 418.
    await Promise.all(network.nodes.map(async (node) => node.kill()))
    for (const { url } of [reader, other, ...network.sidecars])
      expect((await get(url, commitment)).status).toBe(418)
    const { committee, ledger, disputes } = network.deployment
    const client = await createReader({ rpcUrls: [network.rpcUrl], committee, ledger, disputes })
    await expect(client.get(toHex(commitment))).rejects.toMatchObject({ code: 'batch-invalid' })
  },
)
