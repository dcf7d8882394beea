// `floe verify`: checks a commitment and its batch, trusting only L1.
import { Command } from 'commander'
import type { Finality } from '../l1/finality-rule.ts'
import type { Hex } from '../protocol/bytes.ts'
import { systemClock, unixSeconds } from '../runtime/clock.ts'
import {
  type L1Flags,
  commitmentArgument,
  disputesContract,
  l1Connection,
  sidecarUrl,
  urlOption,
} from './shared/connection.ts'
import { exitCodes } from './shared/exit-codes.ts'
import {
  committeeOption,
  deploymentBlockOption,
  disputesOption,
  finalityOption,
  ledgerOption,
  rpcUrlOption,
} from './shared/options.ts'
import { plainText } from '../runtime/text.ts'
import { printResult, withProgress } from './shared/terminal.ts'
import { checkText } from '../client/check-text.ts'
import type { Check } from '../client/verify.ts'

type VerifyFlags = L1Flags & { url?: string; finality: Finality; json?: boolean }

export function verifyCommand(): Command {
  return new Command('verify')
    .summary('check a commitment and its batch against L1 alone')
    .description(
      'Checks the claims of a commitment, trusting only L1: the committee and its signatures, the Ledger contract, the post,\n' +
        'disputes, the validity for Nitro, and that the batch which the sidecar serves encodes to the committed root.\n' +
        'Without options it uses the L1 of the devnet in this folder.',
    )
    .argument('<commitment>', 'the commitment that floe put printed', commitmentArgument)
    .addOption(urlOption())
    .addOption(rpcUrlOption())
    .addOption(committeeOption())
    .addOption(ledgerOption())
    .addOption(deploymentBlockOption())
    .addOption(disputesOption())
    .addOption(finalityOption())
    .addHelpText(
      'after',
      `
Examples:
  floe verify $COMMITMENT
  floe verify $COMMITMENT --rpc-url https://rpc.example --committee 0x… --ledger 0x…

A batch that is not on L1 yet is reported as pending, and one that never stands posted with a warning. Neither is a failure: the
batch can be read. Nitro accepts neither, and neither can be disputed. floe post posts a batch that can still be posted.`,
    )
    .action(async (commitment: Hex, _flags: unknown, self: Command) =>
      printVerification(commitment, self.optsWithGlobals<VerifyFlags>()),
    )
}

async function printVerification(commitment: Hex, flags: VerifyFlags): Promise<void> {
  const json = flags.json === true
  const l1 = l1Connection(flags)
  const url = sidecarUrl(flags.url)
  const { verify } = await import('../client/verify.ts')
  const { nodeKernel } = await import('../coding/node-kernel.ts')
  const { loadSecp256k1 } = await import('../runtime/secp256k1.ts')
  const { SidecarClient } = await import('../client/sidecar.ts')
  const client = new SidecarClient({ url, retriesMax: 0 })
  const checks: Check[] = []
  const { valid, digest, posting, post, nitro, batch } = await withProgress('verifying', async () =>
    verify(commitment, {
      ...l1,
      disputes: disputesContract(flags),
      finality: flags.finality,
      kernel: nodeKernel(),
      curve: loadSecp256k1(),
      fetchBatch: async (signal) => client.get(commitment, { signal }),
      onCheck: (check) => checks.push(check),
    }),
  ).catch((error: unknown) => {
    // The results of the checks before the error are still useful.
    if (!json && checks.length > 0) console.log(checks.map(checkLine).join('\n'))
    throw error
  })
  const verdict = valid ? 'valid' : 'INVALID for every reader: skip it'
  const details = checks.map((check) => ({ name: check.name, result: check.result, detail: detailOf(check) }))
  const facts = {
    digest: digest ?? null,
    posting: posting ?? null,
    post: post ?? null,
    nitro: nitro ?? null,
    bytes: batch?.length ?? null,
  }
  printResult(json, { valid, checks: details, ...facts }, `${checks.map(checkLine).join('\n')}\n${verdict}`)
  if (!valid) process.exitCode = exitCodes.invalid
}

function checkLine(check: Check): string {
  return `${check.result.padEnd(7)}  ${check.name.padEnd(11)}  ${plainText(detailOf(check))}`
}

function detailOf(check: Check): string {
  return checkText(check, unixSeconds(systemClock))
}
