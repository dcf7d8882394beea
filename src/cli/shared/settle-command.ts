// What floe expire, floe reclaim and floe disputes fine share: each sends the transactions that are due for all disputes, or for those of
// one commitment.
import type { Command } from 'commander'
import type { DisputeSession } from '../../disputes/manual/session.ts'
import type { Outcome, SendOptions } from '../../disputes/manual/transactions.ts'
import type { Hex } from '../../protocol/bytes.ts'
import { commitmentArgument } from './connection.ts'
import {
  type CommandHelp,
  type DisputeFlags,
  type SendFlags,
  disputeCommand,
  printOutcome,
  sendOptionsOf,
  withSendOptions,
  withSession,
} from './dispute-command.ts'

export type Settlement<T extends Outcome> = {
  /** Shown on a terminal while it is in progress. */
  readonly progress: string
  /** What is printed of each transaction that was mined. */
  readonly done: string
  /** Without a commitment it is for all disputes. */
  readonly settle: (session: DisputeSession, commitment: Hex | undefined, options: SendOptions) => Promise<T>
  /** Lines to print before those of the transactions. */
  readonly linesOf?: (outcome: T) => readonly string[]
}

export function settleCommand<T extends Outcome>(
  name: string,
  help: CommandHelp,
  settlement: Settlement<T>,
): Command {
  const command = disputeCommand(name, help).argument(
    '[commitment]',
    'the output of floe put',
    commitmentArgument,
  )
  return withSendOptions(command).action(
    async (commitment: Hex | undefined, _flags: unknown, self: Command) =>
      run(commitment, self.optsWithGlobals<DisputeFlags & SendFlags>(), settlement),
  )
}

async function run<T extends Outcome>(
  commitment: Hex | undefined,
  flags: DisputeFlags & SendFlags,
  { progress, done, settle, linesOf }: Settlement<T>,
): Promise<void> {
  const options = sendOptionsOf(flags)
  const outcome = await withSession(flags, progress, async (session) => settle(session, commitment, options))
  if (flags.json !== true) for (const line of linesOf?.(outcome) ?? []) console.log(line)
  printOutcome(flags, done, outcome)
}
