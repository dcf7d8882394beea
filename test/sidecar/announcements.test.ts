// Which entries of the shared list a sidecar takes in, and which it rejects. Certificates are real; any process may have written
// an entry.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Retriever } from '../../src/client/retriever.ts'
import { type Hex, toHex } from '../../src/protocol/bytes.ts'
import { encodeCertificate } from '../../src/protocol/certificate.ts'
import { committeeOf } from '../../src/protocol/committee.ts'
import { FloeError } from '../../src/protocol/errors.ts'
import { type Header, headerDigest } from '../../src/protocol/header.ts'
import { pureSecp256k1 } from '../../src/protocol/signature.ts'
import { MemoryQueue } from '../../src/queue/memory-queue.ts'
import type { JobQueue } from '../../src/queue/queue.ts'
import { createLogger } from '../../src/runtime/logger.ts'
import { nodeKernel } from '../../src/coding/node-kernel.ts'
import { Announcements, type AnnouncementsOptions } from '../../src/sidecar/announcements.ts'
import { BatchIndex } from '../../src/store/batch-index.ts'
import { attest, testHeader, testOperators } from '../support/deploy.ts'
import { type ManualClock, manualClock } from '../support/manual-clock.ts'

const operators = testOperators([1, 1, 1, 1])
const members = operators.map(({ member }) => member)
const SEED: Hex = `0x${'5e'.repeat(32)}`
const committee = committeeOf(1, SEED, members)
const terms = { noticeSeconds: 3_600, promiseSeconds: 200_000_000 }
const domain = { chainId: 1, ledger: `0x${'22'.repeat(20)}` as Hex }
const own = testHeader('own').disperser
const logger = createLogger('sidecar', 'silent')

let dir: string
let batchIndex: BatchIndex
let queue: JobQueue
let clock: ManualClock

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'floe-announcements-'))
  batchIndex = await BatchIndex.open(dir, { disperser: own, noticeSeconds: terms.noticeSeconds })
  clock = manualClock(1_900_000_000)
  queue = new MemoryQueue({ clock, random: () => 0, logger })
})

afterEach(async () => {
  await queue.close(0)
  await batchIndex.close()
  await rm(dir, { recursive: true })
})

/** A sidecar's announcements over the shared queue, with a committee of four in epoch 1 and no L1 for epoch 7. */
function announcements(
  changes: { queue?: AnnouncementsOptions['queue']; unpostedMax?: number } = {},
): Announcements {
  const retriever = new Retriever({
    committees: {
      ofEpoch: async (epoch) => {
        if (epoch === 7) throw new FloeError('unavailable', 'L1 is down.')
        return epoch === 1 ? committee : undefined
      },
    },
    checker: { curve: pureSecp256k1, domain },
    clock,
    retrieval: {
      kernel: nodeKernel(),
      get: async () => Promise.reject(new Error('not expected in this test')),
      clock,
      timeoutMs: 1,
      hedgeDelayMs: 1,
    },
    retrievalsMax: 1,
  })
  return new Announcements({
    queue: changes.queue ?? queue,
    batchIndex,
    retriever,
    signer: { address: own, domain },
    clock,
    logger,
    unpostedMax: changes.unpostedMax ?? 100,
    terms,
  })
}

/** A batch that `signers` certified. */
function certified(
  name: string,
  { signers = [0, 1, 3], ...changes }: Partial<Header> & { signers?: number[] } = {},
): { digest: Hex; header: Header; commitment: Hex } {
  const header = testHeader(name, changes)
  const { signatures } = attest({ domain, members: committee }, operators, [header], signers)
  const commitment = toHex(encodeCertificate({ header, index: 0, path: [], signatures }))
  return { digest: toHex(headerDigest(domain, header)), header, commitment }
}

const listed = async (): Promise<string[]> => (await queue.waiting('announce', 1_000)).map(({ id }) => id)
const unknown = (digest: Hex): boolean => batchIndex.batch(digest) === undefined

test('An announced batch of this disperser is taken in with the members that may lack it, and stays on the list.', async () => {
  const batch = certified('mine')
  await announcements().announce(batch.digest, batch.commitment)
  await announcements().adopt()
  expect(batchIndex.batch(batch.digest)).toMatchObject({ commitment: batch.commitment, header: batch.header })
  expect(batchIndex.readyToPost(10).map(({ digest }) => digest)).toEqual([batch.digest])
  expect(batchIndex.listIncomplete('', 10)).toEqual([{ digest: batch.digest, epoch: 1, members: [2] }])
  const known = batchIndex.signedHeader(batch.digest)?.attestations.map(({ member }) => member)
  expect(known).toEqual([0, 1, 3])
  await announcements().adopt()
  expect([await listed(), batchIndex.readyToPost(10).length]).toEqual([[batch.digest], 1])
})

test('An announced batch is removed from the list once it is on L1, and never taken in again.', async () => {
  const batch = certified('posted')
  await announcements().announce(batch.digest, batch.commitment)
  await announcements().adopt()
  const mark = { headersRoot: batch.digest, transactionHash: batch.digest, blockNumber: 5 }
  const posts = [{ ...mark, headers: [{ ...batch, index: 0, path: [], stands: true }] }]
  await batchIndex.apply({ undoAbove: undefined, posts, heads: [], forgetBelow: 0, final: 0 })
  await announcements().adopt()
  expect(await listed()).toEqual([])
  // An old copy of Redis may bring the entry back.
  await announcements().announce(batch.digest, batch.commitment)
  await announcements().adopt()
  expect([await listed(), batchIndex.readyToPost(10)]).toEqual([[], []])
})

test('An announced batch stays on the list while its committee cannot be read or too many batches are unposted.', async () => {
  const later = certified('later', { epoch: 7 })
  await announcements().announce(later.digest, later.commitment)
  const batch = certified('full')
  await announcements().announce(batch.digest, batch.commitment)
  await announcements({ unpostedMax: 0 }).adopt()
  expect([await listed(), unknown(later.digest), unknown(batch.digest)]).toEqual([
    [later.digest, batch.digest],
    true,
    true,
  ])
  await announcements().adopt()
  expect([unknown(later.digest), unknown(batch.digest)]).toEqual([true, false])
})

const invalidEntries: Record<string, () => { id: string; data: unknown }> = {
  'of another disperser': () => {
    const { digest, commitment } = certified('foreign', { disperser: `0x${'99'.repeat(20)}` })
    return { id: digest, data: { commitment } }
  },
  'without a quorum': () => {
    const { digest, commitment } = certified('few', { signers: [0, 1] })
    return { id: digest, data: { commitment } }
  },
  'with the signatures of another header': () => {
    const { digest, header } = certified('forged')
    const { signatures } = attest(
      { domain, members: committee },
      operators,
      [testHeader('another')],
      [0, 1, 3],
    )
    return {
      id: digest,
      data: { commitment: toHex(encodeCertificate({ header, index: 0, path: [], signatures })) },
    }
  },
  'of an epoch that is far ahead': () => {
    const { digest, commitment } = certified('ahead', { epoch: 1_000 })
    return { id: digest, data: { commitment } }
  },
  'under the id of another batch': () => ({
    id: certified('one').digest,
    data: { commitment: certified('two').commitment },
  }),
  'that was certified together with others': () => {
    const headers = [testHeader('together 0'), testHeader('together 1')]
    const [header, other] = headers as [Header, Header]
    const { signatures } = attest({ domain, members: committee }, operators, headers, [0, 1, 3])
    const path = [toHex(headerDigest(domain, other))]
    return {
      id: toHex(headerDigest(domain, header)),
      data: { commitment: toHex(encodeCertificate({ header, index: 0, path, signatures })) },
    }
  },
  'that can no longer be posted': () => {
    const { digest, commitment } = certified('late', { expiry: 1_900_000_000 + terms.noticeSeconds - 1 })
    return { id: digest, data: { commitment } }
  },
  'whose commitment is not a certificate': () => ({ id: 'x', data: { commitment: '0x0166' } }),
  'whose commitment is not hexadecimal': () => ({ id: 'x', data: { commitment: 'certificate' } }),
  'whose commitment is too long': () => ({ id: 'x', data: { commitment: `0x${'00'.repeat(30_000)}` } }),
  'with more fields than a commitment': () => ({
    id: 'x',
    data: { commitment: certified('more').commitment, more: 1 },
  }),
  'without data': () => ({ id: 'x', data: null }),
}

test.each(Object.keys(invalidEntries))(
  'An announced batch %s is rejected and removed from the list, and the next one is taken in.',
  async (name) => {
    const invalid = invalidEntries[name]?.() ?? { id: '', data: undefined }
    await queue.add({ kind: 'announce', ...invalid })
    const valid = certified('valid')
    await announcements().announce(valid.digest, valid.commitment)
    await announcements().adopt()
    expect([await listed(), unknown(invalid.id as Hex)]).toEqual([[valid.digest], true])
    expect(batchIndex.counts().certified).toBe(1)
  },
)

test('A queue that does not answer delays a put by a quarter of a second, and adopting not at all.', async () => {
  const silent: AnnouncementsOptions['queue'] = {
    add: async () => new Promise(() => undefined),
    waiting: async () => Promise.reject(new FloeError('unavailable', 'Redis is down.')),
    remove: async () => Promise.reject(new FloeError('unavailable', 'Redis is down.')),
  }
  const batch = certified('silent')
  let announced = false
  const announcing = announcements({ queue: silent })
    .announce(batch.digest, batch.commitment)
    .then(() => (announced = true))
  await clock.asleep()
  clock.advance(249)
  await new Promise((resolve) => setImmediate(resolve))
  expect(announced).toBe(false)
  clock.advance(1)
  await announcing
  await announcements({ queue: silent }).adopt()
  expect(batchIndex.counts().certified).toBe(0)
})

test('Batches that wait for a post are announced again, each once.', async () => {
  const { digest, header, commitment } = certified('back')
  await batchIndex.save({ digest, header, commitment, receivedAt: 1, certifiedAt: 2, signature: '0xab' })
  await announcements().repeat()
  await announcements().repeat()
  expect(await listed()).toEqual([digest])
})
