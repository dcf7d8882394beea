// `floe disputes`: lists the state of disputes on L1.
import type { Command } from 'commander'
import type { DisputeListing } from '../disputes/manual/listing.ts'
import type { Hex } from '../protocol/bytes.ts'
import { shortHex, table } from '../runtime/text.ts'
import { commitmentArgument } from './shared/connection.ts'
import { type DisputeFlags, disputeCommand, positionText, withSession } from './shared/dispute-command.ts'
import { printResult } from './shared/terminal.ts'

export function disputesCommand(): Command {
  return disputeCommand('disputes', {
    summary: 'list open challenges, invalid headers, and deposits',
    description:
      'Lists the disputes on L1: open challenges with their deadlines, invalid headers, and the deposits of the operators and\n' +
      'the disperser. With a commitment, only those of its header.',
    examples: ['floe disputes', 'floe disputes $COMMITMENT --json'],
  })
    .argument('[commitment]', 'the output of floe put', commitmentArgument)
    .action(async (commitment: Hex | undefined, _flags: unknown, self: Command) =>
      list(commitment, self.optsWithGlobals<DisputeFlags>()),
    )
}

async function list(commitment: Hex | undefined, flags: DisputeFlags): Promise<void> {
  const { listDisputes } = await import('../disputes/manual/listing.ts')
  const listing = await withSession(flags, 'reading', async (session) => listDisputes(session, commitment))
  printResult(flags.json === true, listing, listingText(listing))
}

function listingText({ now, open, invalid, deposits }: DisputeListing): string {
  const challenges = open.map(({ digest, challenger, position, deadline, due }) => [
    shortHex(digest),
    challenger,
    positionText(position),
    due ? 'not answered: floe expire' : `${deadline - now} s left`,
  ])
  const headers = invalid.map(({ digest, faults }) => [digest, faults.join(', ')])
  const amounts = deposits.map(({ account, wei }) => [account, `${wei} wei`])
  return [
    section('open challenges', challenges),
    section('invalid headers', headers),
    section('deposits', amounts),
  ].join('\n\n')
}

function section(title: string, rows: readonly (readonly string[])[]): string {
  return rows.length === 0 ? `${title}: none` : `${title}\n${table(rows)}`
}
