// The part of a sidecar that only a sidecar with a key has: it accepts batches, disperses and posts them, backfills operators
// that lack some, and answers challenges.
import { join } from 'node:path'
import type { Coder } from '../coding/coder.ts'
import type { Retriever } from '../client/retriever.ts'
import type { ResponderService } from '../disputes/responder-service.ts'
import type { Committees } from '../l1/committees.ts'
import { L1Follower } from '../l1/follower.ts'
import type { HeadFeed } from '../l1/head-feed.ts'
import type { HeadWatch } from '../l1/head-watch.ts'
import { LedgerReader } from '../l1/ledger-reader.ts'
import { type Poster, LedgerPoster } from '../l1/poster.ts'
import type { L1 } from '../l1/rpc.ts'
import { L1Account } from '../l1/tx-manager/l1-account.ts'
import { FloeError, asFloeError } from '../protocol/errors.ts'
import type { Kernel } from '../protocol/kernel.ts'
import { createQueue, isShared } from '../queue/create-queue.ts'
import { measureQueue } from '../queue/queue-metrics.ts'
import type { PostingTerms } from '../protocol/posting.ts'
import type { JobQueue } from '../queue/queue.ts'
import { settledWithin } from '../runtime/async/deadline.ts'
import { CloseStack } from '../runtime/close-stack.ts'
import type { Clock } from '../runtime/clock.ts'
import type { HttpClient } from '../runtime/http-client.ts'
import type { Logger } from '../runtime/logger.ts'
import type { Metrics } from '../runtime/metrics.ts'
import type { BatchIndex } from '../store/batch-index.ts'
import { Announcements } from './announcements.ts'
import { ChainView } from './chain-view.ts'
import { GroupPoster } from './group-poster.ts'
import { Backfill } from './backfill.ts'
import type { SidecarConfig } from './config.ts'
import { Disperser } from './disperser.ts'
import { BatchIntake } from './batch-intake.ts'
import type { SidecarKeys } from './keys.ts'
import type { Operators } from './operators.ts'
import { withOwnGroups } from './own-groups.ts'
import { measurePipeline } from './pipeline-metrics.ts'
import { PostScheduler } from './post-scheduler.ts'
import { PostingDeadline } from './posting-deadline.ts'
import { retentionFor } from './retention.ts'
import type { PipelineStatus } from '../client/sidecar-status.ts'
import { countsInStatus } from './status.ts'
import { startSidecarResponder } from './responder.ts'
import { runBackgroundTasks } from './background-tasks.ts'

export type WritePathOptions = {
  readonly config: SidecarConfig
  readonly l1: L1
  readonly keys: SidecarKeys
  readonly committees: Committees
  readonly headWatch: HeadWatch
  readonly heads: HeadFeed
  /** Of the Ledger. */
  readonly terms: PostingTerms
  readonly batchIndex: BatchIndex
  readonly http: HttpClient
  readonly operators: Operators
  readonly retriever: Retriever
  readonly kernel: Kernel
  readonly coder: Coder
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
}

/** The parts that cannot be opened in a constructor. */
type OpenedParts = {
  /** Seconds for which the committee is asked to serve a batch. */
  readonly retentionSeconds: number
  readonly l1: L1
  readonly responder: ResponderService | undefined
  readonly account: L1Account
  readonly queue: JobQueue
}

const STRAGGLER_BYTES_MAX = 256 * 1024 * 1024
/** Most milliseconds that a start waits for L1. A long history takes longer; puts are refused until it was followed. */
const FIRST_FOLLOW_MS = 20_000
/** Milliseconds that jobs in flight get to finish when the sidecar closes. */
const QUEUE_GRACE_MS = 3_000
/** Between the clocks that sign an expiry and L1. */
const CLOCKS_DIFFER_SECONDS_MAX = 3_600

export class WritePath {
  readonly intake: BatchIntake
  readonly queue: JobQueue
  /** By when certified batches must be posted. */
  readonly deadline: PostingDeadline
  readonly #options: WritePathOptions
  readonly #responder: ResponderService | undefined
  readonly #account: L1Account
  readonly #chain: ChainView
  readonly #poster: Poster
  /** Undefined: no other sidecar shares the queue. */
  readonly #announcements: Announcements | undefined
  readonly #disperser: Disperser
  readonly #backfill: Backfill
  readonly #postScheduler: PostScheduler
  readonly #stopping = new AbortController()
  readonly #tasks: Promise<void>

  /** @throws FloeError `configuration`, `unavailable` when L1 cannot be read */
  static async open(options: WritePathOptions): Promise<WritePath> {
    const retentionSeconds = retentionFor(options.config, options.terms)
    await warnIfUnregistered(options)
    await endInterruptedPuts(options)
    const { l1 } = options
    const stack = new CloseStack()
    return stack.closeOnFailure(async () => {
      const responder = await startSidecarResponder(options)
      stack.add(async () => responder?.close())
      const account = await openPostingAccount(options, l1)
      stack.add(async () => account.close())
      const queue = await openQueue(options)
      stack.add(async () => queue.close(0))
      const writePath = new WritePath(options, { retentionSeconds, l1, responder, account, queue })
      await writePath.#followedOnce()
      return writePath
    })
  }

  private constructor(
    options: WritePathOptions,
    { retentionSeconds, l1, responder, account, queue }: OpenedParts,
  ) {
    this.#options = options
    this.deadline = createDeadline(options, retentionSeconds)
    this.#responder = responder
    this.#account = account
    this.queue = queue
    this.#chain = this.#createChainView(l1)
    const { domain } = options.keys.signer
    this.#poster = new LedgerPoster({ sender: account, domain, reader: new LedgerReader({ l1, domain }) })
    this.#announcements = this.#createAnnouncements()
    this.#disperser = this.#createDisperser()
    this.#backfill = this.#createBackfill()
    this.#postScheduler = this.#createPostScheduler()
    this.intake = this.#createIntake(retentionSeconds)
    const { metrics, batchIndex, clock, config } = options
    measurePipeline({
      metrics,
      batchIndex,
      chain: this.#chain,
      poster: this.#poster,
      deadline: this.deadline,
      clock,
      unpostedMax: config.unpostedBatchesMax,
    })
    this.#tasks = this.#runTasks()
  }

  /** Resolves when the first attempt to follow L1 has ended, so that a sidecar usually listens when it can take puts. */
  async #followedOnce(): Promise<void> {
    const { clock } = this.#options
    await settledWithin(clock, FIRST_FOLLOW_MS, this.#chain.sync(this.#stopping.signal))
  }

  async status(): Promise<PipelineStatus> {
    const funds = this.#poster.funds()
    const progress = this.#chain.progress()
    return {
      chain: progress === undefined ? null : { ...progress, tip: progress.tip.number },
      poster: {
        address: this.#poster.address,
        balanceWei: funds === undefined ? null : String(funds.balanceWei),
        fundedPosts: funds?.transactions ?? null,
        live: this.#account.pendingIds().length,
      },
      queue: {
        shared: isShared(this.queue),
        reachable: this.queue.reachable(),
        units: countsInStatus(await this.queue.counts()),
      },
    }
  }

  /** Ends everything that may still add work before what that work uses. */
  async close(): Promise<void> {
    await this.#responder?.close()
    this.intake.stop()
    this.#stopping.abort(new FloeError('unavailable', 'The sidecar is closing.'))
    await this.queue.close(QUEUE_GRACE_MS)
    await this.#tasks
    this.#disperser.close()
    // What is not written is found again: the operator attests that it holds the batch.
    await this.#backfill.flush().catch(() => undefined)
    await this.#account.close()
    await this.#chain.idle()
  }

  #createChainView(l1: L1): ChainView {
    const { config, keys, terms, batchIndex, headWatch, clock, logger } = this.#options
    const { finality, rescan = false } = config
    const follower = new L1Follower({
      l1,
      domain: keys.signer.domain,
      finality,
      store: withOwnGroups(batchIndex, terms),
      rescan,
      // A header expires a promise after its post at the latest, and nothing of an expired one is asked for.
      lookbackSeconds: terms.promiseSeconds + CLOCKS_DIFFER_SECONDS_MAX,
      // Without batches, all that will be put are posted later.
      mayStartLate: Object.values(batchIndex.counts()).every((count) => count === 0),
      logger,
      heads: this.#options.heads,
    })
    return new ChainView({ follower, headWatch, clock })
  }

  #createAnnouncements(): Announcements | undefined {
    const { config, keys, terms, batchIndex, retriever, clock, logger } = this.#options
    if (!isShared(this.queue)) return undefined
    return new Announcements({
      queue: this.queue,
      batchIndex,
      retriever,
      signer: keys.signer,
      clock,
      logger,
      unpostedMax: config.unpostedBatchesMax,
      terms,
    })
  }

  #createDisperser(): Disperser {
    const { config, operators, clock, logger, metrics } = this.#options
    const stragglers = metrics.counter(
      'floe_sidecar_stragglers_total',
      'Operators that missed the quorum and failed at first, by how they ended',
      ['outcome'],
    )
    return new Disperser({
      operators,
      clock,
      logger,
      timeoutMs: config.putTimeoutMs,
      stragglerBytesMax: STRAGGLER_BYTES_MAX,
      onStraggler: (outcome) => stragglers.inc({ outcome }),
      onAttestation: (received) => this.#backfill.addAttestation(received),
    })
  }

  #createBackfill(): Backfill {
    const { keys, batchIndex, retriever, committees, kernel, coder, operators } = this.#options
    const { terms, clock, logger, metrics } = this.#options
    const backfills = metrics.counter(
      'floe_sidecar_backfills_total',
      'Operators completed after the bodies of a batch were out of memory, by outcome',
      ['outcome'],
    )
    return new Backfill({
      batchIndex,
      queue: this.queue,
      retriever,
      committees,
      kernel,
      coder,
      signer: keys.signer,
      operators,
      noticeSeconds: terms.noticeSeconds,
      clock,
      logger,
      isRetrying: (digest, member) => this.#disperser.isRetrying(digest, member),
      onOutcome: (outcome) => backfills.inc({ outcome }),
    })
  }

  #createIntake(retentionSeconds: number): BatchIntake {
    const { config, keys, committees, batchIndex, headWatch, kernel, coder, clock, logger } = this.#options
    const { batchBytesMax, unpostedBatchesMax } = config
    const announcements = this.#announcements
    return new BatchIntake({
      kernel,
      coder,
      committees,
      signer: keys.signer,
      disperser: this.#disperser,
      headWatch,
      batchIndex,
      clock,
      logger,
      batchBytesMax,
      retentionSeconds,
      unpostedMax: unpostedBatchesMax,
      onPostedAlone: () => this.#postScheduler.postSoon(),
      announce: announcements && (async (digest, commitment) => announcements.announce(digest, commitment)),
    })
  }

  async #runTasks(): Promise<void> {
    const { config, batchIndex, clock, logger } = this.#options
    return runBackgroundTasks(
      {
        queue: this.queue,
        batchIndex,
        // Nothing here acts on a block before others do, so it waits for the head feed.
        follower: { sync: async (signal) => this.#chain.follow(signal) },
        postScheduler: this.#postScheduler,
        deadline: this.deadline,
        backfill: this.#backfill,
        announcements: this.#announcements,
        clock,
        logger,
        postingIntervalMs: config.postingIntervalMs,
      },
      this.#stopping.signal,
    )
  }

  #createPostScheduler(): PostScheduler {
    const { config, committees, operators, batchIndex, clock, logger, metrics } = this.#options
    const { postingIntervalMs, postingBatchesMax } = config
    const failures = metrics.counter('floe_sidecar_post_failures_total', 'Attempts to post that failed')
    const groupPoster = new GroupPoster({
      committees,
      operators,
      clock,
      logger,
      batchIndex,
      poster: this.#poster,
      follower: this.#chain,
      groupHeadersMax: postingBatchesMax,
      account: this.#account,
      announcements: this.#announcements,
    })
    return new PostScheduler({
      queue: this.queue,
      batchIndex,
      groupPoster,
      clock,
      logger,
      postingIntervalMs,
      postingBatchesMax,
      onFailure: () => failures.inc(),
    })
  }
}

function createDeadline(
  { batchIndex, terms, clock, logger }: WritePathOptions,
  retentionSeconds: number,
): PostingDeadline {
  const roomSeconds = retentionSeconds - terms.noticeSeconds
  return new PostingDeadline({ batchIndex, terms, roomSeconds, clock, logger })
}

/** A disk that takes no write leaves them as they are: they end an hour after they began. */
async function endInterruptedPuts({ batchIndex, clock, logger }: WritePathOptions): Promise<void> {
  await batchIndex.failInterrupted(clock.now()).catch((error: unknown) => {
    logger.warn({ reason: asFloeError(error).message }, 'interrupted puts not ended: the disk refused it')
  })
}

async function warnIfUnregistered({ committees, keys, logger }: WritePathOptions): Promise<void> {
  const { address } = keys.signer
  if ((await committees.disperserQuota(address)) === 0n)
    logger.error({ disperser: address }, 'disperser not registered: storage nodes refuse every put')
}

async function openPostingAccount(
  { config, keys, clock, logger, metrics }: WritePathOptions,
  l1: L1,
): Promise<L1Account> {
  const events = metrics.counter('floe_sidecar_poster_events_total', 'Events of the transactions of posts', [
    'event',
  ])
  return L1Account.open({
    l1,
    chainId: keys.signer.domain.chainId,
    key: keys.posterKey,
    journalDir: join(config.dir, 'journal'),
    clock,
    finality: config.finality,
    logger,
    onEvent: (event) => events.inc({ event }),
  })
}

/** Sidecars share the jobs that belong to one disperser and one Ledger. */
async function openQueue({ config, keys, clock, logger, metrics }: WritePathOptions): Promise<JobQueue> {
  const { domain, address } = keys.signer
  const namespace = `${domain.chainId}-${domain.ledger}-${address}`
  const queue = await createQueue({ redisUrl: config.redisUrl, namespace, clock, logger })
  measureQueue(metrics, queue)
  return queue
}
