// The `floe` command as a process of its own.
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

export type Finished = { readonly code: number | null; readonly stdout: string; readonly stderr: string }

export type Floe = {
  readonly process: ChildProcess
  readonly finished: Promise<Finished>
  /** Resolves with standard output once a line of it starts with `text`; rejects when the process ends before. */
  until(text: string): Promise<string>
}

/** Starts `floe`; `env` adds to an environment without any variable of Floe's. */
export function startFloe(
  floeArguments: readonly string[],
  options: { env?: Record<string, string>; cwd?: string; input?: Uint8Array | string } = {},
): Floe {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(FLOE_|npm_)/.test(name))
  const child = spawn(process.execPath, [main, ...floeArguments], {
    cwd: options.cwd,
    env: { ...Object.fromEntries(inherited), ...options.env },
  })
  let [stdout, stderr] = ['', '']
  const watchers = new Set<() => void>()
  child.stdout.on('data', (data: Buffer) => {
    stdout += data.toString('utf8')
    for (const watch of watchers) watch()
  })
  child.stderr.on('data', (data: Buffer) => (stderr += data.toString('utf8')))
  child.stdin.on('error', () => {})
  if (options.input !== undefined) child.stdin.end(options.input)
  const finished = new Promise<Finished>((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }))
  })
  return {
    process: child,
    finished,
    until: async (text) =>
      new Promise((resolve, reject) => {
        const watch = (): void => {
          if (stdout.split('\n').some((line) => line.startsWith(text))) resolve(stdout)
        }
        watchers.add(watch)
        watch()
        void finished.then(({ code }) => reject(new Error(`ended with ${code}: ${stdout}${stderr}`)))
      }),
  }
}

export async function runFloe(
  floeArguments: readonly string[],
  options: Parameters<typeof startFloe>[1] = {},
): Promise<Finished> {
  return startFloe(floeArguments, { input: '', ...options }).finished
}

/** Whether a process runs; one that has ended and that nobody has waited for does not. */
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
