// Disputes from end to end, with every program in its own process: anvil with the real contracts, storage nodes, sidecars, and
// `floe challenger`. Withholding costs the holders a fine, needless challenges cost a bond, and an invalid encoding costs the
// disperser a fine.
import { createWalletClient, http } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { expect, test } from 'vitest'
import { createReader } from '../../src/client/index.ts'
import type { Position } from '../../src/l1/dispute-ids.ts'
import { challengeCall } from '../../src/l1/dispute-calls.ts'
import { fromHex, toHex } from '../../src/protocol/bytes.ts'
import { decodeCertificate } from '../../src/protocol/certificate.ts'
import { memberOfPair } from '../../src/protocol/committee.ts'
import { geometryOf } from '../../src/protocol/geometry.ts'
import { addressOfSecretKey } from '../../src/protocol/signature.ts'
import { answerAccount, testKey } from '../support/deploy.ts'
import { type Flaw, evilEncode } from '../support/evil-encoder.ts'
import { Fleet } from '../support/fleet.ts'
import { seededBytes } from '../support/random-bytes.ts'
import { certify, evilBatch } from './evil-sequencer.ts'
import { digestOf } from './ledger.ts'
import { commit, get } from './rollup.ts'
import { until } from '../support/until.ts'
import {
  amount,
  attestationsKept,
  BOND,
  BYTES,
  certifyAndPost,
  chainOf,
  challenger,
  challengerKey,
  defenderKey,
  DEPOSIT,
  ETHER,
  events,
  FINE,
  isInvalid,
  keyFileOf,
  passWindows,
  sendFrom,
  sidecarOf,
  startChallenger,
  TREASURY,
  untilFined,
  untilInvalid,
  untilPosted,
  validForNitro,
  WAIT_MS,
  WINDOW,
  withDisputes,
} from './disputed-fleet.ts'

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
  }
  // A reader with an L1 endpoint has the chunk: the first symbol of row 0 is the head of the batch.
  const chunk = answered.find(({ args }) => args.position.pair === 0)?.args.chunk ?? '0x'
  expect(chunk.length).toBeGreaterThan(2)
  expect(chunk).toBe(toHex(batch.subarray(0, fromHex(chunk).length)))
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
    // No account has posted it: the reader does.
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
      await until('a 418, once the verdict of L1 is final', async () =>
        (await get(url, commitment)).status === 418 ? true : undefined,
      )
    const { committee, ledger, disputes } = network.deployment
    const client = await createReader({ rpcUrls: [network.rpcUrl], committee, ledger, disputes, finality: 1 })
    await expect(client.get(toHex(commitment))).rejects.toMatchObject({ code: 'batch-invalid' })
  },
)
