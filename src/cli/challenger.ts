// `floe challenger`: samples what committees promised to serve, and challenges what they withhold.
import { Command } from 'commander'
import type { ChallengerStatus } from '../challenger/challenger-metrics.ts'
import { challengerService } from '../config/challenger.ts'
import { secretsHelp } from '../config/command.ts'
import { runLoop } from '../runtime/async/loop.ts'
import { systemClock } from '../runtime/clock.ts'
import type { Service } from '../runtime/lifetime.ts'
import { runsService } from './shared/service-command.ts'

const STATUS_INTERVAL_MS = 10_000

export function challengerCommand(): Command {
  const command = new Command('challenger')
    .summary('sample batches, and challenge withheld chunks')
    .description(
      'Follows the headers on L1, requests random chunks of their batches from the operators, keeps a score for each operator,\n' +
        'and challenges on L1 the chunks that no operator serves. It disproves headers whose encoding is invalid.',
    )
    .addHelpText(
      'after',
      `
Secrets are read from variables only, because every user of the machine can read the flags of a process:
${secretsHelp(challengerService)}

Examples:
  floe challenger --rpc-url http://127.0.0.1:8545 --committee 0x… --ledger 0x… --disputes 0x…
  floe challenger --challenger-key-file challenger.key --sample-interval 200ms --rpc-url …

It logs JSON lines to standard output and closes gracefully on SIGTERM. With --json it also prints its status as a line
every ${STATUS_INTERVAL_MS / 1000} seconds.`,
    )
  return runsService(command, {
    settings: challengerService,
    listChecks: async (config) => {
      const { challengerChecks } = await import('../doctor/service-checks.ts')
      return challengerChecks(config, 'start')
    },
    start: async (config) => {
      const { ChallengerService } = await import('../challenger/service.ts')
      const challenger = await ChallengerService.start(config)
      const { json } = command.optsWithGlobals<{ json?: boolean }>()
      return json === true ? withStatusLines(challenger) : challenger
    },
  })
}

/** Prints the status of a challenger until it is closed. */
function withStatusLines(challenger: Service & { status(): ChallengerStatus }): Service {
  const stop = new AbortController()
  const printStatus = async (): Promise<void> => {
    console.log(JSON.stringify({ status: challenger.status() }))
  }
  const printing = runLoop({ clock: systemClock, intervalMs: STATUS_INTERVAL_MS }, printStatus, stop.signal)
  return {
    url: challenger.url,
    close: async () => {
      stop.abort()
      await printing
      await challenger.close()
    },
  }
}
