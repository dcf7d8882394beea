// When a sidecar posts: by election, early when a whole post waits, and unelected when the queue is unreachable. The queue and the
// batch index are real, and time is the test's.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Hex, toHex } from '../../src/protocol/bytes.ts'
import { FloeError } from '../../src/protocol/errors.ts'
import { headerDigest } from '../../src/protocol/header.ts'
import { MemoryQueue } from '../../src/queue/memory-queue.ts'
import { createLogger } from '../../src/runtime/logger.ts'
import { PostScheduler } from '../../src/sidecar/post-scheduler.ts'
import { BatchIndex } from '../../src/store/batch-index.ts'
import { testHeader } from '../support/deploy.ts'
import { type ManualClock, manualClock } from '../support/manual-clock.ts'

const INTERVAL_MS = 60_000
const domain = { chainId: 1, ledger: `0x${'22'.repeat(20)}` as Hex }
const logger = createLogger('sidecar', 'silent')
const { signal } = new AbortController()

let dir: string
let batchIndex: BatchIndex
let clock: ManualClock
let queue: MemoryQueue
let scheduler: PostScheduler
let reachable: boolean
let posts: number
let failures: number
/** What a post does. */
let post: () => Promise<void>

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'floe-post-scheduler-'))
  batchIndex = await BatchIndex.open(dir, { noticeSeconds: 3_600 })
  clock = manualClock(1_900_000_020)
  queue = new MemoryQueue({ clock, random: () => 0, logger })
  reachable = true
  posts = 0
  failures = 0
  post = async () => undefined
  scheduler = new PostScheduler({
    queue: {
      add: async (job) => queue.add(job),
      handle: (kind, policy, handler) => queue.handle(kind, policy, handler),
      every: (kind, everyMs) => queue.every(kind, everyMs),
      reachable: () => reachable,
    },
    batchIndex,
    groupPoster: {
      postWaiting: async () => {
        posts += 1
        await post()
      },
    },
    clock,
    logger,
    postingIntervalMs: INTERVAL_MS,
    postingBatchesMax: 3,
    onFailure: () => (failures += 1),
  })
  scheduler.start()
})

afterEach(async () => {
  await queue.close(0)
  await batchIndex.close()
  await rm(dir, { recursive: true })
})

/** Ticks once a second, and lets every job that is due run in between. */
async function pass(seconds: number): Promise<void> {
  for (let i = 0; i < seconds; i++) {
    clock.advance(1_000)
    await scheduler.tick(signal).catch(() => undefined)
    for (let turns = 0; turns < 10; turns++) await new Promise((resolve) => setImmediate(resolve))
  }
}

async function certify(name: string): Promise<void> {
  const header = testHeader(name)
  const digest = toHex(headerDigest(domain, header))
  const now = clock.now()
  await batchIndex.save({ digest, header, commitment: '0xcc', receivedAt: now, certifiedAt: now })
}

test('An elected sidecar posts once an interval.', async () => {
  await pass(3 * 60)
  expect(posts).toBe(3)
})

test('Batches wait for the interval until there are enough for a whole post, which is then posted without delay.', async () => {
  await certify('few 0')
  await certify('few 1')
  await pass(5)
  expect(posts).toBe(0)
  await certify('enough')
  post = async () => void (await batchIndex.expire(3_000_000_000_000, 10))
  await pass(1)
  // Writing to disk takes real time.
  while (batchIndex.counts().certified > 0) await new Promise((resolve) => setImmediate(resolve))
  expect(posts).toBe(1)
  await pass(20)
  expect(posts).toBe(1)
})

test('A batch that is posted alone does not wait for the interval, but for an interval after a failed post.', async () => {
  scheduler.postSoon()
  await pass(1)
  expect(posts).toBe(1)
  await pass(10)
  expect(posts).toBe(1)
  post = async () => Promise.reject(new FloeError('unavailable', 'L1 is down.'))
  scheduler.postSoon()
  await pass(2)
  scheduler.postSoon()
  await pass(10)
  expect(posts).toBe(2)
})

test('After a failed post the next one waits for an interval, however many batches wait.', async () => {
  post = async () => Promise.reject(new FloeError('unavailable', 'L1 is down.'))
  for (let i = 0; i < 5; i++) await certify(`stuck ${i}`)
  await pass(5 * 60)
  expect(posts).toBe(failures)
  expect(posts).toBeGreaterThan(3)
  expect(posts).toBeLessThan(12)
})

test('A sidecar whose queue is unreachable for three intervals posts without an election, once in three intervals.', async () => {
  await queue.close(0)
  reachable = false
  await pass(2 * 60)
  expect(posts).toBe(0)
  await pass(10 * 60)
  expect(posts).toBe(4)
  reachable = true
  await pass(10 * 60)
  expect(posts).toBe(4)
})
