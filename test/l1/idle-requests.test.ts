// How many requests to L1 the parts of an idle service make in an hour of a chain with 12 s between blocks. Every part is real, on a
// manual clock; only the endpoint is not: it has blocks without events. docs/operations.md states the numbers.
import { type EIP1193RequestFn, createClient, custom } from 'viem'
import { expect, onTestFinished, test } from 'vitest'
import { Challenger } from '../../src/challenger/challenger.ts'
import { DisputeFollower } from '../../src/disputes/dispute-follower.ts'
import { OpenChallenges } from '../../src/disputes/open-challenges.ts'
import { RecordedFaults } from '../../src/disputes/recorded-faults.ts'
import { Responder } from '../../src/disputes/responder.ts'
import { L1Follower } from '../../src/l1/follower.ts'
import { HeadFeed } from '../../src/l1/head-feed.ts'
import { HeadWatch } from '../../src/l1/head-watch.ts'
import { LogSpans } from '../../src/l1/log-spans.ts'
import type { L1 } from '../../src/l1/rpc.ts'
import { TxManager } from '../../src/l1/tx-manager/tx-manager.ts'
import type { Hex } from '../../src/protocol/bytes.ts'
import { createLogger } from '../../src/runtime/logger.ts'
import { runBackgroundTasks } from '../../src/sidecar/background-tasks.ts'
import { ChainView } from '../../src/sidecar/chain-view.ts'
import { DisperserDefence } from '../../src/sidecar/fraud-prover-defence.ts'
import { testKey } from '../support/deploy.ts'
import { type ManualClock, manualClock } from '../support/manual-clock.ts'

const START = 1_900_000_000
const FIRST_BLOCK = 1_000_000
const BLOCK_SECONDS = 12
const WINDOW = 3_600
const finality = 'finalized'
const domain = { chainId: 1, ledger: `0x${'11'.repeat(20)}` as Hex }
const disputes: Hex = `0x${'22'.repeat(20)}`
const logger = createLogger('test', 'silent')

type World = {
  readonly clock: ManualClock
  readonly l1: L1
  readonly heads: HeadFeed
  readonly signal: AbortSignal
  /** Runs a part until the end of the test. */
  run(part: Promise<unknown>): void
  /** The requests of an hour, after ten minutes in which the parts start. */
  hour(): Promise<number>
}

function idleWorld(): World {
  const clock = manualClock(START)
  let requests = 0
  const request = async ({ method, params }: { method: string; params?: unknown }): Promise<unknown> => {
    requests += 1
    return answer(method, params as string[], clock)
  }
  const transport = custom({ request: request as EIP1193RequestFn }, { retryCount: 0 })
  const client = createClient({ transport, cacheTime: 0 })
  const logs = new LogSpans({ endpoints: [client], deploymentBlock: FIRST_BLOCK - 100 })
  const l1 = { client, endpoints: [client], logs }
  const stop = new AbortController()
  const parts: Promise<unknown>[] = []
  onTestFinished(async () => {
    stop.abort()
    await Promise.all(parts)
  })
  const pass = async (seconds: number): Promise<void> => {
    for (let second = 0; second < seconds; second++) {
      clock.advance(1_000)
      for (let turn = 0; turn < 8; turn++) await new Promise((resolve) => setImmediate(resolve))
    }
  }
  return {
    clock,
    l1,
    heads: new HeadFeed({ l1, finality, clock }),
    signal: stop.signal,
    run: (part) => void parts.push(part),
    hour: async () => {
      await pass(600)
      const before = requests
      await pass(3_600)
      return requests - before
    },
  }
}

function answer(method: string, [first]: string[], clock: ManualClock): unknown {
  const newest = FIRST_BLOCK + Math.floor((clock.now() / 1000 - START) / BLOCK_SECONDS)
  switch (method) {
    case 'eth_getBlockByNumber':
      if (first === 'latest') return blockOf(newest)
      return blockOf(first === 'finalized' ? newest - 64 : Number(first))
    case 'eth_getBlockByHash':
      return blockOf(Number(BigInt(first ?? '0x0')))
    case 'eth_getLogs':
      return []
    case 'eth_call':
      return `0x${(0).toString(16).padStart(64, '0')}`
    case 'eth_getBalance':
      return '0xde0b6b3a7640000'
    case 'eth_getTransactionCount':
      return '0x0'
    default:
      throw new Error(`the endpoint does not know ${method}`)
  }
}

function blockOf(number: number): object {
  const hashOf = (of: number): string => `0x${of.toString(16).padStart(64, '0')}`
  return {
    number: `0x${number.toString(16)}`,
    hash: hashOf(number),
    parentHash: hashOf(number - 1),
    timestamp: `0x${(START + (number - FIRST_BLOCK) * BLOCK_SECONDS).toString(16)}`,
    baseFeePerGas: '0x3b9aca00',
    transactions: [],
  }
}

function account({ l1, clock }: World): TxManager {
  const idle = async (): Promise<void> => undefined
  const journal = { pending: () => [], record: idle, finish: idle, succeeded: () => false }
  const sender = new TxManager({ l1, chainId: 1, secretKey: testKey('idle'), journal, clock, finality })
  onTestFinished(async () => sender.close())
  return sender
}

function disputeFollower({ l1, heads }: World, challenges: OpenChallenges): DisputeFollower {
  const options = { l1, domain, disputes, finality, store: challenges, heads } as const
  return new DisputeFollower({ ...options, lookbackSeconds: 600 })
}

function runResponder(world: World): void {
  const challenges = new OpenChallenges()
  const responder = new Responder({
    follower: disputeFollower(world, challenges),
    challenges,
    disputes,
    windowSeconds: WINDOW,
    incomeWei: 1n,
    usualWeiMax: 1n,
    sender: account(world),
    shareBeforeAnswer: () => 0,
    fineWei: () => 0n,
    openings: async () => [],
    clock: world.clock,
    logger,
    onOutcome: () => undefined,
  })
  world.run(responder.run(world.signal))
}

test('an idle storage node with disputes makes fewer than 2,500 requests an hour', async () => {
  const world = idleWorld()
  runResponder(world)
  const requests = await world.hour()
  expect(requests).toBeLessThan(2_500)
})

test('an idle sidecar with disputes makes fewer than 5,000 requests an hour', async () => {
  const world = idleWorld()
  const { l1, heads, clock, signal } = world
  runResponder(world)
  account(world)
  const store = new OpenChallenges()
  const follower = new L1Follower({ l1, domain, finality, store, heads })
  const headWatch = new HeadWatch({ clock, logger })
  const chain = new ChainView({ follower, headWatch, clock })
  const idle = async (): Promise<void> => undefined
  const tasks = {
    queue: { handle: () => undefined },
    batchIndex: { expire: async () => 0 },
    follower: { sync: async (cancel?: AbortSignal) => chain.follow(cancel) },
    postScheduler: { start: () => undefined, tick: idle },
    deadline: { check: () => undefined },
    backfill: { handle: idle, flush: idle, sweep: idle },
    announcements: undefined,
    postingIntervalMs: 60_000,
  }
  world.run(runBackgroundTasks({ ...tasks, clock, logger }, signal))
  const defence = new DisperserDefence({
    disperser: disputes,
    follower: disputeFollower(world, new OpenChallenges()),
    faults: new RecordedFaults(),
    committees: { ofEpoch: async () => undefined },
    fines: { overPair: async () => ({ due: 'none' }) as never },
    account: account(world),
    clock,
    logger,
    onOutcome: () => undefined,
  })
  world.run(defence.run(signal))
  const requests = await world.hour()
  expect(requests).toBeLessThan(5_000)
})

test('an idle challenger makes fewer than 2,500 requests an hour', async () => {
  const world = idleWorld()
  const challenges = new OpenChallenges()
  const { address } = account(world)
  const idle = async (): Promise<void> => undefined
  const notWanted = async () => ({ outcome: 'not-wanted' }) as const
  const askForCredit = async () => {
    await world.l1.client.request({ method: 'eth_call', params: [{ to: disputes }, 'latest'] })
    return notWanted()
  }
  const challenger = new Challenger({
    follower: disputeFollower(world, challenges),
    challenges,
    posts: { prune: () => undefined },
    missingChunks: { all: () => [] },
    sampler: { step: idle, settled: idle },
    resolver: { resolve: idle },
    batchChecker: { checkOne: idle },
    paying: {
      transactions: { address, expire: notWanted, reclaim: notWanted, withdraw: askForCredit },
      fineBringer: { bring: idle },
    },
    policy: { sampleIntervalMs: 10_000, checkIntervalMs: 600_000, challengeAfterMs: 60_000 },
    windowSeconds: WINDOW,
    clock: world.clock,
    logger,
    onEvent: () => undefined,
  })
  world.run(challenger.run(world.signal))
  const requests = await world.hour()
  expect(requests).toBeLessThan(2_500)
})
