// `floe challenge`: opens a challenge on L1.
import type { Command } from 'commander'
import type { Hex } from '../protocol/bytes.ts'
import { commitmentArgument } from './shared/connection.ts'
import {
  type DisputeFlags,
  type PositionFlags,
  type SendFlags,
  disputeCommand,
  positionOf,
  positionText,
  printOutcome,
  sendOptionsOf,
  withPositionOptions,
  withSendOptions,
  withSession,
} from './shared/dispute-command.ts'

type Flags = DisputeFlags & SendFlags & PositionFlags

export function challengeCommand(): Command {
  const command = disputeCommand('challenge', {
    summary: 'challenge a committee to show a chunk of a batch',
    description:
      'Pays a bond and asks for one chunk of a posted batch. An account that shows the chunk in time gets half of the bond. If\n' +
      'no account does, floe expire makes the header invalid and returns the bond, and floe disputes fine makes the holder pay.\n' +
      'Without a position it chooses one that its holder does not serve.',
    examples: [
      'floe challenge $COMMITMENT',
      'floe challenge $COMMITMENT --pair 0 --side row --symbol 0 --chunk 0 --dry-run',
    ],
  }).argument('<commitment>', 'the output of floe put', commitmentArgument)
  return withSendOptions(withPositionOptions(command)).action(
    async (commitment: Hex, _flags: unknown, self: Command) =>
      challenge(commitment, self.optsWithGlobals<Flags>()),
  )
}

async function challenge(commitment: Hex, flags: Flags): Promise<void> {
  const position = positionOf(flags)
  const options = sendOptionsOf(flags)
  const { openChallenge } = await import('../disputes/manual/challenges.ts')
  const outcome = await withSession(flags, 'challenging', async (session) =>
    openChallenge(session, commitment, position, options),
  )
  if (flags.json !== true) console.log(positionText(outcome.position))
  printOutcome(flags, 'challenged', outcome)
}
