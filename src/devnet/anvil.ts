// A local L1, for devnets, scripts and tests: anvil from its npm package, or the one on PATH where somebody has foundry. Runs
// under a supervisor, so that it ends with this process even when this process is killed.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createPublicClient, http } from 'viem'
import { FloeError } from '../protocol/errors.ts'
import type { Clock } from '../runtime/clock.ts'
import { freePorts } from './ports.ts'

export type AnvilOptions = {
  /** Left out: a free one. */
  readonly port?: number
  /** Seconds between blocks; undefined: a block a transaction. */
  readonly blockSeconds?: number
  /** File that keeps the chain from one run to the next. */
  readonly stateFile?: string
  /** Where its output goes. */
  readonly logFd?: number
}

export type Anvil = AsyncDisposable & {
  readonly url: string
  readonly pid: number
  /** Resolves when it has ended, however it did. */
  readonly ended: Promise<void>
  /** Asks it to end, and waits until it has written its state. */
  readonly stop: () => Promise<void>
}

/** Blocks on top of a final one: two of anvil's epochs, shorter than Ethereum's so that nobody waits for them. */
export const FINAL_BLOCKS = 8
const EPOCH_SLOTS = FINAL_BLOCKS / 2
const READY_MS = 15_000
/** A dump writes the whole chain, 75 MB after a day (measured): the longer the chain, the rarer. Its end writes one too. */
const STATE_BYTES_PER_SECOND = 8 * 1024 * 1024

/** The native program: the package's own launcher would stand between it and our signals. */
function anvilProgram(): string {
  const platform = { linux: 'linux', darwin: 'darwin' }[process.platform as string] ?? ''
  const arch = { x64: 'amd64', arm64: 'arm64' }[process.arch as string] ?? ''
  try {
    const require = createRequire(createRequire(import.meta.url).resolve('@foundry-rs/anvil/package.json'))
    const manifest = require.resolve(`@foundry-rs/anvil-${platform}-${arch}/package.json`)
    const program = join(dirname(manifest), 'bin', 'anvil')
    if (existsSync(program)) return program
  } catch {
    // Not installed for this platform: foundry may be.
  }
  return 'anvil'
}

/** @throws FloeError `configuration` when anvil does not run */
export async function startAnvil(options: AnvilOptions, clock: Clock): Promise<Anvil> {
  const { port = (await freePorts(1))[0], blockSeconds, stateFile } = options
  const url = `http://127.0.0.1:${port}`
  const flags = ['--quiet', '--hardfork', 'osaka', '--host', '127.0.0.1', '--port', String(port)]
  flags.push('--slots-in-an-epoch', String(EPOCH_SLOTS))
  if (blockSeconds !== undefined) flags.push('--block-time', String(blockSeconds))
  if (stateFile !== undefined) {
    const bytes = statSync(stateFile, { throwIfNoEntry: false })?.size ?? 0
    const seconds = 1 + Math.floor(bytes / STATE_BYTES_PER_SECOND)
    flags.push('--state', stateFile, '--state-interval', String(seconds))
  }
  const supervisor = fileURLToPath(new URL('./supervisor.ts', import.meta.url))
  const child = spawn(process.execPath, [supervisor, anvilProgram(), ...flags], {
    stdio: ['pipe', 'pipe', options.logFd ?? 'ignore'],
    detached: true,
  })
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
  const stop = async (): Promise<void> => {
    child.stdin?.end()
    await ended
  }
  const pid = await firstLine(child, ended)
  if ((await ready(url, clock, ended)) && pid > 0) {
    return { url, pid, ended, stop, [Symbol.asyncDispose]: stop }
  }
  await stop()
  throw new FloeError('configuration', `anvil did not start on port ${port}.`, {
    remedy: 'Run npm ci so that @foundry-rs/anvil is installed, or put foundry on PATH.',
  })
}

async function firstLine(child: ChildProcess, ended: Promise<void>): Promise<number> {
  const line = new Promise<string>((resolve) => {
    child.stdout?.once('data', (data: Buffer) => resolve(data.toString('utf8')))
  })
  return Number(await Promise.race([line, ended.then(() => '0')]))
}

async function ready(url: string, clock: Clock, ended: Promise<void>): Promise<boolean> {
  const client = createPublicClient({ transport: http(url, { retryCount: 0, timeout: 1_000 }) })
  const deadline = clock.monotonic() + READY_MS
  let running = true
  void ended.then(() => (running = false))
  while (running && clock.monotonic() < deadline) {
    const answered = await client.getChainId().then(
      () => true,
      () => false,
    )
    if (answered) return running
    await clock.sleep(25)
  }
  return false
}
