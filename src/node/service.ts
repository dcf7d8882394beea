// A storage node as a whole: parts made in order, closed in reverse, and closed too when a later one cannot be made.
import { createCommittees } from '../l1/committee-reader.ts'
import type { Committees } from '../l1/committees.ts'
import type { DisputeTerms } from '../l1/disputes.ts'
import { memberIndexOf } from '../protocol/committee.ts'
import { asFloeError } from '../protocol/errors.ts'
import { createBudget } from '../runtime/budget.ts'
import { systemClock } from '../runtime/clock.ts'
import { createCodingPool } from '../coding/worker-pool.ts'
import { listen } from '../runtime/http-server.ts'
import { type Logger, createLogger } from '../runtime/logger.ts'
import { createMetrics } from '../runtime/metrics.ts'
import { nodeKernel } from '../coding/node-kernel.ts'
import { loadSecp256k1 } from '../runtime/secp256k1.ts'
import { readSecretKey } from '../runtime/secrets.ts'
import { version } from '../runtime/version.ts'
import { SliverStore } from '../store/sliver-store.ts'
import { type Attester, createAttester } from './attestation.ts'
import type { NodeConfig } from './config.ts'
import { graceSecondsOf, readTerms, startDisputing } from './responder.ts'
import { runExpiry } from './expiry.ts'
import type { IntakeParts } from './dispersal-intake.ts'
import { createNodeMetrics } from './node-metrics.ts'
import { type NodeParts, nodeApp } from './server.ts'

/** Most bytes of slivers in memory on their way to readers. */
const SERVING_BYTES_MAX = 256 * 1024 * 1024
/** Milliseconds that requests in hand get to finish when the node closes. */
const CLOSE_GRACE_MS = 5_000

export type RunningNode = { readonly url: string; close(): Promise<void> }

/** What has to be undone, the newest last. */
type Closers = (() => Promise<void>)[]

/** @throws FloeError `configuration` for what cannot work, `unavailable` when L1 cannot be read */
export async function startNode(config: NodeConfig): Promise<RunningNode> {
  const closers: Closers = []
  const close = async (): Promise<void> => {
    for (let undo = closers.pop(); undo !== undefined; undo = closers.pop()) await undo()
  }
  try {
    const url = await startParts(config, closers)
    return { url, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function startParts(config: NodeConfig, closers: Closers): Promise<string> {
  const logger = createLogger('node', config.logLevel)
  const secretKey = await readSecretKey(config.keyFile)
  const custody = await SliverStore.open(config.dir, config.diskBytesMax)
  closers.push(async () => custody.close())
  const { rpcUrls, committee, ledger, finality } = config
  const { committees, domain } = await createCommittees({
    rpcUrls,
    committee,
    ledger,
    finality,
    clock: systemClock,
    logger,
  })
  const terms = await readTerms(config)
  const graceSeconds = graceSecondsOf(terms)
  const curve = loadSecp256k1()
  const attester = createAttester(curve, domain, secretKey)
  await warnUnlessMember(committees, attester, logger)
  const kernel = nodeKernel()
  const coder = createCodingPool({ kernel })
  closers.push(async () => coder.close())
  const parts = { kernel, coder, curve, domain, committees, custody, attester }
  const node = partsOf(config, logger, { ...parts, terms })
  const stopping = new AbortController()
  const expiry = runExpiry(
    {
      custody,
      clock: systemClock,
      graceSeconds,
      logger,
      onRemoved: (removed) => node.metrics.expired(removed),
    },
    stopping.signal,
  )
  closers.push(async () => {
    stopping.abort()
    await expiry
  })
  if (terms !== undefined) {
    const { signer } = attester
    const { metrics } = node.metrics
    const given = { ...parts, config, signer, clock: systemClock, logger, metrics }
    const disputing = await startDisputing(given, terms)
    closers.push(async () => disputing.close())
  }
  const server = await listen(nodeApp(node), config)
  closers.push(async () => server.close(CLOSE_GRACE_MS))
  logger.info({ url: server.url, signer: attester.signer, ...custody.usage.totals() }, 'node listening')
  return server.url
}

type Given = Pick<
  IntakeParts,
  'kernel' | 'coder' | 'curve' | 'domain' | 'committees' | 'attester' | 'custody'
> & { readonly terms: DisputeTerms | undefined }

function partsOf(config: NodeConfig, logger: Logger, { terms, ...given }: Given): NodeParts {
  const { batchBytesMax, intakeBytesMax } = config
  // Longer promises than the contract's would outlast the deposit behind them.
  const expirySecondsMax = Math.min(config.expirySecondsMax, terms?.promiseSecondsMax ?? Infinity)
  const { kernel } = given
  const graceSeconds = graceSecondsOf(terms)
  const clock = systemClock
  const intake = createBudget(intakeBytesMax)
  const serving = createBudget(SERVING_BYTES_MAX)
  const metrics = createMetrics({ processMetrics: true })
  metrics.gauge('floe_node_stored_bytes_max', 'Most bytes that it stores').set(config.diskBytesMax)
  return {
    intake: {
      ...given,
      clock,
      limits: { batchBytesMax, expirySecondsMax },
      memory: intake,
      memoryBytesMax: intakeBytesMax,
    },
    serving: {
      kernel,
      clock,
      custody: given.custody,
      graceSeconds,
      memory: serving,
      memoryBytesMax: SERVING_BYTES_MAX,
    },
    metrics: createNodeMetrics({ custody: given.custody, intake, serving }, metrics),
    logger,
    version,
  }
}

/** A node outside the committee still serves what it holds: it may have been a member, or become one. */
async function warnUnlessMember(committees: Committees, attester: Attester, logger: Logger): Promise<void> {
  const { signer } = attester
  try {
    const committee = await committees.current()
    const { epoch } = committee
    if (memberIndexOf(committee, signer) < 0) logger.warn({ signer, epoch }, 'not a member of the committee')
  } catch (error) {
    logger.warn({ reason: asFloeError(error).message }, 'committee not known yet')
  }
}
