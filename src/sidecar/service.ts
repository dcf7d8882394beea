// A sidecar without its HTTP: everything wired up in order, and closed in reverse.
import { join } from 'node:path'
import { createCommittees } from '../l1/committee-reader.ts'
import type { Committees } from '../l1/committees.ts'
import type { FloeError } from '../protocol/errors.ts'
import type { Domain } from '../protocol/header.ts'
import type { Secp256k1 } from '../protocol/signature.ts'
import type { JobQueue } from '../queue/queue.ts'
import { type Budget, createBudget } from '../runtime/budget.ts'
import { type Clock, systemClock } from '../runtime/clock.ts'
import { createCodingPool } from '../coding/worker-pool.ts'
import { type HttpClient, createHttpClient } from '../runtime/http-client.ts'
import { type Logger, createLogger } from '../runtime/logger.ts'
import { type Metrics, createMetrics } from '../runtime/metrics.ts'
import { nodeKernel } from '../coding/node-kernel.ts'
import { loadSecp256k1 } from '../runtime/secp256k1.ts'
import { type SharedMemory, createSharedMemory } from '../coding/shared-memory.ts'
import { version } from '../runtime/version.ts'
import { BatchIndex } from '../store/batch-index.ts'
import type { SidecarConfig } from './config.ts'
import type { Intake } from './batch-intake.ts'
import { retrievalOnNode } from '../client/retrieval-on-node.ts'
import { Retriever } from '../client/retriever.ts'
import { type Operators, createOperators } from './operators.ts'
import { stateLines } from './pipeline-metrics.ts'
import { openProsecution } from './fraud-prover-service.ts'
import { type Status, createStatus } from './status.ts'
import { type Keys, createWriter, readKeys } from './write-path.ts'

export type Sidecar = {
  readonly config: SidecarConfig
  readonly logger: Logger
  readonly metrics: Metrics
  /** Bytes of batches in memory; a put takes its own before its body is read. */
  readonly intakeBytes: Budget
  /** For the bytes of batches that are put: coding threads read it as it stands. */
  readonly sharedMemory: SharedMemory
  /** Undefined in a read-only sidecar. */
  readonly intake: Intake | undefined
  /** Undefined likewise. */
  readonly queue: JobQueue | undefined
  readonly library: Retriever
  status(): Promise<Status>
  close(): Promise<void>
}

/** Batches that may be in memory at once, in sizes of the largest. */
const INTAKE_BATCHES_MAX = 4
const RETRIEVALS_MAX = 64

type Parts = {
  readonly config: SidecarConfig
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  readonly http: HttpClient
  readonly curve: Secp256k1
  readonly committees: Committees
  readonly domain: Domain
  readonly spool: BatchIndex
  readonly operators: Operators
  /** Undefined in a read-only sidecar. */
  readonly keys: Keys | undefined
}

/** @throws FloeError `configuration` for what cannot work, `unavailable` when L1 cannot be read */
export async function createSidecar(config: SidecarConfig): Promise<Sidecar> {
  const logger = createLogger('sidecar', config.logLevel)
  const clock = systemClock
  const { rpcUrls, committee, ledger, finality } = config
  const { committees, domain } = await createCommittees({ rpcUrls, committee, ledger, finality, clock })
  const curve = loadSecp256k1()
  const keys = await readKeys(config, { curve, domain })
  const metrics = createMetrics({ processMetrics: true })
  const spool = await BatchIndex.open(join(config.dir, 'batch-index'), {
    disperser: keys?.signer.address,
    onChange: stateLines(logger, metrics),
  })
  const http = createHttpClient()
  try {
    const operators = createOperators(http, { curve, domain })
    const shared = { config, clock, logger, metrics, http, curve, committees, domain, spool }
    return await wire({ ...shared, operators, keys })
  } catch (error) {
    await http.close()
    await spool.close()
    throw error
  }
}

async function wire(parts: Parts): Promise<Sidecar> {
  const { config, clock, logger, metrics, http, curve, committees, domain, spool } = parts
  const { operators, keys } = parts
  const kernel = nodeKernel()
  const sharedMemory = createSharedMemory()
  const coder = createCodingPool({ kernel, sharedMemory })
  const retrieval = retrievalOnNode({
    kernel,
    coder,
    http,
    clock,
    timeoutMs: config.getTimeoutMs,
    hedgeDelayMs: config.hedgeDelayMs,
    onFailure: countRowFailures(parts),
  })
  const prosecution = await openProsecution({ config, clock, logger, metrics, kernel, get: retrieval.get })
  const library = new Retriever({
    committees,
    checker: { curve, domain },
    clock,
    retrieval,
    disputes: prosecution?.disputes,
    onInvalidEncoding: (checked) => prosecution?.prosecutor.take(checked),
    retrievalsMax: RETRIEVALS_MAX,
  })
  prosecution?.prosecutor.resume(library)
  const writer = keys && (await createWriter({ ...parts, ...keys, library, kernel, coder }))
  const { batchBytesMax, putTimeoutMs, getTimeoutMs } = config
  const status = createStatus({
    committees,
    operators,
    spool,
    clock,
    domain,
    unpostedMax: config.unpostedBatchesMax,
    pipeline: writer && (async () => writer.status()),
    fixed: {
      version,
      disperser: keys?.signer.address ?? null,
      limits: { batchBytesMax, putTimeoutMs, getTimeoutMs },
    },
  })
  return {
    config,
    logger,
    metrics,
    library,
    intake: writer?.intake,
    queue: writer?.queue,
    status,
    intakeBytes: createBudget(INTAKE_BATCHES_MAX * batchBytesMax),
    sharedMemory,
    close: async () => {
      await writer?.close()
      await prosecution?.close()
      await coder.close()
      await http.close()
      await spool.close()
    },
  }
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
