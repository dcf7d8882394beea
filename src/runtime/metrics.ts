// Prometheus metrics of one process. Names end in their unit; docs/operations.md lists every one.
import type { RequestHandler } from 'express'
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'

const DURATION_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

export class Metrics {
  readonly registry: Registry = new Registry()

  /** @param options.processMetrics adds those of the process: memory, event loop, collections */
  constructor(options: { readonly processMetrics: boolean } = { processMetrics: false }) {
    if (options.processMetrics) collectDefaultMetrics({ register: this.registry })
  }

  counter<L extends string>(name: string, help: string, labels: readonly L[] = []): Counter<L> {
    return new Counter({ name, help, labelNames: [...labels], registers: [this.registry] })
  }

  /** @param collect sets the gauge whenever the metrics are read; left out, its owner sets it when the value changes */
  gauge<L extends string>(
    name: string,
    help: string,
    labels: readonly L[] = [],
    collect?: (gauge: Gauge<L>) => void | Promise<void>,
  ): Gauge<L> {
    const gauge: Gauge<L> = new Gauge({
      name,
      help,
      labelNames: [...labels],
      registers: [this.registry],
      collect: () => collect?.(gauge),
    })
    return gauge
  }

  /** Durations in seconds, from a millisecond to a minute. */
  duration<L extends string>(name: string, help: string, labels: readonly L[] = []): Histogram<L> {
    const registers = [this.registry]
    return new Histogram({ name, help, labelNames: [...labels], registers, buckets: DURATION_BUCKETS })
  }
}

/** Serves the metrics as text. */
export function serveMetrics({ registry }: Metrics): RequestHandler {
  return async (_request, response) => {
    response.type(registry.contentType).send(await registry.metrics())
  }
}
