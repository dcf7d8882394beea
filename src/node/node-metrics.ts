// The metrics of a storage node. Outcomes are 'stored', 'held' or an error's code: a closed list, never text from a client.
import type { Side } from '../protocol/sliver.ts'
import type { SharedBudget } from '../runtime/shared-budget.ts'
import type { Metrics } from '../runtime/metrics.ts'
import type { RemovedBatches, SliverStore } from '../store/sliver-store.ts'

export type NodeMetricsOptions = {
  readonly metrics: Metrics
  readonly sliverStore: Pick<SliverStore, 'usage'>
  /** Memory of dispersals that are being received. */
  readonly intakeMemory: Pick<SharedBudget, 'used'>
  /** Memory of slivers that are being sent. */
  readonly servingMemory: Pick<SharedBudget, 'used'>
}

export class NodeMetrics {
  readonly metrics: Metrics
  readonly #dispersals
  readonly #dispersalSeconds
  readonly #attestations
  readonly #served
  readonly #servedBytes
  readonly #expired

  constructor(options: NodeMetricsOptions) {
    const { metrics } = options
    this.metrics = metrics
    this.#dispersals = metrics.counter('floe_node_dispersals_total', 'Dispersals by outcome', ['outcome'])
    this.#dispersalSeconds = metrics.duration('floe_node_dispersal_seconds', 'Time to answer a dispersal', [
      'outcome',
    ])
    this.#attestations = metrics.counter('floe_node_attestations_total', 'Re-attestations by outcome', [
      'outcome',
    ])
    this.#served = metrics.counter('floe_node_served_total', 'Slivers and symbols served', ['kind', 'side'])
    this.#servedBytes = metrics.counter('floe_node_served_bytes_total', 'Bytes of slivers and symbols served')
    this.#expired = metrics.counter('floe_node_expired_batches_total', 'Batches deleted after their expiry')
    registerGauges(options)
  }

  dispersal(outcome: string, seconds: number): void {
    this.#dispersals.inc({ outcome })
    this.#dispersalSeconds.observe({ outcome }, seconds)
  }

  attestation(outcome: string): void {
    this.#attestations.inc({ outcome })
  }

  served(kind: 'sliver' | 'symbol', side: Side, bytes: number): void {
    this.#served.inc({ kind, side })
    this.#servedBytes.inc(bytes)
  }

  expired({ batches }: RemovedBatches): void {
    this.#expired.inc(batches)
  }
}

/** Gauges are read when they are scraped. */
function registerGauges({ metrics, sliverStore, intakeMemory, servingMemory }: NodeMetricsOptions): void {
  const gauge = (name: string, help: string, read: () => number): void => {
    metrics.gauge(name, help, [], (scraped) => scraped.set(read()))
  }
  gauge('floe_node_batches', 'Batches that are stored', () => sliverStore.usage.totals().batches)
  gauge(
    'floe_node_stored_bytes',
    'Bytes on disk, reserved ones too',
    () => sliverStore.usage.totals().storedBytes,
  )
  gauge('floe_node_intake_bytes', 'Bytes of dispersals in memory', () => intakeMemory.used())
  gauge('floe_node_serving_bytes', 'Bytes of slivers in memory that are being served', () =>
    servingMemory.used(),
  )
}
