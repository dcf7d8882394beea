// A program of a fleet as a process that a test kills, stops and starts again over the same folder. The program must end when its
// standard input does, so that it does not outlive the process of the test.
import { type ChildProcess, spawn } from 'node:child_process'
import { StringDecoder } from 'node:string_decoder'
import { within } from './until.ts'

/** How a process ended: `code 1`, `signal SIGKILL`. */
export type Ending = string
export const KILLED: Ending = 'signal SIGKILL'

export type ProgramOptions = {
  readonly name: string
  readonly url: string
  readonly command: readonly [string, ...string[]]
  readonly env?: Readonly<Record<string, string>>
  /** A part of the line that the program prints once it answers requests. */
  readonly ready: string
  /** Gets every line that the program prints, in all of its runs. */
  readonly onLine?: ((line: string) => void) | undefined
}

const OUTPUT_CHARACTERS_MAX = 32 * 1024
const READY_MS = 120_000
const STOP_MS = 60_000

export class Program {
  readonly name: string
  readonly url: string
  readonly #options: ProgramOptions
  #run: Run | undefined
  #output = ''

  constructor(options: ProgramOptions) {
    this.name = options.name
    this.url = options.url
    this.#options = options
  }

  /**
   * Starts the program. Resolves when it is ready or was killed before; fails when it ends by itself before it is ready.
   * @param env variables of this run only
   */
  async start(env: Readonly<Record<string, string>> = {}): Promise<'ready' | 'killed'> {
    if (this.pid() !== undefined) throw new Error(`Expected ${this.name} not to run, but it runs already.`)
    const ready = Promise.withResolvers<'ready'>()
    this.#run = new Run(this.#options, env, (line) => {
      this.#output = (this.#output + line).slice(-OUTPUT_CHARACTERS_MAX)
      this.#options.onLine?.(line)
      if (line.includes(this.#options.ready)) ready.resolve('ready')
    })
    const first = Promise.race([ready.promise, this.#run.ended])
    const outcome = await within(first, READY_MS, () => `${this.name} is ready: ${this.#output}`)
    if (outcome === 'ready') return 'ready'
    if (outcome === KILLED) return 'killed'
    throw new Error(`${this.name} ended with ${outcome}: ${this.#output.slice(-2000)}`)
  }

  /** Kills the process as `kill -9` does; resolves when it has ended. */
  async kill(): Promise<void> {
    this.#signal('SIGKILL')
    await this.#run?.ended
  }

  /** Asks the process to end, and resolves with how it did. */
  async stop(): Promise<Ending> {
    this.#signal('SIGTERM')
    return within(this.ended(), STOP_MS, () => `${this.name} ends: ${this.#output}`)
  }

  pause(): void {
    this.#signal('SIGSTOP')
  }

  resume(): void {
    this.#signal('SIGCONT')
  }

  /** The end of what the program has printed, in all of its runs. */
  get output(): string {
    return this.#output
  }

  /** The pid of the program itself; undefined while it does not run. */
  pid(): number | undefined {
    return this.#run?.pid()
  }

  /** Resolves when the current run has ended. */
  async ended(): Promise<Ending> {
    return this.#run?.ended ?? ''
  }

  #signal(name: NodeJS.Signals): void {
    const pid = this.pid()
    if (pid === undefined) return
    try {
      process.kill(pid, name)
    } catch (error) {
      // The process has ended by itself since its pid was read.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
}

/** One run of a program, from its start to its end. */
class Run {
  readonly ended: Promise<Ending>
  readonly #child: ChildProcess

  constructor(
    { command: [program, ...programArguments], env: always }: ProgramOptions,
    env: Readonly<Record<string, string>>,
    onLine: (line: string) => void,
  ) {
    const inherited = Object.entries(process.env).filter(([name]) => !/^(FLOE_|npm_|REDIS_)/.test(name))
    const child = spawn(program, programArguments, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...Object.fromEntries(inherited), ...always, ...env },
    })
    this.#child = child
    // Nothing is written to standard input; it only ends with this process.
    child.stdin.on('error', () => undefined)
    for (const stream of [child.stdout, child.stderr]) eachLine(stream, (line) => onLine(`${line}\n`))
    this.ended = new Promise((resolve) => {
      child.once('error', (error) => resolve(error.message))
      child.once('exit', (code, signal) => resolve(signal === null ? `code ${code}` : `signal ${signal}`))
    })
  }

  pid(): number | undefined {
    return this.#child.exitCode === null && this.#child.signalCode === null ? this.#child.pid : undefined
  }
}

function eachLine(stream: NodeJS.ReadableStream, onLine: (line: string) => void): void {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  stream.on('data', (data: Buffer) => {
    const lines = (rest + decoder.write(data)).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) onLine(line)
  })
}
