// Puts over a real batch index and real coding, with a disperser that certifies as the test says.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { nodeKernel } from '../../src/coding/node-kernel.ts'
import type { Hex } from '../../src/protocol/bytes.ts'
import type { Certificate } from '../../src/protocol/certificate.ts'
import { HeadWatch } from '../../src/l1/head-watch.ts'
import { committeeOf } from '../../src/protocol/committee.ts'
import { FloeError } from '../../src/protocol/errors.ts'
import { addressOfSecretKey, pureSecp256k1 } from '../../src/protocol/signature.ts'
import { createLogger } from '../../src/runtime/logger.ts'
import { BatchIntake, type BatchIntakeOptions } from '../../src/sidecar/batch-intake.ts'
import type { Dispersal } from '../../src/sidecar/dispersal.ts'
import { BatchIndex } from '../../src/store/batch-index.ts'
import { stateOf } from '../../src/store/batch-record.ts'
import { testKey, testOperators } from '../support/deploy.ts'
import { LogCapture } from '../support/log-capture.ts'
import { type ManualClock, manualClock } from '../support/manual-clock.ts'
import { seededBytes } from '../support/random-bytes.ts'

const members = testOperators([1, 1, 1, 1]).map(({ member }) => member)
const SEED: Hex = `0x${'5e'.repeat(32)}`
const secretKey = testKey('disperser')
const signer = {
  curve: pureSecp256k1,
  secretKey,
  address: addressOfSecretKey(secretKey),
  domain: { chainId: 1, ledger: `0x${'11'.repeat(20)}` as Hex },
}
const signature: Hex = `0x${'ab'.repeat(64)}`
const noQuorum = new FloeError('unavailable', 'no quorum.', { facts: { signed: 2 } })
const batch = seededBytes('batch', 5_000)

let dir: string
let batchIndex: BatchIndex
let clock: ManualClock
let dispersals: Dispersal[]
/** Runs before a dispersal is certified. */
let beforeQuorum: () => Promise<void>
let currentEpoch: number

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'floe-batch-intake-'))
  batchIndex = await BatchIndex.open(dir, { noticeSeconds: 3_600 })
  clock = manualClock(1_900_000_000)
  dispersals = []
  beforeQuorum = async () => undefined
  currentEpoch = 1
})

afterEach(async () => {
  await batchIndex.close()
  await rm(dir, { recursive: true })
})

async function certify(dispersal: Dispersal): Promise<Certificate> {
  dispersals.push(dispersal)
  await beforeQuorum()
  const signatures = [0, 1, 2].map((member) => ({ member, signature }))
  return { header: dispersal.header, index: 0, path: [], signatures }
}

function intake(changes: Partial<BatchIntakeOptions> = {}): BatchIntake {
  return new BatchIntake({
    kernel: nodeKernel(),
    committees: {
      current: async () => committeeOf(currentEpoch, SEED, members),
      ofEpoch: async (epoch) => committeeOf(epoch, SEED, members),
      disperserQuota: async () => 1n,
    },
    signer,
    disperser: { certify },
    headWatch: { requireRecent: () => undefined },
    batchIndex,
    clock,
    logger: createLogger('sidecar', 'silent'),
    batchBytesMax: 10_000,
    retentionSeconds: 86_400,
    unpostedMax: 100,
    ...changes,
  })
}

test('Answered means held: when a put is answered, its certificate is on disk with the members that may lack the batch.', async () => {
  const receipt = await intake().put(batch)
  expect(receipt).toMatchObject({ bytes: 5_000, epoch: 1, expiry: 1_900_086_400 })
  expect(batchIndex.batch(receipt.digest)).toMatchObject({ commitment: receipt.commitment })
  expect(batchIndex.listIncomplete('', 10)).toEqual([{ digest: receipt.digest, epoch: 1, members: [3] }])
  expect(batchIndex.signedHeader(receipt.digest)).toMatchObject({
    disperserSignature: dispersals[0]?.signature,
    attestations: [0, 1, 2].map((member) => ({ member, index: 0, path: [], signature })),
  })
})

test('Answered means held: a put without a quorum fails, and its record says that some operators have signed.', async () => {
  beforeQuorum = async () => Promise.reject(noQuorum)
  await expect(intake().put(batch)).rejects.toBe(noQuorum)
  const record = batchIndex.batch(dispersals[0]?.digest as Hex)
  expect(record && stateOf(record)).toBe('dispersed')
})

test('Idempotent: equal bytes put concurrently are dispersed once and get the same commitment.', async () => {
  const one = intake()
  const receipts = await Promise.all([one.put(batch), one.put(batch.slice()), one.put(batch)])
  expect(new Set(receipts.map(({ commitment }) => commitment)).size).toBe(1)
  expect(dispersals).toHaveLength(1)
})

test('Idempotent: equal bytes put again get the same commitment for an hour, and also after a restart.', async () => {
  const { commitment } = await intake().put(batch)
  clock.advance(3_599_000)
  expect((await intake().put(batch)).commitment).toBe(commitment)
  expect(dispersals).toHaveLength(1)
  clock.advance(1_000)
  expect((await intake().put(batch)).commitment).not.toBe(commitment)
})

test('Equal bytes get another commitment once their first header can no longer be posted.', async () => {
  const short = { retentionSeconds: 3_700 }
  const { commitment, digest } = await intake(short).put(batch)
  clock.advance(101_000)
  await batchIndex.expire(clock.now(), 10)
  const record = batchIndex.batch(digest)
  expect(record && stateOf(record)).toBe('missed')
  expect((await intake(short).put(batch)).commitment).not.toBe(commitment)
})

test('Equal bytes get another commitment once a new epoch has begun.', async () => {
  const { commitment } = await intake().put(batch)
  currentEpoch = 2
  expect(await intake().put(batch)).toMatchObject({ epoch: 2 })
  expect((await intake().put(batch)).commitment).not.toBe(commitment)
})

test('Retried, not doubled: a put that is repeated after a failure disperses the same signed header.', async () => {
  beforeQuorum = async () => Promise.reject(noQuorum)
  await expect(intake().put(batch)).rejects.toBe(noQuorum)
  clock.advance(60_000)
  beforeQuorum = async () => undefined
  const { digest } = await intake().put(batch)
  expect(dispersals.map((dispersal) => dispersal.digest)).toEqual([digest, digest])
  expect(dispersals[0]?.signature).toBe(dispersals[1]?.signature)
})

test('Bounded: puts are refused once the maximum of unposted batches is reached, counting puts in flight.', async () => {
  const quorum = Promise.withResolvers<void>()
  beforeQuorum = async () => quorum.promise
  const one = intake({ unpostedMax: 2 })
  const first = one.put(seededBytes('first', 100))
  while (dispersals.length < 1) await new Promise((resolve) => setImmediate(resolve))
  quorum.resolve()
  await first
  const inFlight = Promise.withResolvers<void>()
  beforeQuorum = async () => inFlight.promise
  const second = one.put(seededBytes('second', 100))
  while (dispersals.length < 2) await new Promise((resolve) => setImmediate(resolve))
  await expect(one.put(seededBytes('third', 100))).rejects.toMatchObject({
    code: 'storage',
    facts: { unpostedMax: 2 },
    retryAfterSeconds: 10,
  })
  inFlight.resolve()
  await second
  await expect(one.put(seededBytes('fourth', 100))).rejects.toMatchObject({ code: 'storage' })
  await expect(one.put(seededBytes('first', 100))).resolves.toMatchObject({ bytes: 100 })
})

test('Not crowded out: puts without a quorum do not count against the maximum, also after a restart, and a later put is tried again.', async () => {
  for (const signed of [0, 2]) {
    beforeQuorum = async () =>
      Promise.reject(new FloeError('unavailable', 'no quorum.', { facts: { signed } }))
    for (let i = 0; i < 3; i++)
      await expect(intake({ unpostedMax: 1 }).put(seededBytes(`${signed} ${i}`, 100))).rejects.toThrow(
        'no quorum',
      )
  }
  expect(batchIndex.counts()).toMatchObject({ received: 0, dispersed: 3, failed: 3 })
  await batchIndex.close()
  batchIndex = await BatchIndex.open(dir, { noticeSeconds: 3_600 })
  beforeQuorum = async () => undefined
  const one = intake({ unpostedMax: 1 })
  const receipt = await one.put(seededBytes('0 0', 100))
  expect(receipt.digest).toBe(dispersals[0]?.digest)
  await expect(one.put(seededBytes('0 1', 100))).rejects.toMatchObject({ code: 'storage' })
  expect(batchIndex.unpostedCount()).toBe(1)
})

test('A put that found no quorum has another header an hour after the first one.', async () => {
  beforeQuorum = async () => Promise.reject(new FloeError('unavailable', 'no quorum.'))
  await expect(intake().put(batch)).rejects.toThrow('no quorum')
  clock.advance(3_600_000)
  beforeQuorum = async () => undefined
  const { digest, expiry } = await intake().put(batch)
  expect(digest).not.toBe(dispersals[0]?.digest)
  expect(expiry).toBe(1_900_090_000)
})

test('A lack of quorums is logged once when it begins and once when it ends.', async () => {
  const capture = new LogCapture()
  const one = intake({ logger: capture.logger })
  beforeQuorum = async () => Promise.reject(noQuorum)
  for (let i = 0; i < 5; i++) await expect(one.put(seededBytes(`${i}`, 100))).rejects.toBe(noQuorum)
  beforeQuorum = async () => undefined
  for (let i = 0; i < 5; i++) await one.put(seededBytes(`${i}`, 100))
  const lines = capture.lines().filter(({ level }) => level > 20)
  expect(lines.map(({ msg }) => msg)).toEqual([
    'puts refused: no quorum',
    'puts accepted again: quorum found',
  ])
})

test('A batch of no bytes or of too many bytes is refused before it is encoded.', async () => {
  await expect(intake().put(new Uint8Array(0))).rejects.toMatchObject({ code: 'empty' })
  await expect(intake().put(new Uint8Array(10_001))).rejects.toMatchObject({
    code: 'too-large',
    facts: { bytesMax: 10_000, bytes: 10_001 },
  })
  expect(dispersals).toEqual([])
})

test('A stopped intake admits no further puts and finishes those in flight.', async () => {
  const quorum = Promise.withResolvers<void>()
  beforeQuorum = async () => quorum.promise
  const one = intake()
  one.admit()
  const put = one.put(batch)
  one.stop()
  expect(() => one.admit()).toThrow('This sidecar is shutting down.')
  quorum.resolve()
  await expect(put).resolves.toMatchObject({ bytes: 5_000 })
})

test('Postable: a put is admitted only while the head of L1 moves.', () => {
  const headWatch = new HeadWatch({ clock, logger: createLogger('sidecar', 'silent'), ageSecondsMax: 60 })
  const one = intake({ headWatch })
  expect(() => one.admit()).toThrow('it has not followed L1 since it started 0 s ago')
  headWatch.observe(1_900_000_000)
  one.admit()
  clock.advance(61_000)
  expect(() => one.admit()).toThrow('it is 61 s old')
})

test('A certified batch is announced after its certificate is on disk and before the put is answered.', async () => {
  const states: unknown[] = []
  const announce = async (digest: Hex): Promise<void> => {
    const record = batchIndex.batch(digest)
    states.push(record && stateOf(record))
  }
  await intake({ announce }).put(batch)
  expect(states).toEqual(['certified'])
})

test('A sidecar without room for batches that are not on L1 logs one line, and one when puts are accepted again.', async () => {
  const logs = new LogCapture()
  const one = intake({ unpostedMax: 1, logger: logs.logger })
  const { digest } = await one.put(seededBytes('first', 100))
  for (let put = 0; put < 50; put++)
    await expect(one.put(seededBytes(`refused ${put}`, 100))).rejects.toMatchObject({ code: 'storage' })
  clock.advance(90_000_000)
  while ((await batchIndex.expire(clock.now(), 10)) > 0);
  expect(batchIndex.batch(digest)?.digest).not.toBe('certified')
  await one.put(seededBytes('accepted', 100))
  const lines = logs.lines().filter(({ level }) => level >= 30)
  expect(lines).toMatchObject([
    { level: 50, msg: 'puts refused: no room' },
    { level: 30, msg: 'puts accepted again: there is room', failures: 50 },
  ])
})

test('A sidecar whose disk takes no writes logs one line for all puts.', async () => {
  const logs = new LogCapture()
  const full = new FloeError('storage', 'The disk has 0 bytes free, a write of 100 needs 67108864.')
  const fullIndex = new Proxy(batchIndex, {
    get: (index, name) => {
      if (name === 'save') return async () => Promise.reject(full)
      const value: unknown = Reflect.get(index, name)
      return typeof value === 'function' ? (value.bind(index) as unknown) : value
    },
  })
  const one = intake({ batchIndex: fullIndex, logger: logs.logger })
  for (let put = 0; put < 50; put++) await expect(one.put(seededBytes(`put ${put}`, 100))).rejects.toBe(full)
  const lines = logs.lines().filter(({ level }) => level >= 30)
  expect(lines).toMatchObject([{ level: 50, msg: 'puts refused: no room', reason: full.message }])
})
