// A Floe of real processes for tests that kill them: anvil that keeps its chain, storage nodes, sidecars with folders of their
// own and one key between them, Redis. Everything is started once; then single processes die and are started again.
// `test/support/network.ts` has the same in one process, with faults between its parts.
import { existsSync } from 'node:fs'
import { copyFile, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createTestClient, http } from 'viem'
import { Anvil } from '../../src/devnet/anvil.ts'
import { reservePorts } from '../../src/devnet/ports.ts'
import { toHex } from '../../src/protocol/bytes.ts'
import { addressOfSecretKey } from '../../src/protocol/signature.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { until } from './until.ts'
import type { DisputeTerms } from '../../src/devnet/contracts.ts'
import { type Deployment, answerAccount, deployFloe, testKey, testOperators } from './deploy.ts'
import { KILLED, type Part, createPart } from './child-process.ts'
import { type TestRedis, startTestRedis } from './redis.ts'

export type FleetOptions = {
  /** Of one shard each. */
  readonly nodes?: number
  readonly sidecars?: number
  readonly redis?: boolean
  /** Blocks on top after which one is final; by default more than a killed anvil takes back. */
  readonly finality?: number
  /** All follow disputes under these terms, and the nodes answer challenges from accounts of their own. Left out: nobody does. */
  readonly disputes?: Partial<DisputeTerms>
  /** Flags beside those without which nothing runs. */
  readonly nodeFlags?: readonly string[]
  readonly sidecarFlags?: readonly string[]
  /** Folder of a node or a sidecar by its name, where it is not to be in the fleet's own. */
  readonly dirs?: Readonly<Record<string, string>>
  /** Where each sidecar is to find L1, if not at the fleet's own endpoint. */
  readonly sidecarRpcUrls?: (rpcUrl: string) => Promise<readonly string[]>
}

export type Fleet = AsyncDisposable & {
  readonly dir: string
  readonly rpcUrl: string
  readonly deployment: Deployment
  readonly anvil: Part
  /** In member order. */
  readonly nodes: readonly Part[]
  readonly sidecars: readonly Part[]
  readonly redis: TestRedis | undefined
  readonly disperserKey: Uint8Array
  readonly dirOf: (part: Part) => string
  /** One more program on the fleet's L1, ended with the fleet. It gets no key but by its flags. */
  readonly start: (kind: Kind, name: string, flags: readonly string[]) => Promise<Part>
}

type Kind = 'node' | 'sidecar' | 'challenger'

const HOST = '127.0.0.1'
const QUOTA_BYTES = 2n ** 40n
const FINALITY = 12
/**
 * So that nobody who follows L1 begins with block 0: of a chain that it loads anvil has another one in each run. What is old enough to be
 * read in spans begins above it.
 */
const FIRST_BLOCKS = 80
const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

export async function startFleet(options: FleetOptions = {}): Promise<Fleet> {
  const { nodes: nodeCount = 4, sidecars: sidecarCount = 1, finality = FINALITY, disputes } = options
  const stack = new AsyncDisposableStack()
  try {
    const dir = await mkdtemp(join(tmpdir(), 'floe-fleet-'))
    stack.defer(async () => rm(dir, { recursive: true, force: true, maxRetries: 5 }))
    const [anvilPort = 0, ...ports] = await reservePorts(1 + nodeCount + sidecarCount)
    const anvil = createAnvil(dir, anvilPort)
    stack.defer(async () => anvil.kill())
    await anvil.start()
    const operators = testOperators(
      Array.from({ length: nodeCount }, () => 1),
      (i) => urlOf(ports[i]),
    )
    const secretKey = testKey('disperser')
    const address = addressOfSecretKey(secretKey)
    const deployment = await deployFloe(anvil.url, operators, { address, quotaBytes: QUOTA_BYTES }, disputes)
    if (disputes !== undefined) await fundAnswers(anvil.url, nodeCount)
    await mine(anvil.url, Math.max(2 * finality, FIRST_BLOCKS))
    // From now on there is a chain on disk that has all this.
    await anvil.stop()
    await anvil.start()
    const redis = options.redis === true ? stack.use(await startTestRedis()) : undefined
    const dirOf = ({ name }: Pick<Part, 'name'>): string => options.dirs?.[name] ?? join(dir, name)
    const create = async (given: Given): Promise<Part> =>
      createFloe(given, {
        dir,
        dataDir: dirOf(given),
        deployment,
        finality,
        disputes: disputes !== undefined,
      })
    const part = async (given: Given): Promise<Part> => {
      const made = await create(given)
      stack.defer(async () => made.kill())
      return made
    }
    const nodes: Part[] = []
    for (const [i, operator] of operators.entries()) {
      const answers = disputes === undefined ? [] : ['--answer-key-file', await answerKeyFile(dir, i)]
      const flags = [...(options.nodeFlags ?? []), ...answers]
      const own = { kind: 'node', name: `node-${i}`, port: ports[i] ?? 0, rpcUrl: anvil.url } as const
      nodes.push(await part({ ...own, secretKey: operator.secretKey, flags, env: {} }))
    }
    const rpcUrls = (await options.sidecarRpcUrls?.(anvil.url)) ?? []
    const sidecars: Part[] = []
    for (let i = 0; i < sidecarCount; i++) {
      const flags = ['--ops-port', '0', ...(options.sidecarFlags ?? [])]
      const env: Given['env'] = redis === undefined ? {} : { REDIS_URL: redis.url }
      const rpcUrl = rpcUrls[i] ?? anvil.url
      const own = { kind: 'sidecar', name: `sidecar-${i}`, port: ports[nodeCount + i] ?? 0, rpcUrl } as const
      sidecars.push(await part({ ...own, secretKey, flags, env }))
    }
    await Promise.all(nodes.map(async (node) => node.start()))
    await Promise.all(sidecars.map(async (sidecar) => sidecar.start()))
    const owned = stack.move()
    return {
      dir,
      rpcUrl: anvil.url,
      deployment,
      anvil,
      nodes,
      sidecars,
      redis,
      disperserKey: secretKey,
      dirOf,
      start: async (kind, name, flags) => {
        const [port = 0] = await reservePorts(1)
        const ops = kind === 'sidecar' ? ['--ops-port', '0'] : []
        const made = await create({ kind, name, port, rpcUrl: anvil.url, flags: [...ops, ...flags], env: {} })
        owned.defer(async () => made.kill())
        await made.start()
        return made
      },
      [Symbol.asyncDispose]: async () => owned.disposeAsync(),
    }
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}

type Given = {
  readonly kind: Kind
  readonly name: string
  readonly port: number
  readonly rpcUrl: string
  readonly secretKey?: Uint8Array
  readonly flags: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

type Place = {
  readonly dir: string
  readonly dataDir: string
  readonly deployment: Deployment
  readonly finality: number
  /** Whether it is told of the Disputes contract. */
  readonly disputes: boolean
}

/** A node, a sidecar or a challenger as anybody would run it. */
async function createFloe(
  { kind, name, port, rpcUrl, secretKey, flags, env }: Given,
  at: Place,
): Promise<Part> {
  const keyFile = join(at.dir, `${name}.key`)
  if (secretKey !== undefined) await writeFile(keyFile, toHex(secretKey), { mode: 0o600 })
  const { committee, ledger, disputes } = at.deployment
  const own = ['--host', HOST, '--port', String(port), '--dir', at.dataDir]
  const key = secretKey === undefined ? [] : ['--key-file', keyFile]
  const chain = ['--rpc-url', rpcUrl, '--committee', committee, '--ledger', ledger]
  const disputing = at.disputes ? ['--disputes', disputes] : []
  const finality = ['--finality', String(at.finality)]
  const rest = [...own, ...key, ...chain, ...disputing, ...finality, ...flags, '--exit-with-parent']
  const command = [process.execPath, main, kind, ...rest] as const
  return createPart({ name, url: urlOf(port), command, env, ready: `${kind} listening` })
}

async function answerKeyFile(dir: string, node: number): Promise<string> {
  const file = join(dir, `node-${node}-answers.key`)
  await writeFile(file, toHex(answerAccount(node).secretKey), { mode: 0o600 })
  return file
}

async function fundAnswers(rpcUrl: string, nodes: number): Promise<void> {
  const client = createTestClient({ mode: 'anvil', transport: http(rpcUrl) })
  for (let i = 0; i < nodes; i++)
    await client.setBalance({ address: answerAccount(i).address, value: 100n * 10n ** 18n })
}

function urlOf(port: number | undefined): string {
  return `http://${HOST}:${port ?? 0}`
}

/** So that what was set up is final. */
async function mine(rpcUrl: string, blocks: number): Promise<void> {
  await createTestClient({ mode: 'anvil', transport: http(rpcUrl) }).mine({ blocks })
}

/**
 * An L1 that loses no more than its last seconds when it is killed. anvil writes its state once a second and not atomically;
 * a state that was cut off is replaced by the one before.
 */
function createAnvil(dir: string, port: number): Part {
  const stateFile = join(dir, 'l1.json')
  const whole = `${stateFile}.whole`
  let running: Anvil | undefined
  /** The state may be half written just now, and will be whole in a moment. */
  const keepWhole = async (): Promise<void> => {
    await until('a whole state', async () => {
      await copyFile(stateFile, `${whole}.new`)
      return (await isJson(`${whole}.new`)) || undefined
    })
    await rename(`${whole}.new`, whole)
  }
  const signal = (name: NodeJS.Signals): void => {
    if (running !== undefined) process.kill(running.pid, name)
  }
  const end = async (name: NodeJS.Signals): Promise<void> => {
    signal(name)
    await running?.ended
    running = undefined
  }
  return {
    name: 'anvil',
    url: `http://${HOST}:${port}`,
    start: async () => {
      if (existsSync(whole) && !(await isJson(stateFile))) await copyFile(whole, stateFile)
      running = await Anvil.start({ port, blockSeconds: 1, stateFile }, systemClock)
      return 'ready'
    },
    kill: async () => {
      if (running !== undefined && existsSync(stateFile)) await keepWhole()
      await end('SIGKILL')
    },
    stop: async () => {
      await end('SIGTERM')
      await keepWhole()
      return 'code 0'
    },
    pause: () => signal('SIGSTOP'),
    resume: () => signal('SIGCONT'),
    pid: () => running?.pid,
    ended: async () => {
      await running?.ended
      return KILLED
    },
    output: () => '',
  }
}

async function isJson(file: string): Promise<boolean> {
  try {
    JSON.parse(await readFile(file, 'utf8'))
    return true
  } catch {
    return false
  }
}
