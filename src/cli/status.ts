// `floe status`: shows the committee and the progress of batches, as a sidecar sees them.
import { Command } from 'commander'
import type { Status } from '../client/sidecar-status.ts'
import { sidecarUrl, urlOption } from './shared/connection.ts'
import { plainText, shortHex, table } from '../runtime/text.ts'
import { printResult } from './shared/terminal.ts'

export function statusCommand(): Command {
  return new Command('status')
    .summary('show which storage nodes answer, and which batches are posted')
    .addOption(urlOption())
    .addHelpText(
      'after',
      `
Examples:
  floe status
  watch floe status
  floe status --json | jq .committee.members`,
    )
    .action(async (_flags: unknown, self: Command) => {
      const flags = self.optsWithGlobals<{ url?: string; json?: boolean }>()
      const { SidecarClient } = await import('../client/sidecar.ts')
      const url = sidecarUrl(flags.url)
      const status = await new SidecarClient({ url, retriesMax: 0 }).status()
      printResult(flags.json === true, status, statusText(url, status))
    })
}

function statusText(url: string, status: Status): string {
  const { committee, batches, lastPost } = status
  const reachable = committee.members.reduce(
    (sum, member) => sum + (member.reachable === true ? member.shards : 0),
    0,
  )
  const writes = reachable >= committee.quorum ? 'can put and get' : 'cannot put'
  const summary = table([
    ['sidecar', `${url}, floe ${plainText(String(status.version))}`],
    ['L1', `chain ${status.chainId}, Ledger ${plainText(String(status.ledger))}`],
    ['batches', batchesText(batches)],
    ['waiting', `${batches.waiting} for L1`],
    ['last post', lastPost === null || lastPost === undefined ? 'none yet' : lastPostText(lastPost)],
    [
      'committee',
      `epoch ${committee.epoch}, ${committee.shards} shards, ${committee.faults} may fail, quorum ${committee.quorum}`,
    ],
    ['', `${reachable} of ${committee.shards} shards answer: ${writes}`],
  ])
  const members = table([
    ['member', 'signer', 'shards', 'answers', 'endpoint'],
    ...committee.members.map(({ signer, endpoint, shards, reachable: answers }, i) => [
      String(i),
      plainText(String(signer)),
      String(shards),
      answers ? 'yes' : 'NO',
      plainText(String(endpoint)),
    ]),
  ])
  return `${summary}\n\n${members}`
}

/** The states that at least one batch is in. */
function batchesText(batches: Status['batches']): string {
  const { received, dispersed, certified, posted, final, missed, failed } = batches
  const states = Object.entries({ received, dispersed, certified, posted, final, missed, failed })
  const present = states.filter(([, count]) => count > 0)
  return present.length === 0 ? 'none' : present.map(([state, count]) => `${count} ${state}`).join(', ')
}

function lastPostText({ transactionHash, blockNumber, headers }: NonNullable<Status['lastPost']>): string {
  return `${headers} header${headers === 1 ? '' : 's'} in block ${blockNumber}, transaction ${shortHex(plainText(transactionHash))}`
}
