// `floe doctor`: the checks of a start, without the start.
import { Command } from 'commander'
import { systemClock } from '../runtime/clock.ts'
import { challengerService } from '../config/challenger.ts'
import { configure } from '../config/command.ts'
import { nodeService } from '../config/node.ts'
import { sidecarService } from '../config/sidecar.ts'
import type { Check, Result } from '../doctor/check.ts'
import { exitCodes } from './shared/exit-codes.ts'
import { table } from '../runtime/text.ts'
import { printResult } from './shared/terminal.ts'

export function doctorCommand(): Command {
  const sidecar = new Command('sidecar').description('Checks what a sidecar with these options needs.')
  const node = new Command('node').description('Checks what a storage node with these options needs.')
  const challenger = new Command('challenger').description(
    'Checks what a challenger with these options needs.',
  )
  configure(sidecar, sidecarService, async (config) => {
    const { sidecarChecks } = await import('../doctor/service-checks.ts')
    await diagnose(sidecarChecks(config, 'doctor'), sidecar)
  })
  configure(node, nodeService, async (config) => {
    const { nodeChecks } = await import('../doctor/service-checks.ts')
    await diagnose(nodeChecks(config, 'doctor'), node)
  })
  configure(challenger, challengerService, async (config) => {
    const { challengerChecks } = await import('../doctor/service-checks.ts')
    await diagnose(challengerChecks(config, 'doctor'), challenger)
  })
  return new Command('doctor')
    .summary('check what a service needs, running or not')
    .description(
      'Checks L1, contracts, keys, balances, clock, disk, port and storage nodes, and says what to do. It changes nothing,\n' +
        'and comes at any time: while the service runs, too. A service runs the same checks before it starts.',
    )
    .addCommand(sidecar, { isDefault: true })
    .addCommand(node)
    .addCommand(challenger)
    .addHelpText(
      'after',
      `
Examples:
  floe doctor sidecar --config floe.json      with the options of the service, all of them
  floe doctor node --config floe.json --json | jq '.checks[] | select(.status != "ok")'

Exit code 0: it can start; warnings say what does not work yet. 1: it cannot.`,
    )
}

async function diagnose(checks: readonly Check[], command: Command): Promise<void> {
  const { runChecks } = await import('../doctor/check.ts')
  const results = await runChecks(checks, systemClock)
  const canStart = results.every(({ status }) => status !== 'error')
  const { json } = command.optsWithGlobals<{ json?: boolean }>()
  printResult(json === true, { ok: canStart, checks: results }, resultsText(results))
  if (!canStart) process.exitCode = exitCodes.failed
}

const marks = { ok: 'ok', warning: 'WARNING', error: 'ERROR' } as const

function resultsText(results: readonly Result[]): string {
  const rows = results.flatMap(({ check, status, found, expected, remedy }, i) => [
    [results[i - 1]?.check === check ? '' : check, marks[status], found],
    ...(status === 'ok'
      ? []
      : [
          ['', '', `expected ${expected}`],
          ['', '', `→ ${remedy}`],
        ]),
  ])
  const count = (wanted: Result['status'], name: string): string => {
    const found = results.filter(({ status }) => status === wanted).length
    return `${found} ${name}${found === 1 ? '' : 's'}`
  }
  const verdict = results.some(({ status }) => status === 'error')
    ? 'It cannot start like this.'
    : 'It can start.'
  return `${table(rows)}\n\n${count('error', 'error')}, ${count('warning', 'warning')}. ${verdict}`
}
