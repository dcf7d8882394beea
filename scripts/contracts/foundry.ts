// Finds and runs Foundry's own forge. The commands that the npm packages install end with 0 whatever the binary
// said (version 1.7.1), so a failing build or test would pass unseen: never run forge through them.
// As a command, this runs forge in contracts/ with the arguments given.
// Tests deploy what lies in contracts/out, so everything is built before any test runs.
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { join } from 'node:path'

export const contractsFolder: string = join(import.meta.dirname, '../../contracts')

/** The binary of the npm package for this platform; where there is none, whatever the path has. */
function forgeBinary(): string {
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch
  try {
    const wrapper = createRequire(import.meta.resolve('@foundry-rs/forge/package.json'))
    return wrapper.resolve(`@foundry-rs/forge-${process.platform}-${architecture}/bin/forge`)
  } catch {
    return 'forge'
  }
}

/** @returns The exit code of forge. */
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
