// `floe expire`: closes the challenges that were not answered in time.
import type { Command } from 'commander'
import { settleCommand } from './shared/settle-command.ts'

export function expireCommand(): Command {
  return settleCommand(
    'expire',
    {
      summary: 'expire the challenges that were not answered in time',
      description:
        'Makes the headers of unanswered challenges invalid, and each challenger gets its bond back. Any account may do it, for\n' +
        'all of them, or for one commitment, within a window after the deadline. floe disputes fine then brings the fines.',
      examples: ['floe expire', 'floe expire $COMMITMENT'],
    },
    {
      progress: 'expiring',
      done: 'expired',
      settle: async (session, commitment, options) => {
        const { expireChallenges } = await import('../disputes/manual/challenges.ts')
        return expireChallenges(session, commitment, options)
      },
    },
  )
}
