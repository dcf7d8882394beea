// `floe setup`: prepares a development chain for services: contracts, keys and a configuration.
import { Command, InvalidArgumentError, Option } from 'commander'
import { argumentParser, integer } from '../config/kinds.ts'
import { rpcUrlOption } from './shared/options.ts'
import { printResult } from './shared/terminal.ts'

type SetupFlags = {
  rpcUrl: readonly string[]
  dir: string
  nodes: number
  sidecars: number
  endpoint: string
  json?: boolean
}

export function setupCommand(): Command {
  return new Command('setup')
    .summary('prepare a development chain, keys and a configuration for services')
    .description(
      'Deploys the contracts on a development chain (anvil, whose first account owns them), with deposits and a committee of\n' +
        'nodes with one shard each. Writes keys and a configuration that all services share. Existing files are kept.\n' +
        'Keys of a node: operator-N, answers-node-N; of a sidecar: disperser, answers-sidecar-N; of a challenger: challenger.',
    )
    .addOption(rpcUrlOption().makeOptionMandatory())
    .requiredOption('--dir <folder>', 'folder for keys/ and floe.json')
    .addOption(
      new Option('--nodes <count>', 'storage nodes').default(7).argParser(argumentParser(integer(4, 100))),
    )
    .addOption(
      new Option(
        '--sidecars <count>',
        'sidecars that share a disperser; each answers challenges from a separate account',
      )
        .default(1)
        .argParser(argumentParser(integer(1, 100))),
    )
    .addOption(
      new Option('--endpoint <url>', 'endpoint of the nodes; * stands for the number of a node, from 0')
        .default('http://node-*:4242', 'http://node-*:4242')
        .argParser(endpointArgument),
    )
    .addHelpText(
      'after',
      `
Examples:
  anvil --block-time 2 &
  floe setup --rpc-url http://127.0.0.1:8545 --dir deployment --endpoint 'http://127.0.0.1:700*'
  floe node --config deployment/floe.json --key-file deployment/keys/operator-0 \\
    --answer-key-file deployment/keys/answers-node-0 --port 7000

docker-compose.yml does the same.`,
    )
    .action(async (_flags: unknown, self: Command) => {
      const { json, dir, ...options } = self.optsWithGlobals<SetupFlags>()
      const { setUp } = await import('../devnet/deployment.ts')
      const config = await setUp({ ...options, dir })
      printResult(json === true, config, `Wrote keys and floe.json for chain ${config.chainId} to ${dir}.`)
    })
}

function endpointArgument(url: string): string {
  if (/^https?:\/\//.test(url) && url.includes('*') && URL.canParse(url.replace('*', '0'))) return url
  throw new InvalidArgumentError('Expected an http or https URL with a * in the place of the node number.')
}
