// The `floe` command as a process of its own.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

export type Finished = { readonly code: number | null; readonly stdout: string; readonly stderr: string }

export type FloeOptions = {
  /** Added to an environment without any variable of Floe. */
  readonly env?: Record<string, string>
  readonly cwd?: string
  /** Standard input; left out: it stays open. */
  readonly input?: Uint8Array | string
}

export class FloeCommand {
  readonly process: ChildProcessWithoutNullStreams
  /** Resolves when the process has ended and its output is complete. */
  readonly finished: Promise<Finished>
  #stdout = ''
  #stderr = ''
  #printed = Promise.withResolvers<void>()

  constructor(floeArguments: readonly string[], { env, cwd, input }: FloeOptions) {
    const inherited = Object.entries(process.env).filter(([name]) => !/^(FLOE_|npm_)/.test(name))
    const child = spawn(process.execPath, [main, ...floeArguments], {
      cwd,
      env: { ...Object.fromEntries(inherited), ...env },
    })
    this.process = child
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text
      this.#printed.resolve()
      this.#printed = Promise.withResolvers()
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text))
    // A process that ends does not have to read its input first.
    child.stdin.on('error', () => undefined)
    if (input !== undefined) child.stdin.end(input)
    this.finished = new Promise((resolve) => {
      const finish = (code: number | null): void =>
        resolve({ code, stdout: this.#stdout, stderr: this.#stderr })
      child.on('close', finish)
      child.on('error', (error) => {
        this.#stderr += error.message
        finish(null)
      })
    })
  }

  /** Resolves with standard output once a line of it starts with `text`. Fails when the process ends before. */
  async until(text: string): Promise<string> {
    const isPrinted = (): boolean => this.#stdout.split('\n').some((line) => line.startsWith(text))
    while (!isPrinted()) {
      const finished = await Promise.race([this.#printed.promise, this.finished])
      if (finished === undefined || isPrinted()) continue
      throw new Error(
        `Expected a line that starts with "${text}", but the process ended with ${finished.code}: ${finished.stdout}${finished.stderr}`,
      )
    }
    return this.#stdout
  }
}

export function startFloe(floeArguments: readonly string[], options: FloeOptions = {}): FloeCommand {
  return new FloeCommand(floeArguments, options)
}

export async function runFloe(
  floeArguments: readonly string[],
  options: FloeOptions = {},
): Promise<Finished> {
  return startFloe(floeArguments, { input: '', ...options }).finished
}

/** Whether a process runs. A process that has ended, and whose parent has not read its exit status yet, does not run. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  try {
    return !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    return process.platform !== 'linux'
  }
}
