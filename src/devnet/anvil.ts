// A local L1 for devnets, scripts and tests: anvil from its npm package, or the one on the PATH. It runs under a supervisor, so
// that it ends with this process, also when this process is killed.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createPublicClient, createTestClient, http, publicActions } from 'viem'
import { FloeError } from '../protocol/errors.ts'
import { poll } from '../runtime/async/poll.ts'
import { type Clock, unixSeconds } from '../runtime/clock.ts'
import { packageMissing } from '../runtime/optional-package.ts'
import { reservePorts } from './ports.ts'

export type AnvilOptions = {
  /** Left out: one that is reserved for this process. */
  readonly port?: number
  /** Seconds between blocks; left out: every transaction gets a block. */
  readonly blockSeconds?: number
  /** File that keeps the chain from one run to the next. */
  readonly stateFile?: string
  /** File descriptor for its output; left out: the output is dropped. */
  readonly logFd?: number
}

/** Number of blocks after which a block is final: two of anvil's epochs, which are made shorter than Ethereum's. */
export const FINAL_BLOCKS = 8
const EPOCH_SLOTS = FINAL_BLOCKS / 2
const READY_MS = 60_000
const POLL_MS = 25
/** anvil writes its whole state each time, 75 MB after a day (measured), so a longer chain is written less often. */
const STATE_BYTES_PER_SECOND = 8 * 1024 * 1024

/** A running anvil. */
export class Anvil {
  readonly url: string
  /** Of anvil itself, not of its supervisor. */
  readonly pid: number
  /** Resolves when anvil has ended for any reason. */
  readonly ended: Promise<void>
  readonly #supervisor: ChildProcess

  /** Resolves when anvil answers. @throws FloeError `configuration` when anvil is not installed or does not start */
  static async start(options: AnvilOptions, clock: Clock): Promise<Anvil> {
    const program = anvilProgram()
    const port = options.port ?? (await reservePorts(1))[0] ?? 0
    const script = fileURLToPath(new URL('./supervisor.ts', import.meta.url))
    const supervisor = spawn(process.execPath, [script, program, ...flagsOf(options, port)], {
      stdio: ['pipe', 'pipe', options.logFd ?? 'ignore'],
      detached: true,
    })
    const ended = new Promise<void>((resolve) => {
      supervisor.once('exit', () => resolve())
      supervisor.once('error', () => resolve())
    })
    const pid = await programPid(supervisor, ended)
    const anvil = new Anvil(supervisor, { url: `http://127.0.0.1:${port}`, pid, ended })
    if (pid > 0 && (await anvil.#answers(clock))) {
      if (options.stateFile !== undefined) await anvil.#continueTime(clock)
      return anvil
    }
    await anvil.stop()
    throw new FloeError('configuration', `Expected anvil to start on port ${port}, but it did not.`, {
      remedy: `Run ${program} by hand to see why.`,
    })
  }

  private constructor(
    supervisor: ChildProcess,
    { url, pid, ended }: { url: string; pid: number; ended: Promise<void> },
  ) {
    this.#supervisor = supervisor
    this.url = url
    this.pid = pid
    this.ended = ended
  }

  /** Ends anvil, and resolves when it has written its state. */
  async stop(): Promise<void> {
    this.#supervisor.stdin?.end()
    await this.ended
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  /**
   * Moves anvil's clock to that of its newest block. A trial of disputes moves the clock of the chain ahead, and anvil forgets
   * that when it ends: its next blocks would be older than those before them.
   */
  async #continueTime(clock: Clock): Promise<void> {
    const client = createTestClient({ mode: 'anvil', transport: http(this.url) }).extend(publicActions)
    const { timestamp } = await client.getBlock()
    const seconds = Number(timestamp) - unixSeconds(clock)
    if (seconds > 0) await client.increaseTime({ seconds })
  }

  /** Waits until anvil answers. @returns false when it has ended, or does not answer in time */
  async #answers(clock: Clock): Promise<boolean> {
    const client = createPublicClient({ transport: http(this.url, { retryCount: 0, timeout: 1_000 }) })
    let isRunning = true
    void this.ended.then(() => (isRunning = false))
    const times = { clock, intervalMs: POLL_MS, timeoutMs: READY_MS }
    return poll(times, async () => {
      const isAnswered = await client.getChainId().then(
        () => true,
        () => false,
      )
      // Another program may answer on the port when anvil could not listen.
      if (!isRunning) return false
      return isAnswered || undefined
    }).catch(() => false)
  }
}

/**
 * The native program: signals would not reach it through the launcher of its package.
 * @throws FloeError `configuration` when there is none
 */
function anvilProgram(): string {
  const program = packagedAnvil() ?? anvilOnPath()
  if (program !== undefined) return program
  throw packageMissing(['@foundry-rs/anvil'], 'a local L1 (or anvil on the PATH)')
}

/** The program of the npm package for this platform. */
function packagedAnvil(): string | undefined {
  const arch = { x64: 'amd64', arm64: 'arm64' }[process.arch as string] ?? process.arch
  try {
    const require = createRequire(createRequire(import.meta.url).resolve('@foundry-rs/anvil/package.json'))
    const manifest = require.resolve(`@foundry-rs/anvil-${process.platform}-${arch}/package.json`)
    const program = join(dirname(manifest), 'bin', 'anvil')
    return existsSync(program) ? program : undefined
  } catch {
    return undefined
  }
}

function anvilOnPath(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
  return folders.map((folder) => join(folder, 'anvil')).find((program) => existsSync(program))
}

function flagsOf({ blockSeconds, stateFile }: AnvilOptions, port: number): string[] {
  const flags = ['--quiet', '--hardfork', 'osaka', '--host', '127.0.0.1', '--port', String(port)]
  flags.push('--slots-in-an-epoch', String(EPOCH_SLOTS))
  if (blockSeconds !== undefined) flags.push('--block-time', String(blockSeconds))
  if (stateFile === undefined) return flags
  const bytes = statSync(stateFile, { throwIfNoEntry: false })?.size ?? 0
  const seconds = 1 + Math.floor(bytes / STATE_BYTES_PER_SECOND)
  return [...flags, '--state', stateFile, '--state-interval', String(seconds)]
}

/** The pid that the supervisor prints; 0: the program did not start. */
async function programPid(supervisor: ChildProcess, ended: Promise<void>): Promise<number> {
  const line = new Promise<string>((resolve) => {
    supervisor.stdout?.once('data', (data: Buffer) => resolve(data.toString('utf8')))
  })
  return Number(await Promise.race([line, ended.then(() => '0')]))
}
