// The fraud prover over real encodings with a flaw, storage nodes that serve what the test says, and an L1 that accepts evidence
// when the test says.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { CheckedCertificate } from '../../src/client/certified-header.ts'
import type { Get } from '../../src/client/storage-node.ts'
import type { Intent } from '../../src/l1/tx-manager/calls.ts'
import { type Hex, toHex } from '../../src/protocol/bytes.ts'
import { decodeCertificate, encodeCertificate } from '../../src/protocol/certificate.ts'
import { committeeOf } from '../../src/protocol/committee.ts'
import { FloeError } from '../../src/protocol/errors.ts'
import { headerDigest } from '../../src/protocol/header.ts'
import type { PostingStatus } from '../../src/protocol/posting.ts'
import type { Side } from '../../src/protocol/sliver.ts'
import { untilAborted } from '../../src/runtime/async/deadline.ts'
import { createLogger } from '../../src/runtime/logger.ts'
import { Metrics } from '../../src/runtime/metrics.ts'
import { FraudProver, type FraudProverOptions } from '../../src/sidecar/fraud-prover.ts'
import { type Stored, kernel, sliverAnswer } from '../protocol/support.ts'
import { testHeader, testOperators } from '../support/deploy.ts'
import { type Flaw, evilEncode } from '../support/evil-encoder.ts'
import { type ManualClock, manualClock } from '../support/manual-clock.ts'
import { seededBytes } from '../support/random-bytes.ts'
import { until } from '../support/until.ts'

const BYTES = 500
const domain = { chainId: 1, ledger: `0x${'11'.repeat(20)}` as Hex }
const committee = committeeOf(
  1,
  `0x${'5e'.repeat(32)}`,
  testOperators([1, 1, 1, 1]).map(({ member }) => member),
)
const address: Hex = `0x${'dd'.repeat(20)}`
const other: Hex = `0x${'cc'.repeat(20)}`
const hash: Hex = `0x${'ee'.repeat(32)}`
const down = new FloeError('unavailable', 'L1 is down.')

let dir: string
let clock: ManualClock
/** The open provers, each with its metrics. */
let open: Map<FraudProver, Metrics>
let stored: Map<Hex, Stored>
let certificates: Map<Hex, CheckedCertificate>
/** Runs before a storage node answers for a batch. */
let beforeAnswer: (digest: Hex) => Promise<void>
/** Digests of the batches whose slivers were requested. */
let searched: Set<Hex>
/** Headers that are invalid for L1. */
let invalid: Set<Hex>
/** What L1 has about the post of every header. */
let posting: PostingStatus
/** Certificates that were posted. */
let posts: number
/** The account that gets half of a fine. */
let beneficiary: Hex
let fines: number
let sends: number
/** Runs before a transaction is mined. */
let beforeMined: () => Promise<void>

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'floe-fraud-prover-'))
  clock = manualClock(1_900_000_000)
  open = new Map()
  stored = new Map()
  certificates = new Map()
  beforeAnswer = async () => undefined
  searched = new Set()
  invalid = new Set()
  posting = 'stands'
  posts = 0
  beneficiary = address
  fines = 0
  sends = 0
  beforeMined = async () => undefined
})

afterEach(async () => {
  for (const prover of open.keys()) await prover.close()
  await rm(dir, { recursive: true })
})

const get: Get = async ({ url, signal }) => {
  const [digest, sides, pair] = url.split('/').slice(-3) as [Hex, string, string]
  const side: Side = sides === 'rows' ? 'row' : 'column'
  searched.add(digest)
  await untilAborted(beforeAnswer(digest), signal)
  const store = stored.get(digest)
  return store === undefined
    ? { status: 404, body: new Uint8Array(0) }
    : { status: 200, body: sliverAnswer(store, side, Number(pair)) }
}

/** A certified header whose encoding has `flaw`. */
function certified(label: string, flaw: Flaw | 'none'): CheckedCertificate {
  const encoding = evilEncode(committee.geometry, seededBytes(label, BYTES), flaw)
  const header = testHeader(label, { root: toHex(encoding.root), length: BYTES })
  const digest = toHex(headerDigest(domain, header))
  const signatures = [0, 1, 2].map((member) => ({ member, signature: `0x${'ab'.repeat(64)}` as Hex }))
  const certificate = { header, index: 0, path: [], signatures }
  const commitment = encodeCertificate(certificate)
  const checked = { certificate: decodeCertificate(commitment), header, digest, committee, commitment }
  stored.set(digest, { header, encoding })
  certificates.set(toHex(commitment), checked)
  return checked
}

const retriever = {
  certificate: async (commitment: Uint8Array): Promise<CheckedCertificate> =>
    certificates.get(toHex(commitment)) ?? Promise.reject(new Error('unknown certificate')),
}

/** @param pays whether an account is configured */
async function openProver(pays: boolean): Promise<FraudProver> {
  const disputes = {
    address,
    faultsOf: async (digest: Hex) => ({ inconsistent: invalid.has(digest) }),
    openingsSubmitted: async () => 0,
  } as unknown as FraudProverOptions['disputes']
  const mined = { outcome: 'mined', transactionHash: hash, blockNumber: 1, gasUsed: 1, feeWei: 1n } as const
  const paying: FraudProverOptions['paying'] = {
    account: {
      address,
      send: async ({ label }) => {
        if (label === 'fine') {
          fines += 1
          return mined
        }
        sends += 1
        await beforeMined()
        for (const { digest } of certificates.values()) invalid.add(digest)
        return mined
      },
    },
    poster: {
      postOne: async () => {
        posts += 1
        posting = 'stands'
        return { ...mined, outcome: 'posted' }
      },
    },
  }
  const metrics = new Metrics()
  const prover = await FraudProver.open({
    dir,
    domain,
    kernel,
    get,
    disputes,
    placeOf: async (_digest, shown) =>
      posting === 'stands' ? { status: posting, shown } : { status: posting },
    follower: { sync: async () => ({ blockNumber: 1, timestamp: clock.now() / 1_000 }) },
    fines: {
      overProof: async ({ header }) => {
        const intent = { label: 'fine' } as Intent
        return { due: 'disperser', account: header.disperser, beneficiary, intent }
      },
    },
    paying: pays ? paying : undefined,
    clock,
    logger: createLogger('sidecar', 'silent'),
    metrics,
  })
  open.set(prover, metrics)
  return prover
}

async function close(prover: FraudProver): Promise<void> {
  open.delete(prover)
  await prover.close()
}

async function untilResult(
  prover: FraudProver,
  result: 'found' | 'none' | 'proven' | 'fined',
): Promise<void> {
  await until(`a case with the result ${result}`, async () => {
    const text = (await open.get(prover)?.registry.metrics()) ?? ''
    return text.includes(`floe_sidecar_evidence_total{result="${result}"} 1`) || undefined
  })
}

const untilInvalid = async ({ digest }: CheckedCertificate): Promise<unknown> =>
  until('L1 holds the header invalid', () => invalid.has(digest) || undefined)

test('Evidence against an invalid encoding is found and submitted to L1, and the disperser is fined.', async () => {
  const checked = certified('invalid', 'padding')
  const prover = await openProver(true)
  prover.openCase(checked)
  await untilInvalid(checked)
  await untilResult(prover, 'fined')
  expect([posts, sends, fines]).toEqual([0, 1, 1])
})

test('A certificate that no account has posted is posted before the evidence, because only posted headers are disputed.', async () => {
  posting = 'postable'
  const checked = certified('not posted', 'padding')
  const prover = await openProver(true)
  prover.openCase(checked)
  await untilResult(prover, 'proven')
  expect([posts, sends]).toEqual([1, 1])
})

test('Nothing is submitted against a header that never stands posted.', async () => {
  posting = 'never'
  const checked = certified('too late', 'padding')
  const prover = await openProver(true)
  prover.openCase(checked)
  await untilResult(prover, 'found')
  await close(prover)
  expect([posts, sends, invalid.size]).toEqual([0, 0, 0])
})

test('The fine of a header that another account has proven is left to that account.', async () => {
  beneficiary = other
  const checked = certified('of another', 'padding')
  invalid.add(checked.digest)
  const prover = await openProver(true)
  prover.openCase(checked)
  await untilResult(prover, 'proven')
  await close(prover)
  expect([sends, fines]).toEqual([0, 0])
})

test('Nothing is submitted against a valid encoding.', async () => {
  const checked = certified('valid', 'none')
  const prover = await openProver(true)
  prover.openCase(checked)
  await untilResult(prover, 'none')
  await close(prover)
  expect(sends).toBe(0)
})

test('Evidence is durable: evidence that was found without an account is submitted after a restart with one.', async () => {
  const checked = certified('kept', 'padding')
  const first = await openProver(false)
  first.openCase(checked)
  await untilResult(first, 'found')
  // Closing waits for evidence that was found to be on disk.
  await close(first)
  searched.clear()
  const second = await openProver(true)
  second.resume(retriever)
  await untilInvalid(checked)
  expect(searched.size).toBe(0)
})

test('Retried: a submission that fails is repeated until L1 accepts it.', async () => {
  const checked = certified('retried', 'padding')
  beforeMined = async () => (sends < 4 ? Promise.reject(down) : undefined)
  const prover = await openProver(true)
  prover.openCase(checked)
  for (let failures = 1; failures < 4; failures++) {
    await until('the submission waits for its next attempt', () =>
      sends === failures && clock.sleeping() === 1 ? true : undefined,
    )
    clock.advance(15_000)
  }
  await untilInvalid(checked)
  expect(sends).toBe(4)
})

test('A transaction that is not mined yet does not delay the end of the prover.', async () => {
  beforeMined = async () => new Promise(() => undefined)
  const prover = await openProver(true)
  prover.openCase(certified('not mined', 'padding'))
  await until('the transaction is sent', () => sends === 1 || undefined)
  await close(prover)
  expect(invalid.size).toBe(0)
})

test('Bounded: one header is searched at a time, and a header in progress is not taken twice.', async () => {
  const blocked = Promise.withResolvers<void>()
  beforeAnswer = async () => blocked.promise
  const first = certified('first', 'padding')
  const second = certified('second', 'padding')
  const prover = await openProver(false)
  prover.openCase(first)
  prover.openCase(first)
  prover.openCase(second)
  await until('the first search has begun', () => searched.has(first.digest) || undefined)
  for (let turns = 0; turns < 10; turns++) await new Promise((resolve) => setImmediate(resolve))
  expect([...searched]).toEqual([first.digest])
  blocked.resolve()
  await until('the second search has begun', () => searched.has(second.digest) || undefined)
})

test('Bounded: a search that takes longer than two minutes ends, and the next one begins.', async () => {
  const silent = certified('silent', 'padding')
  const next = certified('next', 'padding')
  beforeAnswer = async (digest) => (digest === silent.digest ? new Promise(() => undefined) : undefined)
  const prover = await openProver(false)
  prover.openCase(silent)
  prover.openCase(next)
  await until('the first search has begun', () => searched.has(silent.digest) || undefined)
  clock.advance(120_000)
  await untilResult(prover, 'found')
  expect([...searched]).toEqual([silent.digest, next.digest])
})

test('Bounded: no more than 16 headers are in progress.', async () => {
  beforeAnswer = async () => new Promise(() => undefined)
  const prover = await openProver(false)
  const headers = Array.from({ length: 17 }, (_, i) => certified(`header ${i}`, 'padding'))
  for (const checked of headers) prover.openCase(checked)
  for (const { digest } of headers.slice(0, 16)) {
    await until('the search of a header in progress begins', () => searched.has(digest) || undefined)
    clock.advance(120_000)
  }
  await until('every search has ended', () => clock.sleeping() === 0 || undefined)
  expect(searched.has(headers[16]?.digest as Hex)).toBe(false)
})
