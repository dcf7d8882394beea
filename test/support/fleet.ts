// A Floe of real processes for tests that kill them: anvil that keeps its chain, storage nodes, sidecars with folders of their
// own and one key between them, Redis. Everything is started once; then single processes die and are started again.
// `test/support/network.ts` has the same in one process, with faults between its parts.
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Anvil, startAnvil } from '../../src/cli/devnet/anvil.ts'
import { freePorts } from '../../src/cli/devnet/ports.ts'
import { toHex } from '../../src/protocol/bytes.ts'
import { addressOfSecretKey } from '../../src/protocol/signature.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { type Deployment, deployFloe, testKey, testOperators } from './deploy.ts'
import { KILLED, type Part, createPart } from './part.ts'

export type FleetOptions = {
  /** Of one shard each. */
  readonly nodes?: number
  readonly sidecars?: number
  readonly redis?: boolean
  /** Flags beside those without which nothing runs. */
  readonly nodeFlags?: readonly string[]
  readonly sidecarFlags?: readonly string[]
  /** Folder of a node or a sidecar by its name, where it is not to be in the fleet's own. */
  readonly dirs?: Readonly<Record<string, string>>
  readonly quotaBytes?: bigint
}

export type Fleet = AsyncDisposable & {
  readonly dir: string
  readonly rpcUrl: string
  readonly deployment: Deployment
  readonly anvil: Part
  /** In member order. */
  readonly nodes: readonly Part[]
  readonly sidecars: readonly Part[]
  readonly redis: Part | undefined
  readonly dirOf: (part: Part) => string
}

const HOST = '127.0.0.1'
const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

export async function startFleet(options: FleetOptions = {}): Promise<Fleet> {
  const { nodes: nodeCount = 4, sidecars: sidecarCount = 1 } = options
  const stack = new AsyncDisposableStack()
  try {
    const dir = await mkdtemp(join(tmpdir(), 'floe-fleet-'))
    stack.defer(async () => rm(dir, { recursive: true, force: true, maxRetries: 5 }))
    const ports = await freePorts(2 + nodeCount + sidecarCount)
    const [anvilPort = 0, redisPort = 0, ...partPorts] = ports
    const anvil = await createAnvil(dir, anvilPort)
    stack.defer(async () => anvil.kill())
    await anvil.start()
    const operators = testOperators(
      Array.from({ length: nodeCount }, () => 1),
      (i) => `http://${HOST}:${partPorts[i] ?? 0}`,
    )
    const disperserKey = testKey('disperser')
    const disperser = {
      address: addressOfSecretKey(disperserKey),
      quotaBytes: options.quotaBytes ?? 2n ** 40n,
    }
    const deployment = await deployFloe(anvil.url, operators, disperser)
    const redis = options.redis === true ? await createRedis(dir, redisPort) : undefined
    const chain = ['--rpc-url', anvil.url, '--committee', deployment.committee, '--ledger', deployment.ledger]
    const dirOf = ({ name }: Pick<Part, 'name'>): string => options.dirs?.[name] ?? join(dir, name)
    const floe = async (
      kind: 'node' | 'sidecar',
      index: number,
      given: { port: number; secretKey: Uint8Array; flags: readonly string[]; env?: Record<string, string> },
    ): Promise<Part> => {
      const name = `${kind}-${index}`
      const keyFile = join(dir, `${name}.key`)
      await writeFile(keyFile, toHex(given.secretKey), { mode: 0o600 })
      const own = [
        '--host',
        HOST,
        '--port',
        String(given.port),
        '--dir',
        dirOf({ name }),
        '--key-file',
        keyFile,
      ]
      const command = [
        process.execPath,
        main,
        kind,
        ...own,
        ...chain,
        ...given.flags,
        '--exit-with-parent',
      ] as const
      const env = given.env ?? {}
      const part = createPart({
        name,
        url: `http://${HOST}:${given.port}`,
        command,
        env,
        ready: `${kind} listening`,
      })
      stack.defer(async () => part.kill())
      return part
    }
    const nodes: Part[] = []
    for (const [i, { secretKey }] of operators.entries())
      nodes.push(
        await floe('node', i, { port: partPorts[i] ?? 0, secretKey, flags: options.nodeFlags ?? [] }),
      )
    const sidecars: Part[] = []
    for (let i = 0; i < sidecarCount; i++)
      sidecars.push(
        await floe('sidecar', i, {
          port: partPorts[nodeCount + i] ?? 0,
          secretKey: disperserKey,
          flags: options.sidecarFlags ?? [],
          env: redis === undefined ? {} : { REDIS_URL: redis.url },
        }),
      )
    if (redis !== undefined) {
      stack.defer(async () => redis.kill())
      await redis.start()
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
      dirOf,
      [Symbol.asyncDispose]: async () => owned.disposeAsync(),
    }
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}

/** Keeps what it is given on disk (`appendonly`), as a Redis that a queue relies on should. */
async function createRedis(dir: string, port: number): Promise<Part> {
  const folder = join(dir, 'redis')
  await mkdir(folder)
  const flags = ['--port', String(port), '--bind', HOST, '--dir', folder, '--save', '', '--appendonly', 'yes']
  return createPart({
    name: 'redis',
    url: `redis://${HOST}:${port}`,
    command: ['redis-server', ...flags],
    ready: 'Ready to accept connections',
    supervised: true,
  })
}

/**
 * An L1 that loses no more than its last seconds when it is killed. anvil writes its state once a second and not atomically;
 * a state that was cut off is replaced by the one before.
 */
async function createAnvil(dir: string, port: number): Promise<Part> {
  const stateFile = join(dir, 'l1.json')
  const whole = `${stateFile}.whole`
  let running: Anvil | undefined
  const keepWhole = async (): Promise<void> => {
    if (await isJson(stateFile)) await copyFile(stateFile, whole)
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
      if (await isJson(stateFile)) await keepWhole()
      else if (await isJson(whole)) await copyFile(whole, stateFile)
      running = await startAnvil({ port, blockSeconds: 1, stateFile }, systemClock)
      return 'ready'
    },
    kill: async () => {
      if (running !== undefined) await keepWhole()
      await end('SIGKILL')
    },
    stop: async () => {
      await end('SIGTERM')
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
