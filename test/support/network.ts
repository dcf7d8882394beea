// A whole network for a test: a real anvil with the contracts, real storage nodes with databases on disk, a real sidecar, and HTTP
// between them. All services are in one process, so that faults can be put between any two. `test/support/fleet.ts` has the same
// services as separate processes.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DeploymentTerms } from '../../src/devnet/dispute-terms.ts'
import type { NodeConfig } from '../../src/node/config.ts'
import { NodeService } from '../../src/node/service.ts'
import { toHex } from '../../src/protocol/bytes.ts'
import { addressOfSecretKey } from '../../src/protocol/signature.ts'
import type { SidecarConfig } from '../../src/sidecar/config.ts'
import { type RunningSidecar, startSidecar } from '../../src/sidecar/http/server.ts'
import { startTestAnvil } from './anvil.ts'
import {
  type Deployment,
  type Operator,
  type TestPostingTerms,
  answerAccount,
  deployFloe,
  fundAnswerAccounts,
  testKey,
  testOperators,
} from './deploy.ts'
import { FaultyProxy } from './faulty-proxy.ts'

export type NetworkOptions = {
  /** The number of shards of each operator. */
  readonly shards: readonly number[]
  readonly sidecar?: Partial<SidecarConfig>
  readonly quotaBytes?: bigint
  /** Nodes and sidecar follow disputes under these terms, and every node has an account that answers challenges. Left out: none. */
  readonly disputes?: Partial<DeploymentTerms>
  /** The terms of the Ledger where no disputes are followed; the notice may be short. Left out: those of most tests. */
  readonly posting?: TestPostingTerms
}

/** How services reach L1. */
type L1Config = Pick<NodeConfig, 'rpcUrls' | 'committee' | 'ledger' | 'disputes'>

/** What runs before the services do, and what is known of them. */
type Base = {
  readonly dir: string
  readonly rpcUrl: string
  readonly deployment: Deployment
  readonly l1: L1Config
  readonly nodes: readonly NetworkNode[]
  readonly disperserKey: Uint8Array
}

const GIBIBYTE = 1024 ** 3
const BATCH_BYTES_MAX = 16 * 1024 * 1024
/** Depth of a final block: the anvil of a network has no reorgs by itself. */
const FINALITY = 2
/** An address at which no service listens. */
const UNREACHABLE = 'http://127.0.0.1:1'

/** Timeouts are longer than any test, so that a busy machine does not change an answer. Tests of timeouts set their own. */
const sidecarDefaults = {
  host: '127.0.0.1',
  port: 0,
  posterKeyFile: undefined,
  batchBytesMax: BATCH_BYTES_MAX,
  retentionSeconds: undefined,
  postingIntervalMs: 1_000,
  putTimeoutMs: 600_000,
  getTimeoutMs: 600_000,
  hedgeDelayMs: 150,
  answerGweiMax: 5e7,
  answerGweiDayMax: 1e9,
  l1AgeSecondsMax: 86_400,
  finality: FINALITY,
  redisUrl: undefined,
  opsHost: '127.0.0.1',
  opsPort: 0,
  unpostedBatchesMax: 100_000,
  postingBatchesMax: 256,
  logLevel: 'silent',
} as const

export class Network implements AsyncDisposable {
  readonly rpcUrl: string
  readonly deployment: Deployment
  readonly nodes: readonly NetworkNode[]
  readonly disperserKey: Uint8Array
  readonly sidecarConfig: SidecarConfig
  readonly #owned: AsyncDisposableStack
  #sidecar: RunningSidecar | undefined
  #url = UNREACHABLE

  static async start(options: NetworkOptions): Promise<Network> {
    const owned = new AsyncDisposableStack()
    try {
      const base = await startBase(options, owned)
      const keyFile = join(base.dir, 'disperser.key')
      await writeFile(keyFile, toHex(base.disperserKey), { mode: 0o600 })
      const dir = join(base.dir, 'sidecar')
      const sidecarConfig = { ...sidecarDefaults, ...base.l1, dir, keyFile, ...options.sidecar }
      const network = new Network(base, sidecarConfig, owned)
      owned.defer(async () => network.stopSidecar())
      await network.restartSidecar()
      return network
    } catch (error) {
      await owned.disposeAsync()
      throw error
    }
  }

  private constructor(
    { rpcUrl, deployment, nodes, disperserKey }: Base,
    sidecarConfig: SidecarConfig,
    owned: AsyncDisposableStack,
  ) {
    this.rpcUrl = rpcUrl
    this.deployment = deployment
    this.nodes = nodes
    this.disperserKey = disperserKey
    this.sidecarConfig = sidecarConfig
    this.#owned = owned
  }

  /** The URL of the sidecar. Every start of the sidecar has another one. */
  get url(): string {
    return this.#url
  }

  /** Stops the sidecar and starts it again over the same folder, unless `changes` has another one. */
  async restartSidecar(changes: Partial<SidecarConfig> = {}): Promise<void> {
    await this.stopSidecar()
    this.#sidecar = await startSidecar({ ...this.sidecarConfig, ...changes })
    this.#url = this.#sidecar.url
  }

  async stopSidecar(): Promise<void> {
    const sidecar = this.#sidecar
    this.#sidecar = undefined
    await sidecar?.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned.disposeAsync()
  }
}

/** Starts L1 with the contracts, and the nodes behind their proxies. `owned` gets what must be closed. */
async function startBase(options: NetworkOptions, owned: AsyncDisposableStack): Promise<Base> {
  const { shards, quotaBytes = BigInt(GIBIBYTE), disputes: terms, posting } = options
  const dir = await mkdtemp(join(tmpdir(), 'floe-test-'))
  owned.defer(async () => rm(dir, { recursive: true, force: true }))
  const { url: rpcUrl } = owned.use(await startTestAnvil({ blockSeconds: 1 }))
  const nodes: NetworkNode[] = []
  const proxies: FaultyProxy[] = []
  for (const [i] of shards.entries())
    proxies.push(owned.use(await FaultyProxy.start(() => nodes[i]?.url ?? UNREACHABLE)))
  const operators = testOperators(shards, (i) => proxies[i]?.url ?? '')
  const disperserKey = testKey('disperser')
  const disperser = { address: addressOfSecretKey(disperserKey), quotaBytes }
  const deployment = await deployFloe(rpcUrl, operators, disperser, posting ?? terms)
  if (terms !== undefined) await fundAnswerAccounts(rpcUrl, shards.length)
  const { committee, ledger, disputes } = deployment
  const l1 = { rpcUrls: [rpcUrl], committee, ledger, ...(terms === undefined ? {} : { disputes }) }
  for (const [i, operator] of operators.entries()) {
    const node = new NetworkNode({
      operator,
      proxy: proxies[i] as FaultyProxy,
      dir: join(dir, `node-${i}`),
      l1,
      answerKey: terms === undefined ? undefined : answerAccount(i).secretKey,
    })
    nodes.push(node)
    owned.defer(async () => node.stop())
  }
  await Promise.all(nodes.map(async (node) => node.start()))
  return { dir, rpcUrl, deployment, l1, nodes, disperserKey }
}

type NetworkNodeOptions = {
  readonly operator: Operator
  readonly proxy: FaultyProxy
  readonly dir: string
  readonly l1: L1Config
  /** The key of the account that answers challenges. */
  readonly answerKey: Uint8Array | undefined
}

/** A storage node that can be stopped and started again over the same folder. */
export class NetworkNode {
  readonly operator: Operator
  /** Forwards the requests to the node; its URL is the operator's endpoint on L1. */
  readonly proxy: FaultyProxy
  readonly dir: string
  readonly #l1: L1Config
  readonly #answerKey: Uint8Array | undefined
  #service: NodeService | undefined

  constructor({ operator, proxy, dir, l1, answerKey }: NetworkNodeOptions) {
    this.operator = operator
    this.proxy = proxy
    this.dir = dir
    this.#l1 = l1
    this.#answerKey = answerKey
  }

  /** The URL of the node itself; undefined while it does not run. */
  get url(): string | undefined {
    return this.#service?.url
  }

  /** URL of the operations pages of the node. */
  get opsUrl(): string | undefined {
    return this.#service?.opsUrl
  }

  async start(): Promise<void> {
    const keyFile = `${this.dir}.key`
    await writeFile(keyFile, toHex(this.operator.secretKey), { mode: 0o600 })
    const answerKey = this.#answerKey
    this.#service = await NodeService.start({
      ...this.#l1,
      l1AgeSecondsMax: 86_400,
      opsPort: 0,
      finality: FINALITY,
      host: '127.0.0.1',
      port: 0,
      dir: this.dir,
      keyFile,
      answerKeyFile: answerKey && (() => toHex(answerKey)),
      batchBytesMax: BATCH_BYTES_MAX,
      diskBytesMax: GIBIBYTE,
      intakeBytesMax: 64 * 1024 * 1024,
      expirySecondsMax: 30 * 86_400,
      answerGweiMax: 5e7,
      answerGweiDayMax: 1e9,
      logLevel: 'silent',
    })
  }

  async stop(): Promise<void> {
    await this.#service?.close()
    this.#service = undefined
  }
}
