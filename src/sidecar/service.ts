// A sidecar without its HTTP: everything wired up in order, a posting loop, and all of it closed in reverse.
import { join } from 'node:path'
import type { Coder } from '../kernel/coder.ts'
import { createCommittees } from '../l1/committee-reader.ts'
import type { Committees } from '../l1/committees.ts'
import { createPoster } from '../l1/poster/poster.ts'
import { FloeError, asFloeError } from '../protocol/errors.ts'
import type { Domain } from '../protocol/header.ts'
import type { Kernel } from '../protocol/kernel.ts'
import { type Secp256k1, addressOfSecretKey } from '../protocol/signature.ts'
import { createQueue } from '../queue/create.ts'
import type { WorkQueue } from '../queue/queue.ts'
import { measureQueue } from '../queue/queue-metrics.ts'
import { type Budget, createBudget } from '../runtime/budget.ts'
import { type Clock, systemClock, unixSeconds } from '../runtime/clock.ts'
import { createCodingPool } from '../runtime/coding-pool.ts'
import { type HttpClient, createHttpClient } from '../runtime/http-client.ts'
import { type Logger, createLogger } from '../runtime/logger.ts'
import { type Metrics, createMetrics } from '../runtime/metrics.ts'
import { nodeKernel } from '../runtime/node-kernel.ts'
import { loadSecp256k1 } from '../runtime/secp256k1.ts'
import { type SecretSource, readSecretKey } from '../runtime/secrets.ts'
import { version } from '../runtime/version.ts'
import { openJournal } from '../store/journal.ts'
import { type Spool, openSpool } from '../store/spool.ts'
import { type Checkpointer, createCheckpointer } from './checkpointer.ts'
import type { SidecarConfig } from './config.ts'
import { type Disperser, type Signer, createDisperser } from './disperser.ts'
import { type Intake, createIntake } from './intake.ts'
import { type Library, type LibraryOptions, createLibrary } from '../client/library.ts'
import { createOperators } from './operators.ts'
import { type Status, createStatus } from './status.ts'

export type Sidecar = {
  readonly config: SidecarConfig
  readonly logger: Logger
  readonly metrics: Metrics
  /** Bytes of batches in memory; a put takes its own before its body is read. */
  readonly intakeBytes: Budget
  /** Undefined in a read-only sidecar. */
  readonly intake: Intake | undefined
  /** Undefined likewise. */
  readonly queue: WorkQueue | undefined
  readonly library: Library
  status(): Promise<Status>
  close(): Promise<void>
}

/** Batches that may be in memory at once, in sizes of the largest. */
const INTAKE_BATCHES_MAX = 4
const STRAGGLER_BYTES_MAX = 256 * 1024 * 1024
const RETRIEVALS_MAX = 64
const EXPIRED_RECORDS_MAX = 1_000
/** Milliseconds that work in hand has to end when the sidecar closes. */
const QUEUE_GRACE_MS = 3_000

type Parts = {
  readonly config: SidecarConfig
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  readonly http: HttpClient
  readonly curve: Secp256k1
  readonly committees: Committees
  readonly domain: Domain
  readonly spool: Spool
}

/** @throws FloeError `configuration` for what cannot work, `unavailable` when L1 cannot be read */
export async function createSidecar(config: SidecarConfig): Promise<Sidecar> {
  const logger = createLogger('sidecar', config.logLevel)
  const clock = systemClock
  const { rpcUrls, committee, ledger, finality } = config
  const { committees, domain } = await createCommittees({ rpcUrls, committee, ledger, finality, clock })
  const spool = await openSpool(join(config.dir, 'spool'))
  const http = createHttpClient()
  try {
    const metrics = createMetrics({ processMetrics: true })
    return await wire({
      config,
      clock,
      logger,
      metrics,
      http,
      curve: loadSecp256k1(),
      committees,
      domain,
      spool,
    })
  } catch (error) {
    await http.close()
    await spool.close()
    throw error
  }
}

async function wire(parts: Parts): Promise<Sidecar> {
  const { config, clock, logger, metrics, http, curve, committees, domain, spool } = parts
  const kernel = nodeKernel()
  const coder = createCodingPool({ kernel })
  const operators = createOperators(http, { curve, domain })
  const retrieval = retrievalOptions(parts, { kernel, coder })
  const library = createLibrary({
    committees,
    checker: { curve, domain },
    clock,
    retrieval,
    retrievalsMax: RETRIEVALS_MAX,
  })
  const writer =
    config.keyFile === undefined ? undefined : await createWriter(parts, config.keyFile, operators)
  const queue = writer && (await createQueueOf(parts, writer.signer))
  const stopping = new AbortController()
  const loops = writer === undefined ? [] : [postingLoop(parts, writer.checkpointer, stopping.signal)]
  const { batchBytesMax, putTimeoutMs, getTimeoutMs } = config
  const status = createStatus({
    committees,
    operators,
    spool,
    clock,
    domain,
    fixed: {
      version,
      disperser: writer?.signer.address ?? null,
      limits: { batchBytesMax, putTimeoutMs, getTimeoutMs },
    },
  })
  const intake =
    writer === undefined
      ? undefined
      : createIntake({
          ...parts,
          kernel,
          coder,
          batchBytesMax,
          retentionSeconds: config.retentionSeconds,
          ...writer,
        })
  return {
    config,
    logger,
    metrics,
    library,
    intake,
    queue,
    status,
    intakeBytes: createBudget(INTAKE_BATCHES_MAX * batchBytesMax),
    close: async () => {
      stopping.abort()
      await queue?.close(QUEUE_GRACE_MS)
      await writer?.close()
      await Promise.all(loops)
      await coder.close()
      await http.close()
      await spool.close()
    },
  }
}

/** Sidecars share work that put for the same disperser to the same ledger. */
async function createQueueOf(parts: Parts, { address }: Signer): Promise<WorkQueue> {
  const { config, clock, logger, metrics, domain } = parts
  const namespace = `${domain.chainId}-${domain.ledger}-${address}`
  const queue = await createQueue({ redisUrl: config.redisUrl, namespace, clock, logger })
  measureQueue(metrics, queue)
  return queue
}

type Writer = {
  readonly signer: Signer
  readonly disperser: Disperser
  readonly checkpointer: Checkpointer
  close(): Promise<void>
}

function retrievalOptions(
  parts: Parts,
  coding: { kernel: Kernel; coder: Coder },
): LibraryOptions['retrieval'] {
  const { config, clock, http } = parts
  return {
    ...coding,
    get: async ({ bytesMax, ...request }) =>
      http.send({ method: 'GET', responseBytesMax: bytesMax, ...request }),
    sleep: async (ms, signal) => clock.sleep(ms, signal),
    timeoutMs: config.getTimeoutMs,
    hedgeDelayMs: config.hedgeDelayMs,
    onFailure: countRowFailures(parts),
  }
}

/** What only a sidecar with a key has: the disperser and the poster. */
async function createWriter(
  parts: Parts,
  keyFile: SecretSource,
  operators: ReturnType<typeof createOperators>,
): Promise<Writer> {
  const { config, clock, logger, metrics, curve, committees, domain, spool } = parts
  const secretKey = await readSecretKey(keyFile)
  const signer: Signer = { curve, secretKey, address: addressOfSecretKey(secretKey), domain }
  if ((await committees.disperserQuota(signer.address)) === 0n) {
    logger.error(
      { disperser: signer.address },
      'disperser is not registered: storage nodes will refuse every put',
    )
  }
  const stragglers = metrics.counter(
    'floe_sidecar_stragglers_total',
    'Operators completed after the quorum',
    ['outcome'],
  )
  const disperser = createDisperser({
    operators,
    logger,
    timeoutMs: config.putTimeoutMs,
    stragglerBytesMax: STRAGGLER_BYTES_MAX,
    onStraggler: (outcome) => stragglers.inc({ outcome }),
  })
  const journal = await openJournal(join(config.dir, 'journal'))
  const poster = createPoster({
    rpcUrls: config.rpcUrls,
    ledger: config.ledger,
    secretKey: await readSecretKey(config.posterKeyFile ?? keyFile),
    journal,
    clock,
    finality: 'finalized',
    logger,
  })
  const checkpointer = createCheckpointer({ spool, committees, operators, poster, logger })
  const close = async (): Promise<void> => {
    disperser.close()
    await poster.close()
    await journal.close()
  }
  return { signer, disperser, checkpointer, close }
}

function countRowFailures({
  metrics,
  logger,
}: Parts): (failure: { member: number; pair: number; error: FloeError }) => void {
  const failures = metrics.counter('floe_sidecar_row_failures_total', 'Rows that could not be had, by why', [
    'code',
  ])
  return ({ member, pair, error }) => {
    failures.inc({ code: error.code })
    const level = error.code === 'sliver-mismatch' ? 'warn' : 'debug'
    logger[level]({ member, pair, reason: error.message }, 'row not had')
  }
}

/** Posts what waits once an interval, and forgets what has expired, until `signal` aborts. Never rejects. */
async function postingLoop(parts: Parts, checkpointer: Checkpointer, signal: AbortSignal): Promise<void> {
  const { clock, config, logger, metrics, spool } = parts
  const failed = metrics.counter('floe_sidecar_post_failures_total', 'Posting intervals that failed')
  const posts = metrics.gauge('floe_sidecar_batches_waiting', 'Certified batches that no post covers')
  while (!signal.aborted) {
    try {
      await checkpointer.checkpoint(signal)
      await spool.removeExpired(unixSeconds(clock), EXPIRED_RECORDS_MAX)
      posts.set(spool.waitingCount())
    } catch (error) {
      if (signal.aborted) return
      failed.inc()
      logger.error({ reason: asFloeError(error).message }, 'posting failed, it is tried again next interval')
    }
    await clock.sleep(config.postingIntervalMs, signal).catch(() => undefined)
  }
}
