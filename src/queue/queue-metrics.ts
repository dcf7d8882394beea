// Metrics of the job queue, read from the queue when they are scraped.
import type { Metrics } from '../runtime/metrics.ts'
import { type JobQueue, jobKinds } from './queue.ts'

export function measureQueue(metrics: Metrics, queue: JobQueue): void {
  metrics.gauge('floe_sidecar_queue_reachable', 'Whether the job queue can be reached', [], (gauge) =>
    gauge.set(queue.reachable() ? 1 : 0),
  )
  metrics.gauge('floe_sidecar_queue_jobs', 'Jobs by kind and state', ['kind', 'state'], async (gauge) => {
    const counts = await queue.counts()
    for (const kind of jobKinds)
      for (const [state, count] of Object.entries(counts[kind])) gauge.set({ kind, state }, count)
  })
}
