// `floe version`: which Floe, on which Node.
import { createRequire } from 'node:module'
import { Command } from 'commander'
import { printResult } from './terminal.ts'

/** The version in package.json. */
export function packageVersion(): string {
  const { version } = createRequire(import.meta.url)('../../package.json') as { version: string }
  return version
}

export function versionCommand(): Command {
  return new Command('version').summary('print the version').action((_flags: unknown, self: Command) => {
    const version = packageVersion()
    const json = self.optsWithGlobals<{ json?: boolean }>().json === true
    printResult(json, { version, node: process.version }, `floe ${version} (node ${process.version})`)
  })
}
