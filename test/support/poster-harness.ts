// A poster over a strict mempool, on a manual clock: time passes in ticks, and the poster finishes all work that is due before the
// next tick.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestClient, http, keccak256, publicActions } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { onTestFinished } from 'vitest'
import type { Finality } from '../../src/l1/finality-rule.ts'
import { defaultSendingPolicy } from '../../src/l1/tx-manager/decisions.ts'
import type { TransactionEvent } from '../../src/l1/tx-manager/context.ts'
import { LedgerReader } from '../../src/l1/ledger-reader.ts'
import { type Post, LedgerPoster } from '../../src/l1/poster.ts'
import type { Intent } from '../../src/l1/tx-manager/calls.ts'
import { type SendResult, TxManager, type TxManagerOptions } from '../../src/l1/tx-manager/tx-manager.ts'
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
import { StrictMempool } from './strict-mempool.ts'

export const GWEI = 1_000_000_000n
export const ETHER = 1_000_000_000_000_000_000n

/** An anvil with the contracts. */
export type TestLedger = AsyncDisposable & {
  readonly anvil: TestAnvil
  readonly deployment: Deployment
  readonly operators: readonly Operator[]
}

export async function startTestLedger(): Promise<TestLedger> {
  await using stack = new AsyncDisposableStack()
  const anvil = stack.use(await startTestAnvil())
  const operators = testOperators([1, 1, 1, 1])
  const disperser = { address: addressOfSecretKey(testKey('disperser')), quotaBytes: 1n }
  const deployment = await deployFloe(anvil.url, operators, disperser)
  const owned = stack.move()
  return { anvil, deployment, operators, [Symbol.asyncDispose]: async () => owned.disposeAsync() }
}

/** A post of headers with these names. Its precondition holds when left out. */
export function postOf(
  { deployment, operators }: TestLedger,
  names: readonly string[],
  precondition: Post['precondition'] = async () => true,
): Post {
  const headers = names.map((name) => testHeader(name))
  const { headers: packed, signatures } = attest(deployment, operators, headers)
  return { headers: packed, committee: deployment.members, signatures, precondition }
}

/** Those of `names` whose headers are on L1, each as often as it is there. */
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

export type ForeignTransaction = { nonce: number; feeCap: bigint; tip: bigint }

export type PosterHarnessOptions = {
  /** Names the account. */
  readonly name: string
  readonly finality?: Finality
  readonly policy?: TxManagerOptions['policy']
  /** A pool that several harnesses share; it is closed by the caller. Left out: a pool of its own. */
  readonly pool?: StrictMempool
  readonly clock?: ManualClock
}

/** The period of a poster: three ticks a block. */
const TICK_MS = 4_000
const TICKS_PER_BLOCK = 3

/** What a restart replaces. */
type Process = { readonly journal: Journal; readonly manager: TxManager; readonly poster: LedgerPoster }

export class PosterHarness {
  readonly pool: StrictMempool
  readonly clock: ManualClock
  readonly account: Hex
  readonly events: TransactionEvent[] = []
  readonly warnings: string[] = []
  readonly #ledger: TestLedger
  readonly #options: PosterHarnessOptions
  readonly #secretKey: Uint8Array
  readonly #dir: string
  readonly #chain: ReturnType<typeof connectAnvil>
  readonly #owned = new AsyncDisposableStack()
  #process: Process | undefined
  #isClosed = false

  /** The harness is closed at the end of the test at the latest. */
  static async open(ledger: TestLedger, options: PosterHarnessOptions): Promise<PosterHarness> {
    const pool = options.pool ?? (await StrictMempool.start(ledger.anvil.url))
    const dir = await mkdtemp(join(tmpdir(), 'floe-poster-'))
    const harness = new PosterHarness(ledger, options, { pool, dir })
    onTestFinished(async () => harness.close())
    await harness.fund(ETHER)
    // The newest block has the base fee of the pool.
    await pool.mine()
    harness.#process = await harness.#start()
    return harness
  }

  private constructor(
    ledger: TestLedger,
    options: PosterHarnessOptions,
    { pool, dir }: { pool: StrictMempool; dir: string },
  ) {
    this.pool = pool
    this.clock = options.clock ?? manualClock(1_700_000_000, defaultSendingPolicy.watchMs)
    this.#ledger = ledger
    this.#options = options
    this.#secretKey = testKey(options.name)
    this.account = addressOfSecretKey(this.#secretKey)
    this.#dir = dir
    this.#chain = connectAnvil(ledger.anvil.url)
    if (options.pool === undefined) this.#owned.use(pool)
    this.#owned.defer(async () => rm(dir, { recursive: true }))
    this.#owned.defer(async () => this.#stop())
  }

  get poster(): LedgerPoster {
    return this.#running().poster
  }

  /** The transaction manager of the poster. */
  get manager(): TxManager {
    return this.#running().manager
  }

  /**
   * Sends a call through the manager. A test that fails meanwhile closes the harness, and the calls in flight then stay open, so that
   * only the failure itself is reported.
   */
  async send(intent: Intent): Promise<SendResult> {
    try {
      return await this.manager.send(intent)
    } catch (error) {
      if (this.#isClosed) return new Promise(() => undefined)
      throw error
    }
  }

  get journal(): Journal {
    return this.#running().journal
  }

  /** Lets time pass in ticks until `promise` settles, and calls `each` before every tick. Fails after `limit` ticks. */
  async run<T>(
    promise: Promise<T>,
    limit = 100,
    each: (tick: number) => unknown = () => undefined,
  ): Promise<T> {
    let isSettled = false
    const settle = (): void => {
      isSettled = true
    }
    promise.then(settle, settle)
    for (let tick = 0; tick < limit; tick++) {
      await this.clock.asleep()
      if (isSettled) return promise
      await each(tick)
      await this.clock.tick(TICK_MS)
    }
    if (isSettled) return promise
    throw new Error(`Expected the promise to settle in ${limit} ticks, but it did not.`)
  }

  async ticks(count: number): Promise<void> {
    for (let i = 0; i < count; i++) await this.clock.tick(TICK_MS)
  }

  /** Sets the balance of the account. */
  async fund(wei: bigint): Promise<void> {
    await this.#chain.setBalance({ address: this.account, value: wei })
  }

  /** Sends a transaction of the same account to the pool, without the poster's knowledge. */
  async sendForeign({ nonce, feeCap, tip }: ForeignTransaction): Promise<Hex> {
    const raw = await privateKeyToAccount(toHex(this.#secretKey)).signTransaction({
      type: 'eip1559',
      chainId: this.#ledger.deployment.domain.chainId,
      nonce,
      to: this.account,
      gas: 21_000n,
      maxFeePerGas: feeCap,
      maxPriorityFeePerGas: tip,
    })
    await connectAnvil(this.pool.url).sendRawTransaction({ serializedTransaction: raw })
    return keccak256(raw)
  }

  async nextNonce(): Promise<number> {
    return this.#chain.getTransactionCount({ address: this.account })
  }

  /** Ends the poster and its journal, and starts them again over the same folder. */
  async restart(): Promise<void> {
    await this.#stop()
    this.#process = await this.#start()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#owned.disposeAsync()
  }

  #running(): Process {
    if (this.#process === undefined) throw new Error('Expected the poster to run, but it is closed.')
    return this.#process
  }

  async #start(): Promise<Process> {
    const { finality = 0, policy } = this.#options
    const journal = await Journal.open(this.#dir)
    const l1 = connectL1([this.pool.url])
    const { domain } = this.#ledger.deployment
    const manager = new TxManager({
      l1,
      chainId: domain.chainId,
      secretKey: this.#secretKey,
      journal,
      clock: this.clock,
      finality,
      policy: { pollMs: TICK_MS, ...policy },
      onEvent: (event) => this.events.push(event),
      logger: { info: () => undefined, warn: (_facts, message) => this.warnings.push(message) },
    })
    const poster = new LedgerPoster({ sender: manager, domain, reader: new LedgerReader({ l1, domain }) })
    return { journal, manager, poster }
  }

  async #stop(): Promise<void> {
    const process = this.#process
    this.#process = undefined
    await process?.manager.close()
    await process?.journal.close()
  }
}

function connectAnvil(url: string) {
  const transport = http(url, { retryCount: 0 })
  return createTestClient({ mode: 'anvil', transport, cacheTime: 0 }).extend(publicActions)
}

/** A step of `PosterHarness.run` that mines a block every twelve seconds. */
export function blocks({ pool }: PosterHarness): (tick: number) => Promise<void> | undefined {
  return (tick) => (tick % TICKS_PER_BLOCK === TICKS_PER_BLOCK - 1 ? pool.mine() : undefined)
}

/** How many transactions the pool accepted, its refusals, and the number of attempts of the oldest pending transaction. */
export function sent({ pool, journal }: PosterHarness): {
  taken: number
  refused: string[]
  attempts: number
} {
  const refusals = pool.received.flatMap(({ refusal }) =>
    refusal === undefined ? [] : [refusal.replace(/:.*/, '')],
  )
  return {
    taken: pool.received.length - refusals.length,
    refused: refusals,
    attempts: journal.pending()[0]?.attempts.length ?? 0,
  }
}

/** The FloeError with which `promise` rejects. */
export async function refusalOf(promise: Promise<unknown>): Promise<FloeError> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (error instanceof FloeError) return error
  throw new Error('expected a FloeError', { cause: error })
}
