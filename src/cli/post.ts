// `floe post`: posts a certificate to L1.
import { Command } from 'commander'
import type { PostingOutcome } from '../disputes/manual/posting.ts'
import type { Finality } from '../l1/finality-rule.ts'
import type { Hex } from '../protocol/bytes.ts'
import { timeText } from '../runtime/clock.ts'
import { type L1Flags, commitmentArgument, l1Connection } from './shared/connection.ts'
import { type SendFlags, planText, sendOptionsOf, withSendOptions } from './shared/dispute-command.ts'
import {
  committeeOption,
  deploymentBlockOption,
  finalityOption,
  ledgerOption,
  rpcUrlOption,
} from './shared/options.ts'
import { printResult, withProgress } from './shared/terminal.ts'

type Flags = L1Flags & SendFlags & { finality: Finality; json?: boolean }

export function postCommand(): Command {
  const command = new Command('post')
    .summary('post a certificate to L1')
    .description(
      'Posts the certificate in a commitment, so that its header stands posted: only then Nitro accepts it, and it can be disputed.\n' +
        'A sidecar posts the batches that were put to it. Any account can post what another sidecar left out, until the notice of\n' +
        'the Ledger before its expiry. It waits until the transaction is in a block.\n' +
        'Without options it uses the L1 of the devnet in this folder.',
    )
    .argument('<commitment>', 'the commitment that floe put printed', commitmentArgument)
    .addOption(rpcUrlOption())
    .addOption(committeeOption())
    .addOption(ledgerOption())
    .addOption(deploymentBlockOption())
    .addOption(finalityOption())
    .addHelpText(
      'after',
      `
Examples:
  floe post $COMMITMENT --key-file poster.key
  floe post $COMMITMENT --key-file poster.key --dry-run

A header that stands posted already is not posted again, and the exit code is 0.`,
    )
  return withSendOptions(command).action(async (commitment: Hex, _flags: unknown, self: Command) =>
    post(commitment, self.optsWithGlobals<Flags>()),
  )
}

async function post(commitment: Hex, flags: Flags): Promise<void> {
  const { json = false, finality } = flags
  const options = sendOptionsOf(flags)
  const deployment = { ...l1Connection(flags), finality }
  const { postCertificate } = await import('../disputes/manual/posting.ts')
  const outcome = await withProgress('posting', async () => postCertificate(deployment, commitment, options))
  printResult(json, outcome, outcomeText(outcome))
}

function outcomeText(outcome: PostingOutcome): string {
  if ('dryRun' in outcome) return planText(outcome)
  switch (outcome.outcome) {
    case 'stands':
      return `Nothing is sent: it stands posted since ${timeText(outcome.postedAt)}.`
    case 'already-there':
      return 'Nothing was sent: another account has posted it.'
    case 'posted':
      return `posted in block ${outcome.blockNumber}, transaction ${outcome.transactionHash}, ${outcome.gasUsed} gas`
  }
}
