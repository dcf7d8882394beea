// An attack on the fines, with every program in its own process: a disperser garbles the pair of an operator that does not sign, and
// operators withhold together, while a friend challenges first and leaves the fine, and one of them answers late.
import { expect, test } from 'vitest'
import type { Position } from '../../src/l1/dispute-ids.ts'
import { answerCall, challengeCall, expireCall } from '../../src/l1/dispute-calls.ts'
import { type Hex, fromHex } from '../../src/protocol/bytes.ts'
import { memberOfPair } from '../../src/protocol/committee.ts'
import { geometryOf } from '../../src/protocol/geometry.ts'
import { addressOfSecretKey } from '../../src/protocol/signature.ts'
import { hashesOf, treeRoot } from '../../src/protocol/tree.ts'
import { openingAt } from '../support/dispute-evidence.ts'
import { type EvilEncoding, evilEncode } from '../support/evil-encoder.ts'
import { Fleet } from '../support/fleet.ts'
import { seededBytes } from '../support/random-bytes.ts'
import { certify, evilBatch } from './evil-sequencer.ts'
import { until } from '../support/until.ts'
import {
  amount,
  BOND,
  BYTES,
  certifyAndPost,
  DEPOSIT,
  events,
  FINE,
  finedAccounts,
  friendKey,
  passWindows,
  sendFrom,
  startChallenger,
  untilFined,
  untilInvalid,
  WAIT_MS,
  withDisputes,
} from './disputed-fleet.ts'

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
  // No account shows an attestation of the holder for a window: it made none.
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
  await expect(sendFrom(network, friendKey, answerCall(disputes, header, fromHex(late)))).rejects.toThrow(
    /TooLate|NotChallenged|revert/,
  )
  const guilty = [disperser, ...others.map((member) => signers[member] as Hex)]
  await untilFined(network, guilty)

  expect(new Set(await finedAccounts(network))).toEqual(new Set(guilty))
  expect(await amount(network, 'depositOf', signers[honest] as Hex)).toBe(DEPOSIT)
  expect(await amount(network, 'depositOf', disperser)).toBe(DEPOSIT - FINE)
})
