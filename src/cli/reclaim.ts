// `floe reclaim`: brings back the bonds of challenges that lapsed.
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

export function reclaimCommand(): Command {
  const command = disputeCommand('reclaim', {
    summary: 'bring back the bonds of challenges that lapsed',
    description:
      'A challenge that was neither answered nor expired in time lapses: nothing follows from it. The command credits the account\n' +
      'the bonds of its challenges that lapsed, of all of them, or of those to one commitment.',
    examples: ['floe reclaim', 'floe reclaim $COMMITMENT'],
  }).argument('[commitment]', 'the output of floe put', commitmentArgument)
  return withSendOptions(command).action(
    async (commitment: Hex | undefined, _flags: unknown, self: Command) =>
      reclaim(commitment, self.optsWithGlobals<Flags>()),
  )
}

async function reclaim(commitment: Hex | undefined, flags: Flags): Promise<void> {
  const options = sendOptionsOf(flags)
  const { reclaimBonds } = await import('../disputes/manual/challenges.ts')
  const outcome = await withSession(flags, 'reclaiming', async (session) =>
    reclaimBonds(session, commitment, options),
  )
  printOutcome(flags, 'reclaimed', outcome)
}
