// How much work there is, as metrics that are looked up when somebody asks for them.
import type { Metrics } from '../runtime/metrics.ts'
import { type WorkQueue, workKinds } from './queue.ts'

export function measureQueue(metrics: Metrics, queue: WorkQueue): void {
  metrics.gauge('floe_sidecar_queue_reachable', 'Whether the work queue can be reached', [], (gauge) =>
    gauge.set(queue.reachable() ? 1 : 0),
  )
  metrics.gauge(
    'floe_sidecar_queue_work',
    'Units of work by kind and state',
    ['kind', 'state'],
    async (gauge) => {
      const counts = await queue.counts()
      for (const kind of workKinds)
        for (const [state, count] of Object.entries(counts[kind])) gauge.set({ kind, state }, count)
    },
  )
}
