// When a sidecar posts although nobody elected it, and when much waits: time is the test's, the spool is real.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Hex, toHex } from '../../src/protocol/bytes.ts'
import { FloeError } from '../../src/protocol/errors.ts'
import { headerDigest } from '../../src/protocol/header.ts'
import { MemoryQueue } from '../../src/queue/memory-queue.ts'
import type { JobQueue } from '../../src/queue/queue.ts'
import { createLogger } from '../../src/runtime/logger.ts'
import { keepUp } from '../../src/sidecar/background-tasks.ts'
import { BatchIndex } from '../../src/store/batch-index.ts'
import { testHeader } from '../support/deploy.ts'
import { until } from '../support/until.ts'
import { type ManualClock, manualClock } from '../support/manual-clock.ts'

const INTERVAL_MS = 60_000
const logger = createLogger('sidecar', 'silent')

let dir: string
let spool: BatchIndex
let clock: ManualClock
let queue: JobQueue
let reachable: boolean
let checkpoints: number
let failures: number
/** What a checkpoint does. */
let work: () => Promise<void>
let stop: () => Promise<void>

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'floe-upkeep-'))
  spool = await BatchIndex.open(dir)
  clock = manualClock(1_900_000_020)
  reachable = true
  checkpoints = 0
  failures = 0
  work = async () => undefined
  queue = new MemoryQueue({ clock, random: () => 0, logger })
  const stopping = new AbortController()
  const ended = keepUp(
    {
      queue: { ...queue, reachable: () => reachable },
      spool,
      follower: { sync: async () => ({ tip: { number: 1, hash: '0x' }, final: 0 }) },
      checkpointer: {
        checkpoint: async () => {
          checkpoints += 1
          await work()
        },
      },
      completer: {
        handle: async () => undefined,
        held: () => undefined,
        flush: async () => undefined,
        sweep: async () => undefined,
      },
      announcements: undefined,
      clock,
      logger,
      postingIntervalMs: INTERVAL_MS,
      postingBatchesMax: 3,
      onPostingFailure: () => (failures += 1),
    },
    stopping.signal,
  )
  stop = async () => {
    stopping.abort()
    await queue.close(0)
    await ended
  }
})

afterEach(async () => {
  await stop()
  await spool.close()
  await rm(dir, { recursive: true })
})

/** Lets time pass second by second, with everything that is due done in between. */
async function pass(seconds: number): Promise<void> {
  for (let i = 0; i < seconds; i++) {
    const sleeping = clock.sleeping()
    clock.advance(1_000)
    for (let turns = 0; turns < 20 || (turns < 1_000 && clock.sleeping() < sleeping); turns++)
      await new Promise((resolve) => setImmediate(resolve))
    await until('all loops sleep again', () => (clock.sleeping() >= sleeping ? true : undefined))
  }
}

async function certify(name: string): Promise<void> {
  const header = testHeader(name)
  const digest = toHex(headerDigest({ chainId: 1, ledger: `0x${'22'.repeat(20)}` as Hex }, header))
  await spool.save({ digest, header, commitment: '0xcc', receivedAt: clock.now(), certifiedAt: clock.now() })
}

test('a checkpoint comes once an interval, to whoever is elected', async () => {
  await pass(3 * 60)
  expect(checkpoints).toBe(3)
})

test('a few that wait are left to the interval; as many as fit a post are posted at once', async () => {
  await certify('few 0')
  await certify('few 1')
  await pass(5)
  expect(checkpoints).toBe(0)
  await certify('enough')
  work = async () => void (await spool.expire(3_000_000_000_000, 10))
  await pass(3)
  expect(checkpoints).toBe(1)
  await pass(20)
  expect(checkpoints).toBe(1)
})

test('what does not get through is tried again once an interval, however much waits', async () => {
  work = async () => Promise.reject(new FloeError('unavailable', 'L1 is down.'))
  for (let i = 0; i < 5; i++) await certify(`stuck ${i}`)
  await pass(5 * 60)
  expect(checkpoints).toBe(failures)
  expect(checkpoints).toBeGreaterThan(3)
  expect(checkpoints).toBeLessThan(12)
})

test('a sidecar whose queue is away for three intervals posts unelected, once in so long', async () => {
  await queue.close(0)
  reachable = false
  await pass(2 * 60)
  expect(checkpoints).toBe(0)
  await pass(10 * 60)
  expect(checkpoints).toBe(4)
  reachable = true
  await pass(10 * 60)
  expect(checkpoints).toBe(4)
})
