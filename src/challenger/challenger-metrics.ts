// What a challenger counts, and what it says of itself.
import type { Hex } from '../protocol/bytes.ts'
import type { Metrics } from '../runtime/metrics.ts'
import type { ChallengerEvent, ChallengerOptions } from './challenger.ts'
import type { Score } from './scores.ts'

export type ChallengerStatus = {
  /** Headers that samples are taken of. */
  readonly headers: number
  readonly suspects: number
  /** Open on L1, of everybody. */
  readonly challengesOpen: number
  readonly account: Hex | null
  readonly balanceWei: string | null
  /** Within a day. */
  readonly spentWei: string
  readonly operators: readonly ({ readonly operator: Hex } & Score)[]
}

type Measured = Pick<ChallengerOptions, 'posts' | 'suspects' | 'book' | 'scores' | 'purse' | 'terms'>

export function measureChallenger(
  metrics: Metrics,
  parts: Measured,
): Pick<ChallengerOptions, 'onSample' | 'onEvent'> & { status(): ChallengerStatus } {
  const samples = metrics.duration('floe_challenger_sample_seconds', 'Time to get a sample, or not', [
    'outcome',
  ])
  const events = metrics.counter('floe_challenger_events_total', 'What the challenger did', ['event'])
  metrics.gauge('floe_challenger_headers', 'Headers that samples are taken of', [], (gauge) =>
    gauge.set(parts.posts.count()),
  )
  metrics.gauge('floe_challenger_suspects', 'Chunks that were not had and are asked for again', [], (gauge) =>
    gauge.set(parts.suspects.all().length),
  )
  metrics.gauge(
    'floe_challenger_challenges_open',
    'Challenges that are open on L1, of everybody',
    [],
    (gauge) => gauge.set(parts.book.open().length),
  )
  metrics.gauge('floe_challenger_spent_wei', 'Wei of bonds and gas within a day', [], (gauge) =>
    gauge.set(Number(parts.purse?.spending.spentWithinDayWei() ?? 0n)),
  )
  metrics.gauge(
    'floe_challenger_funded_challenges',
    'Bonds of challenges that the account has ether for; -1 when there is none, or it was not looked at yet',
    [],
    (gauge) => gauge.set(fundedChallenges(parts)),
  )
  metrics.gauge(
    'floe_challenger_operator_score',
    'Moving share of samples that an operator answered',
    ['operator'],
    (gauge) => {
      gauge.reset()
      for (const [operator, { score }] of parts.scores.all()) gauge.set({ operator }, score)
    },
  )
  return {
    onSample: (outcome, seconds) => samples.observe({ outcome }, seconds),
    onEvent: (event: ChallengerEvent) => events.inc({ event }),
    status: () => statusOf(parts),
  }
}

function fundedChallenges({ purse, terms }: Measured): number {
  const balanceWei = purse?.sender.funds()?.balanceWei
  return balanceWei === undefined ? -1 : Number(balanceWei / (terms.bond || 1n))
}

function statusOf({ posts, suspects, book, scores, purse }: Measured): ChallengerStatus {
  const funds = purse?.sender.funds()
  return {
    headers: posts.count(),
    suspects: suspects.all().length,
    challengesOpen: book.open().length,
    account: purse?.sender.address ?? null,
    balanceWei: funds === undefined ? null : String(funds.balanceWei),
    spentWei: String(purse?.spending.spentWithinDayWei() ?? 0n),
    operators: [...scores.all()].map(([operator, score]) => ({ operator, ...score })),
  }
}
