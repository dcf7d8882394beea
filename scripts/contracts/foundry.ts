// Finds and runs the forge binary of Foundry. The command that the npm package installs exits with 0 whatever the binary returned
// (version 1.7.1), so it would hide failing builds and tests: never run forge through it.
// As a command, this script runs forge in contracts/ with the given arguments. Tests deploy the contracts in contracts/out, so
// `test` first builds everything.
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { join } from 'node:path'

export const contractsFolder: string = join(import.meta.dirname, '../../contracts')

/** The binary of the npm package for this platform, or `forge` from the PATH if there is none. */
function forgeBinary(): string {
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch
  try {
    const wrapper = createRequire(import.meta.resolve('@foundry-rs/forge/package.json'))
    return wrapper.resolve(`@foundry-rs/forge-${process.platform}-${architecture}/bin/forge`)
  } catch {
    return 'forge'
  }
}

/** @returns the exit code of forge */
export function runForge(args: readonly string[]): number {
  const { status, error } = spawnSync(forgeBinary(), args, {
    cwd: contractsFolder,
    stdio: 'inherit',
  })
  if (error !== undefined) throw error
  return status ?? 1
}

function main(args: readonly string[]): number {
  if (args[0] === 'test') {
    const code = runForge(['build', '--quiet'])
    if (code !== 0) return code
  }
  return runForge(args)
}

if (import.meta.main) process.exitCode = main(process.argv.slice(2))
