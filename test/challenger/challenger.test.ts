// The guarantees of a challenger, on a manual clock, with storage nodes and an L1 that the test controls.
import { expect, onTestFinished, test } from 'vitest'
import { BatchChecker } from '../../src/challenger/batch-checker.ts'
import { Challenger, type ChallengerEvent } from '../../src/challenger/challenger.ts'
import { MissingChunkResolver } from '../../src/challenger/missing-chunk-resolver.ts'
import { type MissingChunk, MissingChunks } from '../../src/challenger/missing-chunks.ts'
import { Sampler } from '../../src/challenger/sampler.ts'
import { holderOf } from '../../src/challenger/sampling.ts'
import { SpendingBudget } from '../../src/disputes/spending-budget.ts'
import type { ChallengeState, ExpiredPair } from '../../src/l1/disputes.ts'
import type { SendResult } from '../../src/l1/tx-manager/tx-manager.ts'
import { type Hex, toHex } from '../../src/protocol/bytes.ts'
import { FloeError } from '../../src/protocol/errors.ts'
import { LogCapture } from '../support/log-capture.ts'
import { type World, createWorld, settled } from './world.ts'

const CHALLENGE_AFTER_MS = 8_000
const hash = toHex(new Uint8Array(32))
const address: Hex = `0x${'22'.repeat(20)}`
const other: Hex = `0x${'33'.repeat(20)}`
const mined: SendResult = {
  outcome: 'mined',
  transactionHash: hash,
  blockNumber: 1,
  gasUsed: 1,
  feeWei: 1n,
}
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }
const position = { pair: 0, side: 'row' as const, symbol: 0, chunk: 0 }

type Resolving = {
  readonly chunk: MissingChunk
  readonly missingChunks: MissingChunks
  readonly events: ChallengerEvent[]
  /** The digests of the headers that were challenged. */
  readonly opened: string[]
  readonly resolve: () => Promise<void>
}

/** What L1 has about the position of a missing chunk. */
type OnL1 = {
  readonly faults?: { withheld: boolean; inconsistent: boolean }
  readonly state?: ChallengeState
  readonly expired?: ExpiredPair
}

const NO_FAULTS = { withheld: false, inconsistent: false }

/** A resolver with one missing chunk. */
function resolving(world: World, onL1: OnL1 = {}): Resolving {
  const { clock, certified, posted, retrieval } = world
  const missingChunks = new MissingChunks()
  const operator = holderOf(certified, position).signer
  const chunk = { certified, posted, position, operator, missingSinceMs: clock.monotonic() }
  missingChunks.add(chunk)
  const events: ChallengerEvent[] = []
  const opened: string[] = []
  const resolver = new MissingChunkResolver({
    follower: { sync: async () => ({ blockNumber: 1, timestamp: clock.now() / 1_000 }) },
    challenges: { all: () => [] },
    disputes: {
      faultsOf: async () => onL1.faults ?? NO_FAULTS,
      challengeOf: async () => onL1.state ?? { status: 'none' },
      expiredPairOf: async () => onL1.expired,
    },
    missingChunks,
    retrieval,
    disprover: { disprove: async () => undefined },
    transactions: {
      address,
      open: async ({ digest }) => {
        opened.push(digest)
        return mined
      },
    },
    challengeAfterMs: CHALLENGE_AFTER_MS,
    clock,
    logger: silent,
    onEvent: (event) => events.push(event),
  })
  const resolve = async (): Promise<void> => resolver.resolve(chunk, new AbortController().signal)
  return { chunk, missingChunks, events, opened, resolve }
}

test('Patient: a challenge is opened only for a chunk that was not served for `challengeAfterMs` and could not be rebuilt.', async () => {
  const world = createWorld()
  world.serving.clear()
  const { missingChunks, opened, events, resolve } = resolving(world)
  world.clock.advance(CHALLENGE_AFTER_MS - 1)
  await resolve()
  expect([opened, missingChunks.count()]).toEqual([[], 1])
  world.clock.advance(1)
  await resolve()
  expect([opened, events]).toEqual([[world.certified.digest], ['challenged']])
  expect(missingChunks.count()).toBe(0)
})

test('a missing chunk that its operator serves again is not challenged', async () => {
  const world = createWorld()
  const { missingChunks, opened, resolve } = resolving(world)
  world.clock.advance(CHALLENGE_AFTER_MS)
  await resolve()
  expect([opened, missingChunks.count()]).toEqual([[], 0])
})

test('a missing chunk that can be rebuilt from other slivers is reported and not challenged', async () => {
  const world = createWorld()
  world.serving.delete(position.pair)
  const { missingChunks, opened, events, resolve } = resolving(world)
  world.clock.advance(CHALLENGE_AFTER_MS)
  await resolve()
  expect([opened, events, missingChunks.count()]).toEqual([[], ['rebuilt'], 0])
})

test('a chunk that was shown on L1 counts as served', async () => {
  const world = createWorld()
  world.serving.clear()
  const { missingChunks, opened, resolve } = resolving(world, { state: { status: 'answered' } })
  world.clock.advance(CHALLENGE_AFTER_MS)
  await resolve()
  expect([opened, missingChunks.count()]).toEqual([[], 0])
})

test('a chunk that another account has challenged stays missing until that challenge has ended', async () => {
  const world = createWorld()
  world.serving.clear()
  const onL1: { state?: ChallengeState } = {
    state: { status: 'open', challenger: other, deadline: 1 },
  }
  const { missingChunks, opened, resolve } = resolving(world, onL1)
  world.clock.advance(CHALLENGE_AFTER_MS)
  await resolve()
  expect([opened, missingChunks.count()]).toEqual([[], 1])
  // It lapsed.
  delete onL1.state
  await resolve()
  expect([opened, missingChunks.count()]).toEqual([[world.certified.digest], 0])
})

test('a chunk of an inconsistent header is not challenged', async () => {
  const world = createWorld()
  world.serving.clear()
  const { missingChunks, opened, resolve } = resolving(world, {
    faults: { withheld: false, inconsistent: true },
  })
  world.clock.advance(CHALLENGE_AFTER_MS)
  await resolve()
  expect([opened, missingChunks.count()]).toEqual([[], 0])
})

test('a chunk of a withheld header is challenged, unless its pair has expired', async () => {
  const faults = { withheld: true, inconsistent: false }
  const expired = { challenger: other, expiredAt: 1, fined: false }
  for (const [onL1, challenged] of [
    [{ faults }, 1],
    [{ faults, expired }, 0],
  ] as const) {
    const world = createWorld()
    world.serving.clear()
    const { opened, resolve } = resolving(world, onL1)
    world.clock.advance(CHALLENGE_AFTER_MS)
    await resolve()
    expect(opened.length).toBe(challenged)
  }
})

/** Runs a challenger whose tasks are counted; one of them never ends. */
async function tasksWhile(hanging: string): Promise<Record<string, number>> {
  const { clock, certified, posted } = createWorld()
  const calls: Record<string, number> = { follow: 0, sample: 0, resolve: 0, check: 0, expire: 0, fine: 0 }
  const stop = new AbortController()
  const stopped = new Promise<void>((resolve) => stop.signal.addEventListener('abort', () => resolve()))
  const task = async (name: string): Promise<void> => {
    calls[name] = (calls[name] ?? 0) + 1
    if (name === hanging) await stopped
  }
  const chunk = { certified, posted, position, operator: address, missingSinceMs: 0 }
  const challenge = {
    id: hash,
    digest: hash,
    header: certified.header,
    challenger: address,
    position,
    deadline: 1,
  }
  const challenger = new Challenger({
    // Both the task that follows L1 and the one that expires challenges ask for the tip.
    follower: { sync: async () => ({ blockNumber: 1, timestamp: 2 }) },
    challenges: { all: () => [challenge] },
    posts: { prune: () => void task('follow') },
    missingChunks: { all: () => [chunk] },
    sampler: { step: async () => task('sample'), settled: async () => undefined },
    resolver: { resolve: async () => task('resolve') },
    batchChecker: { checkOne: async () => task('check') },
    paying: {
      transactions: {
        address,
        expire: async () => {
          await task('expire')
          return { outcome: 'not-wanted' }
        },
        reclaim: async () => mined,
        withdraw: async () => mined,
      },
      fineBringer: { bring: async () => task('fine') },
    },
    policy: { sampleIntervalMs: 1_000, checkIntervalMs: 1_000, challengeAfterMs: CHALLENGE_AFTER_MS },
    windowSeconds: 3_600,
    clock,
    logger: silent,
    onEvent: () => undefined,
  })
  const ended = challenger.run(stop.signal)
  for (let second = 0; second < 3; second++) {
    await settled()
    clock.advance(1_000)
  }
  stop.abort()
  await ended
  return calls
}

test.each(['sample', 'resolve', 'check', 'expire', 'fine'])(
  'Independent: a task that hangs delays no other task. (%s hangs)',
  async (hanging) => {
    const { [hanging]: once, fine, ...others } = await tasksWhile(hanging)
    expect(once ?? fine).toBe(1)
    // Fines have time: their task runs every ten seconds.
    expect(fine ?? 1).toBe(1)
    expect(Object.values(others)).toEqual(Object.keys(others).map(() => 3))
  },
)

test('Bounded: samples in flight, missing chunks, whole batches in memory (one a task), and wei a day have maxima.', async () => {
  const world = createWorld()
  const { clock, posted, committee, retrieval, certified } = world
  const missingChunks = new MissingChunks()
  const committees = { ofEpoch: async () => committee }
  const stop = new AbortController()
  let requests = 0
  const get: typeof retrieval.get = async ({ signal }) =>
    new Promise((_resolve, reject) => {
      requests += 1
      signal.addEventListener('abort', () => reject(new Error('aborted')))
    })
  const posts = { pick: () => posted }
  const shared = { posts, committees, random: () => 0 }
  const sampler = new Sampler({
    ...shared,
    missingChunks,
    clock,
    logger: silent,
    onSample: () => undefined,
    retrieval: { ...retrieval, get },
  })
  onTestFinished(async () => {
    stop.abort()
    await sampler.settled()
  })
  for (let step = 0; step < 20; step++) await sampler.step(stop.signal)
  expect(requests).toBe(16)

  for (let pair = 0; pair < 300; pair++) {
    const chunk = { certified, posted, position: { ...position, pair }, operator: address, missingSinceMs: 0 }
    missingChunks.add(chunk)
    missingChunks.add({ ...chunk, position: { ...chunk.position, chunk: 1 } })
  }
  expect(missingChunks.count()).toBe(256)

  // The loop of the batch checker waits for one check before the next: see the test of independence.
  const { check } = await tasksWhile('check')
  expect(check).toBe(1)

  const budget = new SpendingBudget({ limits: { transactionWeiMax: 10n, dayWeiMax: 10n }, clock })
  budget.reserve(hash, { wei: 10n })
  expect(() => budget.reserve(address, { wei: 1n })).toThrow(/within a budget of 10 wei a day/)
})

test('a failed sample records the chunk as missing, and lowers the score of its operator', async () => {
  const { clock, posted, committee, retrieval, serving, certified } = createWorld()
  serving.clear()
  const missingChunks = new MissingChunks()
  const outcomes: string[] = []
  const sampler = new Sampler({
    posts: { pick: () => posted },
    missingChunks,
    committees: { ofEpoch: async () => committee },
    retrieval,
    random: () => 0,
    clock,
    logger: silent,
    onSample: (outcome) => outcomes.push(outcome),
  })
  const { signal } = new AbortController()
  await sampler.step(signal)
  await sampler.settled()
  expect(outcomes).toEqual(['failure'])
  const [missing] = missingChunks.all()
  expect(missing).toMatchObject({ certified: { digest: certified.digest } })
  expect(sampler.scores().get(missing?.operator ?? '0x')).toMatchObject({ failures: 1, score: 0.99 })
})

/** Checks the batch of the world. @returns the digests that were to be disproved */
async function checkBatch({ posted, committee, retrieval }: World): Promise<Hex[]> {
  const disproved: Hex[] = []
  const checker = new BatchChecker({
    posts: { pick: () => posted },
    committees: { ofEpoch: async () => committee },
    disputes: { faultsOf: async () => ({ withheld: false, inconsistent: false }) },
    retrieval,
    disprover: { disprove: async ({ digest }) => void disproved.push(digest) },
    random: () => 0,
    onEvent: () => undefined,
  })
  await checker.checkOne(new AbortController().signal)
  return disproved
}

test('a check of a valid batch disproves nothing', async () => {
  expect(await checkBatch(createWorld())).toEqual([])
})

test('a check of a batch with an invalid encoding disproves its header', async () => {
  const world = createWorld('parity-row')
  expect(await checkBatch(world)).toEqual([world.certified.digest])
})

test('a check of a batch that cannot be retrieved fails', async () => {
  const world = createWorld()
  world.serving.clear()
  await expect(checkBatch(world)).rejects.toMatchObject({ code: 'unavailable' })
})

test('A spent budget costs a challenger one line for all that it cannot close, and one when the budget allows it.', async () => {
  const { clock, certified } = createWorld()
  const logs = new LogCapture()
  const stop = new AbortController()
  let [spent, attempts] = [true, 0]
  const challenge = {
    id: hash,
    digest: hash,
    header: certified.header,
    challenger: address,
    position,
    deadline: 1,
  }
  const challenger = new Challenger({
    follower: { sync: async () => ({ blockNumber: 1, timestamp: 2 }) },
    challenges: { all: () => Array.from({ length: 10 }, () => challenge) },
    posts: { prune: () => undefined },
    missingChunks: { all: () => [] },
    sampler: { step: async () => undefined, settled: async () => undefined },
    resolver: { resolve: async () => undefined },
    batchChecker: { checkOne: async () => undefined },
    paying: {
      transactions: {
        address,
        expire: async () => {
          attempts += 1
          if (spent) throw new FloeError('overloaded', 'The budget of the day is spent.')
          return { outcome: 'not-wanted' }
        },
        reclaim: async () => mined,
        withdraw: async () => ({ outcome: 'not-wanted' }),
      },
      fineBringer: { bring: async () => undefined },
    },
    policy: { sampleIntervalMs: 1_000, checkIntervalMs: 1_000, challengeAfterMs: CHALLENGE_AFTER_MS },
    windowSeconds: 3_600,
    clock,
    logger: logs.logger,
    onEvent: () => undefined,
  })
  const ended = challenger.run(stop.signal)
  for (let second = 0; second < 200; second++) {
    await settled()
    if (second === 100) spent = false
    clock.advance(1_000)
  }
  stop.abort()
  await ended
  expect(attempts).toBeGreaterThan(100)
  expect(logs.lines()).toMatchObject([
    { level: 40, msg: 'task failed', task: 'challenge not closed', code: 'overloaded' },
    { level: 30, msg: 'task succeeded again', task: 'challenge not closed' },
  ])
})
