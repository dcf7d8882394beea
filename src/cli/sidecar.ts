// `floe sidecar`: runs a sidecar beside a sequencer or a verifier.
import { Command } from 'commander'
import { secretsHelp } from '../config/command.ts'
import { sidecarService } from '../config/sidecar.ts'
import { runsService } from './shared/service-command.ts'

export function sidecarCommand(): Command {
  const command = new Command('sidecar')
    .summary('run a sidecar beside a sequencer or a verifier')
    .description(
      'Runs a sidecar: it disperses batches to a committee, which stores and certifies them, posts to L1, and serves batches.\n' +
        'It speaks OP Stack Alt-DA (/put, /get/0x…), the DA provider RPC of Arbitrum Nitro, and its own API (/v1/batches).',
    )
    .addHelpText(
      'after',
      `
Secrets are read from variables only, because every user of the machine can read the flags of a process:
${secretsHelp(sidecarService)}

Examples:
  floe sidecar --key-file disperser.key --rpc-url http://127.0.0.1:8545 --committee 0x… --ledger 0x…
  floe sidecar --read-only --rpc-url http://127.0.0.1:8545 --committee 0x… --ledger 0x…

Options that point op-batcher and op-node at it:
  --altda.enabled --altda.da-service --altda.da-server http://127.0.0.1:4242

It logs JSON lines to standard output and closes gracefully on SIGTERM.`,
    )
  return runsService(command, {
    settings: sidecarService,
    listChecks: async (config) => {
      const { sidecarChecks } = await import('../doctor/service-checks.ts')
      return sidecarChecks(config, 'start')
    },
    start: async (config) => {
      const { startSidecar } = await import('../sidecar/http/server.ts')
      return startSidecar(config)
    },
  })
}
