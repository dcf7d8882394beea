// `floe demo`: shows every step once, on a temporary devnet.
import { Command, Option } from 'commander'
import { systemClock } from '../runtime/clock.ts'
import { argumentParser, integer } from '../config/kinds.ts'
import { foregroundStop } from './shared/stop-signal.ts'

export function demoCommand(): Command {
  return new Command('demo')
    .summary('show every step once: put, certificate, L1, failing nodes, get, verify')
    .description(
      'Starts a devnet in a temporary folder, sends real transactions to its L1, makes a batch of them available,\n' +
        'kills as many storage nodes as may fail, gets the batch back, verifies it against L1, and prints the cost.',
    )
    .addOption(
      new Option('--nodes <count>', 'storage nodes').default(7).argParser(argumentParser(integer(4, 31))),
    )
    .addOption(
      new Option('--transactions <count>', 'transactions in the batch')
        .default(500)
        .argParser(argumentParser(integer(1, 5_000))),
    )
    .addHelpText(
      'after',
      `
Examples:
  floe demo
  floe demo --nodes 10 --transactions 2000
  floe demo --json | jq .milliseconds`,
    )
    .action(async (_flags: unknown, self: Command) => {
      const flags = self.optsWithGlobals<{ nodes: number; transactions: number; json?: boolean }>()
      const { runDemo } = await import('../devnet/demo/demo.ts')
      const { nodes, transactions, json = false } = flags
      const print = (text: string): void => (json ? console.error(text) : console.log(text))
      const signal = foregroundStop()
      const result = await runDemo({ nodes, transactions, print, clock: systemClock, signal })
      if (json) console.log(JSON.stringify(result))
    })
}
