// A complete Floe network on one machine: a local L1 with the contracts, storage nodes and a sidecar, each in its own process.
//
// Guarantees:
// - No orphans: every process ends with the devnet, also when the devnet is killed.
// - Resumed: started again on its folder, a devnet has its chain, keys, ports and stored batches.
// - Described: devnet.json names the processes that run, and does not exist while none runs.
// - Not restarted: a process that ends stays ended until a command starts it again.
import { FloeError, assert, asFloeError } from '../protocol/errors.ts'
import { KeyedMutex } from '../runtime/async/keyed-mutex.ts'
import { poll } from '../runtime/async/poll.ts'
import { coalesce } from '../runtime/async/single-flight.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Anvil } from './anvil.ts'
import { type Contracts, setUpContracts } from './contracts.ts'
import { type ControlReply, type ControlRequest, ControlSocket } from './control-socket.ts'
import { type Description, removeDescription, writeDescription } from './description.ts'
import { FloeProcess } from './floe-process.ts'
import { type Folder, makeFolder, openFolder, resetFolder, saveSettings } from './folder.ts'
import { startLocalL1 } from './local-l1.ts'
import { boundLogFiles } from './log-files.ts'
import { isListening, isPortFree, reservePort, reservePorts } from './ports.ts'
import {
  type ServiceArguments,
  type ServiceName,
  nodeArguments,
  sidecarArguments,
} from './service-arguments.ts'

export type DevnetOptions = {
  readonly dir: string
  /** Number of storage nodes; undefined: as many as the folder has, or seven in a new one. */
  readonly nodes: number | undefined
  /** Port of the sidecar; 0 takes a free one. */
  readonly port: number
  /** Removes what an earlier devnet left in the folder. */
  readonly reset: boolean
  readonly postingIntervalMs: number
  /** Ends the start. A devnet that has started is ended by `stop`. */
  readonly signal: AbortSignal
  readonly clock: Clock
  /** Called with a sentence for the user. */
  readonly report: (sentence: string) => void
}

/** Far above what a developer puts. */
const QUOTA_BYTES = 2n ** 40n
/** Services that start concurrently. */
const STARTING_MAX = 8
/** The ports of a devnet that was killed are free once its processes have noticed. */
const PORT_WAIT_MS = 10_000
const PORT_POLL_MS = 100

export class Devnet {
  readonly #options: DevnetOptions
  readonly #folder: Folder
  readonly #control: ControlSocket
  readonly #sidecarPort: number
  /** Services that run, whether or not they listen yet. */
  readonly #processes = new Map<ServiceName, FloeProcess>()
  /** Services that have listened and have not ended. */
  readonly #listening = new Set<ServiceName>()
  readonly #stopping = new AbortController()
  /** Commands that start the same service run one after another: the second one finds that it runs. */
  readonly #starts = new KeyedMutex<ServiceName>()
  #anvil: Anvil | undefined
  #isL1Running = false
  #deployment: { readonly contracts: Contracts; readonly chainId: number } | undefined
  #boundingLogs: Promise<void> = Promise.resolve()
  readonly #publish = coalesce(async () => {
    if (!this.#stopping.signal.aborted) await writeDescription(this.#folder.dir, this.description())
  })

  /**
   * Starts a devnet, and resolves when every service listens.
   * @throws FloeError `configuration` when the folder or a port is taken, `unavailable` when a service does not start
   */
  static async start(options: DevnetOptions): Promise<Devnet> {
    const dir = await makeFolder(options.dir)
    const control = await ControlSocket.open(dir)
    let devnet: Devnet | undefined
    try {
      if (options.reset) await resetFolder(dir)
      const folder = await openFolder(dir, options.nodes)
      await removeDescription(dir)
      const port = options.port === 0 ? ((await reservePorts(1))[0] ?? 0) : options.port
      devnet = new Devnet(options, folder, control, port)
      await devnet.#start()
      return devnet
    } catch (error) {
      await (devnet === undefined ? control.close() : devnet.stop())
      throw error
    }
  }

  private constructor(options: DevnetOptions, folder: Folder, control: ControlSocket, sidecarPort: number) {
    this.#options = options
    this.#folder = folder
    this.#control = control
    this.#sidecarPort = sidecarPort
  }

  /** The addresses and processes of the devnet, as in devnet.json. */
  description(): Description {
    assert(this.#deployment !== undefined && this.#anvil !== undefined, 'the contracts are deployed')
    const { contracts, chainId } = this.#deployment
    const pidOf = (name: ServiceName): number | null =>
      this.#listening.has(name) ? (this.#processes.get(name)?.pid ?? null) : null
    return {
      sidecar: { url: urlOf(this.#sidecarPort), pid: pidOf('sidecar') },
      nodes: this.#folder.nodes.map(({ signer, port, dir }, i) => ({
        url: urlOf(port),
        pid: pidOf(`node-${i}`),
        address: signer,
        shards: 1,
        dir,
      })),
      l1: { url: this.#anvil.url, pid: this.#isL1Running ? this.#anvil.pid : null, chainId },
      contracts,
    }
  }

  /** Resolves when the L1 has ended; the devnet does not work without it. */
  async l1Ended(): Promise<void> {
    await this.#anvil?.ended
  }

  /** Ends every process. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#publish()
    await removeDescription(this.#folder.dir)
    await this.#boundingLogs
    // The sidecar ends first, while nodes and L1 can answer its last requests; the L1 ends last.
    await this.#processes.get('sidecar')?.stop()
    await Promise.all(Array.from(this.#processes.values(), async (service) => service.stop()))
    await this.#anvil?.stop()
    await this.#control.close()
  }

  async #start(): Promise<void> {
    const { clock, report, signal } = this.#options
    const folder = this.#folder
    await this.#claimPorts()
    signal.throwIfAborted()
    const anvil = await startLocalL1({ folder, clock, report })
    this.#anvil = anvil
    this.#isL1Running = true
    void anvil.ended.then(async () => {
      this.#isL1Running = false
      await this.#announceEnd('The L1 (anvil) has ended. Stop the devnet and start it again.')
    })
    this.#deployment = await this.#deployContracts(anvil.url)
    await saveSettings(folder.dir, { ...folder.settings, contracts: this.#deployment.contracts })
    const names: ServiceName[] = ['sidecar', ...folder.nodes.map((_, i) => `node-${i}` as const)]
    for (let i = 0; i < names.length; i += STARTING_MAX) {
      await Promise.all(names.slice(i, i + STARTING_MAX).map(async (name) => this.#startService(name)))
    }
    await this.#publish()
    this.#control.serve(async (request) => this.#handle(request))
    this.#boundingLogs = boundLogFiles(folder.logs, clock, this.#stopping.signal)
  }

  /** Reserves the ports that the folder remembers. @throws FloeError `configuration` when one is taken */
  async #claimPorts(): Promise<void> {
    const { clock, signal } = this.#options
    const { l1Port, nodePorts } = this.#folder.settings
    // The user chooses this port, so another process of the user may have reserved it.
    await reservePort(this.#sidecarPort)
    if (!(await isPortFree(this.#sidecarPort))) {
      throw portTaken(this.#sidecarPort, 'Free it, or choose another with --port.')
    }
    const times = { clock, intervalMs: PORT_POLL_MS, timeoutMs: PORT_WAIT_MS }
    for (const port of [l1Port, ...nodePorts]) {
      const reason = (): FloeError => portTaken(port, 'Free it, or start with --reset to choose other ports.')
      await poll(
        { ...times, signals: [signal], reason },
        async () => ((await reservePort(port)) && (await isPortFree(port))) || undefined,
      )
    }
  }

  async #deployContracts(rpcUrl: string): Promise<{ contracts: Contracts; chainId: number }> {
    const { nodes, disperser, settings } = this.#folder
    const { chainId, ...contracts } = await setUpContracts({
      rpcUrl,
      members: nodes.map(({ signer, port }, i) => ({ signer, shards: [i], endpoint: urlOf(port) })),
      dispersers: [{ address: disperser, quotaBytes: QUOTA_BYTES }],
      funded: [disperser, ...nodes.map(({ answerer }) => answerer)],
      known: settings.contracts,
    })
    return { contracts, chainId }
  }

  /** Starts a service, and resolves when it listens. */
  async #startService(name: ServiceName): Promise<void> {
    const { clock, signal } = this.#options
    const { port, floeArguments } = this.#argumentsOf(name)
    this.#stopping.signal.throwIfAborted()
    const service = new FloeProcess({ name, floeArguments, logs: this.#folder.logs, clock })
    this.#processes.set(name, service)
    void service.ended.then(async (how) => this.#serviceEnded(name, how))
    await service.untilListening(port, [signal, this.#stopping.signal])
    if (!this.#processes.has(name)) {
      throw new FloeError('unavailable', `${name} ended immediately after it listened.`)
    }
    this.#listening.add(name)
  }

  #argumentsOf(name: ServiceName): ServiceArguments {
    const folder = this.#folder
    const { postingIntervalMs } = this.#options
    if (name !== 'sidecar') return nodeArguments(indexOf(name), folder, this.description())
    return sidecarArguments({ folder, port: this.#sidecarPort, postingIntervalMs }, this.description())
  }

  async #serviceEnded(name: ServiceName, how: string): Promise<void> {
    this.#processes.delete(name)
    // One that has never listened fails the call that started it.
    if (!this.#listening.delete(name)) return
    const command = name === 'sidecar' ? 'start-sidecar' : `start-node ${indexOf(name)}`
    const remedy = `Start it again: floe devnet ${command} --dir ${this.#options.dir}`
    await this.#announceEnd(`${name} has ended (${how}). ${remedy}`)
  }

  /** Writes devnet.json and tells the user. Never rejects. */
  async #announceEnd(sentence: string): Promise<void> {
    const { report } = this.#options
    if (this.#stopping.signal.aborted || this.#deployment === undefined) return
    await this.#publish().catch((error: unknown) =>
      report(`devnet.json was not written: ${asFloeError(error).message}`),
    )
    report(sentence)
  }

  /** Answers another command. */
  async #handle(request: ControlRequest): Promise<ControlReply> {
    if (request.command === 'identify') return { pid: process.pid }
    const name: ServiceName = request.command === 'start-sidecar' ? 'sidecar' : `node-${request.index}`
    return this.#starts.run([name], async () => this.#startAgain(name))
  }

  async #startAgain(name: ServiceName): Promise<ControlReply> {
    const running = this.#processes.get(name)
    if (running !== undefined) return { pid: running.pid, error: `${name} runs already.` }
    const { port } = this.#argumentsOf(name)
    if (await isListening(port)) {
      return { pid: process.pid, error: `Another program listens on port ${port}.` }
    }
    await this.#startService(name)
    await this.#publish()
    const pid = this.#processes.get(name)?.pid ?? 0
    this.#options.report(`${name} runs again as process ${pid}.`)
    return { pid }
  }
}

function urlOf(port: number): string {
  return `http://127.0.0.1:${port}`
}

function indexOf(name: `node-${number}`): number {
  return Number(name.slice('node-'.length))
}

function portTaken(port: number, remedy: string): FloeError {
  return new FloeError('configuration', `Port ${port} on 127.0.0.1 is taken by another process.`, {
    remedy,
    facts: { port },
  })
}
