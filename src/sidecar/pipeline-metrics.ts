// What the pipeline shows of itself while it runs: one log line for every change of a batch's state, and gauges of where all of
// them are. Labels come from closed lists.
import type { Funds } from '../l1/tx-manager/decisions.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'
import type { Metrics } from '../runtime/metrics.ts'
import { NOT_POSTED, batchStates } from '../store/batch-record.ts'
import type { BatchIndex, StateChange } from '../store/batch-index.ts'
import type { ChainView } from './chain-view.ts'
import { oldestSeconds } from './status.ts'

/** A line that names the batch by its digest, where it comes from and where it is now. */
export function stateLines(logger: Logger, metrics: Metrics): (change: StateChange) => void {
  const changes = metrics.counter('floe_sidecar_state_changes_total', 'Batches that came into a state', [
    'state',
  ])
  return ({ record, from, to }) => {
    const { digest, header, post, failed } = record
    const place = post === undefined ? {} : { blockNumber: post.blockNumber, headersRoot: post.headersRoot }
    const facts = { digest, from: from ?? null, to: to ?? null, bytes: header.length, ...place }
    if (to !== undefined) changes.inc({ state: to })
    if (to === 'failed') {
      const level = failed?.reason === NOT_POSTED ? 'error' : 'warn'
      logger[level]({ ...facts, reason: failed?.reason }, 'batch failed')
    } else if (to === 'certified' && from === 'posted') logger.warn(facts, 'batch taken back by a reorg')
    else if (to === undefined) logger.debug(facts, 'batch forgotten')
    else logger[to === 'certified' || to === 'posted' ? 'info' : 'debug'](facts, `batch ${to}`)
  }
}

export type PipelineSources = {
  readonly metrics: Metrics
  readonly spool: BatchIndex
  readonly chain: ChainView
  readonly poster: { funds(): Funds | undefined }
  readonly clock: Clock
  readonly unpostedMax: number
}

/** Gauges that are looked up when somebody asks for them. */
export function measurePipeline({
  metrics,
  spool,
  chain,
  poster,
  clock,
  unpostedMax,
}: PipelineSources): void {
  const gauge = (name: string, help: string, value: () => number | undefined): void => {
    metrics.gauge(name, help, [], (one) => {
      const now = value()
      if (now !== undefined) one.set(now)
    })
  }
  metrics.gauge('floe_sidecar_batches', 'Batches in each state', ['state'], (one) => {
    const counts = spool.counts()
    for (const state of batchStates) one.set({ state }, counts[state])
  })
  metrics.gauge(
    'floe_sidecar_oldest_batch_seconds',
    'Age of the oldest batch in each state',
    ['state'],
    (one) => {
      for (const state of batchStates) one.set({ state }, oldestSeconds(spool, state, clock) ?? 0)
    },
  )
  gauge(
    'floe_sidecar_batches_waiting',
    'Certified batches that no post covers',
    () => spool.counts().certified,
  )
  gauge(
    'floe_sidecar_batches_incomplete',
    'Batches that some operator is not known to hold',
    () => spool.counts().incomplete,
  )
  gauge('floe_sidecar_batches_unposted', 'Batches that are not on L1 yet', () => spool.unpostedCount())
  gauge(
    'floe_sidecar_batches_unposted_max',
    'The bound on them, beyond which puts are refused',
    () => unpostedMax,
  )
  gauge('floe_sidecar_spool_bytes', 'Bytes of the spool on disk', () => spool.bytes())
  gauge(
    'floe_sidecar_chain_tip_block',
    'Newest block of L1 that was followed',
    () => chain.seen()?.tip.number,
  )
  gauge(
    'floe_sidecar_chain_final_block',
    'Newest final block of L1 that was followed',
    () => chain.seen()?.final,
  )
  gauge(
    'floe_sidecar_chain_age_seconds',
    'Time since L1 could last be followed',
    () => chain.seen()?.secondsAgo,
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
