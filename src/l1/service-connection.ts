// The connection of a service to L1. All parts of a process share one, so that a pause of an endpoint and its counters hold for all.
import { type LogSettings, logSettings } from './log-spans.ts'
import { type WatchEndpointsOptions, watchEndpoints } from './endpoints/watch-endpoints.ts'
import { type L1, connectL1 } from './rpc.ts'

export type ServiceConnectionOptions = WatchEndpointsOptions & {
  readonly config: LogSettings & { readonly rpcUrls: readonly string[] }
}

/** To be called once for a process. @throws FloeError `configuration` for URLs that are not valid, or too many */
export function connectService({ config, metrics, clock, logger }: ServiceConnectionOptions): L1 {
  const watcher = watchEndpoints({ metrics, clock, logger })
  return connectL1(config.rpcUrls, { ...logSettings(config), clock, logger, watcher })
}
