// A whole network for a test: a real anvil with the real contracts, real storage nodes with LMDB on disk, a real sidecar, HTTP
// between them, in one process so that faults can be put between any two. `test/devnet` has the same as separate processes.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestClient, http } from 'viem'
import { startSidecar } from '../../src/sidecar/http/server.ts'
import type { NodeConfig } from '../../src/node/config.ts'
import { NodeService } from '../../src/node/service.ts'
import { type Hex, toHex } from '../../src/protocol/bytes.ts'
import { addressOfSecretKey } from '../../src/protocol/signature.ts'
import type { SidecarConfig } from '../../src/sidecar/config.ts'
import { startTestAnvil } from './anvil.ts'
import type { DisputeTerms } from '../../src/devnet/contracts.ts'
import {
  type Deployment,
  type Operator,
  answerAccount,
  deployFloe,
  testKey,
  testOperators,
} from './deploy.ts'
import { FaultyProxy } from './faulty-proxy.ts'

export type NetworkNode = {
  readonly operator: Operator
  /** Stands in front of the node; its URL is the operator's endpoint on L1. */
  readonly proxy: FaultyProxy
  readonly dir: string
  stop(): Promise<void>
  start(): Promise<void>
}

export type Network = AsyncDisposable & {
  readonly url: string
  readonly rpcUrl: string
  readonly deployment: Deployment
  readonly nodes: readonly NetworkNode[]
  readonly disperserKey: Uint8Array
  readonly sidecarConfig: SidecarConfig
  restartSidecar(changes?: Partial<SidecarConfig>): Promise<void>
  /** Until `restartSidecar`. */
  stopSidecar(): Promise<void>
}

export type NetworkOptions = {
  /** Shards of each operator. */
  readonly shards: readonly number[]
  readonly sidecar?: Partial<SidecarConfig>
  readonly quotaBytes?: bigint
  /** Nodes follow disputes under these terms, and answer challenges from accounts of their own. Left out: they do not. */
  readonly disputes?: Partial<DisputeTerms>
}

const GIBIBYTE = 1024 ** 3
const ETHER_WEI = 10n ** 18n
/** Blocks: this network's anvil takes none back by itself. */
const FINALITY = 2

export async function startNetwork(options: NetworkOptions): Promise<Network> {
  const stack = new AsyncDisposableStack()
  try {
    const dir = await mkdtemp(join(tmpdir(), 'floe-test-'))
    stack.defer(async () => rm(dir, { recursive: true, force: true }))
    const anvil = stack.use(await startTestAnvil({ blockSeconds: 1 }))
    const urls: string[] = []
    const proxies: FaultyProxy[] = []
    for (const [i] of options.shards.entries())
      proxies.push(stack.use(await FaultyProxy.start(() => urls[i] ?? 'http://127.0.0.1:1')))
    const operators = testOperators(options.shards, (i) => proxies[i]?.url ?? '')
    const disperserKey = testKey('disperser')
    const disperser = {
      address: addressOfSecretKey(disperserKey),
      quotaBytes: options.quotaBytes ?? BigInt(GIBIBYTE),
    }
    const deployment = await deployFloe(anvil.url, operators, disperser, options.disputes)
    const { committee, ledger, disputes } = deployment
    const l1 = { rpcUrls: [anvil.url], committee, ledger }
    const chain = options.disputes === undefined ? l1 : { ...l1, disputes }
    if (options.disputes !== undefined)
      await fund(
        anvil.url,
        operators.map((_, i) => answerAccount(i).address),
      )
    const nodes = operators.map((operator, i) =>
      networkNode({
        operator,
        proxy: proxies[i] as FaultyProxy,
        dir: join(dir, `node-${i}`),
        chain,
        answerKey: options.disputes && answerAccount(i).secretKey,
        onUrl: (url) => (urls[i] = url),
      }),
    )
    for (const node of nodes) stack.defer(async () => node.stop())
    await Promise.all(nodes.map(async (node) => node.start()))
    const keyFile = join(dir, 'disperser.key')
    await writeFile(keyFile, toHex(disperserKey), { mode: 0o600 })
    const sidecarConfig: SidecarConfig = {
      ...sidecarDefaults,
      ...chain,
      dir: join(dir, 'sidecar'),
      keyFile,
      ...options.sidecar,
    }
    let running = await startSidecar(sidecarConfig)
    let closed: Promise<void> | undefined
    const close = async (): Promise<void> => (closed ??= running.close())
    stack.defer(close)
    const owned = stack.move()
    return {
      get url() {
        return running.url
      },
      rpcUrl: anvil.url,
      deployment,
      nodes,
      disperserKey,
      sidecarConfig,
      restartSidecar: async (changes) => {
        await close()
        running = await startSidecar({ ...sidecarConfig, ...changes })
        closed = undefined
      },
      stopSidecar: close,
      [Symbol.asyncDispose]: async () => owned.disposeAsync(),
    }
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}

async function fund(rpcUrl: string, accounts: readonly Hex[]): Promise<void> {
  const client = createTestClient({ mode: 'anvil', transport: http(rpcUrl) })
  for (const address of accounts) await client.setBalance({ address, value: 100n * ETHER_WEI })
}

const sidecarDefaults = {
  host: '127.0.0.1',
  port: 0,
  posterKeyFile: undefined,
  batchBytesMax: 16 * 1024 * 1024,
  retentionSeconds: 3600,
  postingIntervalMs: 1_000,
  putTimeoutMs: 5_000,
  getTimeoutMs: 5_000,
  hedgeDelayMs: 150,
  answerGweiMax: 5e7,
  answerGweiDayMax: 1e9,
  finality: FINALITY,
  redisUrl: undefined,
  opsHost: '127.0.0.1',
  opsPort: 0,
  unpostedBatchesMax: 100_000,
  postingBatchesMax: 256,
  logLevel: 'silent',
} as const

function networkNode(given: {
  operator: Operator
  proxy: FaultyProxy
  dir: string
  chain: Pick<NodeConfig, 'rpcUrls' | 'committee' | 'ledger' | 'disputes'>
  /** Pays for answers to challenges. */
  answerKey: Uint8Array | undefined
  onUrl: (url: string) => void
}): NetworkNode {
  const { operator, proxy, dir, chain, answerKey, onUrl } = given
  let running: NodeService | undefined
  return {
    operator,
    proxy,
    dir,
    start: async () => {
      const keyFile = `${dir}.key`
      await writeFile(keyFile, toHex(operator.secretKey), { mode: 0o600 })
      running = await NodeService.start({
        ...chain,
        finality: FINALITY,
        host: '127.0.0.1',
        port: 0,
        dir,
        keyFile,
        answerKeyFile: answerKey && (() => toHex(answerKey)),
        batchBytesMax: 16 * 1024 * 1024,
        diskBytesMax: GIBIBYTE,
        intakeBytesMax: 64 * 1024 * 1024,
        expirySecondsMax: 30 * 86_400,
        answerGweiMax: 5e7,
        answerGweiDayMax: 1e9,
        logLevel: 'silent',
      })
      onUrl(running.url)
    },
    stop: async () => {
      await running?.close()
      running = undefined
      onUrl('http://127.0.0.1:1')
    },
  }
}
