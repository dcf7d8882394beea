// `floe node`: a storage node.
import { Command } from 'commander'
import { systemClock } from '../runtime/clock.ts'
import { configure, secretsHelp } from '../config/command.ts'
import { nodeService } from '../config/node.ts'
import { runService } from '../runtime/lifetime.ts'

export function nodeCommand(): Command {
  const command = new Command('node')
    .summary('run a storage node')
    .description(
      'Runs a storage node: it stores its part of every batch, swears to that, and serves it until it expires.',
    )
    .addHelpText(
      'after',
      `
By variable only, so that no list of processes has it:
${secretsHelp(nodeService)}

Examples:
  openssl rand -hex 32 > operator.key && chmod 600 operator.key
  floe node --key-file operator.key --rpc-url http://127.0.0.1:8545 --committee 0x… --ledger 0x…

It logs JSON lines to standard output and closes gracefully on SIGTERM.`,
    )
  return configure(command, nodeService, async (config) => {
    await runService({
      name: 'node',
      logLevel: config.logLevel,
      exitWithParent: command.opts<{ exitWithParent?: boolean }>().exitWithParent === true,
      start: async (logger) => {
        const { checkBeforeStart, nodeChecks } = await import('../doctor/service-checks.ts')
        await checkBeforeStart(nodeChecks(config, 'start'), logger, systemClock)
        const { startNode } = await import('../node/service.ts')
        return startNode(config)
      },
    })
  })
}
