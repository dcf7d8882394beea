// `floe reclaim`: brings back the bonds of challenges that lapsed.
import type { Command } from 'commander'
import { settleCommand } from './shared/settle-command.ts'

export function reclaimCommand(): Command {
  return settleCommand(
    'reclaim',
    {
      summary: 'bring back the bonds of challenges that lapsed',
      description:
        'A challenge that was neither answered nor expired in time lapses: nothing follows from it. The command credits the account\n' +
        'the bonds of its challenges that lapsed, of all of them, or of those to one commitment.',
      examples: ['floe reclaim', 'floe reclaim $COMMITMENT'],
    },
    {
      progress: 'reclaiming',
      done: 'reclaimed',
      settle: async (session, commitment, options) => {
        const { reclaimBonds } = await import('../disputes/manual/challenges.ts')
        return reclaimBonds(session, commitment, options)
      },
    },
  )
}
