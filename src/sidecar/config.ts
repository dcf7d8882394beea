// What a sidecar needs to know. `floe sidecar` fills it from flags, environment and defaults, in that order.
import type { Hex } from '../protocol/bytes.ts'
import type { LogLevel } from '../runtime/logger.ts'

export type SidecarConfig = {
  readonly host: string
  /** 0 takes a free port. */
  readonly port: number
  /** Folder of its spool; one process at a time. */
  readonly dir: string
  /** File with the disperser's secret key, 32 bytes of hexadecimal; undefined: read only, puts are refused. */
  readonly keyFile: string | undefined
  /** File with the key of the account that pays for posts; undefined: the disperser's. */
  readonly posterKeyFile: string | undefined
  readonly rpcUrls: readonly string[]
  readonly committee: Hex
  readonly ledger: Hex
  readonly batchBytesMax: number
  /** Seconds from now until which the committee is asked to serve a batch. */
  readonly retentionSeconds: number
  /** Milliseconds between posts to L1. */
  readonly postingIntervalMs: number
  /** Milliseconds that a put may take; then it answers 503. */
  readonly putTimeoutMs: number
  /** Milliseconds that a get may take; then it answers 503. */
  readonly getTimeoutMs: number
  /** Milliseconds that a reader waits for one storage node before it asks another as well. */
  readonly hedgeDelayMs: number
  readonly logLevel: LogLevel
}
