// `floe version`: the versions of Floe and of Node.
import { Command } from 'commander'
import { version } from '../runtime/version.ts'
import { printResult } from './shared/terminal.ts'

export function versionCommand(): Command {
  return new Command('version').description('print the version').action((_flags: unknown, self: Command) => {
    const { json } = self.optsWithGlobals<{ json?: boolean }>()
    printResult(
      json === true,
      { version, node: process.version },
      `floe ${version} (node ${process.version})`,
    )
  })
}
