// A `floe` command that a devnet runs as a process. The process holds the end of a pipe from the devnet and ends with it. It has a
// process group of its own, so that Ctrl-C reaches only the devnet, which then ends its processes in order.
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { FloeError } from '../protocol/errors.ts'
import { settledWithin } from '../runtime/async/deadline.ts'
import { poll } from '../runtime/async/poll.ts'
import type { Clock } from '../runtime/clock.ts'
import { isListening } from './ports.ts'

export type FloeProcessOptions = {
  /** For people: names the log file, too. */
  readonly name: string
  /** The command and its flags. */
  readonly floeArguments: readonly string[]
  /** Folder of the log file, which starts empty. */
  readonly logs: string
  readonly clock: Clock
}

const READY_MS = 60_000
const POLL_MS = 50
const STOP_GRACE_MS = 8_000
const LOG_TAIL_CHARACTERS = 2_000

export class FloeProcess {
  readonly name: string
  readonly pid: number
  /** Resolves when the process has ended, with how: `code 1`, `signal SIGKILL`. */
  readonly ended: Promise<string>
  readonly #child: ChildProcess
  readonly #logFile: string
  readonly #clock: Clock

  constructor({ name, floeArguments, logs, clock }: FloeProcessOptions) {
    this.name = name
    this.#clock = clock
    this.#logFile = join(logs, `${name}.log`)
    this.#child = spawnFloe(floeArguments, this.#logFile)
    this.pid = this.#child.pid ?? 0
    this.ended = new Promise<string>((resolve) => {
      this.#child.once('error', (error) => resolve(error.message))
      this.#child.once('exit', (code, signal) =>
        resolve(signal === null ? `code ${code}` : `signal ${signal}`),
      )
    })
  }

  /**
   * Waits until the process listens on `port`.
   * @throws FloeError `unavailable` with the end of its log when it does not, or the reason of the signal that aborted first
   */
  async untilListening(port: number, signals: readonly AbortSignal[]): Promise<void> {
    const remedy = `Its log is ${this.#logFile}.`
    const reason = (): FloeError =>
      new FloeError('unavailable', `${this.name} does not answer after ${READY_MS} ms.`, { remedy })
    let ending: string | undefined
    void this.ended.then((how) => (ending = how))
    const times = { clock: this.#clock, intervalMs: POLL_MS, timeoutMs: READY_MS }
    await poll({ ...times, signals, reason }, async () => {
      if (ending === undefined) return (await isListening(port)) || undefined
      const line = lastLine(this.#logFile)
      throw new FloeError('unavailable', `${this.name} ended with ${ending}: ${line}`, { remedy })
    })
  }

  /** Asks the process to end, and kills it when it does not end in time. */
  async stop(): Promise<void> {
    this.#child.kill('SIGTERM')
    if (!(await settledWithin(this.#clock, STOP_GRACE_MS, this.ended))) this.#child.kill('SIGKILL')
    await this.ended
  }
}

function spawnFloe(floeArguments: readonly string[], logFile: string): ChildProcess {
  const main = fileURLToPath(new URL('../cli/main.ts', import.meta.url))
  // The log is emptied, and then opened for appending so that it can be truncated while the process writes.
  closeSync(openSync(logFile, 'w'))
  const log = openSync(logFile, 'a')
  const child = spawn(process.execPath, [main, ...floeArguments, '--exit-with-parent'], {
    stdio: ['pipe', log, log],
    detached: true,
  })
  closeSync(log)
  child.stdin?.on('error', () => undefined)
  return child
}

/** The line that names the error, if there is one, else the last line. */
function lastLine(file: string): string {
  const lines = readFileSync(file, 'utf8').slice(-LOG_TAIL_CHARACTERS).trim().split('\n')
  return lines.findLast((line) => line.startsWith('floe: ')) ?? lines.at(-1) ?? ''
}
