// What only a sidecar with a key has: it disperses, follows L1, posts, and sees to what is left over. Wired up in order, and
// closed so that whoever still works finds what it works with: intake, loops, queue, stragglers, sender, follower.
import { join } from 'node:path'
import type { Coder } from '../coding/coder.ts'
import type { Retriever } from '../client/retriever.ts'
import type { Committees } from '../l1/committees.ts'
import { createFollower } from '../l1/follower.ts'
import { type Poster, createPoster } from '../l1/poster.ts'
import { type Sender, createSender } from '../l1/tx-manager/tx-manager.ts'
import { connectL1 } from '../l1/rpc.ts'
import type { Kernel } from '../protocol/kernel.ts'
import type { Domain } from '../protocol/header.ts'
import { type Secp256k1, addressOfSecretKey } from '../protocol/signature.ts'
import { createQueue, isShared } from '../queue/create-queue.ts'
import { measureQueue } from '../queue/queue-metrics.ts'
import type { JobQueue } from '../queue/queue.ts'
import type { Clock } from '../runtime/clock.ts'
import type { HttpClient } from '../runtime/http-client.ts'
import type { Logger } from '../runtime/logger.ts'
import type { Metrics } from '../runtime/metrics.ts'
import { readSecretKey } from '../runtime/secrets.ts'
import { Journal } from '../store/journal.ts'
import type { BatchIndex } from '../store/batch-index.ts'
import { createAnnouncements } from './announcements.ts'
import { type ChainView, createChainView } from './chain-view.ts'
import { createCheckpointer } from './group-poster.ts'
import { type Completer, createCompleter } from './backfill.ts'
import type { SidecarConfig } from './config.ts'
import { type Disperser, type Signer, createDisperser } from './disperser.ts'
import { type Intake, createIntake } from './batch-intake.ts'
import type { Operators } from './operators.ts'
import { measurePipeline } from './pipeline-metrics.ts'
import type { PipelineStatus } from './status.ts'
import { startSidecarAnswers } from './responder.ts'
import { keepUp } from './background-tasks.ts'

export type Writer = {
  readonly intake: Intake
  readonly queue: JobQueue
  status(): Promise<PipelineStatus>
  close(): Promise<void>
}

export type Keys = { readonly signer: Signer; readonly posterKey: Uint8Array }

export type WriterParts = Keys & {
  readonly config: SidecarConfig
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  readonly committees: Committees
  readonly domain: Domain
  readonly spool: BatchIndex
  readonly http: HttpClient
  readonly operators: Operators
  readonly library: Retriever
  readonly kernel: Kernel
  readonly coder: Coder
}

const STRAGGLER_BYTES_MAX = 256 * 1024 * 1024
/** Milliseconds that work in hand gets to finish when the sidecar closes. */
const QUEUE_GRACE_MS = 3_000

/** The keys that a sidecar's configuration names; undefined: it is read-only. @throws FloeError `configuration` */
export async function readKeys(
  { keyFile, posterKeyFile = keyFile }: SidecarConfig,
  to: { curve: Secp256k1; domain: Domain },
): Promise<Keys | undefined> {
  if (keyFile === undefined || posterKeyFile === undefined) return undefined
  const secretKey = await readSecretKey(keyFile)
  return {
    signer: { ...to, secretKey, address: addressOfSecretKey(secretKey) },
    posterKey: await readSecretKey(posterKeyFile),
  }
}

/** @throws FloeError `configuration`, and `unavailable` when L1 cannot be read */
export async function createWriter(parts: WriterParts): Promise<Writer> {
  const { config, committees, signer, logger, domain } = parts
  if ((await committees.disperserQuota(signer.address)) === 0n) {
    logger.error(
      { disperser: signer.address },
      'disperser is not registered: storage nodes will refuse every put',
    )
  }
  const answering = await startSidecarAnswers(parts)
  const journal = await Journal.open(join(config.dir, 'journal')).catch(async (error: unknown) => {
    await answering?.close()
    throw error
  })
  try {
    // Sidecars share work that put for the same disperser to the same ledger.
    const namespace = `${domain.chainId}-${domain.ledger}-${signer.address}`
    const queue = await createQueue({ redisUrl: config.redisUrl, namespace, clock: parts.clock, logger })
    measureQueue(parts.metrics, queue)
    const writer = wireWriter(parts, journal, queue)
    const close = async (): Promise<void> => {
      await answering?.close()
      await writer.close()
    }
    return { ...writer, close }
  } catch (error) {
    await answering?.close()
    await journal.close()
    throw error
  }
}

function wireWriter(parts: WriterParts, journal: Journal, queue: JobQueue): Writer {
  const { config, clock, spool, domain } = parts
  const l1 = connectL1(config.rpcUrls)
  const chain = createChainView(
    createFollower({ l1, domain, finality: config.finality, store: spool, rescan: config.rescan === true }),
    clock,
  )
  const sender = createSenderOf(parts, journal)
  const poster = createPoster(sender, config.ledger)
  // Only who shares a queue has anybody to tell.
  const announcements = isShared(queue)
    ? createAnnouncements({ ...parts, queue, unpostedMax: config.unpostedBatchesMax })
    : undefined
  const { disperser, completer } = createDispersal(parts, queue)
  const checkpointer = createCheckpointer({
    ...parts,
    follower: chain,
    poster,
    groupHeadersMax: config.postingBatchesMax,
    announcements,
    live: () => journal.pending().map(({ id }) => id),
  })
  measurePipeline({ ...parts, chain, poster, unpostedMax: config.unpostedBatchesMax })
  const failures = parts.metrics.counter('floe_sidecar_post_failures_total', 'Checkpoints that failed')
  const stopping = new AbortController()
  const upkeep = keepUp(
    {
      ...parts,
      ...config,
      queue,
      follower: chain,
      checkpointer,
      completer,
      announcements,
      onPostingFailure: () => failures.inc(),
    },
    stopping.signal,
  )
  const intake = createIntake({
    ...parts,
    ...config,
    disperser,
    unpostedMax: config.unpostedBatchesMax,
    announce: announcements && (async (digest, commitment) => announcements.announce(digest, commitment)),
  })
  return {
    intake,
    queue,
    status: async () => pipelineStatus({ chain, poster, journal, queue }),
    close: async () => {
      intake.stop()
      stopping.abort()
      await queue.close(QUEUE_GRACE_MS)
      await upkeep
      disperser.close()
      await completer.flush().catch(() => undefined)
      await sender.close()
      await chain.idle()
      await journal.close()
    },
  }
}

async function pipelineStatus(parts: {
  chain: ChainView
  poster: Poster
  journal: Journal
  queue: JobQueue
}): Promise<PipelineStatus> {
  const { chain, poster, journal, queue } = parts
  const funds = poster.funds()
  const seen = chain.seen()
  return {
    chain: seen === undefined ? null : { ...seen, tip: seen.tip.number },
    poster: {
      address: poster.address,
      balanceWei: funds === undefined ? null : String(funds.balanceWei),
      fundedPosts: funds?.transactions ?? null,
      live: journal.pending().length,
    },
    queue: { shared: isShared(queue), reachable: queue.reachable(), units: await queue.counts() },
  }
}

function createSenderOf(
  { config, posterKey, clock, logger, metrics }: WriterParts,
  journal: Journal,
): Sender {
  const events = metrics.counter('floe_sidecar_poster_events_total', 'What happened to posts on their way', [
    'event',
  ])
  const { rpcUrls, finality } = config
  const onEvent = (event: string): void => events.inc({ event })
  return createSender({ rpcUrls, finality, secretKey: posterKey, journal, clock, logger, onEvent })
}

/** The disperser, and who completes what it leaves over. */
function createDispersal(
  parts: WriterParts,
  queue: JobQueue,
): { disperser: Disperser; completer: Completer } {
  const { config, metrics, operators, logger } = parts
  const stragglers = metrics.counter(
    'floe_sidecar_stragglers_total',
    'Operators completed from memory after the quorum',
    ['outcome'],
  )
  const completions = metrics.counter(
    'floe_sidecar_completions_total',
    'Operators seen to once a batch was out of memory',
    ['outcome'],
  )
  const disperser = createDisperser({
    operators,
    logger,
    timeoutMs: config.putTimeoutMs,
    stragglerBytesMax: STRAGGLER_BYTES_MAX,
    onStraggler: (outcome) => stragglers.inc({ outcome }),
    onHeld: (digest, member) => completer.held(digest, member),
  })
  const completer = createCompleter({
    ...parts,
    queue,
    completing: (digest, member) => disperser.completing(digest, member),
    onOutcome: (outcome) => completions.inc({ outcome }),
  })
  return { disperser, completer }
}
