// The whole command line: its commands, their common options, and their exit codes.
import { Command, CommanderError } from 'commander'
import { version } from '../../runtime/version.ts'
import { answerCommand } from '../answer.ts'
import { challengeCommand } from '../challenge.ts'
import { disproveCommand } from '../disprove.ts'
import { disputesCommand } from '../disputes.ts'
import { expireCommand } from '../expire.ts'
import { proveCommand } from '../prove.ts'
import { reclaimCommand } from '../reclaim.ts'
import { challengerCommand } from '../challenger.ts'
import { demoCommand } from '../demo.ts'
import { devnetCommand } from '../devnet.ts'
import { doctorCommand } from '../doctor.ts'
import { exitCodes, exitCodesHelp, failureOf } from './exit-codes.ts'
import { getCommand } from '../get.ts'
import { nodeCommand } from '../node.ts'
import { postCommand } from '../post.ts'
import { putCommand } from '../put.ts'
import { setupCommand } from '../setup.ts'
import { sidecarCommand } from '../sidecar.ts'
import { statusCommand } from '../status.ts'
import { verifyCommand } from '../verify.ts'
import { versionCommand } from '../version.ts'

function createProgram(): Command {
  const program = new Command('floe')
    .description(
      'Floe makes rollup batches available: erasure-coded over a committee of storage nodes, certified, recorded on L1,\n' +
        'and verifiable by every reader.',
    )
    .version(version, '-V, --version', 'print the version')
    .option('--json', 'print the result as one JSON object')
    .addHelpText(
      'after',
      `
Start here:
  floe devnet              run everything on this machine
  floe put README.md       in another terminal: make a file available
  floe verify 0x…          check it against L1 alone
  floe demo                show every step once, with failing storage nodes

Most options can also be given as variables (floe COMMAND --help names them); a flag overrides its variable.
${exitCodesHelp}`,
    )
  for (const command of [
    devnetCommand(),
    putCommand(),
    getCommand(),
    verifyCommand(),
    postCommand(),
    statusCommand(),
    disputesCommand(),
    challengeCommand(),
    answerCommand(),
    expireCommand(),
    reclaimCommand(),
    disproveCommand(),
    proveCommand(),
    demoCommand(),
    nodeCommand(),
    sidecarCommand(),
    challengerCommand(),
    doctorCommand(),
    setupCommand(),
    versionCommand(),
  ]) {
    program.addCommand(command)
  }
  for (const command of withSubcommands(program)) {
    command
      .exitOverride()
      .configureOutput({ outputError: () => {} })
      .showHelpAfterError(false)
  }
  return program
}

function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)]
}

/** @returns the exit code */
export async function run(argv: readonly string[]): Promise<number> {
  try {
    await createProgram().parseAsync(argv)
    return Number(process.exitCode ?? exitCodes.ok)
  } catch (thrown) {
    // Called without a command, commander prints the help and throws this error.
    if (thrown instanceof CommanderError && thrown.code === 'commander.help') return exitCodes.usage
    const failure = failureOf(thrown)
    if (failure === undefined) return exitCodes.ok
    const { exitCode, trace, ...error } = failure
    if (argv.includes('--json')) console.log(JSON.stringify({ error }))
    console.error(`floe: ${error.message}`)
    for (const problem of error.problems ?? []) console.error(`  ${problem}`)
    if (trace !== undefined) console.error(trace)
    return exitCode
  }
}
