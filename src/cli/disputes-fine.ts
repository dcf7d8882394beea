// `floe disputes fine`: brings the fines that are due.
import type { Command } from 'commander'
import type { ListedFine } from '../disputes/manual/fines.ts'
import { shortHex } from '../runtime/text.ts'
import { settleCommand } from './shared/settle-command.ts'

export function disputesFineCommand(): Command {
  return settleCommand(
    'fine',
    {
      summary: 'fine the deposits of those who are at fault',
      description:
        'Shows L1 the signatures of those who are at fault: the holder of an expired pair, or the disperser in its place, and the\n' +
        'disperser of an inconsistent header. Half of a fine goes to the account that showed the fault, whichever account calls it.\n' +
        'floe disputes lists what is due, and until when. Signatures come from the post, the commitment and the storage nodes.',
      examples: ['floe disputes fine', 'floe disputes fine $COMMITMENT --dry-run'],
    },
    {
      progress: 'fining',
      done: 'fined',
      settle: async (session, commitment, options) => {
        const { bringFines } = await import('../disputes/manual/fines.ts')
        return bringFines(session, commitment, options)
      },
      linesOf: ({ fines }) => fines.map(fineText),
    },
  )
}

function fineText({ digest, pair, account, beneficiary }: ListedFine): string {
  const fault = pair === null ? 'inconsistent' : `pair ${pair} withheld`
  const parties =
    account === null ? 'not due yet, or no signature found' : `${account}, half to ${beneficiary}`
  return `${shortHex(digest)}  ${fault}: ${parties}`
}
