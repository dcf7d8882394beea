// Tells of stored values that no longer match their checksums: counts each that was read, and logs when the store begins to have
// damaged batches and when it has none any more.
import type { Clock } from '../runtime/clock.ts'
import { ConditionLog } from '../runtime/condition-log.ts'
import type { Logger } from '../runtime/logger.ts'
import type { Metrics } from '../runtime/metrics.ts'
import type { DamageObserver } from '../store/batch-checks.ts'

export type StoreDamageOptions = {
  readonly metrics: Metrics
  readonly clock: Clock
  readonly logger: Logger
}

export function observeDamage({ metrics, clock, logger }: StoreDamageOptions): DamageObserver {
  const values = metrics.counter(
    'floe_node_damaged_values_total',
    'Reads of stored values that did not match their checksums, by table',
    ['table'],
  )
  const damagedBatches = metrics.gauge('floe_node_damaged_batches', 'Batches that are known to be damaged')
  const log = new ConditionLog({
    logger,
    clock,
    began: 'stored batches damaged on the disk',
    ended: 'damaged batches replaced or deleted',
    level: 'error',
  })
  return {
    damaged: ({ table, digest, batches }) => {
      values.inc({ table })
      damagedBatches.set(batches)
      log.failed('sliver store', { table, digest, batches })
    },
    healed: ({ digest, batches }) => {
      damagedBatches.set(batches)
      if (batches === 0) log.held('sliver store', { digest })
    },
  }
}
