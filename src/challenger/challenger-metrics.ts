// The metrics and the status of a challenger.
import type { BudgetedSender } from '../disputes/budgeted-sender.ts'
import type { OpenChallenges } from '../disputes/open-challenges.ts'
import type { HeadWatch } from '../l1/head-watch.ts'
import type { Hex } from '../protocol/bytes.ts'
import type { Metrics } from '../runtime/metrics.ts'
import type { ChallengerEvent } from './challenger.ts'
import type { MissingChunks } from './missing-chunks.ts'
import type { RecentPosts } from './recent-posts.ts'
import type { Sampler } from './sampler.ts'
import type { Sample, Score } from './scores.ts'

/** What `/v1/status` answers. */
export type ChallengerStatus = {
  /** Number of headers that are sampled. */
  readonly headers: number
  /** Number of missing chunks. */
  readonly suspects: number
  /** Number of open challenges on L1, of any challenger. */
  readonly challengesOpen: number
  readonly account: Hex | null
  readonly balanceWei: string | null
  /** Within the last 24 hours. */
  readonly spentWei: string
  readonly operators: readonly ({ readonly operator: Hex } & Score)[]
}

export type ObservedState = {
  readonly posts: Pick<RecentPosts, 'count'>
  readonly missingChunks: Pick<MissingChunks, 'count'>
  readonly challenges: Pick<OpenChallenges, 'count'>
  readonly sampler: Pick<Sampler, 'scores'>
  readonly sender: BudgetedSender | undefined
  readonly bondWei: bigint
}

export function challengerStatus(state: ObservedState): ChallengerStatus {
  const { posts, missingChunks, challenges, sampler, sender } = state
  const funds = sender?.account.funds()
  return {
    headers: posts.count(),
    suspects: missingChunks.count(),
    challengesOpen: challenges.count(),
    account: sender?.account.address ?? null,
    balanceWei: funds === undefined ? null : String(funds.balanceWei),
    spentWei: String(sender?.spentWithinDayWei() ?? 0n),
    operators: [...sampler.scores()].map(([operator, score]) => ({ operator, ...score })),
  }
}

/** The metrics that count, called by the parts of a challenger. */
export type ChallengerCounters = {
  readonly onSample: (outcome: Sample['outcome'], seconds: number) => void
  readonly onEvent: (event: ChallengerEvent) => void
}

export function challengerCounters(metrics: Metrics): ChallengerCounters {
  const samples = metrics.duration('floe_challenger_sample_seconds', 'Duration of samples, by outcome', [
    'outcome',
  ])
  const events = metrics.counter('floe_challenger_events_total', 'Actions of the challenger, by kind', [
    'event',
  ])
  return {
    onSample: (outcome, seconds) => samples.observe({ outcome }, seconds),
    onEvent: (event) => events.inc({ event }),
  }
}

/** The metrics that are read from the state each time they are collected. */
export function registerChallengerGauges(
  metrics: Metrics,
  state: ObservedState,
  headWatch: Pick<HeadWatch, 'ageSeconds'>,
): void {
  const { posts, missingChunks, challenges, sampler, sender } = state
  const gauge = (name: string, help: string, read: () => number): void =>
    void metrics.gauge(name, help, [], (one) => one.set(read()))
  gauge('floe_challenger_chain_age_seconds', 'Age of the newest block of L1 that was followed', () =>
    headWatch.ageSeconds(),
  )
  gauge('floe_challenger_headers', 'Headers that are sampled', () => posts.count())
  gauge('floe_challenger_missing_chunks', 'Chunks that their operators did not serve, not resolved yet', () =>
    missingChunks.count(),
  )
  gauge('floe_challenger_challenges_open', 'Open challenges on L1, of any challenger', () =>
    challenges.count(),
  )
  gauge('floe_challenger_spent_wei', 'Wei of bonds and gas within 24 hours', () =>
    Number(sender?.spentWithinDayWei() ?? 0n),
  )
  gauge(
    'floe_challenger_funded_challenges',
    'Challenges whose bond the account can pay; -1 without an account, or before its balance is known',
    () => fundedChallenges(state),
  )
  metrics.gauge(
    'floe_challenger_operator_score',
    'Moving average of the share of samples that an operator answered',
    ['operator'],
    (one) => {
      one.reset()
      for (const [operator, { score }] of sampler.scores()) one.set({ operator }, score)
    },
  )
}

function fundedChallenges({ sender, bondWei }: ObservedState): number {
  const balanceWei = sender?.account.funds()?.balanceWei
  return balanceWei === undefined ? -1 : Number(balanceWei / (bondWei || 1n))
}
