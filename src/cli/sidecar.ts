// `floe sidecar`: what stands beside a sequencer or a verifier.
import { Command } from 'commander'
import { systemClock } from '../runtime/clock.ts'
import { configure, secretsHelp } from '../config/command.ts'
import { sidecarService } from '../config/sidecar.ts'
import { runService } from '../runtime/lifetime.ts'

export function sidecarCommand(): Command {
  const command = new Command('sidecar')
    .summary('run a sidecar beside a sequencer or a verifier')
    .description(
      'Runs a sidecar: it takes batches, has a committee store and certify them, posts to L1, and serves them.\n' +
        'It speaks OP Stack Alt-DA (/put, /get/0x…) and its own API (/v1/batches).',
    )
    .addHelpText(
      'after',
      `
By variable only, so that no list of processes has it:
${secretsHelp(sidecarService)}

Examples:
  floe sidecar --key-file disperser.key --rpc-url http://127.0.0.1:8545 --committee 0x… --ledger 0x…
  floe sidecar --read-only --rpc-url http://127.0.0.1:8545 --committee 0x… --ledger 0x…

Point op-batcher and op-node at it:
  --altda.enabled --altda.da-service --altda.da-server http://127.0.0.1:4242

It logs JSON lines to standard output and closes gracefully on SIGTERM.`,
    )
  return configure(command, sidecarService, async (config) => {
    await runService({
      name: 'sidecar',
      logLevel: config.logLevel,
      exitWithParent: command.opts<{ exitWithParent?: boolean }>().exitWithParent === true,
      start: async (logger) => {
        const { checkBeforeStart, sidecarChecks } = await import('../doctor/service-checks.ts')
        await checkBeforeStart(sidecarChecks(config, 'start'), logger, systemClock)
        const { startSidecar } = await import('../sidecar/http/server.ts')
        return startSidecar(config)
      },
    })
  })
}
