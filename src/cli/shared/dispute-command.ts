// What the commands about disputes share: their options, a session with L1 and the storage nodes, and the text of transactions.
import { Command, Option } from 'commander'
import { argumentParser, integer } from '../../config/kinds.ts'
import type { DisputeSession } from '../../disputes/manual/session.ts'
import type { Outcome, Plan, SendOptions } from '../../disputes/manual/transactions.ts'
import type { Finality } from '../../l1/finality-rule.ts'
import type { Position } from '../../l1/dispute-ids.ts'
import { FloeError } from '../../protocol/errors.ts'
import type { Side } from '../../protocol/sliver.ts'
import { type L1Flags, disputesContract, l1Connection } from './connection.ts'
import {
  committeeOption,
  deploymentBlockOption,
  disputesOption,
  finalityOption,
  ledgerOption,
  requireOption,
  rpcUrlOption,
} from './options.ts'
import { printResult, withProgress } from './terminal.ts'

export type DisputeFlags = L1Flags & { finality: Finality; json?: boolean }
export type SendFlags = { keyFile?: string; journal: string; dryRun?: boolean }
export type PositionFlags = { pair?: number; side?: Side; symbol?: number; chunk?: number }

export type CommandHelp = {
  readonly summary: string
  readonly description: string
  readonly examples: readonly string[]
}

const JOURNAL_DEFAULT = '.floe/disputes'

/** A command with the options that say which L1 and which contracts. */
export function disputeCommand(name: string, { summary, description, examples }: CommandHelp): Command {
  return new Command(name)
    .summary(summary)
    .description(`${description}\nWithout options it uses the L1 of the devnet in this folder.`)
    .addHelpText('after', ['', 'Examples:', ...examples.map((example) => `  ${example}`)].join('\n'))
    .addOption(rpcUrlOption())
    .addOption(committeeOption())
    .addOption(ledgerOption())
    .addOption(deploymentBlockOption())
    .addOption(disputesOption())
    .addOption(finalityOption())
}

/** Adds the options of a command that sends transactions. */
export function withSendOptions(command: Command): Command {
  return command
    .addOption(new Option('--key-file <file>', 'secret key of the account that pays').env('FLOE_KEY_FILE'))
    .addOption(
      new Option('--journal <folder>', 'where signed transactions are kept')
        .env('FLOE_JOURNAL')
        .default(JOURNAL_DEFAULT),
    )
    .option('--dry-run', 'show the transactions and what they would cost; send nothing')
}

/** Adds the options that name a chunk. */
export function withPositionOptions(command: Command): Command {
  return command
    .addOption(new Option('--pair <index>', 'the pair').argParser(argumentParser(integer(0, 255))))
    .addOption(new Option('--side <side>', 'its row or its column').choices(['row', 'column']))
    .addOption(
      new Option('--symbol <index>', 'the symbol of that sliver').argParser(argumentParser(integer(0, 255))),
    )
    .addOption(
      new Option('--chunk <index>', 'the chunk of that symbol').argParser(
        argumentParser(integer(0, 2 ** 32 - 1)),
      ),
    )
}

/** @throws FloeError `configuration` without a key */
export function sendOptionsOf({ keyFile, journal, dryRun = false }: SendFlags): SendOptions {
  return { keyFile: requireOption(keyFile, '--key-file', 'FLOE_KEY_FILE'), journal, dryRun }
}

/** Undefined when no option names a position. @throws FloeError `configuration` when only some of them do */
export function positionOf({ pair, side, symbol, chunk }: PositionFlags): Position | undefined {
  if (pair !== undefined && side !== undefined && symbol !== undefined && chunk !== undefined)
    return { pair, side, symbol, chunk }
  if ([pair, side, symbol, chunk].every((given) => given === undefined)) return undefined
  throw new FloeError(
    'configuration',
    'Expected --pair, --side, --symbol and --chunk, got only some of them.',
    {
      remedy: 'Give all four, or none.',
    },
  )
}

/** Runs `use` with a session, and shows on a terminal that it is in progress. */
export async function withSession<T>(
  flags: DisputeFlags,
  progress: string,
  use: (session: DisputeSession) => Promise<T>,
): Promise<T> {
  // Imported when needed, so that the help of a command does not load viem.
  const { openDisputeSession } = await import('../../disputes/manual/session.ts')
  const connection = l1Connection(flags)
  const disputes = requireOption(disputesContract(flags), '--disputes', 'FLOE_DISPUTES')
  const { finality } = flags
  return withProgress(progress, async () => {
    const session = await openDisputeSession({ ...connection, disputes, finality })
    try {
      return await use(session)
    } finally {
      await session.close()
    }
  })
}

/** Prints the results of transactions, or their plan. */
export function printOutcome(
  { json = false }: Pick<DisputeFlags, 'json'>,
  done: string,
  outcome: Outcome,
): void {
  printResult(json, outcome, 'dryRun' in outcome ? planText(outcome) : resultsText(done, outcome))
}

export function positionText({ pair, side, symbol, chunk }: Position): string {
  return `${side} ${pair}, symbol ${symbol}, chunk ${chunk}`
}

export function planText({ from, calls }: Plan): string {
  if (calls.length === 0) return 'Nothing to do.'
  const lines = calls.map(({ label, to, value, gas, costWei, data }) => {
    const bytes = (data.length - 2) / 2
    const cost =
      costWei === null
        ? 'its gas is known when the part before it is mined'
        : `${gas} gas, at most ${costWei} wei`
    return `${label} to ${to}: ${bytes} bytes, a value of ${value} wei; ${cost}`
  })
  return [`Nothing is sent. From ${from}:`, ...lines].join('\n')
}

function resultsText(done: string, { transactions }: Exclude<Outcome, Plan>): string {
  if (transactions.length === 0) return 'Nothing to do.'
  return transactions
    .map((result) =>
      result.outcome === 'mined'
        ? `${done} in block ${result.blockNumber}, transaction ${result.transactionHash}, ${result.gasUsed} gas`
        : `${done}: no longer needed`,
    )
    .join('\n')
}
