// Fines against the real contracts: each takes the deposit of the account at fault and no other, by that account's own signature.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { CertifiedHeader } from '../../src/client/certified-header.ts'
import { attestationsInPost } from '../../src/disputes/fine-sources.ts'
import { type Fine, type FineSources, Fines } from '../../src/disputes/fines.ts'
import { evidenceCalls, expireCall } from '../../src/l1/dispute-calls.ts'
import type { PostedHeader } from '../../src/l1/posted.ts'
import { connectL1 } from '../../src/l1/rpc.ts'
import { type Hex, fromHex, toHex } from '../../src/protocol/bytes.ts'
import { memberOfPair } from '../../src/protocol/committee.ts'
import { geometryOf } from '../../src/protocol/geometry.ts'
import type { Header } from '../../src/protocol/header.ts'
import { pureSecp256k1 } from '../../src/protocol/signature.ts'
import { findEvidence } from '../../src/disputes/evidence-search.ts'
import { checkProvenSliver } from '../../src/protocol/sliver.ts'
import { kernel, placeOf, sliverAnswer } from '../protocol/support.ts'
import { testHeader, testKey, testOperators } from '../support/deploy.ts'
import { DISPERSER, DisputedChain } from '../support/disputed-chain.ts'
import { evilEncode } from '../support/evil-encoder.ts'
import { seededBytes } from '../support/random-bytes.ts'

const WINDOW = 3_600
const PAIR = 2
const LENGTH = 1_001
const encoding = evilEncode(geometryOf(4), seededBytes('fined', LENGTH), 'padding')
const { signal } = new AbortController()

let chain: DisputedChain
/** Of the test; all have the same root. */
let header: Header
let headers = 0
let posted: PostedHeader
let certified: CertifiedHeader
/** The key of the pair's holder. */
let holder: Hex

beforeAll(async () => {
  chain = await DisputedChain.start(testOperators([1, 1, 1, 1]), { window: BigInt(WINDOW) })
})
afterAll(async () => chain[Symbol.asyncDispose]())
beforeEach(() => {
  headers += 1
  header = testHeader('fined', {
    root: toHex(encoding.root),
    length: LENGTH,
    expiry: 2_000_000_000 + headers,
  })
})

/** Posts the header under a headersRoot of three, signed by these members. */
async function postSignedBy(signers: (holderIndex: number) => readonly number[]): Promise<void> {
  const committee = chain.deployment.members
  const index = memberOfPair(committee, header.root, PAIR)
  holder = committee.members[index]?.signer ?? '0x'
  const others = [testHeader(`before ${headers}`), testHeader(`after ${headers}`)] as const
  const all = await chain.post([others[0], header, others[1]], signers(index))
  const found = all.find((one) => one.header.root === header.root)
  if (found === undefined) throw new Error('Expected the header on L1, it is not.')
  posted = found
  certified = { digest: posted.digest, header, committee }
}

const everyone = (): number[] => [0, 1, 2, 3]
const allBut = (left: number): number[] => everyone().filter((member) => member !== left)

async function expire(pair = PAIR): Promise<void> {
  const position = { pair, side: 'row', symbol: 0, chunk: 0 } as const
  await chain.challenge(posted, position)
  await chain.advance(WINDOW + 1)
  await chain.transact(expireCall(chain.disputes.address, header, position), chain.accounts[2])
}

function finesWith(changes: Partial<FineSources> = {}): Fines {
  const { disputes, deployment } = chain
  return new Fines({
    disputes,
    checker: { curve: pureSecp256k1, domain: deployment.domain },
    sources: {
      attestationsOf: async (_certified, member) =>
        attestationsInPost(connectL1([chain.anvil.url]), posted, member),
      disperserSignaturesOf: async ({ digest }) => [
        toHex(pureSecp256k1.sign(fromHex(digest), testKey('disperser'))),
      ],
      ...changes,
    },
  })
}

async function overPair(fines = finesWith(), pair = PAIR): Promise<Fine> {
  return fines.overPair(certified, pair, { timestamp: await chain.timestamp(), signal })
}

/** Sends a fine that is due from a third account. @returns what each deposit lost */
async function lossesBy(fine: Fine): Promise<{ account: Hex; lost: bigint }[]> {
  if (!('intent' in fine)) throw new Error(`Expected a fine that is due, it is: ${fine.due}.`)
  const accounts = [...certified.committee.members.map(({ signer }) => signer), DISPERSER]
  const before = await Promise.all(accounts.map(async (account) => chain.disputes.depositOf(account)))
  expect(await fine.intent.precondition(await chain.blockNumber(), { succeeded: false })).toBe(true)
  await chain.transact(fine.intent.call, chain.accounts[3])
  const after = await Promise.all(accounts.map(async (account) => chain.disputes.depositOf(account)))
  return accounts
    .map((account, i) => ({ account, lost: (before[i] ?? 0n) - (after[i] ?? 0n) }))
    .filter(({ lost }) => lost !== 0n)
}

test('the holder of an expired pair is fined by the attestation in the post, once', async () => {
  await postSignedBy(everyone)
  await expire()
  const fine = await overPair()
  expect(fine).toMatchObject({ due: 'holder', account: holder, beneficiary: chain.accounts[0] })
  const { operatorFine } = await chain.disputes.terms()
  expect(await lossesBy(fine)).toEqual([{ account: holder, lost: operatorFine }])
  expect(await overPair()).toEqual({ due: 'none' })
  expect(
    'intent' in fine && (await fine.intent.precondition(await chain.blockNumber(), { succeeded: false })),
  ).toBe(false)
})

test('the disperser is fined over a pair whose holder did not attest, in the window after that of the holder', async () => {
  await postSignedBy(allBut)
  await expire()
  expect(await overPair()).toEqual({ due: 'later' })
  await chain.advance(WINDOW + 1)
  const fine = await overPair()
  expect(fine).toMatchObject({ due: 'disperser', account: DISPERSER, beneficiary: chain.accounts[0] })
  const { disperserFine } = await chain.disputes.terms()
  expect(await lossesBy(fine)).toEqual([{ account: DISPERSER, lost: disperserFine }])
  expect(await overPair()).toEqual({ due: 'none' })
})

test('a disperser is fined once over a header, and the holder of each of its pairs for that pair', async () => {
  await postSignedBy(everyone)
  await expire(PAIR)
  await expire(PAIR + 1)
  // Over the first pair the time of the holder has passed.
  expect(await overPair()).toMatchObject({ due: 'disperser' })
  await lossesBy(await overPair())
  expect(await overPair(finesWith(), PAIR + 1)).toMatchObject({ due: 'holder' })
  await chain.advance(WINDOW + 1)
  expect(await overPair(finesWith(), PAIR + 1)).toEqual({ due: 'none' })
})

test('nothing is due over a pair that did not expire, and nothing after the last window', async () => {
  await postSignedBy(everyone)
  expect(await overPair()).toEqual({ due: 'none' })
  await expire()
  expect(await overPair(finesWith(), PAIR + 1)).toEqual({ due: 'none' })
  await chain.advance(2 * WINDOW + 1)
  expect(await overPair()).toEqual({ due: 'none' })
})

test('the prover of an inconsistent header brings the fine of its disperser', async () => {
  await postSignedBy(everyone)
  const store = { header, encoding }
  const subject = { header, geometry: encoding.geometry }
  const result = await findEvidence(kernel, subject, async (side, pair) =>
    checkProvenSliver(kernel, placeOf(store, side, pair), sliverAnswer(store, side, pair)),
  )
  if (result.kind === 'none') throw new Error('Expected evidence, found none.')
  const fines = finesWith()
  const overProof = async (): Promise<Fine> =>
    fines.overProof(certified, { timestamp: await chain.timestamp(), signal })
  expect(await overProof()).toEqual({ due: 'none' })
  for (const call of evidenceCalls(chain.disputes.address, posted, result.evidence))
    await chain.transact(call, chain.accounts[4])
  const fine = await overProof()
  expect(fine).toMatchObject({ due: 'disperser', account: DISPERSER, beneficiary: chain.accounts[4] })
  const { disperserFine } = await chain.disputes.terms()
  expect(await lossesBy(fine)).toEqual([{ account: DISPERSER, lost: disperserFine }])
  expect(await overProof()).toEqual({ due: 'none' })
})

test('a signature of another account is not sent', async () => {
  await postSignedBy(everyone)
  await expire()
  const foreign = toHex(pureSecp256k1.sign(fromHex(posted.digest), testKey('someone')))
  const fines = finesWith({
    attestationsOf: async () => [{ index: posted.index, path: posted.path, signature: foreign }],
    disperserSignaturesOf: async () => [foreign],
  })
  expect(await overPair(fines)).toEqual({ due: 'later' })
  await chain.advance(WINDOW + 1)
  expect(await overPair(fines)).toEqual({ due: 'later' })
})
