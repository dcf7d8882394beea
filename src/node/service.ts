// A storage node as one running service. Its parts are started in the order of their dependencies and closed in the reverse order,
// also when a later part fails to start.
import type { Coder } from '../coding/coder.ts'
import { nodeKernel } from '../coding/node-kernel.ts'
import { WorkerPool } from '../coding/worker-pool.ts'
import { CommitteeReader } from '../l1/committee-reader.ts'
import type { Committees } from '../l1/committees.ts'
import { HeadWatch } from '../l1/head-watch.ts'
import { type DisputeTerms, DisputesContract } from '../l1/disputes.ts'
import { readPostingTerms } from '../l1/posting-terms.ts'
import { type L1, withSignal } from '../l1/rpc.ts'
import { connectService } from '../l1/service-connection.ts'
import type { Hex } from '../protocol/bytes.ts'
import { memberIndexOf } from '../protocol/committee.ts'
import { FloeError, asFloeError } from '../protocol/errors.ts'
import type { Domain } from '../protocol/header.ts'
import type { Kernel } from '../protocol/kernel.ts'
import type { PostingTerms } from '../protocol/posting.ts'
import type { Secp256k1 } from '../protocol/signature.ts'
import { type Clock, systemClock } from '../runtime/clock.ts'
import { CloseStack } from '../runtime/close-stack.ts'
import { defaultServerLimits, listen } from '../runtime/http-server.ts'
import { type Logger, createLogger } from '../runtime/logger.ts'
import { Metrics } from '../runtime/metrics.ts'
import { transferMsMax } from '../runtime/pace.ts'
import { loadSecp256k1 } from '../runtime/secp256k1.ts'
import { SharedBudget } from '../runtime/shared-budget.ts'
import { readSecretKey } from '../runtime/secrets.ts'
import { version } from '../runtime/version.ts'
import { SliverStore } from '../store/sliver-store.ts'
import { Attester } from './attestation.ts'
import type { NodeConfig } from './config.ts'
import { promiseTerms } from './admission.ts'
import { DispersalIntake } from './dispersal-intake.ts'
import { DisperserStanding } from './disperser-standing.ts'
import { runExpiry } from './expiry.ts'
import { HeaderAttester } from './header-attester.ts'
import { NodeMetrics } from './node-metrics.ts'
import { NodeResponder, graceSecondsOf } from './responder.ts'
import { type NodeApiOptions, nodeApp, nodeOperationsApp } from './server.ts'
import { SliverServing } from './serving.ts'
import { observeDamage } from './store-damage.ts'

/** What the parts of a node depend on. */
type NodeDependencies = {
  readonly l1: L1
  readonly sliverStore: SliverStore
  readonly committees: Committees
  readonly domain: Domain
  /** The promises that this node signs for. */
  readonly promise: PostingTerms
  /** Undefined: disputes are not configured. */
  readonly disputes: { readonly contract: DisputesContract; readonly terms: DisputeTerms } | undefined
  readonly curve: Secp256k1
  readonly attester: Attester
  readonly kernel: Kernel
  readonly coder: Coder
}

/** Most bytes of slivers that are in memory while they are sent to readers. */
const SERVING_BYTES_MAX = 256 * 1024 * 1024
/**
 * A fine can be due four windows after the expiry: one to answer the last challenge, one to call `expire`, one to fine the holder and one to
 * fine the disperser (docs/protocol.md §7.1, §7.3).
 */
const WINDOWS_TO_LAST_FINE = 4
/** Milliseconds that requests in flight get to finish when the node closes. */
const CLOSE_GRACE_MS = 5_000
const OPERATIONS_GRACE_MS = 500

export class NodeService {
  readonly #config: NodeConfig
  readonly #logger: Logger
  readonly #clock: Clock = systemClock
  readonly #stack = new CloseStack()
  #url = ''
  #opsUrl: string | undefined

  /** @throws FloeError `configuration` for settings that cannot work, `unavailable` when L1 cannot be read */
  static async start(config: NodeConfig): Promise<NodeService> {
    const node = new NodeService(config)
    await node.#stack.closeOnFailure(async () => node.#start())
    return node
  }

  private constructor(config: NodeConfig) {
    this.#config = config
    this.#logger = createLogger('node', config.logLevel, config.rpcUrls)
  }

  get url(): string {
    return this.#url
  }

  /** URL of the operations pages; undefined: they have no address of their own. */
  get opsUrl(): string | undefined {
    return this.#opsUrl
  }

  async close(): Promise<void> {
    await this.#stack.close()
  }

  async #start(): Promise<void> {
    const registry = new Metrics({ processMetrics: true })
    const dependencies = await this.#open(registry)
    const { sliverStore, committees, disputes, attester, promise } = dependencies
    const { signer } = attester
    await warnUnlessMember(committees, signer, this.#logger)
    const intakeMemory = new SharedBudget(this.#config.intakeBytesMax)
    const servingMemory = new SharedBudget(SERVING_BYTES_MAX)
    registry.gauge('floe_node_stored_bytes_max', 'Most bytes that it stores').set(this.#config.diskBytesMax)
    const headWatch = this.#watchHead(dependencies.l1, registry, disputes !== undefined)
    const metrics = new NodeMetrics({ metrics: registry, sliverStore, intakeMemory, servingMemory })
    this.#startExpiry(dependencies, metrics)
    if (disputes !== undefined)
      await this.#startResponder(dependencies, { terms: disputes.terms, headWatch, metrics: registry })
    const api: NodeApiOptions = {
      intake: this.#createIntake(dependencies, intakeMemory),
      serving: this.#createServing(dependencies, servingMemory),
      sliverStore,
      headerAttester: new HeaderAttester({
        sliverStore,
        attester,
        committees,
        noticeSeconds: promise.noticeSeconds,
        clock: this.#clock,
      }),
      committees,
      headWatch,
      metrics,
      clock: this.#clock,
      logger: this.#logger,
      listener: this.#config,
      corsOrigins: this.#config.corsOrigins ?? '*',
      version,
    }
    await this.#listenForOperations(api)
    const server = await listen(nodeApp(api), this.#config, {
      ...defaultServerLimits,
      requestTimeoutMs: transferMsMax(this.#config.intakeBytesMax),
    })
    this.#stack.add(async () => server.close(CLOSE_GRACE_MS))
    this.#url = server.url
    this.#logger.info(
      { url: server.url, opsUrl: this.#opsUrl, signer, ...sliverStore.usage.totals() },
      'node listening',
    )
  }

  /** Opens the store and the connection to L1, and makes what signs and hashes. */
  async #open(metrics: Metrics): Promise<NodeDependencies> {
    const { keyFile, dir, diskBytesMax, rpcUrls, committee, ledger, chainId, finality } = this.#config
    const { expirySecondsMax, disputes: disputesAddress } = this.#config
    const secretKey = await readSecretKey(keyFile)
    const [clock, logger] = [this.#clock, this.#logger]
    const observer = observeDamage({ metrics, clock, logger })
    const sliverStore = await SliverStore.open(dir, diskBytesMax, { clock, observer })
    this.#stack.add(async () => sliverStore.close())
    const l1 = connectService({ config: this.#config, metrics, clock, logger })
    const { committees, domain } = await CommitteeReader.connect({
      rpcUrls,
      l1,
      committee,
      ledger,
      chainId,
      finality,
      clock: this.#clock,
      logger: this.#logger,
    })
    const promise = promiseTerms(await readPostingTerms(l1, ledger), expirySecondsMax)
    const contract = disputesAddress && new DisputesContract(l1, disputesAddress)
    const disputes = contract && { contract, terms: await contract.terms() }
    const curve = loadSecp256k1()
    const attester = new Attester({ curve, domain, secretKey })
    const kernel = nodeKernel()
    const coder = new WorkerPool({ kernel })
    this.#stack.add(async () => coder.close())
    return { l1, sliverStore, committees, domain, promise, disputes, curve, attester, kernel, coder }
  }

  /** Closed after the main address, so that an operator can watch the node close. */
  async #listenForOperations(api: NodeApiOptions): Promise<void> {
    const { opsHost = '127.0.0.1', opsPort, allowedHosts } = this.#config
    if (opsPort === undefined) return
    const listener = { host: opsHost, port: opsPort, allowedHosts }
    const server = await listen(nodeOperationsApp(api, listener), listener)
    this.#stack.add(async () => server.close(OPERATIONS_GRACE_MS))
    this.#opsUrl = server.url
  }

  /** @param follows whether the responder follows L1, so that nothing else needs to ask for the head */
  #watchHead(l1: L1, metrics: Metrics, follows: boolean): HeadWatch {
    const { l1AgeSecondsMax } = this.#config
    const clock = this.#clock
    const headWatch = new HeadWatch({ clock, logger: this.#logger, ageSecondsMax: l1AgeSecondsMax })
    metrics.gauge('floe_node_chain_age_seconds', 'Age of the newest block of L1 that was read', [], (gauge) =>
      gauge.set(headWatch.ageSeconds()),
    )
    const stop = new AbortController()
    const running = follows
      ? headWatch.runChecks(stop.signal)
      : headWatch.runPolls(withSignal(l1, stop.signal), stop.signal)
    this.#stack.add(async () => {
      stop.abort(new FloeError('unavailable', 'The node is closing.'))
      await running
    })
    return headWatch
  }

  #createIntake(dependencies: NodeDependencies, memory: SharedBudget): DispersalIntake {
    const { coder, curve, domain, committees, sliverStore, attester, promise, disputes } = dependencies
    const { batchBytesMax } = this.#config
    return new DispersalIntake({
      coder,
      curve,
      domain,
      committees,
      sliverStore,
      attester,
      standing: new DisperserStanding({
        committees,
        deposits: disputes && { reader: disputes.contract, weiMin: disputes.terms.disperserDepositMin },
        clock: this.#clock,
      }),
      limits: { ...promise, batchBytesMax },
      memory,
      clock: this.#clock,
      logger: this.#logger,
    })
  }

  #createServing({ kernel, sliverStore, disputes }: NodeDependencies, memory: SharedBudget): SliverServing {
    return new SliverServing({
      kernel,
      sliverStore,
      graceSeconds: graceSecondsOf(disputes?.terms),
      memory,
      clock: this.#clock,
    })
  }

  #startExpiry({ sliverStore, disputes }: NodeDependencies, metrics: NodeMetrics): void {
    const stop = new AbortController()
    const expiry = runExpiry(
      {
        sliverStore,
        graceSeconds: graceSecondsOf(disputes?.terms),
        finesSeconds: WINDOWS_TO_LAST_FINE * (disputes?.terms.window ?? 0),
        clock: this.#clock,
        logger: this.#logger,
        onRemoved: (removed) => metrics.expired(removed),
      },
      stop.signal,
    )
    this.#stack.add(async () => {
      stop.abort()
      await expiry
    })
  }

  async #startResponder(
    dependencies: NodeDependencies,
    { terms, headWatch, metrics }: ResponderParts,
  ): Promise<void> {
    const { l1, sliverStore, committees, domain, attester, kernel, coder } = dependencies
    const responder = await NodeResponder.start({
      config: this.#config,
      l1,
      terms,
      signer: attester.signer,
      sliverStore,
      committees,
      domain,
      kernel,
      coder,
      metrics,
      onTip: (timestamp) => headWatch.observe(timestamp),
      clock: this.#clock,
      logger: this.#logger,
    })
    this.#stack.add(async () => responder.close())
  }
}

type ResponderParts = {
  readonly terms: DisputeTerms
  readonly headWatch: HeadWatch
  readonly metrics: Metrics
}

/** A node outside the committee serves what it stores: it may have been a member, or may become one. */
async function warnUnlessMember(
  committees: Pick<Committees, 'current'>,
  signer: Hex,
  logger: Logger,
): Promise<void> {
  try {
    const committee = await committees.current()
    const { epoch } = committee
    if (memberIndexOf(committee, signer) < 0) logger.warn({ signer, epoch }, 'not a member of the committee')
  } catch (error) {
    logger.warn({ reason: asFloeError(error).message }, 'committee not known yet')
  }
}
