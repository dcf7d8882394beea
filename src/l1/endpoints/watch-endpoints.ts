// What operators see of the endpoints of L1: a counter by endpoint and outcome, and one log line when a fault begins and one when it
// ends. Endpoints are named by their number, because a URL may contain a provider's key.
import type { Clock } from '../../runtime/clock.ts'
import { ConditionLog } from '../../runtime/condition-log.ts'
import type { Logger } from '../../runtime/logger.ts'
import type { Metrics } from '../../runtime/metrics.ts'
import type { EndpointWatcher } from './endpoint.ts'

export type WatchEndpointsOptions = {
  readonly metrics: Metrics
  readonly clock: Clock
  readonly logger: Logger
}

/** To be called once for a process: it registers a metric. */
export function watchEndpoints({ metrics, clock, logger }: WatchEndpointsOptions): EndpointWatcher {
  const calls = metrics.counter(
    'floe_l1_requests_total',
    'Calls to the L1 endpoints, by endpoint and outcome',
    ['endpoint', 'outcome'],
  )
  const condition = new ConditionLog({
    logger,
    clock,
    began: 'L1 endpoint avoided: it fails',
    ended: 'L1 endpoint used again: it answers',
  })
  return {
    called: (endpoint, outcome) => calls.inc({ endpoint, outcome }),
    failed: (endpoint, fields) => condition.failed(String(endpoint), { endpoint, ...fields }),
    held: (endpoint) => condition.held(String(endpoint)),
  }
}
