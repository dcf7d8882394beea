// `floe disputes fine`: brings the fines that are due.
import type { Command } from 'commander'
import type { ListedFine } from '../disputes/manual/fines.ts'
import type { Hex } from '../protocol/bytes.ts'
import { shortHex } from '../runtime/text.ts'
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

export function disputesFineCommand(): Command {
  const command = disputeCommand('fine', {
    summary: 'fine the deposits of those who are at fault',
    description:
      'Shows L1 the signatures of those who are at fault: the holder of an expired pair, or the disperser in its place, and the\n' +
      'disperser of an inconsistent header. Half of a fine goes to the account that showed the fault, whichever account calls it.\n' +
      'floe disputes lists what is due, and until when. Signatures come from the post, the commitment and the storage nodes.',
    examples: ['floe disputes fine', 'floe disputes fine $COMMITMENT --dry-run'],
  }).argument('[commitment]', 'the output of floe put', commitmentArgument)
  return withSendOptions(command).action(
    async (commitment: Hex | undefined, _flags: unknown, self: Command) =>
      fine(commitment, self.optsWithGlobals<Flags>()),
  )
}

async function fine(commitment: Hex | undefined, flags: Flags): Promise<void> {
  const options = sendOptionsOf(flags)
  const { bringFines } = await import('../disputes/manual/fines.ts')
  const outcome = await withSession(flags, 'fining', async (session) =>
    bringFines(session, commitment, options),
  )
  if (flags.json !== true) for (const one of outcome.fines) console.log(fineText(one))
  printOutcome(flags, 'fined', outcome)
}

function fineText({ digest, pair, account, beneficiary }: ListedFine): string {
  const fault = pair === null ? 'inconsistent' : `pair ${pair} withheld`
  const parties =
    account === null ? 'not due yet, or no signature found' : `${account}, half to ${beneficiary}`
  return `${shortHex(digest)}  ${fault}: ${parties}`
}
