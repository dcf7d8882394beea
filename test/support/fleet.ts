// A Floe of real processes for tests that kill them: anvil that keeps its chain, storage nodes, sidecars with separate folders and a
// common key, Redis. All of them run when the fleet has started; then a test kills single processes and starts them again.
// `test/support/network.ts` has the same services in one process, with faults between them.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createTestClient, http } from 'viem'
import type { DeploymentTerms } from '../../src/devnet/dispute-terms.ts'
import { reservePorts } from '../../src/devnet/ports.ts'
import { toHex } from '../../src/protocol/bytes.ts'
import { addressOfSecretKey } from '../../src/protocol/signature.ts'
import { Program } from './child-process.ts'
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
import { DurableAnvil } from './durable-anvil.ts'
import { TestRedis } from './redis.ts'

export type FleetOptions = {
  /** The number of storage nodes, of one shard each. */
  readonly nodes?: number
  readonly sidecars?: number
  readonly redis?: boolean
  /** The depth of a final block. The default is more than a killed anvil loses. */
  readonly finality?: number
  /** Services follow disputes under these terms, and every node has an account that answers challenges. Left out: none does. */
  readonly disputes?: Partial<DeploymentTerms>
  /** The terms of the Ledger where no disputes are followed; the notice may be short. Left out: those of most tests. */
  readonly posting?: TestPostingTerms
  /** Flags in addition to those that every node or sidecar needs. */
  readonly nodeFlags?: readonly string[]
  readonly sidecarFlags?: readonly string[]
  /** Folders of nodes and sidecars by name, where one must not be in the folder of the fleet. */
  readonly dirs?: Readonly<Record<string, string>>
  /** The L1 endpoint of each sidecar. Left out: that of the fleet. */
  readonly sidecarRpcUrls?: (rpcUrl: string) => Promise<readonly string[]>
  /** The L1 endpoints of every service. Left out: that of the fleet. */
  readonly rpcUrls?: (rpcUrl: string) => Promise<readonly string[]>
  /** Gets every line that a service prints. */
  readonly onLine?: (service: string, line: string) => void
}

type Kind = 'node' | 'sidecar' | 'challenger'

type ServiceOptions = {
  readonly kind: Kind
  readonly name: string
  readonly port: number
  readonly rpcUrl: string
  readonly keyFile?: string
  readonly flags: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Gets the lines of this service; left out: those of the fleet get them. */
  readonly onLine?: ((line: string) => void) | undefined
}

type AddedServiceOptions = Pick<ServiceOptions, 'flags' | 'onLine'> & {
  /** Left out: the endpoints of the fleet. */
  readonly rpcUrl?: string
}

/** What runs before the services do, and what is known of them. */
type Base = {
  readonly dir: string
  readonly anvil: DurableAnvil
  readonly redis: TestRedis | undefined
  /** The L1 endpoints of services, as a setting has them. */
  readonly rpcUrls: string
  readonly deployment: Deployment
  readonly operators: readonly Operator[]
  readonly disperserKey: Uint8Array
  readonly ports: readonly number[]
}

const HOST = '127.0.0.1'
const NODES = 4
const SIDECARS = 1
/** The operations server takes a free port: a fleet needs to know only the port of the public one. */
const OPERATIONS_FLAGS = ['--ops-port', '0']
const QUOTA_BYTES = 2n ** 40n
const FINALITY = 12
/**
 * No follower may start at block 0: for a chain that anvil loads it makes another block 0 in each run. Blocks of this height are
 * old enough to be read in ranges.
 */
const FIRST_BLOCKS = 80
const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

export class Fleet implements AsyncDisposable {
  readonly dir: string
  readonly anvil: DurableAnvil
  readonly redis: TestRedis | undefined
  readonly deployment: Deployment
  readonly disperserKey: Uint8Array
  /** In member order. */
  readonly nodes: readonly Program[]
  readonly sidecars: readonly Program[]
  readonly #options: FleetOptions
  readonly #rpcUrls: string
  readonly #owned: AsyncDisposableStack

  static async start(options: FleetOptions = {}): Promise<Fleet> {
    const owned = new AsyncDisposableStack()
    try {
      const base = await startBase(options, owned)
      const fleet = new Fleet(options, base, {
        owned,
        nodes: await nodeOptions(options, base),
        sidecars: await sidecarOptions(options, base),
      })
      await Promise.all(fleet.nodes.map(async (node) => node.start()))
      await Promise.all(fleet.sidecars.map(async (sidecar) => sidecar.start()))
      return fleet
    } catch (error) {
      await owned.disposeAsync()
      throw error
    }
  }

  private constructor(
    options: FleetOptions,
    { dir, anvil, redis, rpcUrls, deployment, disperserKey }: Base,
    {
      owned,
      nodes,
      sidecars,
    }: {
      owned: AsyncDisposableStack
      nodes: readonly ServiceOptions[]
      sidecars: readonly ServiceOptions[]
    },
  ) {
    this.#options = options
    this.#rpcUrls = rpcUrls
    this.#owned = owned
    this.dir = dir
    this.anvil = anvil
    this.redis = redis
    this.deployment = deployment
    this.disperserKey = disperserKey
    this.nodes = nodes.map((node) => this.#create(node))
    this.sidecars = sidecars.map((sidecar) => this.#create(sidecar))
  }

  get rpcUrl(): string {
    return this.anvil.url
  }

  /** The folder of a service. */
  dirOf({ name }: Pick<Program, 'name'>): string {
    return this.#options.dirs?.[name] ?? join(this.dir, name)
  }

  /** Starts one more service on the L1 of the fleet; it ends with the fleet. Its keys are those of its flags. */
  async start(kind: Kind, name: string, flags: readonly string[]): Promise<Program> {
    const program = await this.add(kind, name, { flags })
    await program.start()
    return program
  }

  /** One more service, which the caller starts. */
  async add(
    kind: Kind,
    name: string,
    { flags, rpcUrl = this.#rpcUrls, onLine }: AddedServiceOptions,
  ): Promise<Program> {
    const [port = 0] = await reservePorts(1)
    const operations = kind === 'sidecar' ? OPERATIONS_FLAGS : []
    return this.#create({ kind, name, port, rpcUrl, flags: [...operations, ...flags], onLine })
  }

  /** Writes a key file into the folder of the fleet. @returns its path */
  async writeKey(name: string, key: Uint8Array): Promise<string> {
    return writeKey(this.dir, name, key)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned.disposeAsync()
  }

  #create({ kind, name, port, rpcUrl, keyFile, flags, env = {}, onLine }: ServiceOptions): Program {
    const { committee, ledger, disputes, deploymentBlock } = this.deployment
    const own = ['--host', HOST, '--port', String(port), '--dir', this.dirOf({ name })]
    const key = keyFile === undefined ? [] : ['--key-file', keyFile]
    const contracts = ['--committee', committee, '--ledger', ledger]
    const chain = ['--rpc-url', rpcUrl, ...contracts, '--deployment-block', String(deploymentBlock)]
    const disputing = this.#options.disputes === undefined ? [] : ['--disputes', disputes]
    const finality = ['--finality', String(this.#options.finality ?? FINALITY)]
    const rest = [...own, ...key, ...chain, ...disputing, ...finality, ...flags, '--exit-with-parent']
    const program = new Program({
      name,
      url: urlOf(port),
      command: [process.execPath, main, kind, ...rest],
      env,
      ready: `${kind} listening`,
      onLine: onLine ?? ((line) => this.#options.onLine?.(name, line)),
    })
    this.#owned.defer(async () => program.kill())
    return program
  }
}

/** Starts what services need before they run: the L1 with the contracts, and Redis. `owned` gets what must be closed. */
async function startBase(options: FleetOptions, owned: AsyncDisposableStack): Promise<Base> {
  const { nodes = NODES, sidecars = SIDECARS, finality = FINALITY, disputes, posting } = options
  const dir = await mkdtemp(join(tmpdir(), 'floe-fleet-'))
  owned.defer(async () => rm(dir, { recursive: true, force: true, maxRetries: 5 }))
  const [anvilPort = 0, ...ports] = await reservePorts(1 + nodes + sidecars)
  const anvil = new DurableAnvil(dir, anvilPort)
  owned.defer(async () => anvil.kill())
  await anvil.start()
  const shards = Array.from({ length: nodes }, () => 1)
  const operators = testOperators(shards, (i) => urlOf(ports[i]))
  const disperserKey = testKey('disperser')
  const disperser = { address: addressOfSecretKey(disperserKey), quotaBytes: QUOTA_BYTES }
  const deployment = await deployFloe(anvil.url, operators, disperser, posting ?? disputes)
  if (disputes !== undefined) await fundAnswerAccounts(anvil.url, nodes)
  // The deployment becomes final.
  const blocks = Math.max(2 * finality, FIRST_BLOCKS)
  await createTestClient({ mode: 'anvil', transport: http(anvil.url) }).mine({ blocks })
  // After this restart the state on disk has all of it.
  await anvil.stop()
  await anvil.start()
  const redis = options.redis === true ? owned.use(await TestRedis.start()) : undefined
  const rpcUrls = (await options.rpcUrls?.(anvil.url)) ?? [anvil.url]
  return { dir, anvil, redis, rpcUrls: rpcUrls.join(','), deployment, operators, disperserKey, ports }
}

async function nodeOptions(
  { nodeFlags = [], disputes }: FleetOptions,
  { dir, rpcUrls, operators, ports }: Base,
): Promise<ServiceOptions[]> {
  return Promise.all(
    operators.map(async ({ secretKey }, i) => {
      const name = `node-${i}`
      const answerKey = async (): Promise<string> =>
        writeKey(dir, `${name}-answers`, answerAccount(i).secretKey)
      return {
        kind: 'node',
        name,
        port: ports[i] ?? 0,
        rpcUrl: rpcUrls,
        keyFile: await writeKey(dir, name, secretKey),
        flags: [...nodeFlags, ...(disputes === undefined ? [] : ['--answer-key-file', await answerKey()])],
      }
    }),
  )
}

async function sidecarOptions(
  { sidecars = SIDECARS, sidecarFlags = [], sidecarRpcUrls }: FleetOptions,
  { dir, anvil, rpcUrls, redis, operators, disperserKey, ports }: Base,
): Promise<ServiceOptions[]> {
  const ownUrls = (await sidecarRpcUrls?.(anvil.url)) ?? []
  return Promise.all(
    Array.from({ length: sidecars }, async (_, i) => {
      const name = `sidecar-${i}`
      return {
        kind: 'sidecar',
        name,
        port: ports[operators.length + i] ?? 0,
        rpcUrl: ownUrls[i] ?? rpcUrls,
        keyFile: await writeKey(dir, name, disperserKey),
        flags: [...OPERATIONS_FLAGS, ...sidecarFlags],
        env: redis === undefined ? {} : { REDIS_URL: redis.url },
      } as const
    }),
  )
}

/** @returns the path of the key file */
async function writeKey(dir: string, name: string, key: Uint8Array): Promise<string> {
  const file = join(dir, `${name}.key`)
  await writeFile(file, toHex(key), { mode: 0o600 })
  return file
}

function urlOf(port: number | undefined): string {
  return `http://${HOST}:${port ?? 0}`
}
