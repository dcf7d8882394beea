// `floe disprove`: proves to L1 that a posted encoding is invalid.
import type { Command } from 'commander'
import type { Hex } from '../protocol/bytes.ts'
import { FloeError } from '../protocol/errors.ts'
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

type Flags = DisputeFlags & SendFlags & { evidence?: string; output?: string }

export function disproveCommand(): Command {
  const command = disputeCommand('disprove', {
    summary: 'prove to L1 that a posted encoding is invalid',
    description:
      'Searches the slivers for evidence, or reads it from a file, and submits it to L1, in parts where it is large.\n' +
      'The header becomes invalid, and half of the fine of its disperser is for the account: floe disputes fine brings it.',
    examples: [
      'floe disprove $COMMITMENT --dry-run --output evidence.json',
      'floe disprove --evidence evidence.json',
    ],
  })
    .argument('[commitment]', 'the output of floe put', commitmentArgument)
    .option('--evidence <file>', 'a file with evidence')
    .option('-o, --output <file>', 'write the evidence to this new file as well')
  return withSendOptions(command).action(
    async (commitment: Hex | undefined, _flags: unknown, self: Command) =>
      disproveHeader(commitment, self.optsWithGlobals<Flags>()),
  )
}

async function disproveHeader(commitment: Hex | undefined, flags: Flags): Promise<void> {
  const from = evidenceSource(commitment, flags.evidence)
  const options = { ...sendOptionsOf(flags), output: flags.output }
  const { disprove, loadEvidence } = await import('../disputes/manual/evidence.ts')
  const outcome = await withSession(flags, 'disproving', async (session) =>
    disprove(session, await loadEvidence(session, from), options),
  )
  printOutcome(flags, 'evidence', outcome)
}

function evidenceSource(
  commitment: Hex | undefined,
  file: string | undefined,
): { commitment: Hex } | { file: string } {
  if (commitment !== undefined && file === undefined) return { commitment }
  if (commitment === undefined && file !== undefined) return { file }
  const got = commitment === undefined ? 'neither' : 'both'
  throw new FloeError('configuration', `Expected a commitment or --evidence, got ${got}.`)
}
