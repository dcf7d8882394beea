// `floe doctor`: makes the checks of a start without starting the service.
import { Command } from 'commander'
import { challengerService } from '../config/challenger.ts'
import { configure } from '../config/command.ts'
import { nodeService } from '../config/node.ts'
import { sidecarService } from '../config/sidecar.ts'
import type { Check, Result } from '../doctor/check.ts'
import { systemClock } from '../runtime/clock.ts'
import { table } from '../runtime/text.ts'
import { exitCodes } from './shared/exit-codes.ts'
import { printResult } from './shared/terminal.ts'

export function doctorCommand(): Command {
  return new Command('doctor')
    .summary('check what a service needs, whether it runs or not')
    .description(
      'Checks L1, contracts, keys, balances, clock, disk, port and storage nodes, and says what to do. It changes nothing.\n' +
        'A service makes the same checks before it starts.',
    )
    .addCommand(sidecarCommand(), { isDefault: true })
    .addCommand(nodeCommand())
    .addCommand(challengerCommand())
    .addHelpText(
      'after',
      `
Examples:
  floe doctor sidecar --config floe.json      with all the options of the service
  floe doctor node --config floe.json --json | jq '.checks[] | select(.status != "ok")'

Exit code 0: the service can start; a warning names what does not work yet. 1: it cannot start.`,
    )
}

function sidecarCommand(): Command {
  const command = new Command('sidecar').description('Checks what a sidecar with these options needs.')
  return configure(command, sidecarService, async (config) => {
    const { sidecarChecks } = await import('../doctor/service-checks.ts')
    await report(sidecarChecks(config, 'doctor'), command)
  })
}

function nodeCommand(): Command {
  const command = new Command('node').description('Checks what a storage node with these options needs.')
  return configure(command, nodeService, async (config) => {
    const { nodeChecks } = await import('../doctor/service-checks.ts')
    await report(nodeChecks(config, 'doctor'), command)
  })
}

function challengerCommand(): Command {
  const command = new Command('challenger').description('Checks what a challenger with these options needs.')
  return configure(command, challengerService, async (config) => {
    const { challengerChecks } = await import('../doctor/service-checks.ts')
    await report(challengerChecks(config, 'doctor'), command)
  })
}

/** Runs the checks, prints the results and sets the exit code. */
async function report(checks: readonly Check[], command: Command): Promise<void> {
  const { runChecks } = await import('../doctor/check.ts')
  const results = await runChecks(checks, systemClock)
  const canStart = results.every(({ status }) => status !== 'error')
  const { json } = command.optsWithGlobals<{ json?: boolean }>()
  printResult(json === true, { ok: canStart, checks: results }, resultsText(results))
  if (!canStart) process.exitCode = exitCodes.failed
}

const statusLabels = { ok: 'ok', 'not checked': '-', warning: 'WARNING', error: 'ERROR' } as const

function resultsText(results: readonly Result[]): string {
  const rows = results.flatMap((result, i) => rowsOf(result, results[i - 1]?.check === result.check))
  const countOf = (status: Result['status']): number =>
    results.filter((result) => result.status === status).length
  const errors = countOf('error')
  const unmade = countOf('not checked')
  const verdict = errors > 0 ? 'The service cannot start.' : 'The service can start.'
  const counts = [countText(errors, 'error'), countText(countOf('warning'), 'warning')]
  if (unmade > 0) counts.push(`${unmade} not checked`)
  return `${table(rows)}\n\n${counts.join(', ')}. ${verdict}`
}

/** The name of a check stands beside its first result only. */
function rowsOf(result: Result, isRepeated: boolean): string[][] {
  const { check, status, found } = result
  const first = [isRepeated ? '' : check, statusLabels[status], found]
  if (!('expected' in result)) return [first]
  return [first, ['', '', `expected ${result.expected}`], ['', '', `→ ${result.remedy}`]]
}

function countText(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
