// `floe prove`: makes a proof of a read, or of the validity of a certificate.
import { type Command, Option } from 'commander'
import { argumentParser, integer } from '../config/kinds.ts'
import type { Hex } from '../protocol/bytes.ts'
import { FloeError } from '../protocol/errors.ts'
import { BATCH_BYTES_MAX } from '../protocol/limits.ts'
import { commitmentArgument } from './shared/connection.ts'
import { type DisputeFlags, disputeCommand, withSession } from './shared/dispute-command.ts'
import { printResult } from './shared/terminal.ts'

type Flags = DisputeFlags & { offset?: number; nitro?: boolean }

export function proveCommand(): Command {
  return disputeCommand('prove', {
    summary: 'make a proof of the bytes of a batch at an offset',
    description:
      "Prints, as hexadecimal, the opening that Disputes.read and Nitro's one-step prover take for the 32 bytes at an offset.\n" +
      "With --nitro instead, it prints the proof that Nitro's prover takes for the validity of the certificate.",
    examples: ['floe prove $COMMITMENT --offset 64', 'floe prove $COMMITMENT --nitro'],
  })
    .argument('<commitment>', 'the output of floe put', commitmentArgument)
    .addOption(
      new Option('--offset <bytes>', 'a multiple of 32 below the length of the batch').argParser(
        argumentParser(integer(0, BATCH_BYTES_MAX)),
      ),
    )
    .option('--nitro', "validity, for Nitro's one-step prover")
    .action(async (commitment: Hex, _flags: unknown, self: Command) =>
      prove(commitment, self.optsWithGlobals<Flags>()),
    )
}

async function prove(commitment: Hex, flags: Flags): Promise<void> {
  const { offset, nitro = false, json = false } = flags
  if ((offset === undefined) !== nitro) {
    const got = nitro ? 'both' : 'neither'
    throw new FloeError('configuration', `Expected --offset for a read, or --nitro for validity, got ${got}.`)
  }
  const { proveRead, proveValidity } = await import('../disputes/manual/proofs.ts')
  const proof = await withSession(flags, 'proving', async (session) =>
    offset === undefined ? proveValidity(session, commitment) : proveRead(session, commitment, offset),
  )
  printResult(json, { ...proof, offset: offset ?? null }, proof.proof)
}
