// What a storage node counts. Outcomes are 'stored', 'held' or an error's code: a closed list, never what a client sent.
import { createMetrics, type Metrics } from '../runtime/metrics.ts'
import type { Budget } from '../runtime/budget.ts'
import type { Side } from '../protocol/sliver.ts'
import type { SliverStore, Removed } from '../store/sliver-store.ts'

export type NodeMetrics = {
  readonly metrics: Metrics
  dispersal(outcome: string, seconds: number): void
  attestations(outcome: string): void
  served(kind: 'sliver' | 'symbol', side: Side, bytes: number): void
  expired(removed: Removed): void
  /** Sets the gauges to what they are now. */
  refresh(): void
}

export type Gauged = {
  readonly custody: Pick<SliverStore, 'usage'>
  readonly intake: Budget
  readonly serving: Budget
}

export function createNodeMetrics(gauged: Gauged, metrics: Metrics = createMetrics()): NodeMetrics {
  const dispersals = metrics.counter('floe_node_dispersals_total', 'Dispersals by outcome', ['outcome'])
  const durations = metrics.duration('floe_node_dispersal_seconds', 'Time to answer a dispersal', ['outcome'])
  const attestations = metrics.counter('floe_node_attestations_total', 'Re-attestations by outcome', [
    'outcome',
  ])
  const served = metrics.counter('floe_node_served_total', 'Slivers and symbols served', ['kind', 'side'])
  const servedBytes = metrics.counter('floe_node_served_bytes_total', 'Bytes of slivers and symbols served')
  const expired = metrics.counter('floe_node_expired_batches_total', 'Batches deleted after their expiry')
  const gauge = gaugesOf(metrics)
  return {
    metrics,
    dispersal: (outcome, seconds) => {
      dispersals.inc({ outcome })
      durations.observe({ outcome }, seconds)
    },
    attestations: (outcome) => attestations.inc({ outcome }),
    served: (kind, side, bytes) => {
      served.inc({ kind, side })
      servedBytes.inc(bytes)
    },
    expired: (removed) => expired.inc(removed.batches),
    refresh: () => {
      const { batches, storedBytes } = gauged.custody.usage.totals()
      gauge.batches.set(batches)
      gauge.storedBytes.set(storedBytes)
      gauge.intakeBytes.set(gauged.intake.used())
      gauge.servingBytes.set(gauged.serving.used())
    },
  }
}

function gaugesOf(
  metrics: Metrics,
): Record<'batches' | 'storedBytes' | 'intakeBytes' | 'servingBytes', { set(value: number): void }> {
  return {
    batches: metrics.gauge('floe_node_batches', 'Batches that are stored'),
    storedBytes: metrics.gauge('floe_node_stored_bytes', 'Bytes on disk, reserved ones too'),
    intakeBytes: metrics.gauge('floe_node_intake_bytes', 'Bytes of dispersals in memory'),
    servingBytes: metrics.gauge(
      'floe_node_serving_bytes',
      'Bytes of slivers in memory that are being served',
    ),
  }
}
