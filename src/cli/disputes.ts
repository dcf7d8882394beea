// `floe disputes`: lists the state of disputes on L1.
import type { Command } from 'commander'
import type { DisputeListing } from '../disputes/manual/listing.ts'
import type { Hex } from '../protocol/bytes.ts'
import { shortHex, table } from '../runtime/text.ts'
import { disputesFineCommand } from './disputes-fine.ts'
import { commitmentArgument } from './shared/connection.ts'
import { type DisputeFlags, disputeCommand, positionText, withSession } from './shared/dispute-command.ts'
import { printResult } from './shared/terminal.ts'

export function disputesCommand(): Command {
  return disputeCommand('disputes', {
    summary: 'list challenges, invalid headers, fines and deposits',
    description:
      'Lists the disputes on L1: challenges with their deadlines, invalid headers, the pairs that expired and the proofs with the\n' +
      'fines that are due for them, and the deposits of the operators and the disperser. With a commitment, only those of its\n' +
      'header.',
    examples: ['floe disputes', 'floe disputes $COMMITMENT --json'],
  })
    .argument('[commitment]', 'the output of floe put', commitmentArgument)
    .action(async (commitment: Hex | undefined, _flags: unknown, self: Command) =>
      list(commitment, self.optsWithGlobals<DisputeFlags>()),
    )
    .addCommand(disputesFineCommand())
}

async function list(commitment: Hex | undefined, flags: DisputeFlags): Promise<void> {
  const { listDisputes } = await import('../disputes/manual/listing.ts')
  const listing = await withSession(flags, 'reading', async (session) => listDisputes(session, commitment))
  printResult(flags.json === true, listing, listingText(listing))
}

function listingText(listing: DisputeListing): string {
  const { now, open, invalid, expiredPairs, proofs, deposits } = listing
  const challenges = open.map((challenge) => [
    shortHex(challenge.digest),
    challenge.challenger,
    positionText(challenge.position),
    challengeText(challenge, now),
  ])
  const headers = invalid.map(({ digest, faults }) => [digest, faults.join(', ')])
  const pairs = expiredPairs.map((pair) => [
    shortHex(pair.digest),
    `pair ${pair.pair}`,
    `holder ${pair.holder}`,
    fineText(pair, now),
  ])
  const proven = proofs.map((proof) => [
    shortHex(proof.digest),
    `proven by ${proof.prover}`,
    fineText(proof, now),
  ])
  const amounts = deposits.map(({ account, wei }) => [account, `${wei} wei`])
  return [
    section('open challenges', challenges),
    section('invalid headers', headers),
    section('expired pairs', pairs),
    section('proofs', proven),
    section('deposits', amounts),
  ].join('\n\n')
}

function challengeText({ status, deadline }: DisputeListing['open'][number], now: number): string {
  if (status === 'open') return `${deadline - now} s left`
  return status === 'unanswered' ? 'not answered: floe expire' : 'lapsed: floe reclaim'
}

function fineText(
  { fined, due, dueUntil }: Pick<DisputeListing['proofs'][number], 'fined' | 'due' | 'dueUntil'>,
  now: number,
): string {
  if (fined) return 'fined'
  if (due === null || dueUntil === null) return 'no fine is due'
  return `the ${due} can be fined for ${dueUntil - now} s: floe disputes fine`
}

function section(title: string, rows: readonly (readonly string[])[]): string {
  return rows.length === 0 ? `${title}: none` : `${title}\n${table(rows)}`
}
