// `floe node`: runs a storage node.
import { Command } from 'commander'
import { secretsHelp } from '../config/command.ts'
import { nodeService } from '../config/node.ts'
import { runsService } from './shared/service-command.ts'

export function nodeCommand(): Command {
  const command = new Command('node')
    .summary('run a storage node')
    .description(
      'Runs a storage node: it stores its part of every batch, attests to that, and serves it until the batch expires.',
    )
    .addHelpText(
      'after',
      `
Secrets are read from variables only, because every user of the machine can read the flags of a process:
${secretsHelp(nodeService)}

Examples:
  openssl rand -hex 32 > operator.key && chmod 600 operator.key
  floe node --key-file operator.key --rpc-url http://127.0.0.1:8545 --committee 0x… --ledger 0x…

It logs JSON lines to standard output and closes gracefully on SIGTERM.`,
    )
  return runsService(command, {
    settings: nodeService,
    listChecks: async (config) => {
      const { nodeChecks } = await import('../doctor/service-checks.ts')
      return nodeChecks(config, 'start')
    },
    start: async (config) => {
      const { NodeService } = await import('../node/service.ts')
      return NodeService.start(config)
    },
  })
}
