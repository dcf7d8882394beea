// The `floe` command in the process of the test: what a script sees of it, without the second that a process of its own takes to
// start. Commands that read standard input, run until they are stopped, or are killed are run by floe.ts instead.
import { vi } from 'vitest'
import { run } from '../../src/cli/shared/program.ts'
import type { Finished } from './floe.ts'

export type CallOptions = {
  /** Added to an environment without any variable of Floe. */
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
}

/** Calls `floe`. One call at a time: standard output, environment and working directory are those of the process. */
export async function callFloe(
  floeArguments: readonly string[],
  { env = {}, cwd }: CallOptions = {},
): Promise<Finished> {
  const [outerEnv, outerCwd, outerExitCode] = [process.env, process.cwd(), process.exitCode]
  const output = { stdout: '', stderr: '' }
  const spies = (['stdout', 'stderr'] as const).flatMap((name) => [
    vi.spyOn(process[name], 'write').mockImplementation((data, ...rest) => {
      output[name] += typeof data === 'string' ? data : Buffer.from(data).toString('utf8')
      for (const callback of rest) if (typeof callback === 'function') (callback as () => void)()
      return true
    }),
    vi.spyOn(console, name === 'stdout' ? 'log' : 'error').mockImplementation((...words: unknown[]) => {
      output[name] += `${words.join(' ')}\n`
    }),
  ])
  try {
    const inherited = Object.entries(outerEnv).filter(([name]) => !/^(FLOE_|npm_)/.test(name))
    process.env = { ...Object.fromEntries(inherited), ...env }
    process.exitCode = undefined
    if (cwd !== undefined) process.chdir(cwd)
    const code = await run(['node', 'floe', ...floeArguments])
    return { code, ...output }
  } finally {
    process.chdir(outerCwd)
    process.env = outerEnv
    process.exitCode = outerExitCode
    for (const spy of spies) spy.mockRestore()
  }
}
