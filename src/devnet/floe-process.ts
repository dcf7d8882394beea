// The processes of a devnet: `floe node` and `floe sidecar` as anybody would run them. Each holds the end of a pipe from us and
// ends with it, and is in a group of its own, so that Ctrl-C reaches only us and we end them in order.
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { FloeError } from '../protocol/errors.ts'
import type { Clock } from '../runtime/clock.ts'

export type Child = {
  readonly name: string
  readonly pid: number
  readonly logFile: string
  /** Resolves when it has ended, with how: `code 1`, `signal SIGKILL`. */
  readonly ended: Promise<string>
  /** Asks it to end, and kills it if it does not. */
  readonly stop: () => Promise<void>
}

const READY_MS = 60_000
const LOOK_MS = 50
const STOP_GRACE_MS = 8_000
const LOG_TAIL_CHARACTERS = 2_000

/** Runs `floe` with `floeArguments`; its output goes to `<name>.log` in `logs`, which starts anew. */
export function startChild(
  name: string,
  floeArguments: readonly string[],
  logs: string,
  clock: Clock,
): Child {
  const logFile = join(logs, `${name}.log`)
  const main = fileURLToPath(new URL('../cli/main.ts', import.meta.url))
  // Appending, so that the file can be cut while it is written to.
  closeSync(openSync(logFile, 'w'))
  const log = openSync(logFile, 'a')
  const child = spawn(process.execPath, [main, ...floeArguments, '--exit-with-parent'], {
    stdio: ['pipe', log, log],
    detached: true,
  })
  closeSync(log)
  child.stdin?.on('error', () => {})
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('exit', (code, signal) => resolve(signal === null ? `code ${code}` : `signal ${signal}`))
  })
  return { name, pid: child.pid ?? 0, logFile, ended, stop: async () => stopChild(child, ended, clock) }
}

async function stopChild(child: ChildProcess, ended: Promise<string>, clock: Clock): Promise<void> {
  const controller = new AbortController()
  child.kill('SIGTERM')
  const grace = clock.sleep(STOP_GRACE_MS, controller.signal).then(
    () => child.kill('SIGKILL'),
    () => {},
  )
  await ended
  controller.abort()
  await grace
}

/** Waits until `child` listens on `port`. @throws FloeError `unavailable` with the end of its log when it does not */
export async function untilListening(
  child: Child,
  port: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const { name, logFile } = child
  const remedy = `Its log is ${logFile}.`
  const deadline = clock.monotonic() + READY_MS
  let end: string | undefined
  void child.ended.then((how) => (end = how))
  while (clock.monotonic() < deadline) {
    signal.throwIfAborted()
    if (end !== undefined) {
      throw new FloeError('unavailable', `${name} ended with ${end}: ${lastLine(logFile)}`, { remedy })
    }
    if (await accepts(port)) return
    await clock.sleep(LOOK_MS)
  }
  throw new FloeError('unavailable', `${name} does not answer after ${READY_MS} ms.`, { remedy })
}

/** The line that says what was wrong, if there is one, else the last. */
function lastLine(file: string): string {
  const lines = readFileSync(file, 'utf8').slice(-LOG_TAIL_CHARACTERS).trim().split('\n')
  return lines.findLast((line) => line.startsWith('floe: ')) ?? lines.at(-1) ?? ''
}

/** Whether something listens on the loopback's `port`. */
export async function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
