// A running challenger: its parts are opened in order and closed in reverse. It serves its metrics and its status over HTTP.
import { join } from 'node:path'
import type { Express } from 'express'
import { retrievalOnNode } from '../client/retrieval-on-node.ts'
import type { RetrieveOptions } from '../client/retrieve.ts'
import { WorkerPool } from '../coding/worker-pool.ts'
import { nodeKernel } from '../coding/node-kernel.ts'
import { BudgetedSender } from '../disputes/budgeted-sender.ts'
import { DisputeFollower } from '../disputes/dispute-follower.ts'
import { OpenChallenges } from '../disputes/open-challenges.ts'
import { Fines } from '../disputes/fines.ts'
import { LOOKBACK_MARGIN_SECONDS } from '../disputes/responder-service.ts'
import { SpendingBudget, weiOf } from '../disputes/spending-budget.ts'
import type { ChainStore } from '../l1/chain.ts'
import { HeadFeed } from '../l1/head-feed.ts'
import { HeadWatch } from '../l1/head-watch.ts'
import { CommitteeReader } from '../l1/committee-reader.ts'
import type { Committees } from '../l1/committees.ts'
import { type Disputes, DisputesContract } from '../l1/disputes.ts'
import type { L1 } from '../l1/rpc.ts'
import { connectService } from '../l1/service-connection.ts'
import { L1Account } from '../l1/tx-manager/l1-account.ts'
import type { SignatureChecker } from '../protocol/certificate.ts'
import { type Clock, systemClock } from '../runtime/clock.ts'
import { addressRuleOf } from '../runtime/addresses.ts'
import { CloseStack } from '../runtime/close-stack.ts'
import { HttpClient } from '../runtime/http-client.ts'
import { type ListenerOptions, answerErrors, listen, newApp, noRoute } from '../runtime/http-server.ts'
import { type Logger, createLogger } from '../runtime/logger.ts'
import { Metrics, serveMetrics } from '../runtime/metrics.ts'
import { systemRandom } from '../runtime/random.ts'
import { loadSecp256k1 } from '../runtime/secp256k1.ts'
import { BatchChecker } from './batch-checker.ts'
import { ChallengeTransactions } from './challenge-transactions.ts'
import { Challenger, type PayingParts } from './challenger.ts'
import {
  type ChallengerCounters,
  type ChallengerStatus,
  type ObservedState,
  challengerCounters,
  challengerStatus,
  registerChallengerGauges,
} from './challenger-metrics.ts'
import type { ChallengerConfig } from './config.ts'
import { Disprover } from './disprover.ts'
import { FineBringer } from './fine-bringer.ts'
import { fineSignatures } from './fine-signatures.ts'
import { MissingChunkResolver } from './missing-chunk-resolver.ts'
import { MissingChunks } from './missing-chunks.ts'
import { RecentPosts } from './recent-posts.ts'
import { RecordedFaults } from '../disputes/recorded-faults.ts'
import { Sampler } from './sampler.ts'

const CLOSE_GRACE_MS = 3_000
/** Milliseconds after which one more row is requested because a row is late. */
const HEDGE_MS = 500
/**
 * From a challenge to the end of the last fine over it (docs/protocol.md §7): a window to answer, one to expire it, one for the fine
 * of the holder and one for that of the disperser. The last challenge is opened at the expiry.
 */
const WINDOWS_TO_LAST_FINE = 4

export class ChallengerService {
  readonly url: string
  readonly #state: ObservedState
  readonly #stack: CloseStack

  /** @throws FloeError `configuration` for settings that cannot work, `unavailable` when L1 does not answer */
  static async start(config: ChallengerConfig): Promise<ChallengerService> {
    const stack = new CloseStack()
    return stack.closeOnFailure(async () => startService(config, stack))
  }

  /** Use `start`. */
  constructor(url: string, state: ObservedState, stack: CloseStack) {
    this.url = url
    this.#state = state
    this.#stack = stack
  }

  status(): ChallengerStatus {
    return challengerStatus(this.#state)
  }

  async close(): Promise<void> {
    await this.#stack.close()
  }
}

/** Opens the parts in the order in which they use each other; `stack` closes them. */
async function startService(config: ChallengerConfig, stack: CloseStack): Promise<ChallengerService> {
  const clock = systemClock
  const logger = createLogger('challenger', config.logLevel, config.rpcUrls)
  const metrics = new Metrics({ processMetrics: true })
  const counters = challengerCounters(metrics)
  const headWatch = new HeadWatch({ clock, logger, ageSecondsMax: config.l1AgeSecondsMax })
  const l1 = connectService({ config, metrics, clock, logger })
  const chain = await openChain(config, { l1, headWatch, clock, logger })
  const retrieval = await openRetrieval(config, clock, stack)
  const account = await openAccount(config, chain, clock, logger)
  let running: Promise<unknown> | undefined
  stack.add(async () => void (await running))
  // Closed before the challenger has stopped, because it may wait for a transaction.
  stack.add(async () => account?.close())
  const sender = account && budgetedSender(config, chain.l1, account, clock)
  const { challenger, state } = createChallenger({
    config,
    chain,
    retrieval,
    sender,
    counters,
    clock,
    logger,
  })
  registerChallengerGauges(metrics, state, headWatch)
  const server = await listen(operationsApp(config, { metrics, state, headWatch, logger }), config)
  stack.add(async () => server.close(CLOSE_GRACE_MS))
  const stop = new AbortController()
  running = Promise.all([challenger.run(stop.signal), headWatch.runChecks(stop.signal)])
  stack.add(async () => stop.abort())
  logger.info({ url: server.url, account: account?.address ?? null }, 'challenger listening')
  return new ChallengerService(server.url, state, stack)
}

type OperationsSources = {
  readonly metrics: Metrics
  readonly state: ObservedState
  readonly headWatch: HeadWatch
  readonly logger: Logger
}

function operationsApp(
  listener: ListenerOptions,
  { metrics, state, headWatch, logger }: OperationsSources,
): Express {
  const app = newApp(listener)
  app.get(['/health', '/v1/health'], (_request, response) => void response.json({ status: 'ok' }))
  app.get(['/ready', '/v1/ready'], (_request, response) => {
    headWatch.requireRecent()
    response.json({ status: 'ok' })
  })
  app.get('/v1/status', (_request, response) => void response.json(challengerStatus(state)))
  app.get('/metrics', serveMetrics(metrics))
  app.use(noRoute, answerErrors(logger))
  return app
}

/** What a challenger reads from L1. */
type ChainParts = {
  readonly l1: L1
  readonly committees: Committees
  readonly checker: SignatureChecker
  readonly disputes: Disputes
  readonly bondWei: bigint
  readonly windowSeconds: number
  readonly follower: DisputeFollower
  readonly challenges: OpenChallenges
  readonly posts: RecentPosts
  readonly faults: RecordedFaults
}

async function openChain(
  config: ChallengerConfig,
  {
    l1,
    headWatch,
    clock,
    logger,
  }: { readonly l1: L1; readonly headWatch: HeadWatch; readonly clock: Clock; readonly logger: Logger },
): Promise<ChainParts> {
  const { rpcUrls, committee, ledger, chainId, finality, lookbackSeconds } = config
  const { committees, domain } = await CommitteeReader.connect({
    rpcUrls,
    l1,
    committee,
    ledger,
    chainId,
    finality,
    clock,
    logger,
  })
  const disputes = new DisputesContract(l1, config.disputes)
  const { bond: bondWei, window: windowSeconds } = await disputes.terms()
  const keptSeconds = WINDOWS_TO_LAST_FINE * windowSeconds + LOOKBACK_MARGIN_SECONDS
  const challenges = new OpenChallenges()
  const posts = new RecentPosts({ keptSeconds })
  const faults = new RecordedFaults()
  const follower = new DisputeFollower({
    l1,
    domain,
    disputes: disputes.address,
    finality,
    store: storeOf(challenges, posts, faults),
    lookbackSeconds: Math.max(lookbackSeconds, keptSeconds),
    heads: new HeadFeed({ l1, finality, clock }),
    onTip: (timestamp) => headWatch.observe(timestamp),
    logger,
  })
  const checker = { curve: loadSecp256k1(), domain }
  const parts = { l1, committees, checker, disputes, follower }
  return { ...parts, bondWei, windowSeconds, challenges, posts, faults }
}

type ChallengerDependencies = {
  readonly config: ChallengerConfig
  readonly chain: ChainParts
  readonly retrieval: Omit<RetrieveOptions, 'signal'>
  readonly sender: BudgetedSender | undefined
  readonly counters: ChallengerCounters
  readonly clock: Clock
  readonly logger: Logger
}

function createChallenger(dependencies: ChallengerDependencies): {
  challenger: Challenger
  state: ObservedState
} {
  const { config, chain, retrieval, sender, counters, clock, logger } = dependencies
  const { committees, disputes, bondWei, windowSeconds, follower, challenges, posts } = chain
  const { onSample, onEvent } = counters
  const random = systemRandom
  const missingChunks = new MissingChunks()
  const paying = sender && createPayingParts(dependencies, sender)
  const account = sender?.account
  const disprover = new Disprover({ disputes, retrieval, missingChunks, account, clock, logger, onEvent })
  const sampler = new Sampler({
    posts,
    missingChunks,
    committees,
    retrieval,
    random,
    clock,
    logger,
    onSample,
  })
  const challenger = new Challenger({
    follower,
    challenges,
    posts,
    missingChunks,
    sampler,
    resolver: createResolver(dependencies, missingChunks, disprover, paying?.transactions),
    batchChecker: new BatchChecker({ posts, committees, disputes, retrieval, disprover, random, onEvent }),
    paying,
    policy: config,
    windowSeconds,
    clock,
    logger,
    onEvent,
  })
  return { challenger, state: { posts, missingChunks, challenges, sampler, sender, bondWei } }
}

/** What sends transactions. */
function createPayingParts(
  { chain, retrieval, counters, logger }: ChallengerDependencies,
  sender: BudgetedSender,
): PayingParts & { readonly transactions: ChallengeTransactions } {
  const { l1, committees, checker, disputes, bondWei, windowSeconds, follower, challenges, posts, faults } =
    chain
  const transactions = new ChallengeTransactions({
    follower,
    challenges,
    disputes,
    windowSeconds,
    bondWei,
    sender,
  })
  const { get, timeoutMs } = retrieval
  const sources = fineSignatures({ l1, posts, get, timeoutMs })
  const fineBringer = new FineBringer({
    faults,
    posts,
    committees,
    disputes,
    fines: new Fines({ disputes, checker, sources }),
    windowSeconds,
    sender,
    logger,
    onEvent: counters.onEvent,
  })
  return { transactions, fineBringer }
}

function createResolver(
  { config, chain, retrieval, counters, clock, logger }: ChallengerDependencies,
  missingChunks: MissingChunks,
  disprover: Disprover,
  transactions: ChallengeTransactions | undefined,
): MissingChunkResolver {
  const { follower, challenges, disputes } = chain
  return new MissingChunkResolver({
    follower,
    challenges,
    disputes,
    missingChunks,
    retrieval,
    disprover,
    transactions,
    challengeAfterMs: config.challengeAfterMs,
    clock,
    logger,
    onEvent: counters.onEvent,
  })
}

/** One follower keeps all in step with the chain. They are only in memory, so the heads of the challenges serve all. */
function storeOf(challenges: OpenChallenges, posts: RecentPosts, faults: RecordedFaults): ChainStore {
  return {
    heads: () => challenges.heads(),
    apply: async (step) => {
      await challenges.apply(step)
      posts.apply(step)
      faults.apply(step)
    },
  }
}

async function openRetrieval(
  { getTimeoutMs, operatorAddresses, rpcUrls }: ChallengerConfig,
  clock: Clock,
  stack: CloseStack,
): Promise<Omit<RetrieveOptions, 'signal'>> {
  const kernel = nodeKernel()
  const coder = new WorkerPool({ kernel })
  stack.add(async () => coder.close())
  const http = new HttpClient({ addresses: await addressRuleOf(operatorAddresses, rpcUrls) })
  stack.add(async () => http.close())
  return retrievalOnNode({ kernel, coder, http, clock, timeoutMs: getTimeoutMs, hedgeDelayMs: HEDGE_MS })
}

async function openAccount(
  { challengerKeyFile, finality, dir }: ChallengerConfig,
  { l1, checker }: Pick<ChainParts, 'l1' | 'checker'>,
  clock: Clock,
  logger: Logger,
): Promise<L1Account | undefined> {
  if (challengerKeyFile === undefined) return undefined
  return L1Account.open({
    l1,
    chainId: checker.domain.chainId,
    key: challengerKeyFile,
    journalDir: join(dir, 'journal'),
    clock,
    finality,
    logger,
  })
}

/** One transaction may use the budget of a whole day. */
function budgetedSender(
  { spendGweiDayMax }: ChallengerConfig,
  l1: L1,
  account: L1Account,
  clock: Clock,
): BudgetedSender {
  const dayWeiMax = weiOf(spendGweiDayMax)
  const budget = new SpendingBudget({ limits: { transactionWeiMax: dayWeiMax, dayWeiMax }, clock })
  return new BudgetedSender({ l1, account, budget })
}
