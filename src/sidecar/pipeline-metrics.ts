// How an operator observes the progress of batches: a log line for every change of a batch's state, and gauges of the batches in
// each state and of the work behind them. What happens to every batch is logged at level `debug`, also what a reorg takes back: under
// load nothing else would be found in the log. Label values come from closed lists.
import type { Funds } from '../l1/tx-manager/decisions.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import type { Metrics } from '../runtime/metrics.ts'
import { batchStates } from '../store/batch-record.ts'
import type { BatchIndex, StateChange } from '../store/batch-index.ts'
import type { ChainView } from './chain-view.ts'
import type { PostingDeadline } from './posting-deadline.ts'
import { oldestSeconds } from './status.ts'

/** Logs and counts each change: the line has the batch's digest, the state before and the state after. */
export function observeStateChanges(logger: Logger, metrics: Metrics): (change: StateChange) => void {
  const changes = metrics.counter(
    'floe_sidecar_state_changes_total',
    'Changes of batches, by the state after',
    ['state'],
  )
  return ({ record, from, to }) => {
    const { digest, header, post, failed } = record
    const place = post === undefined ? {} : { blockNumber: post.blockNumber, headersRoot: post.headersRoot }
    const facts = { digest, from: from ?? null, to: to ?? null, bytes: header.length, ...place }
    if (to !== undefined) changes.inc({ state: to })
    // No line of its own: during an outage every put fails, and the intake logs the outage.
    if (to === 'failed') logger.debug({ ...facts, reason: failed?.reason }, 'batch failed')
    else if (to === 'missed') {
      const { expiry } = header
      logger.error({ ...facts, expiry }, 'batch not posted in time: it is served until its expiry only')
    } else if (to === 'certified' && from === 'posted') logger.debug(facts, 'batch unposted by a reorg')
    else logger.debug(facts, to === undefined ? 'batch forgotten' : `batch ${to}`)
  }
}

export type PipelineSources = {
  readonly metrics: Metrics
  readonly batchIndex: BatchIndex
  readonly chain: Pick<ChainView, 'progress'>
  readonly poster: { funds(): Funds | undefined }
  readonly deadline: Pick<PostingDeadline, 'secondsLeft'>
  readonly clock: Clock
  /** Most batches that are not on L1 yet. */
  readonly unpostedMax: number
}

/** Registers the gauges. Their values are read when the metrics are scraped. */
export function measurePipeline(sources: PipelineSources): void {
  measureBatches(sources)
  measureChain(sources)
  measurePoster(sources)
}

function measureBatches({ metrics, batchIndex, clock, unpostedMax }: PipelineSources): void {
  metrics.gauge('floe_sidecar_batches', 'Batches in each state', ['state'], (gauge) => {
    const counts = batchIndex.counts()
    for (const state of batchStates) gauge.set({ state }, counts[state])
  })
  metrics.gauge(
    'floe_sidecar_oldest_batch_seconds',
    'Age of the oldest batch in each state',
    ['state'],
    (gauge) => {
      for (const state of batchStates) gauge.set({ state }, oldestSeconds(batchIndex, state, clock) ?? 0)
    },
  )
  const gauge = simpleGauges(metrics)
  gauge(
    'floe_sidecar_batches_waiting',
    'Certified batches that wait for a post',
    () => batchIndex.counts().certified,
  )
  gauge(
    'floe_sidecar_batches_awaiting_backfill',
    'Batches that some operator is not known to hold',
    () => batchIndex.counts().incomplete,
  )
  gauge('floe_sidecar_batches_unposted', 'Certified batches that are not on L1 yet', () =>
    batchIndex.unpostedCount(),
  )
  gauge(
    'floe_sidecar_batches_unposted_max',
    'Batches that are not on L1 yet from which on puts are refused',
    () => unpostedMax,
  )
  gauge('floe_sidecar_batch_index_bytes', 'Bytes of the batch index on disk', () => batchIndex.bytes())
}

function measureChain({ metrics, chain }: PipelineSources): void {
  const gauge = simpleGauges(metrics)
  gauge(
    'floe_sidecar_chain_tip_block',
    'Newest block of L1 that was followed',
    () => chain.progress()?.tip.number,
  )
  gauge(
    'floe_sidecar_chain_final_block',
    'Newest final block of L1 that was followed',
    () => chain.progress()?.final,
  )
}

function measurePoster({ metrics, poster, deadline }: PipelineSources): void {
  const gauge = simpleGauges(metrics)
  gauge(
    'floe_sidecar_posting_deadline_seconds',
    'Time left to post the certified batch that must be posted first',
    () => deadline.secondsLeft(),
  )
  gauge('floe_sidecar_poster_balance_ether', 'Balance of the posting account', () => {
    const funds = poster.funds()
    return funds && Number(funds.balanceWei) / 1e18
  })
  gauge(
    'floe_sidecar_poster_funded_posts',
    'Posts that the balance pays for',
    () => poster.funds()?.transactions,
  )
}

/** Gauges without labels. An undefined value is not set: it is not known yet. */
function simpleGauges(
  metrics: Metrics,
): (name: string, help: string, read: () => number | undefined) => void {
  return (name, help, read) =>
    metrics.gauge(name, help, [], (gauge) => {
      const value = read()
      if (value !== undefined) gauge.set(value)
    })
}
