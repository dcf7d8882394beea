// Disputes from end to end, with every program in its own process: anvil with the real contracts, storage nodes, sidecars, and
// `floe challenger`. Withholding costs the holders a fine, needless challenges cost a bond, and an invalid encoding costs the
// disperser a fine. Windows are the shortest that the contract accepts, an hour, and the tests move the time of L1.
import { readContract } from '../../src/l1/read-contract.ts'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestClient, createWalletClient, http, publicActions, walletActions } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { expect, onTestFinished, test } from 'vitest'
import { createReader } from '../../src/client/index.ts'
import type { Position } from '../../src/l1/dispute-ids.ts'
import { answerCall, challengeCall, expireCall } from '../../src/l1/dispute-calls.ts'
import { DisputesContract } from '../../src/l1/disputes.ts'
import { disputesAbi } from '../../src/l1/generated/disputes.ts'
import { nitroProofValidatorAbi } from '../../src/l1/generated/nitro-proof-validator.ts'
import { postOneCall } from '../../src/l1/poster.ts'
import { connectL1 } from '../../src/l1/rpc.ts'
import type { Call } from '../../src/l1/tx-manager/calls.ts'
import { type Hex, concatBytes, fromHex, toHex, uint64Bytes } from '../../src/protocol/bytes.ts'
import { type Certificate, decodeCertificate } from '../../src/protocol/certificate.ts'
import { memberOfPair } from '../../src/protocol/committee.ts'
import { geometryOf } from '../../src/protocol/geometry.ts'
import { validityProof } from '../../src/protocol/nitro.ts'
import { addressOfSecretKey } from '../../src/protocol/signature.ts'
import { hashesOf, treeRoot } from '../../src/protocol/tree.ts'
import type { Program } from '../support/child-process.ts'
import { answerAccount, testKey } from '../support/deploy.ts'
import { openingAt } from '../support/dispute-evidence.ts'
import { type EvilEncoding, type Flaw, evilEncode } from '../support/evil-encoder.ts'
import { Fleet } from '../support/fleet.ts'
import { seededBytes } from '../support/random-bytes.ts'
import { type EvilBatch, certify, evilBatch } from './evil-sequencer.ts'
import { allPosted, digestOf } from './ledger.ts'
import { commit, get } from './rollup.ts'
import { until } from '../support/until.ts'

const ETHER = 10n ** 18n
const BOND = ETHER / 10n
const FINE = ETHER
const DEPOSIT = 4n * ETHER
const BYTES = 5_001
const WINDOW = 3_600n
const TREASURY: Hex = `0x${'f2'.repeat(20)}`
const WAIT_MS = 120_000
const challengerKey = testKey('challenger')
const challenger = addressOfSecretKey(challengerKey)
const friendKey = testKey('friend of the guilty')
const friend = addressOfSecretKey(friendKey)
const defenderKey = testKey('defender of the disperser')
const defender = addressOfSecretKey(defenderKey)

async function withDisputes(sidecarFlags: readonly string[] = []): Promise<Fleet> {
  const terms = { window: WINDOW, bond: BOND, operatorFine: FINE, disperserFine: FINE, treasury: TREASURY }
  const flags = ['--posting-interval', '1s', ...sidecarFlags]
  const fleet = await Fleet.start({ finality: 2, disputes: terms, sidecarFlags: flags })
  onTestFinished(async () => fleet[Symbol.asyncDispose]())
  for (const address of [challenger, friend, defender])
    await chainOf(fleet).setBalance({ address, value: 10n * ETHER })
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

async function events<E extends 'Challenged' | 'Answered' | 'Expired' | 'Fined'>(
  network: Fleet,
  eventName: E,
) {
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
  const proof = validityProof(true, deployment.members)
  return readContract(connectL1([rpcUrl]).client, {
    address: deployment.nitroProofValidator,
    abi: nitroProofValidatorAbi,
    functionName: 'validateCertificate',
    args: [toHex(concatBytes(uint64Bytes(BigInt(commitment.length)), commitment, proof))],
  })
}

async function startChallenger(network: Fleet, flags: readonly string[] = []): Promise<Program> {
  const key = ['--challenger-key-file', await keyFileOf('challenger', challengerKey)]
  const pace = ['--sample-interval', '50ms', '--challenge-after', '4s', '--get-timeout', '1s']
  return network.start('challenger', 'challenger', [...key, ...pace, ...flags])
}

async function untilPosted(network: Fleet, digest: Hex): Promise<void> {
  await until(
    'the post',
    async () => (await allPosted(network)).find((post) => post.digest === digest && post.stands),
    WAIT_MS,
  )
}

/** Moves the time of L1 on by so many windows, and a second. */
async function passWindows(network: Fleet, windows: number): Promise<void> {
  await chainOf(network).increaseTime({ seconds: Math.floor(Number(WINDOW) * windows) + 1 })
  await chainOf(network).mine({ blocks: 1 })
}

/** Sends a call from an account. @throws when the contract refuses it */
async function sendFrom(network: Fleet, key: Uint8Array, { to, data, value }: Call): Promise<void> {
  const wallet = createWalletClient({
    account: privateKeyToAccount(toHex(key)),
    transport: http(network.rpcUrl),
  })
  const hash = await wallet.sendTransaction({ to, data, value, chain: null })
  const receipt = await until('a receipt', async () =>
    chainOf(network)
      .getTransactionReceipt({ hash })
      .catch(() => undefined),
  )
  if (receipt.status !== 'success') throw new Error(`The transaction ${hash} reverted.`)
}

/** Until these accounts were fined. */
async function untilFined(network: Fleet, accounts: readonly Hex[]): Promise<void> {
  await until(
    `${accounts.join(', ')} to be fined`,
    async () => {
      const fined = new Set(await finedAccounts(network))
      return accounts.every((account) => fined.has(account)) ? true : undefined
    },
    WAIT_MS,
  )
}

async function finedAccounts(network: Fleet): Promise<Hex[]> {
  return (await events(network, 'Fined')).map(({ args }) => args.account.toLowerCase() as Hex)
}

/** The attestations that the sidecar of the disperser keeps of a header. */
async function attestationsKept(network: Fleet, digest: Hex): Promise<number> {
  const response = await fetch(`${sidecarOf(network)}/v1/headers/${digest}`)
  if (!response.ok) return 0
  return ((await response.json()) as { attestations: unknown[] }).attestations.length
}

test('a withheld batch is challenged, its header becomes invalid, its holders are fined, and the challenger is paid', async () => {
  // The sidecar shows the attestation of a holder that is not in the post, and so saves its disperser.
  const defence = ['--challenger-key-file', await keyFileOf('defender', defenderKey)]
  const network = await withDisputes(defence)
  const commitment = await commit(sidecarOf(network), seededBytes('withheld', BYTES))
  const digest = digestOf(network, commitment)
  await untilPosted(network, digest)
  expect(await validForNitro(network, commitment)).toBe(true)
  await until(
    'the attestations of all nodes',
    async () => ((await attestationsKept(network, digest)) === network.nodes.length ? true : undefined),
    WAIT_MS,
  )
  await startChallenger(network)
  // One of four pairs is left, fewer than r.
  const gone = network.nodes.slice(0, 3)
  await Promise.all(gone.map(async (node) => node.kill()))
  const { members } = network.deployment
  const { header } = decodeCertificate(commitment)
  await until(
    'a challenge to each node that was killed',
    async () => {
      const found = await events(network, 'Challenged')
      const asked = found.map(({ args }) => memberOfPair(members, header.root, args.position.pair))
      return gone.every((_, member) => asked.includes(member)) ? found : undefined
    },
    WAIT_MS,
  )
  const signers = members.members.map(({ signer }) => signer)
  const guilty = signers.slice(0, gone.length)
  expect(await isInvalid(network, digest)).toBe(false)
  await passWindows(network, 1)
  await untilInvalid(network, digest)
  await untilFined(network, guilty)
  for (const signer of signers) {
    const fine = guilty.includes(signer) ? FINE : 0n
    expect(await amount(network, 'depositOf', signer)).toBe(DEPOSIT - fine)
  }
  const disperser = addressOfSecretKey(network.disperserKey)
  expect(await amount(network, 'depositOf', disperser)).toBe(DEPOSIT)
  // The bonds come back with half of the fines; the other half is the treasury's. The gas is small in comparison.
  const fines = BigInt(guilty.length) * FINE
  await until(
    'the challenger to withdraw its credit',
    async () => {
      const balance = await chainOf(network).getBalance({ address: challenger })
      return balance > 10n * ETHER + fines / 2n - 2n * BOND ? true : undefined
    },
    WAIT_MS,
  )
  expect(await amount(network, 'creditOf', TREASURY)).toBeGreaterThanOrEqual(fines / 2n)
  const { status } = await get(sidecarOf(network), commitment)
  expect(status).toBe(418)
  expect(await validForNitro(network, commitment)).toBe(false)
})

test('challenges to a batch that is served are answered within two blocks, and cost the challenger its bonds', async () => {
  const network = await withDisputes()
  const chain = chainOf(network)
  const batch = seededBytes('available', BYTES)
  const commitment = await commit(sidecarOf(network), batch)
  const shown = decodeCertificate(commitment)
  const { disputes, members } = network.deployment
  await untilPosted(network, digestOf(network, commitment))
  // Ethereum's block time; a block time of one second would leave no time for an answer.
  await chain.setIntervalMining({ interval: 12 })
  const account = createWalletClient({
    account: privateKeyToAccount(toHex(challengerKey)),
    transport: http(network.rpcUrl),
  })
  const positions: Position[] = [
    { pair: 0, side: 'row', symbol: 0, chunk: 0 },
    { pair: 3, side: 'column', symbol: 1, chunk: 0 },
  ]
  for (const position of positions) {
    const { to, data, value } = challengeCall(disputes, shown, position, BOND)
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
    const holder = memberOfPair(members, shown.header.root, pair)
    expect(args.answerer.toLowerCase()).toBe(answerAccount(holder).address)
    expect(await amount(network, 'creditOf', answerAccount(holder).address)).toBe(BOND / 2n)
    // Whoever has an L1 endpoint reads the chunk: the first symbol of row 0 is the head of the batch.
    const chunk = fromHex(args.chunk)
    if (pair === 0) expect(args.chunk).toBe(toHex(batch.subarray(0, chunk.length)))
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
  const shown = decodeCertificate(commitment)
  const { disputes, members } = network.deployment
  await untilPosted(network, digestOf(network, commitment))
  const pair = 2
  const holder = memberOfPair(members, shown.header.root, pair)
  await network.nodes[holder]?.kill()
  const position: Position = { pair, side: 'column', symbol: 0, chunk: 0 }
  await sendFrom(network, challengerKey, challengeCall(disputes, shown, position, BOND))
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

/** Posts a batch with the signatures of these members. */
async function certifyAndPost(
  network: Fleet,
  batch: EvilBatch,
  signers?: readonly number[],
): Promise<Certificate> {
  const certificate = decodeCertificate(await certify(network, batch, signers))
  const { members, ledger } = network.deployment
  await sendFrom(network, network.disperserKey, postOneCall(ledger, certificate, members))
  return certificate
}

test('the challenger finds and disproves a posted invalid encoding that no reader requests', async () => {
  const network = await withDisputes()
  const encoding = evilEncode(geometryOf(4), seededBytes('unread', BYTES), 'parity-column')
  const batch = evilBatch(network, encoding, BYTES)
  await certifyAndPost(network, batch)
  await startChallenger(network, ['--check-interval', '200ms'])
  await untilInvalid(network, batch.digest)
  const disperser = addressOfSecretKey(network.disperserKey)
  await untilFined(network, [disperser])
  expect(await amount(network, 'depositOf', disperser)).toBe(DEPOSIT - FINE)
  const [fine] = await events(network, 'Fined')
  expect(fine?.args.beneficiary.toLowerCase()).toBe(challenger)
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
    // Nobody has posted it: the reader does.
    const commitment = await certify(network, batch)
    expect((await get(reader.url, commitment)).status).toBe(418)
    await untilInvalid(network, batch.digest)
    const disperser = addressOfSecretKey(network.disperserKey)
    await untilFined(network, [disperser])
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

/** A valid encoding but for the leaf of a pair, which no bytes open. */
function garbled(encoding: EvilEncoding, pair: number): EvilEncoding {
  const leaves = encoding.leaves.slice()
  leaves.set(seededBytes('garbled leaf', 32), pair * 32)
  return { ...encoding, leaves, root: treeRoot(hashesOf(leaves)) }
}

/** The pairs of a header that were challenged so far. */
async function challengedPairs(network: Fleet, digest: Hex): Promise<number[]> {
  const found = await events(network, 'Challenged')
  return found.filter(({ args }) => args.digest === digest).map(({ args }) => args.position.pair)
}

test('a ring of a garbling disperser, withholding operators and a friend that challenges first pays every fine, and no one else does', async () => {
  const network = await withDisputes()
  const { deployment } = network
  const { members, disputes } = deployment
  const signers = members.members.map(({ signer }) => signer)
  const disperser = addressOfSecretKey(network.disperserKey)

  // The disperser garbles pair 0. Its holder does not sign, and the other three are a quorum.
  const valid = evilEncode(geometryOf(4), seededBytes('garbled', BYTES), 'none')
  const garbledBatch = evilBatch(network, garbled(valid, 0), BYTES)
  const honest = memberOfPair(members, garbledBatch.header.root, 0)
  const others = signers.map((_, member) => member).filter((member) => member !== honest)
  await expect(certify(network, garbledBatch, [honest])).rejects.toThrow(/answered 4/)
  await certifyAndPost(network, garbledBatch, others)
  const challengerProgram = await startChallenger(network)
  await until(
    'a challenge of the garbled pair',
    async () => ((await challengedPairs(network, garbledBatch.digest)).includes(0) ? true : undefined),
    WAIT_MS,
  )
  await passWindows(network, 1)
  await untilInvalid(network, garbledBatch.digest)
  // Nobody shows an attestation of the holder for a window: it made none.
  await passWindows(network, 1)
  await untilFined(network, [disperser])
  await challengerProgram.kill()

  // All four sign for another batch, and the other three withhold it together. Their friend challenges one first, and leaves the fine.
  const withheld = evilEncode(geometryOf(4), seededBytes('withheld together', BYTES), 'none')
  const withheldBatch = evilBatch(network, withheld, BYTES)
  const { header, digest } = withheldBatch
  const certificate = await certifyAndPost(network, withheldBatch)
  await Promise.all(others.map(async (member) => network.nodes[member]?.kill()))
  const [pairOfFriend, pairOfLate] = [0, 1, 2, 3].filter(
    (pair) => memberOfPair(members, header.root, pair) !== honest,
  ) as [number, number]
  const position: Position = { pair: pairOfFriend, side: 'row', symbol: 0, chunk: 0 }
  await sendFrom(network, friendKey, challengeCall(disputes, certificate, position, BOND))
  await passWindows(network, 1)
  await sendFrom(network, friendKey, expireCall(disputes, header, position))

  await challengerProgram.start()
  await until(
    'challenges of the other pairs that are withheld',
    async () => (new Set(await challengedPairs(network, digest)).size === others.length ? true : undefined),
    WAIT_MS,
  )
  await passWindows(network, 0.6)
  const ofFriend = signers[memberOfPair(members, header.root, pairOfFriend)] as Hex
  await untilFined(network, [ofFriend])
  await passWindows(network, 0.6)
  const late = openingAt(withheld, { pair: pairOfLate, side: 'row', symbol: 0, chunk: 0 })
  await expect(sendFrom(network, friendKey, answerCall(disputes, header, fromHex(late)))).rejects.toThrow()
  const guilty = [disperser, ...others.map((member) => signers[member] as Hex)]
  await untilFined(network, guilty)

  expect(new Set(await finedAccounts(network))).toEqual(new Set(guilty))
  expect(await amount(network, 'depositOf', signers[honest] as Hex)).toBe(DEPOSIT)
  expect(await amount(network, 'depositOf', disperser)).toBe(DEPOSIT - FINE)
})
