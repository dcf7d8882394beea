// `floe answer`: answers a challenge on L1.
import type { Command } from 'commander'
import type { Hex } from '../protocol/bytes.ts'
import { FloeError } from '../protocol/errors.ts'
import { commitmentArgument } from './shared/connection.ts'
import {
  type DisputeFlags,
  type PositionFlags,
  type SendFlags,
  disputeCommand,
  positionOf,
  printOutcome,
  sendOptionsOf,
  withPositionOptions,
  withSendOptions,
  withSession,
} from './shared/dispute-command.ts'

type Flags = DisputeFlags & SendFlags & PositionFlags

export function answerCommand(): Command {
  const command = disputeCommand('answer', {
    summary: 'answer a challenge with the chunk that it asks for',
    description:
      'Fetches the chunk from the holder of its pair, or rebuilds it from the batch, and sends it to L1. Any account may answer,\n' +
      'and gets half of the bond. A position is answered once: its chunk is then on L1.',
    examples: ['floe answer $COMMITMENT --pair 0 --side row --symbol 0 --chunk 0'],
  }).argument('<commitment>', 'the output of floe put', commitmentArgument)
  return withSendOptions(withPositionOptions(command)).action(
    async (commitment: Hex, _flags: unknown, self: Command) =>
      answer(commitment, self.optsWithGlobals<Flags>()),
  )
}

async function answer(commitment: Hex, flags: Flags): Promise<void> {
  const position = positionOf(flags)
  if (position === undefined) {
    throw new FloeError('configuration', 'Expected --pair, --side, --symbol and --chunk, got none of them.', {
      remedy: 'Give the position that the challenge asks for: floe disputes lists it.',
    })
  }
  const options = sendOptionsOf(flags)
  const { answerChallenge } = await import('../disputes/manual/challenges.ts')
  const outcome = await withSession(flags, 'answering', async (session) =>
    answerChallenge(session, commitment, position, options),
  )
  printOutcome(flags, 'answered', outcome)
}
