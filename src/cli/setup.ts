// `floe setup`: what a deployment on a development chain needs before its services start: contracts, keys, a configuration.
import { Command, InvalidArgumentError, Option } from 'commander'
import { argument, integer } from '../config/kinds.ts'
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
      'Deploys the contracts on a development chain (anvil, whose first account owns them), with a committee of nodes of\n' +
        'one shard each and deposits, and writes keys and a configuration that all services share. What is there is kept.\n' +
        'The keys: operator-N and answers-node-N of a node, disperser and answers-sidecar-N of sidecars, challenger.',
    )
    .addOption(rpcUrlOption().makeOptionMandatory())
    .requiredOption('--dir <folder>', 'where keys/ and floe.json go')
    .addOption(new Option('--nodes <count>', 'storage nodes').default(7).argParser(argument(integer(4, 100))))
    .addOption(
      new Option(
        '--sidecars <count>',
        'sidecars that share a disperser; each answers challenges from its own account',
      )
        .default(1)
        .argParser(argument(integer(1, 100))),
    )
    .addOption(
      new Option('--endpoint <url>', 'where the nodes will answer; * is their number, from 0')
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

docker-compose.yml does it like that.`,
    )
    .action(async (_flags: unknown, self: Command) => {
      const { json, dir, ...options } = self.optsWithGlobals<SetupFlags>()
      const { setUp } = await import('../devnet/deployment.ts')
      const config = await setUp({ ...options, dir })
      printResult(json === true, config, `${dir} has keys and floe.json, for chain ${config.chainId}.`)
    })
}

function endpointArgument(url: string): string {
  if (/^https?:\/\//.test(url) && url.includes('*') && URL.canParse(url.replace('*', '0'))) return url
  throw new InvalidArgumentError('Expected an http or https URL with a * for the number of the node.')
}
