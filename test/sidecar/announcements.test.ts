// What a sidecar takes from the list that it shares with others, and what it does not: certificates are real, the list is
// anybody's.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Retriever } from '../../src/client/retriever.ts'
import { type Hex, toHex } from '../../src/protocol/bytes.ts'
import { encodeCertificate } from '../../src/protocol/certificate.ts'
import { committeeOf } from '../../src/protocol/committee.ts'
import { FloeError } from '../../src/protocol/errors.ts'
import { type Header, headerDigest } from '../../src/protocol/header.ts'
import { pureSecp256k1 } from '../../src/protocol/signature.ts'
import { MemoryQueue } from '../../src/queue/memory-queue.ts'
import type { JobQueue } from '../../src/queue/queue.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { createLogger } from '../../src/runtime/logger.ts'
import { nodeKernel } from '../../src/coding/node-kernel.ts'
import { type Announcements, createAnnouncements } from '../../src/sidecar/announcements.ts'
import { BatchIndex } from '../../src/store/batch-index.ts'
import { attest, testHeader, testOperators } from '../support/deploy.ts'

const operators = testOperators([1, 1, 1, 1])
const members = operators.map(({ member }) => member)
const domain = { chainId: 1, ledger: `0x${'22'.repeat(20)}` as Hex }
const own = testHeader('own').disperser
const logger = createLogger('sidecar', 'silent')

let dir: string
let spool: BatchIndex
let queue: JobQueue

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'floe-announcements-'))
  spool = await BatchIndex.open(dir, { disperser: own })
  queue = new MemoryQueue({ clock: systemClock, random: () => 0, logger })
})

afterEach(async () => {
  await queue.close(0)
  await spool.close()
  await rm(dir, { recursive: true })
})

const library = new Retriever({
  committees: {
    current: async () => committeeOf(1, members),
    ofEpoch: async (epoch) => {
      if (epoch === 7) throw new FloeError('unavailable', 'L1 is down.')
      return epoch === 1 ? committeeOf(1, members) : undefined
    },
    disperserQuota: async () => 1n,
  },
  checker: { curve: pureSecp256k1, domain },
  clock: systemClock,
  retrieval: {
    kernel: nodeKernel(),
    get: async () => Promise.reject(new Error('not asked here')),
    clock: systemClock,
    timeoutMs: 1,
    hedgeDelayMs: 1,
  },
  retrievalsMax: 1,
})

function announcements(changes: { queue?: JobQueue; unpostedMax?: number } = {}): Announcements {
  const signer = { address: own, domain }
  return createAnnouncements({
    queue,
    spool,
    library,
    signer,
    clock: systemClock,
    logger,
    unpostedMax: 100,
    ...changes,
  })
}

/** A batch that `signers` certified. */
function certified(
  name: string,
  { signers = [0, 1, 3], ...changes }: Partial<Header> & { signers?: number[] } = {},
): { digest: Hex; header: Header; commitment: Hex } {
  const header = testHeader(name, changes)
  const { signatures } = attest(domain, operators, [header], signers)
  const commitment = toHex(encodeCertificate({ header, path: [], signatures }))
  return { digest: toHex(headerDigest(domain, header)), header, commitment }
}

const listed = async (): Promise<string[]> => (await queue.waiting('announce', 1_000)).map(({ id }) => id)
const unknown = (digest: Hex): boolean => spool.batch(digest) === undefined

describe('an announced batch', () => {
  test('of the own disperser is taken in, with the members that are not known to hold it, and stays on the list', async () => {
    const batch = certified('mine')
    await announcements().announce(batch.digest, batch.commitment)
    await announcements().adopt()
    expect(spool.batch(batch.digest)).toMatchObject({ commitment: batch.commitment, header: batch.header })
    expect(spool.readyToPost(10).map(({ digest }) => digest)).toEqual([batch.digest])
    expect(spool.listIncomplete('', 10)).toEqual([{ digest: batch.digest, epoch: 1, members: [2] }])
    await announcements().adopt()
    expect([await listed(), spool.readyToPost(10).length]).toEqual([[batch.digest], 1])
  })

  test('is off the list once it is on L1, and never taken in again', async () => {
    const batch = certified('posted')
    await announcements().announce(batch.digest, batch.commitment)
    await announcements().adopt()
    const mark = { headersRoot: batch.digest, transactionHash: batch.digest, blockNumber: 5 }
    const posts = [{ ...mark, headers: [batch] }]
    await spool.apply({ undoAbove: undefined, posts, heads: [], forgetBelow: 0, final: 0 })
    await announcements().adopt()
    expect(await listed()).toEqual([])
    // A list that came back from an old copy of Redis.
    await announcements().announce(batch.digest, batch.commitment)
    await announcements().adopt()
    expect([await listed(), spool.readyToPost(10)]).toEqual([[], []])
  })

  test('waits when its committee cannot be read, and when the spool is full', async () => {
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

  const hostile: Record<string, () => { id: string; data: unknown }> = {
    'of another disperser, which would have us pay for its posts': () => {
      const { digest, commitment } = certified('foreign', { disperser: `0x${'99'.repeat(20)}` })
      return { id: digest, data: { commitment } }
    },
    'without a quorum': () => {
      const { digest, commitment } = certified('few', { signers: [0, 1] })
      return { id: digest, data: { commitment } }
    },
    'with a signature of somebody else': () => {
      const { digest, header } = certified('forged')
      const { signatures } = attest(domain, operators, [testHeader('another')], [0, 1, 3])
      return { id: digest, data: { commitment: toHex(encodeCertificate({ header, path: [], signatures })) } }
    },
    'of an epoch that is far ahead': () => {
      const { digest, commitment } = certified('ahead', { epoch: 1_000 })
      return { id: digest, data: { commitment } }
    },
    'under the name of another one': () => ({
      id: certified('one').digest,
      data: { commitment: certified('two').commitment },
    }),
    'certified together with others': () => {
      const headers = [testHeader('together 0'), testHeader('together 1')]
      const [header, other] = headers as [Header, Header]
      const { signatures } = attest(domain, operators, headers, [0, 1, 3])
      const path = [toHex(headerDigest(domain, other))]
      return {
        id: toHex(headerDigest(domain, header)),
        data: { commitment: toHex(encodeCertificate({ header, path, signatures })) },
      }
    },
    'that has expired': () => {
      const { digest, commitment } = certified('expired', { expiry: 1_000 })
      return { id: digest, data: { commitment } }
    },
    'that is no certificate': () => ({ id: 'x', data: { commitment: '0x0166' } }),
    'that is no hexadecimal': () => ({ id: 'x', data: { commitment: 'certificate' } }),
    'that is longer than any': () => ({ id: 'x', data: { commitment: `0x${'00'.repeat(30_000)}` } }),
    'with more than a commitment': () => ({
      id: 'x',
      data: { commitment: certified('more').commitment, more: 1 },
    }),
    'that is nothing': () => ({ id: 'x', data: null }),
  }

  test.each(Object.keys(hostile))(
    '%s is refused and taken off the list, and the next one is taken in',
    async (name) => {
      const bad = hostile[name]?.() ?? { id: '', data: undefined }
      await queue.add({ kind: 'announce', ...bad })
      const good = certified('good')
      await announcements().announce(good.digest, good.commitment)
      await announcements().adopt()
      expect([await listed(), unknown(bad.id as Hex)]).toEqual([[good.digest], true])
      expect(spool.counts().certified).toBe(1)
    },
  )
})

describe('a queue that is away', () => {
  const away: JobQueue = {
    ...new MemoryQueue({ clock: systemClock, random: () => 0, logger }),
    add: async () => new Promise(() => undefined),
    waiting: async () => Promise.reject(new FloeError('unavailable', 'Redis is away.')),
  }

  test('holds up a put for a bounded time, and a checkpoint not at all', async () => {
    const batch = certified('away')
    await announcements({ queue: away }).announce(batch.digest, batch.commitment)
    await announcements({ queue: away }).adopt()
    expect(spool.counts().certified).toBe(0)
  })

  test('gets what waits when it is back', async () => {
    const { digest, header, commitment } = certified('back')
    await spool.save({ digest, header, commitment, receivedAt: 1, certifiedAt: 2, signature: '0xab' })
    await announcements().repeat()
    await announcements().repeat()
    expect(await listed()).toEqual([digest])
  })
})
