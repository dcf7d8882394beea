// `floe challenger`: samples what committees promised to serve, and disputes what they do not.
import { Command } from 'commander'
import type { ChallengerStatus } from '../challenger/challenger-metrics.ts'
import { systemClock } from '../runtime/clock.ts'
import { configure, secretsHelp } from '../config/command.ts'
import { challengerService } from '../config/challenger.ts'
import { runService } from '../runtime/lifetime.ts'

const STATUS_MS = 10_000

export function challengerCommand(): Command {
  const command = new Command('challenger')
    .summary('sample batches, and challenge what is withheld')
    .description(
      'Follows the headers on L1, asks operators for random chunks of them, keeps a score for each, and challenges on L1\n' +
        'what nobody can show. What it finds to be no batch it disproves.',
    )
    .addHelpText(
      'after',
      `
By variable only, so that no list of processes has it:
${secretsHelp(challengerService)}

Examples:
  floe challenger --rpc-url http://127.0.0.1:8545 --committee 0x… --ledger 0x… --disputes 0x…
  floe challenger --challenger-key-file challenger.key --sample-interval 200ms --rpc-url …

It logs JSON lines to standard output and closes gracefully on SIGTERM. With --json it also prints its status, a line every
${STATUS_MS / 1000} seconds.`,
    )
  return configure(command, challengerService, async (config) => {
    const { exitWithParent, json } = command.optsWithGlobals<{ exitWithParent?: boolean; json?: boolean }>()
    const stop = new AbortController()
    await runService({
      name: 'challenger',
      logLevel: config.logLevel,
      exitWithParent: exitWithParent === true,
      start: async (logger) => {
        const { challengerChecks, checkBeforeStart } = await import('../doctor/service-checks.ts')
        await checkBeforeStart(challengerChecks(config, 'start'), logger, systemClock)
        const { startChallenger } = await import('../challenger/service.ts')
        const running = await startChallenger(config)
        if (json === true) void printStatus(() => running.status(), stop.signal)
        return {
          url: running.url,
          close: async () => {
            stop.abort()
            await running.close()
          },
        }
      },
    })
  })
}

async function printStatus(status: () => ChallengerStatus, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    console.log(JSON.stringify({ status: status() }))
    await systemClock.sleep(STATUS_MS, signal).catch(() => undefined)
  }
}
