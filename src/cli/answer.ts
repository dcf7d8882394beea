// `floe answer`: answers a challenge on L1.
import { type Command, Option } from 'commander'
import { addressKind, argumentParser } from '../config/kinds.ts'
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

type Flags = DisputeFlags & SendFlags & PositionFlags & { challenger: Hex }

export function answerCommand(): Command {
  const command = disputeCommand('answer', {
    summary: 'answer a challenge with the chunk that it asks for',
    description:
      'Fetches the chunk from the holder of its pair, or rebuilds it from the batch, and sends it to L1. Any account may answer,\n' +
      'and gets half of the bond.',
    examples: ['floe answer $COMMITMENT --challenger 0x… --pair 0 --side row --symbol 0 --chunk 0'],
  })
    .argument('<commitment>', 'the output of floe put', commitmentArgument)
    .addOption(
      new Option('--challenger <address>', 'the account that opened the challenge')
        .argParser(argumentParser(addressKind))
        .makeOptionMandatory(),
    )
  return withSendOptions(withPositionOptions(command)).action(
    async (commitment: Hex, _flags: unknown, self: Command) =>
      answer(commitment, self.optsWithGlobals<Flags>()),
  )
}

async function answer(commitment: Hex, flags: Flags): Promise<void> {
  const { challenger } = flags
  const position = positionOf(flags)
  if (position === undefined) {
    throw new FloeError('configuration', 'Expected --pair, --side, --symbol and --chunk, got none of them.', {
      remedy: 'Give the position that the challenge asks for: floe disputes lists it.',
    })
  }
  const options = sendOptionsOf(flags)
  const { answerChallenge } = await import('../disputes/manual/challenges.ts')
  const outcome = await withSession(flags, 'answering', async (session) =>
    answerChallenge(session, commitment, { challenger, position }, options),
  )
  printOutcome(flags, 'answered', outcome)
}
