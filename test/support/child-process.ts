// A program of a fleet as a process that a test kills, stops and starts again on what it left behind. It ends with the test's
// process: `floe` and the supervisor of anything else hold a pipe from us.
import { type ChildProcess, spawn } from 'node:child_process'
import { StringDecoder } from 'node:string_decoder'
import { fileURLToPath } from 'node:url'
import { within } from './within.ts'

/** How a process ended: `code 1`, `signal SIGKILL`. */
export type Ending = string
export const KILLED: Ending = 'signal SIGKILL'

export type Part = {
  readonly name: string
  readonly url: string
  /**
   * Starts it and resolves when it says that it is ready, or was killed before. Fails when it ends by itself.
   * @param env for this run only
   */
  start(env?: Readonly<Record<string, string>>): Promise<'ready' | 'killed'>
  /** As by kill -9, whatever it does; resolves when it is gone. */
  kill(): Promise<void>
  /** Asks it to end and resolves with how it did. */
  stop(): Promise<Ending>
  pause(): void
  resume(): void
  /** Of the program itself; undefined while it does not run. */
  pid(): number | undefined
  /** Resolves when the present run has ended. */
  ended(): Promise<Ending>
  /** The end of what it has printed, over all runs. */
  output(): string
}

export type PartOptions = {
  readonly name: string
  readonly url: string
  readonly command: readonly [string, ...string[]]
  readonly env?: Readonly<Record<string, string>>
  /** In a line of its output that says that it answers. */
  readonly ready: string
  /** Runs it under the supervisor, for programs that do not end with their parent. */
  readonly supervised?: boolean
}

const OUTPUT_CHARACTERS_MAX = 32 * 1024
const READY_MS = 60_000
const STOP_MS = 30_000
const supervisor = fileURLToPath(new URL('../../src/devnet/supervisor.ts', import.meta.url))

type Run = {
  readonly child: ChildProcess
  readonly ended: Promise<Ending>
  readonly pid: () => number | undefined
}

export function createPart(options: PartOptions): Part {
  let run: Run | undefined
  let output = ''
  const print = (text: string): void => {
    output = (output + text).slice(-OUTPUT_CHARACTERS_MAX)
  }
  const signal = (name: NodeJS.Signals): void => {
    const pid = run?.pid()
    if (pid !== undefined) sendSignal(pid, name)
  }
  return {
    name: options.name,
    url: options.url,
    start: async (env = {}) => {
      if (run?.pid() !== undefined) throw new Error(`${options.name} runs already`)
      const ready = Promise.withResolvers<'ready'>()
      const started = startRun(options, env, (line) => {
        print(line)
        if (line.includes(options.ready)) ready.resolve('ready')
      })
      run = started
      const first = Promise.race([ready.promise, started.ended])
      const how = await within(first, READY_MS, () => `${options.name} is not ready: ${output}`)
      if (how === 'ready') return 'ready'
      if (how === KILLED) return 'killed'
      throw new Error(`${options.name} ended with ${how}: ${output.slice(-2000)}`)
    },
    kill: async () => {
      signal('SIGKILL')
      await run?.ended
    },
    stop: async () => {
      const { name } = options
      signal('SIGTERM')
      return within(run?.ended ?? Promise.resolve(''), STOP_MS, () => `${name} does not end: ${output}`)
    },
    pause: () => signal('SIGSTOP'),
    resume: () => signal('SIGCONT'),
    pid: () => run?.pid(),
    ended: async () => run?.ended ?? '',
    output: () => output,
  }
}

function sendSignal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    // It has ended by itself in this moment.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

function startRun(
  options: PartOptions,
  env: Readonly<Record<string, string>>,
  onLine: (line: string) => void,
): Run {
  const { command, supervised = false } = options
  const [program, ...programArguments] = supervised ? [process.execPath, supervisor, ...command] : command
  const inherited = Object.entries(process.env).filter(([name]) => !/^(FLOE_|npm_|REDIS_)/.test(name))
  const child = spawn(program ?? '', programArguments, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...Object.fromEntries(inherited), ...options.env, ...env },
  })
  child.stdin.on('error', () => {})
  let running = true
  // The supervisor's first line is the pid of what it runs.
  let pid = supervised ? undefined : child.pid
  const onOutput = (line: string): void => {
    if (supervised && pid === undefined && /^\d+$/.test(line)) pid = Number(line)
    else onLine(`${line}\n`)
  }
  for (const stream of [child.stdout, child.stderr]) eachLine(stream, onOutput)
  const ended = new Promise<Ending>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('exit', (code, signal) => {
      running = false
      // A supervisor says so of a program that a signal ended.
      if (supervised && code === 128) resolve(KILLED)
      else resolve(signal === null ? `code ${code}` : `signal ${signal}`)
    })
  })
  return { child, ended, pid: () => (running ? pid : undefined) }
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
