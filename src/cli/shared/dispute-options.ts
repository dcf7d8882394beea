// `floe challenge`, `answer`, `disprove`, `prove`, `disputes`, `expire`: disputes by hand.
import { Command, Option } from 'commander'
import type { Position } from '../../l1/disputes.ts'
import type { Hex } from '../../protocol/bytes.ts'
import { FloeError } from '../../protocol/errors.ts'
import { commitmentArgument } from './connection.ts'
import { addressKind, argument, integer } from '../../config/kinds.ts'
import { committeeOption, disputesOption, finalityOption, ledgerOption, rpcUrlOption } from './options.ts'
import { shortHex, table } from '../../runtime/text.ts'
import { printResult, withProgress } from './terminal.ts'
import type { Outcome } from '../../disputes/manual/challenges.ts'
import type { Listing } from '../../disputes/manual/listing.ts'
import type { PayFlags } from '../../disputes/manual/transactions.ts'
import type { SessionFlags } from '../../disputes/manual/session.ts'

type Flags = SessionFlags & { json?: boolean }
type PositionFlags = { pair?: number; side?: 'row' | 'column'; symbol?: number; chunk?: number }

const JOURNAL_DEFAULT = '.floe/disputes'

function disputeCommand(name: string, summary: string, description: string): Command {
  return new Command(name)
    .summary(summary)
    .description(`${description}\nWithout options it takes the L1 of the devnet of this folder.`)
    .addOption(rpcUrlOption())
    .addOption(committeeOption())
    .addOption(ledgerOption())
    .addOption(disputesOption())
    .addOption(finalityOption())
}

function paying(command: Command): Command {
  return command
    .addOption(new Option('--key-file <file>', 'secret key of the account that pays').env('FLOE_KEY_FILE'))
    .addOption(
      new Option('--journal <folder>', 'where signed transactions are remembered')
        .env('FLOE_JOURNAL')
        .default(JOURNAL_DEFAULT),
    )
    .option('--dry-run', 'show the transactions and what they would cost; send nothing')
}

function positioned(command: Command): Command {
  return command
    .addOption(new Option('--pair <index>', 'which pair').argParser(argument(integer(0, 255))))
    .addOption(new Option('--side <side>', 'which of its slivers').choices(['row', 'column']))
    .addOption(new Option('--symbol <index>', 'which symbol of it').argParser(argument(integer(0, 255))))
    .addOption(
      new Option('--chunk <index>', 'which chunk of that').argParser(argument(integer(0, 2 ** 32 - 1))),
    )
}

function positionOf({ pair, side, symbol, chunk }: PositionFlags): Position | undefined {
  const given = [pair, side, symbol, chunk].filter((one) => one !== undefined)
  if (given.length === 0) return undefined
  if (pair !== undefined && side !== undefined && symbol !== undefined && chunk !== undefined)
    return { pair, side, symbol, chunk }
  throw new FloeError('configuration', 'Expected --pair, --side, --symbol and --chunk, got some of them.')
}

/** Runs an action with its session, and prints what it came to. */
async function act<T extends object>(
  flags: Flags,
  label: string,
  run: (modules: {
    actions: typeof import('../../disputes/manual/challenges.ts')
    session: import('../../disputes/manual/session.ts').DisputeSession
  }) => Promise<T>,
): Promise<T> {
  const [actions, { openDisputeSession }] = await Promise.all([import('../../disputes/manual/challenges.ts'), import('../../disputes/manual/session.ts')])
  return withProgress(label, async () => {
    await using session = await openDisputeSession(flags)
    return await run({ actions, session })
  })
}

async function printOutcome<T extends Outcome>(flags: Flags, label: string, outcome: T): Promise<void> {
  const { planText, resultsText } = await import('../../disputes/manual/transactions.ts')
  const text = 'dryRun' in outcome ? planText(outcome) : resultsText(label, outcome.transactions)
  printResult(flags.json === true, outcome, text)
}

export function challengeCommand(): Command {
  const command = disputeCommand(
    'challenge',
    'challenge a committee to show a chunk of a batch',
    'Pays a bond and asks for one chunk. Who shows it in time gets half of the bond; if nobody does, floe expire makes the\n' +
      'header invalid, fines the holder and returns the bond. Without a position it takes one that nobody serves.',
  ).argument('<commitment>', 'what floe put printed', commitmentArgument)
  return paying(positioned(command)).action(async (commitment: Hex, _flags: unknown, self: Command) => {
    const flags = self.optsWithGlobals<Flags & PayFlags & PositionFlags>()
    const position = positionOf(flags)
    const outcome = await act(flags, 'challenging', async ({ actions, session }) =>
      actions.challenge(session, commitment, position, flags),
    )
    const { pair, side, symbol, chunk } = outcome.position
    if (flags.json !== true) console.log(`${side} ${pair}, symbol ${symbol}, chunk ${chunk}`)
    await printOutcome(flags, 'challenged', outcome)
  })
}

export function answerCommand(): Command {
  const command = disputeCommand(
    'answer',
    'answer a challenge with the chunk that it asks for',
    'Gets the chunk from the holder of its pair, or makes it from the batch, and shows it to L1: half of the bond is the\n' +
      "answerer's. Anybody may.",
  )
    .argument('<commitment>', 'what floe put printed', commitmentArgument)
    .addOption(
      new Option('--challenger <address>', 'who asks').argParser(argument(addressKind)).makeOptionMandatory(),
    )
  return paying(positioned(command)).action(async (commitment: Hex, _flags: unknown, self: Command) => {
    const flags = self.optsWithGlobals<Flags & PayFlags & PositionFlags & { challenger: Hex }>()
    const position = positionOf(flags)
    if (position === undefined)
      throw new FloeError(
        'configuration',
        'Expected --pair, --side, --symbol and --chunk: what was asked for.',
      )
    const outcome = await act(flags, 'answering', async ({ actions, session }) =>
      actions.answer(session, commitment, { challenger: flags.challenger, position }, flags),
    )
    await printOutcome(flags, 'answered', outcome)
  })
}

export function disproveCommand(): Command {
  const command = disputeCommand(
    'disprove',
    'prove to L1 that a certified header is no batch',
    'Looks through the slivers for evidence, or takes it from a file, and brings it to L1, in parts where it is large.\n' +
      'The header becomes invalid, and half of the fine of its disperser goes to the account.',
  )
    .argument('[commitment]', 'what floe put printed', commitmentArgument)
    .option('--evidence <file>', 'evidence that was found before')
    .option('-o, --output <file>', 'keep the evidence in this file as well')
  return paying(command).action(async (commitment: Hex | undefined, _flags: unknown, self: Command) => {
    const flags = self.optsWithGlobals<Flags & PayFlags & { evidence?: string; output?: string }>()
    const { evidence } = flags
    if ((commitment === undefined) === (evidence === undefined))
      throw new FloeError('configuration', 'Expected a commitment or --evidence, one of them.')
    const from = commitment === undefined ? { file: evidence ?? '' } : { commitment }
    const outcome = await act(flags, 'disproving', async ({ actions, session }) =>
      actions.bring(session, await actions.findAccusation(session, from), flags),
    )
    await printOutcome(flags, 'evidence', outcome)
  })
}

export function proveCommand(): Command {
  return disputeCommand(
    'prove',
    'make a proof of what a batch has at an offset',
    'Prints, as hexadecimal, the opening that Disputes.read takes for the 32 bytes at an offset. With --nitro it prints\n' +
      "what Nitro's prover takes: for a read, or, without --offset, for whether the certificate is valid.",
  )
    .argument('<commitment>', 'what floe put printed', commitmentArgument)
    .addOption(
      new Option('--offset <bytes>', 'a multiple of 32 below the length of the batch').argParser(
        argument(integer(0, 2 ** 27)),
      ),
    )
    .option('--nitro', "for Nitro's one-step prover")
    .action(async (commitment: Hex, _flags: unknown, self: Command) => {
      const flags = self.optsWithGlobals<Flags & { offset?: number; nitro?: boolean }>()
      const { offset, nitro = false } = flags
      if (offset === undefined && !nitro)
        throw new FloeError('configuration', 'Expected --offset, or --nitro for a proof of validity.')
      const proof = await act(flags, 'proving', async ({ actions, session }) =>
        offset === undefined
          ? actions.proveValidity(session, commitment)
          : actions.proveRead(session, commitment, offset, nitro),
      )
      printResult(flags.json === true, { ...proof, offset: offset ?? null }, proof.proof)
    })
}

export function disputesCommand(): Command {
  return disputeCommand(
    'disputes',
    'list open challenges, invalid headers, and deposits',
    'Lists what L1 knows of disputes: challenges that are open and until when, headers that are invalid, and what those who\n' +
      'sign have to lose. With a commitment, of that one alone.',
  )
    .argument('[commitment]', 'what floe put printed', commitmentArgument)
    .action(async (commitment: Hex | undefined, _flags: unknown, self: Command) => {
      const flags = self.optsWithGlobals<Flags>()
      const listing = await act(flags, 'reading', async ({ actions, session }) =>
        actions.list(session, commitment),
      )
      printResult(flags.json === true, listing, listingText(listing))
    })
}

export function expireCommand(): Command {
  const command = disputeCommand(
    'expire',
    'expire the challenges that nobody answered in time',
    'Makes the headers of unanswered challenges invalid: each challenger gets its bond back, and half of the fine of the\n' +
      'holder. Anybody may, for all of them, or for one commitment.',
  ).argument('[commitment]', 'what floe put printed', commitmentArgument)
  return paying(command).action(async (commitment: Hex | undefined, _flags: unknown, self: Command) => {
    const flags = self.optsWithGlobals<Flags & PayFlags>()
    const outcome = await act(flags, 'expiring', async ({ actions, session }) =>
      actions.expire(session, commitment, flags),
    )
    await printOutcome(flags, 'expired', outcome)
  })
}

function listingText({ now, open, invalid, deposits }: Listing): string {
  const challenges = open.map(
    ({ digest, challenger, position: { pair, side, symbol, chunk }, deadline, due }) => [
      shortHex(digest),
      challenger,
      `${side} ${pair}, symbol ${symbol}, chunk ${chunk}`,
      due ? 'not answered: floe expire' : `${deadline - now} s left`,
    ],
  )
  const headers = invalid.map(({ digest, faults }) => [digest, faults.join(', ')])
  const section = (title: string, rows: readonly (readonly string[])[]): string =>
    rows.length === 0 ? `${title}: none` : `${title}\n${table(rows)}`
  return [
    section('open challenges', challenges),
    section('invalid headers', headers),
    section(
      'deposits',
      deposits.map(({ account, wei }) => [account, `${wei} wei`]),
    ),
  ].join('\n\n')
}
