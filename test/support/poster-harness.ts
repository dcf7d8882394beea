// A poster over a strict mempool with a clock that stands still: seconds pass when the test says so, and the poster has done all
// that was due before the next one does.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestClient, http, keccak256, publicActions } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { onTestFinished } from 'vitest'
import type { Finality } from '../../src/l1/finality-rule.ts'
import { defaultSendingPolicy } from '../../src/l1/tx-manager/decisions.ts'
import type { TransactionEvent } from '../../src/l1/tx-manager/context.ts'
import { type Post, type Poster, LedgerPoster } from '../../src/l1/poster.ts'
import { TxManager, type TxManagerOptions } from '../../src/l1/tx-manager/tx-manager.ts'
import { postedHeaders } from '../../src/l1/posted.ts'
import { connectL1 } from '../../src/l1/rpc.ts'
import { type Hex, toHex } from '../../src/protocol/bytes.ts'
import { FloeError } from '../../src/protocol/errors.ts'
import { headerDigest } from '../../src/protocol/header.ts'
import { addressOfSecretKey } from '../../src/protocol/signature.ts'
import { Journal } from '../../src/store/journal.ts'
import { type TestAnvil, startTestAnvil } from './anvil.ts'
import {
  type Deployment,
  type Operator,
  attest,
  deployFloe,
  testHeader,
  testKey,
  testOperators,
} from './deploy.ts'
import { type ManualClock, manualClock } from './manual-clock.ts'
import { type StrictMempool, startStrictMempool } from './strict-mempool.ts'

export const GWEI = 1_000_000_000n
export const ETHER = 1_000_000_000_000_000_000n

export type TestLedger = AsyncDisposable & {
  readonly anvil: TestAnvil
  readonly deployment: Deployment
  readonly operators: readonly Operator[]
}

/** An anvil with the contracts. */
export async function startTestLedger(): Promise<TestLedger> {
  const operators = testOperators([1, 1, 1, 1])
  const anvil = await startTestAnvil()
  const disperser = { address: addressOfSecretKey(testKey('disperser')), quotaBytes: 1n }
  const deployment = await deployFloe(anvil.url, operators, disperser)
  return { anvil, deployment, operators, [Symbol.asyncDispose]: async () => anvil.stop() }
}

/** A post of headers with these names, wanted unless it is said otherwise. */
export function postOf(
  { deployment, operators }: TestLedger,
  names: readonly string[],
  precondition: Post['precondition'] = async () => true,
): Post {
  const headers = names.map((name) => testHeader(name))
  const { headers: packed, signatures } = attest(deployment.domain, operators, headers)
  return { headers: packed, committee: deployment.members, signatures, precondition }
}

/** Names that a chain has, each as often as it has it. */
export async function namesOnChain(
  { anvil, deployment }: TestLedger,
  names: readonly string[],
): Promise<string[]> {
  const { domain } = deployment
  const nameOf = new Map(names.map((name) => [toHex(headerDigest(domain, testHeader(name))), name]))
  const found: string[] = []
  for await (const { digest } of postedHeaders({ l1: connectL1([anvil.url]), domain })) {
    const name = nameOf.get(digest)
    if (name !== undefined) found.push(name)
  }
  return found.sort()
}

export type Foreign = { nonce: number; feeCap: bigint; tip: bigint }

export type PosterBench = {
  readonly pool: StrictMempool
  readonly clock: ManualClock
  readonly account: Hex
  readonly poster: Poster
  /** The poster's transaction manager. */
  readonly manager: TxManager
  readonly journal: Journal
  readonly events: TransactionEvent[]
  readonly warnings: string[]
  /** Lets time pass, in looks, until `promise` settles; fails after so many. */
  run<T>(promise: Promise<T>, limit?: number, each?: (tick: number) => unknown): Promise<T>
  ticks(count: number): Promise<void>
  fund(wei: bigint): Promise<void>
  /** A transaction of the same account that the poster knows nothing of, sent to the pool. */
  foreign(transaction: Foreign): Promise<Hex>
  nextNonce(): Promise<number>
  /** Ends the poster and its journal, and starts them again over the same folder. */
  restart(): Promise<void>
  /** At the end of the test at the latest. */
  close(): Promise<void>
}

export type BenchOptions = {
  /** Names the account. */
  readonly name: string
  readonly finality?: Finality
  readonly policy?: TxManagerOptions['policy']
  /** Shared between benches. */
  readonly pool?: StrictMempool
  readonly clock?: ManualClock
}

/** A look every so often: three in a block. */
const TICK_MS = 4_000

export async function openBench(ledger: TestLedger, options: BenchOptions): Promise<PosterBench> {
  const secretKey = testKey(options.name)
  const account = addressOfSecretKey(secretKey)
  const chain = createTestClient({ mode: 'anvil', transport: http(ledger.anvil.url), cacheTime: 0 }).extend(
    publicActions,
  )
  const fund = async (value: bigint): Promise<void> => chain.setBalance({ address: account, value })
  await fund(ETHER)
  const pool = options.pool ?? (await startStrictMempool(ledger.anvil.url))
  // The head has the pool's base fee.
  await pool.mine()
  const clock = options.clock ?? manualClock(1_700_000_000, defaultSendingPolicy.watchMs)
  const dir = await mkdtemp(join(tmpdir(), 'floe-poster-'))
  const events: TransactionEvent[] = []
  const warnings: string[] = []
  const open = async (): Promise<Pick<PosterBench, 'journal' | 'poster' | 'manager'>> => {
    const journal = await Journal.open(dir)
    const manager = new TxManager({
      l1: connectL1([pool.url]),
      secretKey,
      journal,
      clock,
      finality: options.finality ?? 0,
      policy: { pollMs: TICK_MS, ...options.policy },
      onEvent: (event) => events.push(event),
      logger: { info: () => {}, warn: (_facts, message) => warnings.push(message) },
    })
    return {
      journal,
      manager,
      poster: new LedgerPoster({ sender: manager, ledger: ledger.deployment.ledger }),
    }
  }
  let current = await open()
  const stop = async (): Promise<void> => {
    await current.manager.close()
    await current.journal.close()
  }
  let closing: Promise<void> | undefined
  const close = async (): Promise<void> => {
    closing ??= stop()
      .then(async () => (options.pool === undefined ? pool[Symbol.asyncDispose]() : undefined))
      .then(async () => rm(dir, { recursive: true }))
    return closing
  }
  onTestFinished(close)
  return {
    pool,
    clock,
    account,
    events,
    warnings,
    get poster() {
      return current.poster
    },
    get manager() {
      return current.manager
    },
    get journal() {
      return current.journal
    },
    run: async (promise, limit = 100, each = () => undefined) => {
      let settled = false
      void Promise.allSettled([promise]).then(() => (settled = true))
      for (let tick = 0; tick < limit; tick++) {
        await clock.asleep()
        if (settled) return promise
        await each(tick)
        await clock.tick(TICK_MS)
      }
      if (settled) return promise
      throw new Error(`not settled in ${limit} looks`)
    },
    ticks: async (count) => {
      for (let i = 0; i < count; i++) await clock.tick(TICK_MS)
    },
    fund,
    foreign: async ({ nonce, feeCap, tip }) => {
      const raw = await privateKeyToAccount(toHex(secretKey)).signTransaction({
        type: 'eip1559',
        chainId: ledger.deployment.domain.chainId,
        nonce,
        to: account,
        gas: 21_000n,
        maxFeePerGas: feeCap,
        maxPriorityFeePerGas: tip,
      })
      const client = createTestClient({ mode: 'anvil', transport: http(pool.url, { retryCount: 0 }) }).extend(
        publicActions,
      )
      await client.sendRawTransaction({ serializedTransaction: raw })
      return keccak256(raw)
    },
    nextNonce: async () => chain.getTransactionCount({ address: account }),
    restart: async () => {
      await stop()
      current = await open()
    },
    close,
  }
}

/** Ticks in a block. */
const BLOCK = 3

/** Mines a block every twelve seconds. */
export function blocks({ pool }: PosterBench): (tick: number) => Promise<void> | undefined {
  return (tick) => (tick % BLOCK === BLOCK - 1 ? pool.mine() : undefined)
}

/** What the pool took, what it refused with which words, and the attempts at the oldest entry. */
export function sent({ pool, journal }: PosterBench): { taken: number; refused: string[]; attempts: number } {
  const refusals = pool.received.flatMap(({ refusal }) =>
    refusal === undefined ? [] : [refusal.replace(/:.*/, '')],
  )
  return {
    taken: pool.received.length - refusals.length,
    refused: refusals,
    attempts: journal.pending()[0]?.attempts.length ?? 0,
  }
}

export async function refusalOf(promise: Promise<unknown>): Promise<FloeError> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (error instanceof FloeError) return error
  throw new Error('expected a FloeError', { cause: error })
}
