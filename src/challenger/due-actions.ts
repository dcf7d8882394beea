// Decides which challenges an account closes, and in which order (docs/protocol.md §7.1).
import type { Challenge } from '../disputes/open-challenges.ts'
import type { Hex } from '../protocol/bytes.ts'

export type DueAction = { readonly action: 'expire' | 'reclaim'; readonly challenge: Challenge }

export type ClosingView = {
  /** The account that closes. */
  readonly account: Hex
  /** Unix seconds, of the newest block. */
  readonly timestamp: number
  readonly windowSeconds: number
}

/** The share of the time for `expire` that is left to the account that opened the challenge. */
const SHARE_OF_OPENER = 0.5

/**
 * Own challenges first: they return a bond. Those of other accounts are expired when their openers have left them, because a challenge
 * that no account expires lapses, and a guilty party's friend can open one for that.
 */
export function dueActions(open: readonly Challenge[], view: ClosingView): DueAction[] {
  const due = open.flatMap((challenge) => {
    const action = actionOn(challenge, view)
    return action === undefined ? [] : [{ action, challenge }]
  })
  const isOwn = ({ challenge }: DueAction): boolean => challenge.challenger === view.account
  return [...due.filter(isOwn), ...due.filter((one) => !isOwn(one))]
}

function actionOn(
  { challenger, deadline }: Pick<Challenge, 'challenger' | 'deadline'>,
  { account, timestamp, windowSeconds }: ClosingView,
): DueAction['action'] | undefined {
  const late = timestamp - deadline
  if (late <= 0) return undefined
  if (challenger === account) return late > windowSeconds ? 'reclaim' : 'expire'
  return late > windowSeconds * SHARE_OF_OPENER && late <= windowSeconds ? 'expire' : undefined
}
