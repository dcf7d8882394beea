// Prometheus metrics of one process. Names end in their unit; docs/operations.md lists every one.
import type { RequestHandler } from 'express'
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'

export type Metrics = {
  readonly registry: Registry
  counter<L extends string>(name: string, help: string, labels?: readonly L[]): Counter<L>
  /** Set when its value changes, or by `collect` each time that it is asked for. */
  gauge<L extends string>(
    name: string,
    help: string,
    labels?: readonly L[],
    collect?: (gauge: Gauge<L>) => void | Promise<void>,
  ): Gauge<L>
  /** Durations in seconds, from a millisecond to a minute. */
  duration<L extends string>(name: string, help: string, labels?: readonly L[]): Histogram<L>
}

const DURATION_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

export function createMetrics(options: { processMetrics: boolean } = { processMetrics: false }): Metrics {
  const registry = new Registry()
  if (options.processMetrics) collectDefaultMetrics({ register: registry })
  const registers = [registry]
  return {
    registry,
    counter: (name, help, labels = []) => new Counter({ name, help, labelNames: [...labels], registers }),
    gauge: <L extends string>(
      name: string,
      help: string,
      labels: readonly L[] = [],
      collect?: (gauge: Gauge<L>) => void | Promise<void>,
    ) => {
      const look = { collect: () => collect?.(gauge) }
      const gauge: Gauge<L> = new Gauge({ name, help, labelNames: [...labels], registers, ...look })
      return gauge
    },
    duration: (name, help, labels = []) =>
      new Histogram({ name, help, labelNames: [...labels], registers, buckets: DURATION_BUCKETS }),
  }
}

/** Serves the metrics as text. */
export function serveMetrics(metrics: Metrics): RequestHandler {
  return async (_request, response) => {
    response.type(metrics.registry.contentType).send(await metrics.registry.metrics())
  }
}
