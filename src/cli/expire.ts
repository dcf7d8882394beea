// `floe expire`: closes the challenges that were not answered in time.
import type { Command } from 'commander'
import type { Hex } from '../protocol/bytes.ts'
import { commitmentArgument } from './shared/connection.ts'
import {
  type DisputeFlags,
  type SendFlags,
  disputeCommand,
  printOutcome,
  sendOptionsOf,
  withSendOptions,
  withSession,
} from './shared/dispute-command.ts'

type Flags = DisputeFlags & SendFlags

export function expireCommand(): Command {
  const command = disputeCommand('expire', {
    summary: 'expire the challenges that were not answered in time',
    description:
      'Makes the headers of unanswered challenges invalid, and each challenger gets its bond back. Any account may do it, for\n' +
      'all of them, or for one commitment, within a window after the deadline. floe disputes fine then brings the fines.',
    examples: ['floe expire', 'floe expire $COMMITMENT'],
  }).argument('[commitment]', 'the output of floe put', commitmentArgument)
  return withSendOptions(command).action(
    async (commitment: Hex | undefined, _flags: unknown, self: Command) =>
      expire(commitment, self.optsWithGlobals<Flags>()),
  )
}

async function expire(commitment: Hex | undefined, flags: Flags): Promise<void> {
  const options = sendOptionsOf(flags)
  const { expireChallenges } = await import('../disputes/manual/challenges.ts')
  const outcome = await withSession(flags, 'expiring', async (session) =>
    expireChallenges(session, commitment, options),
  )
  printOutcome(flags, 'expired', outcome)
}
