// A sidecar without its HTTP interfaces: its parts are opened in order, and closed in reverse.
import { join } from 'node:path'
import type { Status } from '../client/sidecar-status.ts'
import { retrievalOnNode } from '../client/retrieval-on-node.ts'
import type { CheckedCertificate } from '../client/certified-header.ts'
import type { RetrieveOptions, RowFailure } from '../client/retrieve.ts'
import { Retriever } from '../client/retriever.ts'
import type { Coder } from '../coding/coder.ts'
import { nodeKernel } from '../coding/node-kernel.ts'
import { SharedMemory } from '../coding/shared-memory.ts'
import { WorkerPool } from '../coding/worker-pool.ts'
import type { NitroSources } from '../disputes/nitro-decision.ts'
import { CommitteeReader } from '../l1/committee-reader.ts'
import type { Committees } from '../l1/committees.ts'
import { FinalDisputes } from '../l1/final-disputes.ts'
import { HeadFeed } from '../l1/head-feed.ts'
import { HeadWatch } from '../l1/head-watch.ts'
import { LedgerReader } from '../l1/ledger-reader.ts'
import { type L1, withSignal } from '../l1/rpc.ts'
import { connectService } from '../l1/service-connection.ts'
import type { Hex } from '../protocol/bytes.ts'
import type { SignatureChecker } from '../protocol/certificate.ts'
import { FloeError } from '../protocol/errors.ts'
import type { Kernel } from '../protocol/kernel.ts'
import type { PostingTerms } from '../protocol/posting.ts'
import type { JobQueue } from '../queue/queue.ts'
import { addressRuleOf } from '../runtime/addresses.ts'
import { type ClientBudget, SharedBudget } from '../runtime/shared-budget.ts'
import { CloseStack } from '../runtime/close-stack.ts'
import { type Clock, systemClock } from '../runtime/clock.ts'
import { ConditionLog } from '../runtime/condition-log.ts'
import { HttpClient } from '../runtime/http-client.ts'
import { type Logger, createLogger } from '../runtime/logger.ts'
import { Metrics } from '../runtime/metrics.ts'
import { loadSecp256k1 } from '../runtime/secp256k1.ts'
import { version } from '../runtime/version.ts'
import { BatchIndex } from '../store/batch-index.ts'
import type { BatchIntake } from './batch-intake.ts'
import { openCertificatePoster } from './certificate-poster-service.ts'
import type { SidecarConfig } from './config.ts'
import { openFraudProver } from './fraud-prover-service.ts'
import { type SidecarKeys, readKeys } from './keys.ts'
import { Operators } from './operators.ts'
import { OutgoingBatches } from './outgoing-batches.ts'
import { type HeaderReport, headerReport } from './header-report.ts'
import { DaProvider } from './nitro/da-provider.ts'
import { InclusionCheck } from './op-stack/inclusion.ts'
import { observeStateChanges } from './pipeline-metrics.ts'
import { StatusReporter } from './status.ts'
import { readTerms } from './terms.ts'
import { WritePath } from './write-path.ts'

/** Batches of the largest size that may be in memory at the same time: four of one client, and one and a half of others. */
const INTAKE_BATCHES_MAX = 6
/** Batches of the largest size that may be sent to readers at the same time. */
const OUTGOING_BATCHES_MAX = 16
/** The client of that memory that the callers of the Nitro interface are together. */
const NITRO = 'nitro'
const RETRIEVALS_MAX = 64

type SidecarParts = {
  readonly config: SidecarConfig
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  readonly sharedMemory: SharedMemory
  readonly reading: Reading
  readonly batchIndex: BatchIndex
  readonly writePath: WritePath | undefined
  readonly statusReporter: StatusReporter
  readonly headWatch: HeadWatch
  readonly stack: CloseStack
}

export class Sidecar {
  readonly config: SidecarConfig
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  /** Bytes of batches in memory. A put takes its share as its body arrives. */
  readonly intakeBytes: SharedBudget
  /** Batches that are sent to readers. */
  readonly outgoing: OutgoingBatches
  /** Memory for the bodies of puts, which coding threads read without a copy. */
  readonly sharedMemory: SharedMemory
  readonly retriever: Retriever
  /** Undefined in a read-only sidecar. */
  readonly intake: BatchIntake | undefined
  /** Undefined in a read-only sidecar. */
  readonly queue: JobQueue | undefined
  /** Says whether the sidecar is ready. */
  readonly headWatch: HeadWatch
  /** Undefined where no Disputes contract is configured. */
  readonly daProvider: DaProvider | undefined
  readonly inclusionCheck: InclusionCheck
  readonly #batchIndex: BatchIndex
  readonly #statusReporter: StatusReporter
  readonly #stack: CloseStack

  /** @throws FloeError `configuration` for settings that cannot work, `unavailable` when L1 cannot be read */
  static async open(config: SidecarConfig): Promise<Sidecar> {
    const stack = new CloseStack()
    return stack.closeOnFailure(async () => openSidecar(config, stack))
  }

  /** Use `open`. */
  constructor(parts: SidecarParts) {
    this.config = parts.config
    this.clock = parts.clock
    this.logger = parts.logger
    this.metrics = parts.metrics
    this.intakeBytes = new SharedBudget(INTAKE_BATCHES_MAX * parts.config.batchBytesMax)
    this.sharedMemory = parts.sharedMemory
    const memory = new SharedBudget(OUTGOING_BATCHES_MAX * parts.config.batchBytesMax)
    this.outgoing = new OutgoingBatches({ retriever: parts.reading.retriever, memory })
    measureMemory(parts.metrics, this.intakeBytes, memory)
    this.retriever = parts.reading.retriever
    this.intake = parts.writePath?.intake
    this.queue = parts.writePath?.queue
    this.headWatch = parts.headWatch
    this.daProvider = createDaProvider(parts, this.intakeBytes.of(NITRO))
    const { finality } = parts.config
    this.inclusionCheck = new InclusionCheck({ l1: parts.reading.l1, finality })
    this.#batchIndex = parts.batchIndex
    this.#statusReporter = parts.statusReporter
    this.#stack = parts.stack
  }

  /** What is known of a header. @throws FloeError `not-held` */
  header(digest: Hex): HeaderReport {
    return headerReport(this.#batchIndex, digest)
  }

  async status(): Promise<Status> {
    return this.#statusReporter.status()
  }

  async close(): Promise<void> {
    await this.#stack.close()
  }
}

/** What the parts of a sidecar depend on. */
type SidecarDependencies = {
  readonly config: SidecarConfig
  readonly l1: L1
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  readonly committees: Committees
  readonly headWatch: HeadWatch
  /** What all followers of L1 share. */
  readonly heads: HeadFeed
  readonly checker: SignatureChecker
  /** Undefined in a read-only sidecar. */
  readonly keys: SidecarKeys | undefined
  readonly disperser: Hex | undefined
  readonly terms: PostingTerms
  readonly batchIndex: BatchIndex
  readonly http: HttpClient
  readonly kernel: Kernel
  readonly sharedMemory: SharedMemory
  readonly coder: Coder
}

/** Opens the parts in the order in which they use each other; `stack` closes them. */
async function openSidecar(config: SidecarConfig, stack: CloseStack): Promise<Sidecar> {
  const dependencies = await openDependencies(config, stack)
  const { clock, logger, metrics, committees, headWatch, checker, keys } = dependencies
  const { batchIndex, http, sharedMemory } = dependencies
  const reading = await openReading(dependencies, stack)
  const { retriever } = reading
  const operators = new Operators({ http, checker, clock, logger })
  const writePath = keys && (await WritePath.open({ ...dependencies, keys, operators, retriever }))
  stack.add(async () => writePath?.close())
  watchHead(dependencies, writePath, stack)
  const { batchBytesMax, putTimeoutMs, getTimeoutMs, unpostedBatchesMax } = config
  const statusReporter = new StatusReporter({
    committees,
    operators,
    batchIndex,
    clock,
    domain: checker.domain,
    unpostedMax: unpostedBatchesMax,
    deadline: writePath?.deadline,
    pipeline: writePath && (async () => writePath.status()),
    version,
    disperser: keys?.signer.address ?? null,
    limits: { batchBytesMax, putTimeoutMs, getTimeoutMs },
  })
  const shown = { reading, batchIndex, writePath, statusReporter, headWatch }
  return new Sidecar({ config, logger, metrics, clock, sharedMemory, ...shown, stack })
}

/** A sidecar with a key follows L1 anyway; a read-only one reads the newest block only. */
function watchHead(
  { l1, headWatch, metrics }: SidecarDependencies,
  writePath: WritePath | undefined,
  stack: CloseStack,
): void {
  metrics.gauge(
    'floe_sidecar_chain_age_seconds',
    'Age of the newest block of L1 that was followed',
    [],
    (gauge) => gauge.set(headWatch.ageSeconds()),
  )
  const stop = new AbortController()
  const running =
    writePath === undefined
      ? headWatch.runPolls(withSignal(l1, stop.signal), stop.signal)
      : headWatch.runChecks(stop.signal)
  stack.add(async () => {
    stop.abort(new FloeError('unavailable', 'The sidecar is closing.'))
    await running
  })
}

async function openDependencies(config: SidecarConfig, stack: CloseStack): Promise<SidecarDependencies> {
  const { rpcUrls, redisUrl, committee, ledger, chainId, finality } = config
  const clock = systemClock
  const logger = createLogger('sidecar', config.logLevel, [...rpcUrls, redisUrl])
  const metrics = new Metrics({ processMetrics: true })
  const headWatch = new HeadWatch({ clock, logger, ageSecondsMax: config.l1AgeSecondsMax })
  const curve = loadSecp256k1()
  const l1 = connectService({ config, metrics, clock, logger })
  const connection = { rpcUrls, l1, committee, ledger, chainId, finality, clock }
  const { committees, domain } = await CommitteeReader.connect(connection)
  const checker = { curve, domain }
  const keys = await readKeys(config, checker)
  const disperser = keys?.signer.address
  const { posting: terms, finesSeconds } = await readTerms(l1, config)
  const batchIndex = await BatchIndex.open(join(config.dir, 'batch-index'), {
    noticeSeconds: terms.noticeSeconds,
    signaturesKeptSeconds: finesSeconds,
    disperser,
    onChange: observeStateChanges(logger, metrics),
  })
  stack.add(async () => batchIndex.close())
  const http = new HttpClient({ addresses: await addressRuleOf(config.operatorAddresses, rpcUrls) })
  stack.add(async () => http.close())
  const kernel = nodeKernel()
  const sharedMemory = new SharedMemory()
  const coder = new WorkerPool({ kernel, sharedMemory })
  stack.add(async () => coder.close())
  const coding = { kernel, sharedMemory, coder }
  return {
    config,
    clock,
    logger,
    metrics,
    l1,
    committees,
    headWatch,
    heads: new HeadFeed({ l1, finality, clock }),
    checker,
    keys,
    disperser,
    terms,
    batchIndex,
    http,
    ...coding,
  }
}

/** What reads of batches use. */
type Reading = {
  readonly retriever: Retriever
  readonly retrieval: Omit<RetrieveOptions, 'signal'>
  /** What decides about certificates for Nitro; undefined where no Disputes contract is configured. */
  readonly nitroSources: NitroSources | undefined
  readonly l1: L1
  /** Notes that a certificate was asked for, so that it is posted where that is this sidecar's work. */
  readonly requestPost: (checked: CheckedCertificate) => void
}

/** The retriever, with the parts that it tells of certificates that are asked for and of invalid encodings. */
async function openReading(parts: SidecarDependencies, stack: CloseStack): Promise<Reading> {
  const { config, l1, committees, checker, http, kernel, coder, clock, logger, metrics } = parts
  const { getTimeoutMs: timeoutMs, hedgeDelayMs, finality } = config
  const onFailure = observeRowFailures(logger, clock, metrics)
  const retrieval = retrievalOnNode({ kernel, http, coder, clock, timeoutMs, hedgeDelayMs, onFailure })
  const fraudProver = await openFraudProver({ ...parts, get: retrieval.get })
  stack.add(async () => fraudProver?.close())
  const certificatePoster = await openCertificatePoster({ ...parts, domain: checker.domain })
  stack.add(async () => certificatePoster?.close())
  const requestPost = (checked: CheckedCertificate): void => certificatePoster?.poster.request(checked)
  const disputes = fraudProver?.disputes
  const retriever = new Retriever({
    committees,
    checker,
    clock,
    retrieval,
    disputes: disputes && new FinalDisputes({ l1, address: disputes.address, finality }),
    onRequest: requestPost,
    onInvalidEncoding: (checked) => fraudProver?.prover.openCase(checked),
    retrievalsMax: RETRIEVALS_MAX,
  })
  fraudProver?.prover.resume(retriever)
  const ledger = new LedgerReader({ l1, domain: checker.domain })
  const nitroSources = disputes && { checker, retriever, committees, ledger, disputes }
  return { retriever, retrieval, nitroSources, l1, requestPost }
}

function createDaProvider(
  { config, clock, reading, writePath }: SidecarParts,
  memory: ClientBudget,
): DaProvider | undefined {
  const { nitroSources: sources, retriever, retrieval, requestPost } = reading
  if (sources === undefined) return undefined
  return new DaProvider({
    sources,
    retriever,
    retrieval,
    intake: writePath?.intake,
    batchBytesMax: config.batchBytesMax,
    readTimeoutMs: config.getTimeoutMs,
    memory,
    clock,
    requestPost,
  })
}

function measureMemory(metrics: Metrics, intake: SharedBudget, outgoing: SharedBudget): void {
  metrics.gauge('floe_sidecar_intake_bytes', 'Bytes of batches that arrive or are dispersed', [], (gauge) =>
    gauge.set(intake.used()),
  )
  metrics.gauge('floe_sidecar_outgoing_bytes', 'Bytes of batches that are sent to readers', [], (gauge) =>
    gauge.set(outgoing.used()),
  )
}

/** Counts the rows that could not be retrieved. One that was served and does not open is logged as a fault of its operator. */
function observeRowFailures(logger: Logger, clock: Clock, metrics: Metrics): (failure: RowFailure) => void {
  const failures = metrics.counter(
    'floe_sidecar_row_failures_total',
    'Rows that could not be retrieved, by reason',
    ['code'],
  )
  const messages = { began: 'row rejected', ended: 'rows accepted again' }
  const rejected = new ConditionLog({ logger, clock, ...messages })
  return ({ member, pair, error }) => {
    failures.inc({ code: error.code })
    const facts = { member, pair, reason: error.message }
    if (error.code === 'sliver-mismatch') rejected.failed(String(member), facts)
    else logger.debug(facts, 'row not retrieved')
  }
}
